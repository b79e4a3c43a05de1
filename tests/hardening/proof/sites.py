"""The call sites that are in the code: which function, by itself or through the runtime, makes which call of a service.

Read from the syntax tree, never from a run, so that a call which no workflow makes is known too. A site is
`place:function service.Operation`, as `tests.hardening.proof.hook.here` names it; what is nested in a function counts as its.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.hardening.proof.hook import ROOT

RUNTIME = "chalicelib.runtime."
CALLS = "chalicelib/records/payments/service/calls"
REPORTED = "chalicelib/records/payments/service/reports"
CARRIERS = ("sf", "jd", "kuaidi100", "jushuitan")  # and warehouses, which are asked the same way
CARRIED = "chalicelib/records/shipping/carriers/habits"
RECEIVED = "chalicelib/processes/delivering/service"
LINE = {"records/messages/service:hand_over deliver", "processes/notifying/service/sending:_recall enquire"}
PROVIDERS, ASKED = ("wechat", "alipay", "unionpay"), ("create", "query", "close", "refund", "query_refund")
LIST = Path(__file__).with_name("unreached.toml")
WORK = "chalicelib.runtime.work.Work."
METHODS = {
    name: WORK + name for name in ("commit", "write_now", "put_now", "drop_now", "drop_all", "raise_if_committed")
}  # whatever the work is called
OF_WORK = {"work.attempts": WORK + "commit"}  # rows have such fields, too
SERVICES = frozenset({"dynamodb", "events", "sqs", "kms", "s3"})  # documents of ssm are read once a process
HERE = ("exceptions", "generate_presigned_url")  # a client's own, for which nobody is called
BY_NAME = {  # the vault asks KMS by the operation's name
    "chalicelib.runtime.vault.new_key": "kms.GenerateDataKey",
    "chalicelib.runtime.vault._key": "kms.Decrypt",
}


class Function(NamedTuple):
    """What one function of the product does itself: the service calls it makes, and the functions it calls."""

    operations: frozenset[str]
    calls: frozenset[str]


@cache
def of_the_code() -> set[str]:
    """Every call site above the runtime, and every question to every payment provider, carrier and receiver."""
    aws = {
        f"{_place(name)} {operation}"
        for name, function in functions().items()
        if not name.startswith(RUNTIME)
        for operation in function.operations.union(*(_through(called) for called in function.calls))
    }
    carriers = {f"{CARRIED}:exchange provider:{name}.POST" for name in CARRIERS}
    others = {*carriers, f"{RECEIVED}:_attempted provider:receiver.POST"}
    others |= {f"chalicelib/{place} provider:line.{asked}" for place, asked in (one.split() for one in LINE)}
    others |= {
        f"{REPORTED}:{asked}" for asked in ("standing provider:wechat.shipping", "tell provider:wechat.report_shipping")
    }
    return aws | others | {f"{CALLS}:{asked} provider:{name}.{asked}" for name in PROVIDERS for asked in ASKED}


def of_runs(seen: Iterable[str]) -> set[str]:
    """The sites that runs passed, named as those of the code are."""
    outer = {f"{site.partition(' ')[0].partition('.<locals>')[0]} {site.partition(' ')[2]}" for site in seen}
    return {site for site in outer if site.startswith("chalicelib/") and not site.startswith("chalicelib/runtime/")}


@cache
def excused() -> dict[str, str]:
    """Why no workflow passes a site, by site."""
    told = tomllib.loads(LIST.read_text(encoding="utf-8"))["unreached"]
    return {f"chalicelib/{site}": one["why"] for one in told for site in one["sites"]}


def astray(seen: Iterable[str], *, clean: bool = True) -> list[str]:
    """What does not agree: sites of the code that are neither passed nor excused, excuses that excuse nothing, and passed
    sites that this reading of the code does not know. An excuse is for what no undisturbed run passes (`clean`); races and
    faults may lead there all the same."""
    code, reached, listed = of_the_code(), of_runs(seen), set(excused())
    idle = listed - code | (listed & reached if clean else set())
    return [
        *(f"a way to {site}, or a reason in {LIST.name}" for site in sorted(code - reached - listed)),
        *(f"no excuse for {site}, which is passed or gone" for site in sorted(idle)),
        *(f"a reading of the code that knows {site}" for site in sorted(reached - code)),
    ]


@cache
def functions() -> dict[str, Function]:
    """Every function and method of the product by its dotted name."""
    return {name: one for path in sorted((ROOT / "chalicelib").rglob("*.py")) for name, one in _module(path)}


@cache
def _through(name: str) -> frozenset[str]:
    """What a function of the runtime calls in the end; nothing for others: they are sites of their own."""
    found, seen, waiting = set[str](), set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one.startswith(RUNTIME) and one in functions() and one not in seen:
            seen.add(one)
            waiting += functions()[one].calls
            found |= functions()[one].operations | ({BY_NAME[one]} if one in BY_NAME else set())
    return frozenset(found)


def _place(name: str) -> str:
    """`a.b.c.f` is `a/b/c:f`, `a.b.C.m` is `a/b:C.m`: a module is written small."""
    parts = name.split(".")
    cut = next(n for n in range(len(parts), 0, -1) if (ROOT.joinpath(*parts[:n])).with_suffix(".py").exists())
    return f"{'/'.join(parts[:cut])}:{'.'.join(parts[cut:])}"


def _module(path: Path) -> Iterator[tuple[str, Function]]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = _imported(tree, module if path.name == "__init__.py" else module.rpartition(".")[0])
    names |= {one.name: f"{module}.{one.name}" for one in tree.body if isinstance(one, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield f"{module}.{node.name}", _function(node, names)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{module}.{node.name}.{inner.name}", _function(inner, names)


def _imported(tree: ast.Module, package: str) -> dict[str, str]:
    """What each imported name stands for."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(
                [*(parts[: len(parts) + 1 - node.level] if node.level else []), *([node.module] if node.module else [])]
            )
            found |= {one.asname or one.name: f"{base}.{one.name}" for one in node.names}
    return found


def _function(node: ast.FunctionDef, names: dict[str, str]) -> Function:
    clients = {
        target.id: service
        for one in ast.walk(node)
        if isinstance(one, ast.Assign)
        for target, value in _pairs(one)
        if isinstance(target, ast.Name) and (service := _client(value))
    }
    operations, calls = set(), set()
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute):
            service = _client(one.value) or (clients.get(one.value.id, "") if isinstance(one.value, ast.Name) else "")
            if service and one.attr not in HERE:
                operations.add(f"{service}.{''.join(map(str.capitalize, one.attr.split('_')))}")
            elif isinstance(one.value, ast.Name) and one.value.id in names:
                calls.add(f"{names[one.value.id]}.{one.attr}")
            elif called := METHODS.get(one.attr) or OF_WORK.get(ast.unparse(one)):
                calls.add(called)
        elif isinstance(one, ast.Name) and one.id in names:
            calls.add(names[one.id])
    return Function(frozenset(operations), frozenset(calls))


def _pairs(node: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        return list(zip(target.elts, node.value.elts, strict=False))
    return [(target, node.value)]


def _client(node: ast.expr) -> str:
    """The service of `clients.client("…")`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "client" and node.args:
        told = node.args[0]
        return str(told.value) if isinstance(told, ast.Constant) and told.value in SERVICES else ""
    return ""
