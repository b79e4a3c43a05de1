"""One word, one thing: no class name stands twice, and what a function hands back it returns."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from tests.house import source

INNER = "Meta"  # PynamoDB's, in each model


def classes() -> dict[str, list[str]]:
    """Class name -> the files that define it. A fact and a refusal may be two sides of one thing (LoginFailed): facts, which
    stand in rooms called events, are counted by themselves."""
    found = defaultdict(list)
    for path in source.python("chalicelib"):
        kind = "fact " if path.endswith("/events.py") else ""
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.ClassDef) and node.name != INNER:
                found[kind + node.name].append(path)
    return found


def test_one_class_name_once():
    assert {name: paths for name, paths in classes().items() if len(paths) > 1} == {}


def test_a_docstring_says_that_something_is_returned():
    wrong = [
        f"{path}:{node.name}"
        for path in source.python("chalicelib")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.FunctionDef) and re.search(r"\bAnswers\b", ast.get_docstring(node) or "")
    ]
    assert wrong == []
