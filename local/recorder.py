"""Which function called what: every AWS call of the running shop, named by the function that would have made it on AWS.

Handlers run in threads named after their function (local/attach.py), a request is its face's, everything else the staff's.
What was recorded is compared with the policies: a right that is missing would fail only on AWS, since the engine enforces
none.
"""

import json
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from chalicelib.runtime.http import OPERATIONS
from chalicelib.runtime.http.face import FACES

TRANSACTION_VERBS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
SERVICES = ("dynamodb", "sqs", "events", "kms", "ssm", "s3")


class Call(NamedTuple):
    """A function's call as IAM sees it: action, and the table, queue, key or parameter it was made on."""

    function: str
    action: str
    target: str


class Recorder:
    """Collects calls by the function that `caller` names, and hands on each new one."""

    def __init__(self, caller: Callable[[], str | None], tell: Callable[[list[Call]], None]) -> None:
        self.caller = caller
        self.tell = tell
        self.calls: set[Call] = set()
        self._lock = threading.Lock()

    def watch(self, client_of: Callable[[str], Any]) -> None:
        """Hook the app's clients of every service."""
        for service in SERVICES:
            client_of(service).meta.events.register("before-call", self._before)

    def _before(self, model: Any, params: Mapping[str, Any], **_: Any) -> None:
        if (function := self.caller()) is None:
            return
        service = model.service_model.signing_name
        body = params.get("body") or b""
        request = json.loads(body) if isinstance(body, (bytes, str)) and body[:1] in (b"{", "{") else {}
        told = filed(model.name, str(params["url"])) if service == "s3" else actions(model.name, request)
        found = {Call(function, f"{service}:{action}", target) for action, target in told}
        with self._lock:
            if new := sorted(found - self.calls):
                self.calls |= found
                self.tell(new)


def asked(app: Any) -> str | None:
    """The face whose request this thread is answering, if it is."""
    request = app.current_request
    return None if request is None else by_route().get((request.method, request.context["resourcePath"]))


def by_route() -> dict[tuple[str, str], str]:
    """(method, path) -> the function of its face, of the routes that there are now."""
    return _by_route(len(OPERATIONS))


@cache
def _by_route(_: int) -> dict[tuple[str, str], str]:
    return {(op.method, op.path): face.function for face in FACES.values() for op in face.operations}


def of_the_shop(app: Any, threads: Mapping[str, str]) -> Callable[[], str | None]:
    """Who calls in a running shop, if it is one of its functions and not the shop being set up; `threads`: a thread's name ->
    its function's."""

    def caller() -> str | None:
        thread = threading.current_thread().name
        return threads.get(thread) or threads.get(thread.rsplit("-", 1)[0]) or asked(app)

    return caller


def noted(notes: Path) -> Callable[[list[Call]], None]:
    """Write calls down as JSON lines."""

    def tell(new: list[Call]) -> None:
        with notes.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps(call) + "\n" for call in new)

    return tell


def actions(name: str, request: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The (action, target) pairs that IAM checks for a call."""
    if name == "TransactWriteItems":
        return [
            (TRANSACTION_VERBS[verb], step["TableName"])
            for item in request["TransactItems"]
            for verb, step in item.items()
        ]
    if name == "TransactGetItems":
        return [("GetItem", item["Get"]["TableName"]) for item in request["TransactItems"]]
    if name in ("BatchGetItem", "BatchWriteItem"):
        return [(name, table) for table in request["RequestItems"]]
    if name == "PutEvents":
        return [(name, entry["EventBusName"]) for entry in request["Entries"]]
    target = next((str(request[key]) for key in ("TableName", "QueueUrl", "KeyId", "Name") if key in request), "")
    return [(name, target)]


def filed(name: str, url: str) -> list[tuple[str, str]]:
    """What IAM checks for a call of S3; its bucket is named by the host, or on this machine by the path, first."""
    told = urlsplit(url)
    host, _, rest = (told.hostname or "").partition(".s3.")
    return [({"ListObjectsV2": "ListBucket"}.get(name, name), host if rest else told.path.split("/")[1])]


def read(path: Path) -> set[Call]:
    return {Call(*json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line}
