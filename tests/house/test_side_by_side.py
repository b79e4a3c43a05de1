"""What requests that run side by side share: one app, and what a process remembers; each such thing has its reason here."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app import app
from chalicelib.runtime.http import App
from tests.house import source

DOOR = "chalicelib/runtime/http/endpoint.py"
RECORDER = "local/recorder.py"  # names the face of the call, in the call's own thread
OF_A_CALL = {"current_request", "lambda_context", "current_app"}  # what Chalice keeps of the present call
ALTERING = {
    "add", "append", "appendleft", "clear", "extend", "insert", "move_to_end", "pop", "popitem", "popleft", "remove",
    "reverse", "setdefault", "sort", "update",
}  # fmt: skip
AT_IMPORT = "filled while modules are imported, in one thread; afterwards only read"
WHOLE = "each entry is put as a whole under the name of what it was made from, and read once"
AT_START = "set once by the composition root or by tests"
SHARED = {
    "chalicelib/kernel/errors.py CATALOGUE": AT_IMPORT,
    "chalicelib/kernel/facts.py FACTS": AT_IMPORT,
    "chalicelib/kernel/messages.py TEXTS": AT_IMPORT,
    "chalicelib/runtime/workers.py CONSUMERS": AT_IMPORT,
    "chalicelib/runtime/workers.py SCHEDULES": AT_IMPORT,
    "chalicelib/runtime/http/endpoint.py OPERATIONS": AT_IMPORT,
    "chalicelib/runtime/http/face.py FACES": AT_IMPORT,
    "chalicelib/runtime/observe.py ALARMS": AT_IMPORT,
    "chalicelib/runtime/settings.py BOUNDS": AT_IMPORT,
    "chalicelib/runtime/settings.py SETTINGS": AT_IMPORT,
    "chalicelib/runtime/switches.py RISING": AT_IMPORT,
    "chalicelib/runtime/switches.py SWITCHES": AT_IMPORT,
    "chalicelib/runtime/workers.py _load": AT_START,
    "chalicelib/records/identity/access/service/verification_codes.py _blames": AT_START,
    "chalicelib/records/identity/access/service/verification_codes.py _sender": AT_START,
    "chalicelib/records/payments/service/calls.py _http": AT_START,
    "chalicelib/records/shipping/service/calls.py _http": AT_START,
    "chalicelib/runtime/http/endpoint.py DOUBTS": AT_START,
    "chalicelib/runtime/http/endpoint.py ENDED": AT_START,
    "chalicelib/runtime/http/endpoint.py _identify": AT_START,
    "chalicelib/runtime/http/endpoint.py _standing": AT_START,
    "chalicelib/runtime/settings.py _injected": AT_START,
    "chalicelib/runtime/strangers.py _network": AT_START,
    "chalicelib/runtime/tasks.py _elsewhere": AT_START,
    "chalicelib/runtime/world.py _current": AT_START,
    "chalicelib/records/payments/service/calls.py _kept": WHOLE,
    "chalicelib/records/shipping/service/calls.py _kept": WHOLE,
    "chalicelib/runtime/settings.py _secrets": WHOLE,
    "chalicelib/runtime/clients.py _clients": "under a lock",
    "chalicelib/runtime/clients.py _session": "under a lock",
    "chalicelib/records/messages/channels/outbox.py _memory": "a local shop's letters; appending is one step",
}


def test_the_shops_app_keeps_a_request_to_its_call():
    assert type(app) is App


def test_only_the_door_reads_the_present_request():
    readers = {
        path
        for path in source.python("app.py", "chalicelib", "infra", "local", "bench")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in OF_A_CALL
    }
    assert readers == {DOOR, RECORDER}


def test_what_a_module_alters_while_it_serves_is_known_and_safe_side_by_side():
    found = {f"{path} {name}" for path in source.python("chalicelib") for name in set(altered(source.tree(path)))}
    assert found == SHARED.keys()


def altered(module: ast.Module) -> Iterator[str]:
    """The module's own names that its functions rebind, or whose contents they alter; `Memory` and `Recent` look after
    themselves."""
    own = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and not is_memory(node.value)
    }
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    for node in (part for function in functions for part in ast.walk(function)):
        if isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            yield from own & names_in(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ALTERING:
            yield from own & names_in(node.func.value)


def is_memory(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("Memory", "Recent")


def names_in(node: ast.expr) -> set[str]:
    return {node.id} if isinstance(node, ast.Name) else set()
