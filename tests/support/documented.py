"""Whatever a test is answered at the front door must be what openapi.json announces for that route: its refusals by their codes,
its answers by their shapes."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from chalicelib.runtime import limits
from chalicelib.runtime.http import OPERATIONS, Operation
from local import openapi


def check(method: str, path: str, status: int, told: Any) -> None:
    """Raises AssertionError when a route answers what it does not declare. `told` is the parsed answer."""
    op = operation(method, path.partition("?")[0])
    if op is None or not op.function.__module__.startswith(openapi.OURS):
        return
    if isinstance(told, dict) and "code" in told and "params" in told:
        _refused(op, status, told)
    elif (
        status in (200, op.status)
        and op.reply is not None
        and (reply := _reply(op.path, method.lower(), str(op.status)))
    ):
        trouble = next(reply.iter_errors(told), None)
        assert trouble is None, f"{method} {path}: {trouble.json_path} {trouble.message}"


def _refused(op: Operation, status: int, problem: Any) -> None:
    if problem["code"] == limits.TooManyRequests.code and op.limit is None:
        return  # a test has put a limit on this door
    declared = {kind.code: openapi.number(kind) for kind in openapi.refusals(op)}
    for code in (problem["code"], *(reason["code"] for reason in problem.get("reasons", ()))):
        assert code in declared, f"{op.method} {op.path} answers {code}, which its `errors` do not declare"
    assert declared[problem["code"]] == status


@cache
def _reply(path: str, method: str, status: str) -> Draft202012Validator | None:
    """What holds an answer against its shape."""
    document = _document()
    told = document["paths"].get(path, {}).get(method, {}).get("responses", {}).get(status, {}).get("content", {})
    schema = told.get("application/json", {}).get("schema")
    return None if schema is None else Draft202012Validator({**schema, "components": document["components"]})


@cache
def _document() -> Any:
    return openapi.document()


def operation(method: str, path: str) -> Operation | None:
    """The route that is asked: one without variables goes before one with."""
    fitting = (
        op for op in OPERATIONS if op.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", op.path), path)
    )
    return min(fitting, key=lambda op: op.path.count("{"), default=None)
