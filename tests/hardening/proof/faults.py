"""Everything that can go wrong at one call, as a table: mode -> what happens instead of the plain effect.

A fault is aimed at the k-th call of one delivery. `fired` tells whether it did anything there, `reached` whether the
delivery made that many calls at all; both are what the enumerator counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.hardening.proof.hook import Call, Effect, Killed, Lost, Reply

AWS_ERROR = "com.amazonaws.dynamodb.v20120810#"
Act = Callable[[Call, Effect], Reply]
BATCHES = {"BatchGetItem", "BatchWriteItem", "PutEvents", "SendMessageBatch"}


def error(code: str, status: int = 400, **more: Any) -> Reply:
    """An AWS error answer."""
    return Reply(status, {"__type": AWS_ERROR + code, "message": "injected", **more})


def throttled(call: Call) -> Reply:
    if call.provider:
        return Reply(429, b'{"code":"FREQUENCY_LIMITED"}', {"content-type": "application/json"})
    return error("ProvisionedThroughputExceededException" if call.service == "dynamodb" else "ThrottlingException")


def conflict(call: Call) -> Reply:
    """Another transaction holds one of the items: the transaction, or the single write, is turned away."""
    if call.op in ("TransactWriteItems", "TransactGetItems"):
        return error(
            "TransactionCanceledException",
            CancellationReasons=[{"Code": "TransactionConflict"}] * len(call.body["TransactItems"]),
        )
    return error("TransactionConflictException")


def _kill_before(call: Call, effect: Effect) -> Reply:
    raise Killed


def _kill_after(call: Call, effect: Effect) -> Reply:
    effect()
    raise Killed


def _lost_answer(call: Call, effect: Effect) -> Reply:
    effect()
    raise Lost


def _lost_request(call: Call, effect: Effect) -> Reply:
    raise Lost


def _throttled(call: Call, effect: Effect) -> Reply:
    return throttled(call)


def _broken(call: Call, effect: Effect) -> Reply:
    return Reply(500, b"<html>502</html>") if call.provider else error("InternalServerError", 500)


def _conflict(call: Call, effect: Effect) -> Reply:
    return conflict(call)


def _in_progress(call: Call, effect: Effect) -> Reply:
    return error("TransactionInProgressException")


def _half(call: Call, effect: Effect) -> Reply:
    """Only the first half of a batch is done; the rest is handed back as the service hands it back."""
    return HALVES[call.op](call, effect)


def _half_items(field: str, split: Callable[[Any], tuple[Any, Any]]) -> Act:
    def act(call: Call, effect: Effect) -> Reply:
        whole = call.body["RequestItems"]
        kept, left = split(whole)
        whole.clear()
        whole.update(kept)
        reply = effect()
        return Reply(reply.status, {**reply.body, field: left})

    return act


def _split_keys(whole: Mapping[str, Any]) -> tuple[Any, Any]:
    places = [(name, key) for name, wish in whole.items() for key in wish["Keys"]]
    middle = len(places) // 2
    parts = []
    for chosen in (places[:middle], places[middle:]):
        part = {name: {**wish, "Keys": [k for n, k in chosen if n == name]} for name, wish in whole.items()}
        parts.append({name: wish for name, wish in part.items() if wish["Keys"]})
    return parts[0], parts[1]


def _split_writes(whole: Mapping[str, Any]) -> tuple[Any, Any]:
    places = [(name, request) for name, requests in whole.items() for request in requests]
    middle = len(places) // 2
    parts = []
    for chosen in (places[:middle], places[middle:]):
        part = {name: [r for n, r in chosen if n == name] for name in whole}
        parts.append({name: requests for name, requests in part.items() if requests})
    return parts[0], parts[1]


def _half_events(call: Call, effect: Effect) -> Reply:
    entries = call.body["Entries"]
    refused = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "injected"}] * (len(entries) - len(entries) // 2)
    del entries[len(entries) // 2 :]
    done = effect().body["Entries"] if entries else []
    return Reply(200, {"FailedEntryCount": len(refused), "Entries": [*done, *refused]})


def _half_messages(call: Call, effect: Effect) -> Reply:
    entries = call.body["Entries"]
    left = entries[len(entries) // 2 :]
    del entries[len(entries) // 2 :]
    done = effect().body["Successful"] if entries else []
    failed = [{"Id": one["Id"], "Code": "InternalError", "SenderFault": False} for one in left]
    return Reply(200, {"Successful": done, "Failed": failed})


HALVES: Mapping[str, Act] = {
    "BatchGetItem": _half_items("UnprocessedKeys", _split_keys),
    "BatchWriteItem": _half_items("UnprocessedItems", _split_writes),
    "PutEvents": _half_events,
    "SendMessageBatch": _half_messages,
}


def _always(call: Call) -> bool:
    return True


def _writes(call: Call) -> bool:
    return call.op in ("TransactWriteItems", "TransactGetItems", "PutItem", "UpdateItem", "DeleteItem")


# mode -> (what it does, the calls it applies to)
MODES: Mapping[str, tuple[Act, Callable[[Call], bool]]] = {
    "kill-before": (_kill_before, _always),
    "kill-after": (_kill_after, _always),
    "lost-response": (_lost_answer, _always),
    "lost-request": (_lost_request, lambda call: call.provider),
    "throttle-once": (_throttled, _always),
    "throttle-for-ever": (_throttled, _always),
    "server-error": (_broken, _always),
    "conflict": (_conflict, _writes),
    "in-progress": (_in_progress, lambda call: call.op == "TransactWriteItems"),
    "unprocessed": (_half, lambda call: call.op in BATCHES),
    "stale-read": (lambda call, effect: effect(), lambda call: reads_late(call)),
}


def reads_late(call: Call) -> bool:
    """Whether a read may see the past: an index always may, a table unless it is asked for consistency."""
    return call.op in ("Query", "Scan", "GetItem", "BatchGetItem") and not _consistent(call.body)


def _consistent(body: Any) -> bool:
    wishes = body["RequestItems"].values() if "RequestItems" in body else [body]
    return all(wish.get("ConsistentRead") for wish in wishes)


class Injector:
    """Handler of one delivery: the fault `mode` at its call number `at`, and the dead latch after a kill."""

    def __init__(self, at: int, mode: str, lag: Callable[[int], None] = lambda writes: None, behind: int = 0) -> None:
        self.at, self.mode, self.made = at, mode, 0
        self.dead = self.fired = False
        self.site = ""
        self._lag, self._behind = lag, behind

    @property
    def reached(self) -> bool:
        return self.made > self.at

    def __call__(self, call: Call, effect: Effect) -> Reply:
        if self.dead:
            raise Killed  # no `finally:` writes after death
        turn, self.made = self.made, self.made + 1
        act, applies = MODES[self.mode]
        hit = turn >= self.at if self.mode == "throttle-for-ever" else turn == self.at
        if not hit or not applies(call):
            return effect()
        self.fired, self.site = True, self.site or call.site
        if self.mode == "stale-read":
            self._lag(self._behind)
            try:
                return effect()
            finally:
                self._lag(0)
        try:
            return act(call, effect)
        except Killed:
            self.dead = True
            raise
