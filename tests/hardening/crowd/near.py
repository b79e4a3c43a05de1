"""A client of the proof's engine without wire between: what the SDK does to a call costs ten times what the call does.

The names and shapes of botocore's client for the few operations that a crowd's shop asks; each call passes the hook.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError

from tests.hardening.proof.engine import Engine, Fault
from tests.hardening.proof.hook import HOOK, Call, Lost, Reply

OPERATIONS = {
    "get_item": "GetItem", "batch_get_item": "BatchGetItem", "query": "Query", "scan": "Scan", "put_item": "PutItem",
    "update_item": "UpdateItem", "delete_item": "DeleteItem", "transact_write_items": "TransactWriteItems",
    "transact_get_items": "TransactGetItems",
}  # fmt: skip
ITEMS = ("Item", "Key", "ExpressionAttributeValues")


class NearClient:
    """One engine's client."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = OPERATIONS[name]
        asked = lambda **body: self._ask(operation, body)
        setattr(self, name, asked)
        return asked

    def _ask(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        body = _request(body)

        def effect() -> Reply:
            try:
                return Reply(200, self.engine.answer(operation, body))
            except Fault as fault:
                return Reply(fault.status, {"__type": fault.code, "message": fault.message, **fault.more})

        handler = HOOK.handler
        try:
            reply = handler(Call("dynamodb", operation, body), effect) if handler else effect()
        except Lost:
            raise ConnectionClosedError(endpoint_url="near") from None
        if reply.status != 200:
            code = reply.body["__type"].rpartition("#")[2]
            told = {
                "Error": {"Code": code, "Message": reply.body["message"]},
                "ResponseMetadata": {"HTTPStatusCode": reply.status},
            }
            more = {name: value for name, value in reply.body.items() if name not in ("__type", "message")}
            raise ClientError(told | _answer(more), operation)  # type: ignore[arg-type]  # as botocore makes it
        return _answer(reply.body)


def _request(body: dict[str, Any]) -> dict[str, Any]:
    if "TransactItems" in body:
        actions = [{verb: _request(inner) for verb, inner in one.items()} for one in body["TransactItems"]]
        return body | {"TransactItems": actions}
    return {name: _wired(value) if name in ITEMS else value for name, value in body.items()}


def _wired(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        n: {"B": base64.b64encode(v["B"]).decode()} if "B" in v and isinstance(v["B"], bytes) else v
        for n, v in item.items()
    }


def _read(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in item.items()}


def _answer(body: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(body)
    for name in ("Item", "Attributes"):
        if name in told:
            told[name] = _read(told[name])
    if "Items" in told:
        told["Items"] = [_read(item) for item in told["Items"]]
    if isinstance(told.get("Responses"), dict):
        told["Responses"] = {name: [_read(item) for item in items] for name, items in told["Responses"].items()}
    elif "Responses" in told:
        told["Responses"] = [{"Item": _read(one["Item"])} if "Item" in one else {} for one in told["Responses"]]
    if "CancellationReasons" in told:
        told["CancellationReasons"] = [
            one | ({"Item": _read(one["Item"])} if "Item" in one else {}) for one in told["CancellationReasons"]
        ]
    return told
