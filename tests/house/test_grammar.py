"""One grammar: steps describe, services add and publish, doors commit.

`steps.py` answers `Step`s and never sees a `Work`; a service takes a `Work` and answers plain values; what commits by
itself, since it must look at the outcome, says so in its docstring.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from local import pages
from tests.house import source

Function = ast.FunctionDef


def functions(path: str, text: str) -> Iterator[tuple[str, Function]]:
    """(where, function) of everything that is defined in a file, methods too."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            yield f"{path}:{node.name}", node


def answers(function: Function) -> str:
    return ast.unparse(function.returns) if function.returns is not None else ""


def takes_work(function: Function) -> bool:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return any(one.annotation is not None and "Work" in ast.unparse(one.annotation) for one in given)


def commits(function: Function) -> bool:
    """Whether it calls what of a work commits."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in pages.COMMITS
        for node in ast.walk(function)
    )


def misplaced(path: str, text: str) -> list[str]:
    """What of a context's file is against the grammar."""
    room = source.room(path)
    found = []
    offered = {
        node.name for node in ast.parse(text).body if isinstance(node, Function) and not node.name.startswith("_")
    }
    for where, function in functions(path, text):
        steps = "Step" in answers(function)
        if room.startswith("steps") and takes_work(function):
            found.append(f"{where}: steps never see a Work")
        if room.startswith("steps") and not steps and function.name in offered:
            found.append(f"{where}: what stands in steps answers Steps")
        if room.startswith("service") and steps:
            found.append(f"{where}: a service answers plain values; what describes stands in steps.py")
        if commits(function) and "ommits" not in (ast.get_docstring(function) or ""):
            found.append(f"{where}: it commits, and does not say so")
        if commits(function) and not room.startswith("service"):
            found.append(f"{where}: the door commits what a use case added")
    return found


def test_steps_describe_services_add_and_doors_commit():
    found = [
        each
        for path, text in source.python("chalicelib/records", "chalicelib/processes").items()
        for each in misplaced(path, text)
    ]
    assert found == []


def test_what_is_against_the_grammar_is_found():
    def found(room: str, code: str) -> list[str]:
        return [each.partition(": ")[2] for each in misplaced(f"chalicelib/records/x/{room}", code)]

    assert found("steps.py", "def hold(sku: str) -> Step: ...\ndef _when(sku: str) -> Condition: ...") == []
    assert found("steps.py", "def hold(sku: str) -> bool: ...") == ["what stands in steps answers Steps"]
    assert found("steps/held.py", "def hold(work: Work) -> list[Step]: ...") == ["steps never see a Work"]
    assert found("service.py", "def hold(work: Work) -> tuple[str, Step]: ...") == [
        "a service answers plain values; what describes stands in steps.py"
    ]
    assert found("service/hold.py", "def hold(work: Work) -> None:\n    work.commit()") == [
        "it commits, and does not say so"
    ]
    assert found("service.py", 'def hold(work: Work) -> None:\n    "Commits."\n    work.attempts(3, f)') == []
    assert found("routes.py", 'def hold(work: Work) -> View:\n    "Commits."\n    return work.commit(view())') == [
        "the door commits what a use case added"
    ]
