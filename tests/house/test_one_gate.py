"""Every message leaves by one gate: nothing but the gate hands anything to a channel, and who uses the gate is known by name."""

from __future__ import annotations

import ast

from tests.house import source

GATE = "chalicelib/records/messages/service.py"
CHANNELS = "chalicelib.records.messages.channels"
HANDING = {"deliver"}  # how a channel is handed a message
USERS = {  # who has the gate send something, and why no claim stands behind it
    "chalicelib/faces/codes.py": {"send"},  # codes: asked for by their reader, and kept by nobody
    "chalicelib/processes/grouping/service/posting.py": {
        "hand_over"
    },  # posts to groups: each under its row, to nobody by name
    "chalicelib/processes/notifying/service/sending.py": {"hand_over"},  # all that is wanted: each under its claim
    "chalicelib/processes/notifying/service/telling.py": {"send"},  # news of money and account: each under its fact
}


def hands_over(path: str, text: str) -> bool:
    """Whether a file calls a channel: it knows them, and has one deliver."""
    tree = ast.parse(text)
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    } | {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return bool(HANDING & called) and any(
        module.startswith(CHANNELS) for module in (*(module for _, module in source.imports(path)), *_named(tree))
    )


def _named(tree: ast.Module) -> list[str]:
    """Modules that a file names by a text, to import them later."""
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_nothing_but_the_gate_hands_anything_to_a_channel():
    own = f"{CHANNELS.replace('.', '/')}/"
    found = {
        path
        for path, text in source.python("chalicelib").items()
        if not path.startswith(own) and hands_over(path, text)
    }
    assert found == {GATE}


def test_who_has_the_gate_send_something_is_known_by_name():
    found: dict[str, set[str]] = {}
    for path in source.python("chalicelib"):
        if path == GATE:
            continue
        module = GATE.removesuffix(".py").replace("/", ".")
        if module not in {name for _, name in source.imports(path)}:
            continue
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(source.tree(path))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        if used := names & {"send", "hand_over"}:
            found[path] = used
    assert found == USERS


def test_a_file_that_calls_a_channel_by_itself_is_found():
    path = GATE  # what it imports is read from the file; what it calls from the text
    assert hands_over(path, "channel('phone').deliver(message)")
    assert not hands_over(path, "channel('phone').name")
