"""Rights, as every test at the front door meets them: what a face's function calls must be granted to it.

The engines enforce no rights, AWS does. Queues have other names in tests; their calls are compared on the journeys. What is
granted of tables and keys and never used is told at the end of a whole run.
"""

from __future__ import annotations

import os
import re

from infra import functions
from local.recorder import Call, Recorder, asked, by_route

from . import documented

WATCHED: dict[str, object] = {}  # the client that is looked at, a service
WANTING: list[Call] = []  # calls that their function may not make
SEEN: set[Call] = set()
COLD = {
    "ProviderKeysTable": "what verifies a provider is read once a process, which one for all faces has done by then"
}
LAST: dict[str, str | None] = {}


def enter(method: str, path: str) -> None:
    """A request to another face than before: what that one remembers of keys is not this one's."""
    from chalicelib.runtime import vault

    asked = documented.operation(method, path.partition("?")[0])
    face = asked and by_route().get((asked.method, asked.path))
    if face != LAST.get("face"):
        vault.forget()
    LAST["face"] = face
    WANTING.clear()  # what was called since is no request's: a test that asks the app itself leaves its request standing


def check(method: str, path: str) -> None:
    """Raises AssertionError when the request made a call that its face may not make; what a test does by itself from here on is
    no face's call."""
    import app

    app.app.current_request = None
    wanting, WANTING[:] = WANTING[:], []
    assert not wanting, f"{method} {path}: not granted in infra/functions.py: {wanting}"


def watch() -> None:
    """Look at every call of the clients there are now."""
    import app
    from chalicelib.runtime import clients

    def tell(new: list[Call]) -> None:
        plain = [call._replace(target=named(call.target)) for call in new if not call.action.startswith("sqs:")]
        SEEN.update(plain)
        WANTING.extend(call for call in plain if not granted(call, call.target))

    if WATCHED.get("dynamodb") is not clients.client("dynamodb"):
        WATCHED["dynamodb"] = clients.client("dynamodb")
        Recorder(lambda: asked(app.app), tell).watch(clients.client)


BUCKETS = {"jishi-exports": "ExportsBucket", "jishi-media": "MediaBucket"}


def named(target: str) -> str:
    """What a test's table, bucket or key is called in the policies."""
    if target in BUCKETS:
        return BUCKETS[target]
    if target.startswith("jishi-"):
        return functions.table_id(target.removeprefix("jishi-"))
    if target == os.environ.get("PERSONAL_KEY"):
        return "PersonalKey"
    return target


def granted(call: Call, target: str) -> bool:
    """Whether the policy of its function grants a call on this target, as the policies call it."""
    allowed = functions.allowed(functions.FUNCTIONS[call.function].policy)
    if call.action == "ssm:GetParameter":
        wanted = re.sub("^/jishi/[^/]+/", "/jishi/${Stage}/", target)
        return any(action == call.action and _fits(wanted, name) for action, name in allowed)
    if call.action == "kms:Decrypt" and not target:  # the ciphertext names the key
        target = "PersonalKey"
    if call.action == "s3:HeadObject":  # whoever may read may look
        call = call._replace(action="s3:GetObject")
    if call.action == "sqs:GetQueueUrl":  # by name, not by address
        return any(action == call.action for action, _ in allowed)
    return (call.action, target) in allowed


def _fits(wanted: str, name: str) -> bool:
    return wanted.startswith(name.removesuffix("*")) if name.endswith("*") else wanted == name


def unused(seen: set[Call]) -> list[str]:
    """What a face is granted of tables and keys and never used: `shop reads PeopleTable`. Every work has the
    journal."""
    used = {(call.function, _kind(call.action), call.target) for call in seen}
    return sorted(
        {
            f"{name} {_kind(action)} {target}"
            for name in {call.function for call in seen}
            for action, target in functions.allowed(functions.FUNCTIONS[name].policy)
            if action.startswith(("dynamodb:", "kms:"))
            and target not in ("JournalTable", *COLD)
            and (name, _kind(action), target) not in used
        }
    )


def _kind(action: str) -> str:
    verb = action.partition(":")[2]
    if action.startswith("dynamodb:"):
        return "reads" if verb in ("GetItem", "BatchGetItem", "Query") else "writes"
    return verb
