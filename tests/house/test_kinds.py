"""Every text that comes in is read as what it is: no field of a door is a bare text, no pattern counts foreign digits as
digits, and none lets a line break slip in at its end."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel

import app  # noqa: F401  # registers every door
from chalicelib.runtime.http import OPERATIONS
from chalicelib.runtime.http.kinds import Kind
from tests.house import source

OURS = source.python("chalicelib", "local", "infra", "app.py")
UNICODE = {"isdigit", "isdecimal", "isnumeric", "isalnum", "isalpha", "isspace", "isprintable", "isidentifier"}
FROM_A_START = {"SVG_HEAD", "_SPACE"}  # patterns of bytes, or looked for at a place within
CLASSES = re.compile(r"\\[dDwWsSbB]")


def unread(annotation: Any, marks: tuple[Any, ...], at: str, numbers: bool) -> Iterator[str]:
    """Where a text (in a query: also a number or a day) is taken as it comes."""
    if any(isinstance(mark, Kind) for mark in marks):
        return
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from unread(inner, (*marks, *more), at, numbers)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from unread(field.annotation, tuple(field.metadata), f"{annotation.__name__}.{name}", numbers)
    elif annotation in (str, Any, date) or (numbers and annotation in (int, float, datetime)):
        yield at
    else:
        for part in get_args(annotation):
            if isinstance(part, type) or get_origin(part) is not None:
                yield from unread(part, (), at, numbers)


def test_every_text_of_a_body_or_query_is_of_a_kind():
    bodies = {spot for op in OPERATIONS if op.body for spot in unread(op.body, (), "", False)}
    queries = {spot for op in OPERATIONS if op.query for spot in unread(op.query, (), "", True)}
    assert sorted(bodies | queries) == []


def test_a_text_without_a_kind_would_be_noticed():
    class Inner(BaseModel):
        bare: str | None = None
        read: Annotated[str, Kind(str.strip)] | None = None

    class Outer(BaseModel):
        within: list[Inner] = []
        named: dict[str, Annotated[Any, Kind(str.strip)]] = {}
        day: date | None = None
        count: int = 0

    assert sorted(unread(Outer, (), "", False)) == ["Inner.bare", "Outer.day", "Outer.named"]
    assert "Outer.count" in set(unread(Outer, (), "", True))


def docstrings(tree: ast.Module) -> set[int]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    return {id(node.body[0].value) for node in nodes if node.body and isinstance(node.body[0], ast.Expr)}


def constants(tree: ast.AST) -> Iterator[ast.Constant]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def documented(tree: ast.Module) -> Iterator[ast.AST]:
    """The patterns of JSON schemas, which need their anchors and have no line that ends within a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "pattern":
            yield node.value
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "pattern")


@pytest.mark.parametrize("path", sorted(OURS))
def test_digits_are_0_to_9_and_a_pattern_fits_from_end_to_end(path):
    tree = source.tree(path)
    said, wrong = docstrings(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in UNICODE:
            wrong.append((node.lineno, f"{node.attr}: say which characters"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "match":
            meant = ast.unparse(node.func.value) in FROM_A_START
            wrong += [] if meant else [(node.lineno, "match: fullmatch")]
    shown = {id(one) for value in documented(tree) for one in constants(value)}
    for one in constants(tree):
        if id(one) in said:
            continue
        if CLASSES.search(one.value):
            wrong.append((one.lineno, f"{one.value!r} takes the digits and letters of every script"))
        if one.value[:-1] and one.value.endswith("$") and id(one) not in shown:
            wrong.append((one.lineno, f"{one.value!r} lets a line break in: fullmatch"))
    assert not wrong
