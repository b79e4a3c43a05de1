"""Every refusal a test meets at the front door must be one that openapi.json announces for that route."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.runtime import limits
from chalicelib.runtime.http import OPERATIONS, Operation
from local import openapi


def check(method: str, path: str, status: int, problem: Any) -> None:
    """Raises AssertionError when a route refuses with what it does not declare. `problem` is the parsed answer."""
    if not isinstance(problem, dict) or "code" not in problem or "params" not in problem:
        return
    op = operation(method, path.partition("?")[0])
    if op is None:
        return
    if problem["code"] == limits.TooManyRequests.code and op.limit is None:
        return  # a test has put a limit on this door
    declared = {kind.code: openapi.number(kind) for kind in openapi.refusals(op)}
    for code in (problem["code"], *(reason["code"] for reason in problem.get("reasons", ()))):
        assert code in declared, f"{method} {op.path} answers {code}, which its `errors` do not declare"
    assert declared[problem["code"]] == status


def operation(method: str, path: str) -> Operation | None:
    """The route that is asked: one without variables goes before one with."""
    fitting = (
        op for op in OPERATIONS if op.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", op.path), path)
    )
    return min(fitting, key=lambda op: op.path.count("{"), default=None)
