"""An exact, single-threaded DynamoDB in memory: the ground that the proof harness stands on.

Why not moto: it remembers no ClientRequestToken, copies whole tables for each transaction and takes 3 ms a call. This
one answers in microseconds, snapshots in microseconds and refuses what DynamoDB refuses; a differential test holds it
against moto (test_engine.py). It guarantees serial, atomic operations, ALL_OLD in refusals, transactions with token
memory, and reads from the past on request (an index, or a plain read, that lags behind its table).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.hardening.proof.expressions import Bindings, Item, Malformed, condition, plain, projected, projection
from tests.hardening.proof.updates import applied, update

Key = tuple[Any, ...]
Body = Mapping[str, Any]
MOST_ACTIONS, MOST_BYTES, LARGEST_ITEM = 100, 4 * 1024 * 1024, 400 * 1024
LONGEST_HASH, LONGEST_RANGE = 2048, 1024  # bytes of a key
HASHED = re.compile(r"([#\w]+) = (:\w+)")  # the part of a key condition that names the hash
VERBS = ("Put", "Update", "Delete", "ConditionCheck")


class Fault(Exception):
    """An error answer of the service: its code, a message and further fields of the body."""

    def __init__(self, code: str, message: str = "", status: int = 400, **more: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status, self.more = code, message, status, more


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of a table or index and what an index carries (None: everything)."""

    hash: str
    range: str | None = None
    carries: frozenset[str] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.hash, self.range) if self.range else (self.hash,)


@dataclass(slots=True)
class Held:
    """One table: its shape, its indexes and its items. Items are never changed in place."""

    name: str
    shape: Shape
    kinds: dict[str, str]
    indexes: dict[str, Shape] = field(default_factory=dict)
    items: dict[Key, Item] = field(default_factory=dict)
    parts: dict[Any, set[Key]] | None = None  # keys by hash, once somebody asked

    def part(self, hash_key: Any) -> list[Item]:
        """The items under one hash key."""
        if self.parts is None:
            self.parts = {}
            for key in self.items:
                self.parts.setdefault(key[0], set()).add(key)
        return [self.items[key] for key in self.parts.get(hash_key, ())]

    def keep(self, key: Key, new: Item | None) -> None:
        if new is None:
            del self.items[key]
        else:
            self.items[key] = new
        if self.parts is not None:
            held = self.parts.setdefault(key[0], set())
            (held.discard if new is None else held.add)(key)

    def key(self, source: Item) -> Key:
        """The key of an item or of a request's Key, with its types checked."""
        found = []
        for name in self.shape.keys:
            value = source.get(name)
            if value is None or self.kinds[name] not in value:
                raise Fault("ValidationException", f"One of the required keys was not given a value: {name}")
            _fits_a_key(name, value, LONGEST_HASH if name == self.shape.hash else LONGEST_RANGE)
            found.append(plain(value)[1])
        return tuple(found)

    def key_of(self, item: Item) -> Item:
        return {name: item[name] for name in self.shape.keys}

    def only_key(self, source: Item) -> Key:
        if set(source) != set(self.shape.keys):
            raise Fault("ValidationException", "The provided key element does not match the schema")
        return self.key(source)


@dataclass(frozen=True, slots=True)
class Written:
    """One change in the order of writing: what a stream record or a lagging reader is made from."""

    table: str
    key: Key
    old: Item | None
    new: Item | None


Snapshot = tuple[dict[str, dict[Key, Item]], int, tuple[Written, ...], dict[str, Any]]


def bound(body: Body, *used: frozenset[str]) -> Bindings:
    """The placeholders of a request; missing or unused ones are refused."""
    names, values = body.get("ExpressionAttributeNames") or {}, body.get("ExpressionAttributeValues") or {}
    wanted = frozenset().union(*used)
    given = set(names) | set(values)
    if wanted != given:
        raise Fault("ValidationException", f"placeholders undefined or unused: {sorted(wanted ^ given)}")
    return names, values


def weight(item: Item) -> int:
    """Bytes of an item, near enough for the limits."""
    return len(json.dumps(item, separators=(",", ":"), ensure_ascii=False).encode())


class Engine:
    """Tables, token memory and the log of writes."""

    def __init__(self) -> None:
        self.tables: dict[str, Held] = {}
        self.log: list[Written] = []
        self.tokens: dict[str, tuple[Body, Body]] = {}
        self.remembers = True  # the token world: a lapsed one forgets at once, as after ten minutes
        self.lag = 0  # how many of the last writes the next eventually consistent reads do not see yet

    def snapshot(self) -> Snapshot:
        return (
            {name: dict(t.items) for name, t in self.tables.items()},
            len(self.log),
            tuple(self.log),
            dict(self.tokens),
        )

    def restore(self, saved: Snapshot) -> None:
        for name, table in self.tables.items():
            table.items, table.parts = dict(saved[0].get(name, {})), None
        self.log, self.tokens, self.lag = list(saved[2]), dict(saved[3]), 0

    def rows(self, table: str) -> list[Item]:
        """All items of a table in the order of their keys: for audits and final states."""
        return [item for _, item in sorted(self.tables[table].items.items(), key=lambda pair: repr(pair[0]))]

    def answer(self, op: str, body: Body) -> dict[str, Any]:
        """Do one operation; raises `Fault` for what DynamoDB would refuse."""
        try:
            return OPERATIONS[op](self, body)
        except Malformed as wrong:
            raise Fault("ValidationException", str(wrong)) from wrong

    def create(self, body: Body) -> dict[str, Any]:
        shape = _shape(body["KeySchema"])
        kinds = {one["AttributeName"]: one["AttributeType"] for one in body["AttributeDefinitions"]}
        indexes = {}
        for index in body.get("GlobalSecondaryIndexes") or ():
            inner, view = _shape(index["KeySchema"]), index["Projection"]
            carries = frozenset({*inner.keys, *shape.keys, *view.get("NonKeyAttributes", ())})
            everything = view["ProjectionType"] == "ALL"
            indexes[index["IndexName"]] = Shape(inner.hash, inner.range, None if everything else carries)
        self.tables[body["TableName"]] = Held(body["TableName"], shape, kinds, indexes)
        return self.describe(body)

    def describe(self, body: Body) -> dict[str, Any]:
        table = self.table(body)
        schema = [{"AttributeName": n, "KeyType": k} for n, k in zip(table.shape.keys, ("HASH", "RANGE"), strict=False)]
        kinds = [{"AttributeName": name, "AttributeType": kind} for name, kind in table.kinds.items()]
        found = {"TableName": table.name, "TableStatus": "ACTIVE", "KeySchema": schema, "AttributeDefinitions": kinds}
        return {"Table": found, "TableDescription": found}

    def table(self, body: Body) -> Held:
        name = body["TableName"].rpartition("/")[2]
        if name not in self.tables:
            raise Fault("ResourceNotFoundException", f"Requested resource not found: {name}")
        return self.tables[name]

    # -- reads -------------------------------------------------------------------------------------------------

    def items(self, table: Held, body: Body) -> dict[Key, Item]:
        """What a read sees: everything when consistent, else the table as it was `lag` writes ago."""
        if not self.lag or body.get("ConsistentRead"):
            return table.items
        past = dict(table.items)
        for written in reversed(self.log[-self.lag :]):
            if written.table != table.name:
                continue
            if written.old is None:
                past.pop(written.key, None)
            else:
                past[written.key] = written.old
        return past

    def get(self, body: Body) -> dict[str, Any]:
        table = self.table(body)
        item = self.items(table, body).get(table.only_key(body["Key"]))
        return {} if item is None else {"Item": _view(item, body)}

    def batch_get(self, body: Body) -> dict[str, Any]:
        answers: dict[str, list[Item]] = {}
        for name, wanted in body["RequestItems"].items():
            keys = [json.dumps(key, sort_keys=True) for key in wanted["Keys"]]
            if len(set(keys)) != len(keys) or len(keys) > MOST_ACTIONS:
                raise Fault("ValidationException", "Provided list of item keys contains duplicates or is too long")
            found = [self.get({"TableName": name, **wanted, "Key": key}).get("Item") for key in wanted["Keys"]]
            answers[name] = [item for item in found if item is not None]
        return {"Responses": answers, "UnprocessedKeys": {}}

    def transact_get(self, body: Body) -> dict[str, Any]:
        return {"Responses": [self.get({**one["Get"], "ConsistentRead": True}) for one in body["TransactItems"]]}

    def query(self, body: Body) -> dict[str, Any]:
        table = self.table(body)
        shape = _chosen(table, body)
        wanted = condition(body["KeyConditionExpression"])
        names = body.get("ExpressionAttributeNames") or {}
        heads = wanted.heads(names)
        if shape.hash not in heads or not heads <= set(shape.keys):
            raise Fault("ValidationException", f"Query condition missed key schema element: {sorted(heads)}")
        for name in wanted.used & (body.get("ExpressionAttributeValues") or {}).keys():
            _fits_a_key(name, body["ExpressionAttributeValues"][name], LONGEST_HASH)
        return self._page(table, shape, body, wanted.test, wanted.used)

    def scan(self, body: Body) -> dict[str, Any]:
        table = self.table(body)
        return self._page(table, _chosen(table, body), body, lambda *_: True, frozenset())

    def _page(
        self, table: Held, shape: Shape, body: Body, test: Callable[..., bool], used: frozenset[str]
    ) -> dict[str, Any]:
        sieve = condition(body["FilterExpression"]) if body.get("FilterExpression") else None
        shown = projection(body["ProjectionExpression"]) if body.get("ProjectionExpression") else None
        given = bound(body, used, sieve.used if sieve else frozenset(), shown[1] if shown else frozenset())
        if sieve and sieve.heads(given[0]) & set(shape.keys) and "KeyConditionExpression" in body:
            raise Fault("ValidationException", "Filter Expression can only contain non-primary key attributes")
        names = dict.fromkeys((*shape.keys, *table.shape.keys))
        under = HASHED.search(body.get("KeyConditionExpression", "")) if shape is table.shape and not self.lag else None
        if under and given[0].get(under[1], under[1]) == shape.hash:
            found: Iterable[Item] = table.part(plain(given[1][under[2]])[1])
        else:
            found = self.items(table, body).values()
        listed = [i for i in found if all(n in i for n in shape.keys) and test(i, given)]
        order = lambda item: tuple(plain(item[name])[1] for name in names if name != shape.hash)  # a sort key
        listed.sort(key=order, reverse=not body.get("ScanIndexForward", True))
        after = body.get("ExclusiveStartKey")
        if after:
            keys = [{name: item[name] for name in names} for item in listed]
            start = keys.index(after) + 1 if after in keys else _following(listed, after, order, names)
            listed = listed[start:]
        limit = body.get("Limit") or len(listed)
        page = listed[:limit]
        kept = [item for item in page if not sieve or sieve.test(item, given)]
        if shape.carries is not None:
            kept = [{name: v for name, v in item.items() if name in shape.carries} for item in kept]
        answer: dict[str, Any] = {"Count": len(kept), "ScannedCount": len(page)}
        if body.get("Select") != "COUNT":
            answer["Items"] = [projected(i, shown[0], given) for i in kept] if shown else kept
        if page and (len(listed) > limit or len(page) == body.get("Limit")):
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in names}
        return answer

    # -- writes ------------------------------------------------------------------------------------------------

    def plan(self, verb: str, body: Body) -> tuple[Held, Key, Item | None, Item | None, set[str]]:
        """What a write would do, condition checked: (table, key, old, new, touched); raises Fault when refused."""
        table = self.table(body)
        key = table.key(body["Item"]) if verb == "Put" else table.only_key(body["Key"])
        old = table.items.get(key)
        when = condition(body["ConditionExpression"]) if body.get("ConditionExpression") else None
        changes = (
            update(body["UpdateExpression"]) if verb == "Update" and body.get("UpdateExpression") else ((), frozenset())
        )
        given = bound(body, when.used if when else frozenset(), changes[1])
        if when and not when.test(old or {}, given):
            asked = body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and old is not None
            raise Fault(
                "ConditionalCheckFailedException", "The conditional request failed", **({"Item": old} if asked else {})
            )
        if verb == "ConditionCheck":
            return table, key, old, old, set()
        if verb == "Delete":
            return table, key, old, None, set()
        if verb == "Put":
            new, touched = dict(body["Item"]), set(body["Item"])
        else:
            new, touched = applied(changes[0], {**body["Key"], **(old or {})}, given)
            if touched & set(table.shape.keys):
                raise Fault("ValidationException", "Cannot update attribute. This attribute is part of the key")
        _sound(table, new)
        return table, key, old, new, touched

    def apply(self, table: Held, key: Key, old: Item | None, new: Item | None) -> None:
        if old == new:
            return
        table.keep(key, new)
        self.log.append(Written(table.name, key, old, new))

    def write(self, verb: str, body: Body) -> dict[str, Any]:
        table, key, old, new, touched = self.plan(verb, body)
        self.apply(table, key, old, new)
        which = body.get("ReturnValues", "NONE")
        source = old if which.endswith("OLD") else new
        if which == "NONE" or source is None:
            return {}
        return {"Attributes": source if which.startswith("ALL") else {n: v for n, v in source.items() if n in touched}}

    def batch_write(self, body: Body) -> dict[str, Any]:
        for name, requests in body["RequestItems"].items():
            for request in requests:
                ((kind, inner),) = request.items()
                self.write("Put" if kind == "PutRequest" else "Delete", {"TableName": name, **inner})
        return {"UnprocessedItems": {}}

    def transact(self, body: Body) -> dict[str, Any]:
        token = body.get("ClientRequestToken")
        if token and self.remembers and token in self.tokens:
            if self.tokens[token][0] != body:
                raise Fault("IdempotentParameterMismatchException", "the token was used with other parameters")
            return dict(self.tokens[token][1])
        actions = [(verb, inner) for action in body["TransactItems"] for verb, inner in action.items()]
        if not 1 <= len(actions) <= MOST_ACTIONS or weight(body["TransactItems"]) > MOST_BYTES:
            raise Fault("ValidationException", "transactItems must have 1 to 100 members of 4 MB in all")
        plans, reasons, seen = [], list[dict[str, Any]](), set[tuple[str, Key]]()
        for verb, inner in actions:
            table = self.table(inner)
            place = (table.name, table.key(inner["Item"] if verb == "Put" else inner["Key"]))
            if place in seen:
                raise Fault("ValidationException", "Transaction request cannot include multiple operations on one item")
            seen.add(place)
        for verb, inner in actions:
            try:
                plans.append((verb, self.plan(verb, inner)))
                reasons.append({"Code": "None"})
            except Fault as fault:
                if fault.code != "ConditionalCheckFailedException":
                    raise
                reasons.append({"Code": "ConditionalCheckFailed", "Message": fault.message, **fault.more})
        if len(plans) < len(actions):
            codes = ", ".join(reason["Code"] for reason in reasons)
            message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
            raise Fault("TransactionCanceledException", message, CancellationReasons=reasons)
        for verb, (table, key, old, new, _) in plans:
            if verb != "ConditionCheck":
                self.apply(table, key, old, new)
        if token and self.remembers:
            self.tokens[token] = (body, {})
        return {}


def _shape(schema: Iterable[Body]) -> Shape:
    keys = {one["KeyType"]: one["AttributeName"] for one in schema}
    return Shape(keys["HASH"], keys.get("RANGE"))


def _chosen(table: Held, body: Body) -> Shape:
    name = body.get("IndexName")
    if name is None:
        return table.shape
    if name not in table.indexes:
        raise Fault("ValidationException", f"The table does not have the specified index: {name}")
    if body.get("ConsistentRead"):
        raise Fault("ValidationException", "Consistent reads are not supported on global secondary indexes")
    return table.indexes[name]


def _view(item: Item, body: Body) -> Item:
    if not body.get("ProjectionExpression"):
        return item
    paths, used = projection(body["ProjectionExpression"])
    return projected(item, paths, bound(body, used))


def _following(listed: list[Item], after: Item, order: Callable[[Item], Any], names: Mapping[str, None]) -> int:
    """Where a page starts when the item it should follow has gone."""
    return sum(1 for item in listed if order(item) <= order(after) and names)


def _fits_a_key(name: str, value: Item, longest: int) -> None:
    if value.get("S") == "":
        raise Fault("ValidationException", f"an empty string value is not supported for key {name}")
    if "N" in value and len(Decimal(value["N"]).as_tuple().digits) > 38:
        raise Fault("ValidationException", f"more than 38 significant digits in key {name}")
    if "S" in value and len(value["S"].encode()) > longest:
        raise Fault("ValidationException", f"Size of key {name} has exceeded the maximum size limit of {longest} bytes")


def _sound(table: Held, item: Item) -> None:
    if weight(item) > LARGEST_ITEM:
        raise Fault("ValidationException", "Item size has exceeded the maximum allowed size")
    for index in table.indexes.values():
        for name in index.keys:
            if name in item and table.kinds[name] not in item[name]:
                raise Fault("ValidationException", f"Type mismatch for Index Key {name}")
            if name in item:
                _fits_a_key(name, item[name], LONGEST_HASH if name == index.hash else LONGEST_RANGE)
    for value in item.values():
        if "N" in value and len(Decimal(value["N"]).as_tuple().digits) > 38:
            raise Fault("ValidationException", "Attempting to store more than 38 significant digits in a Number")
        for kind in ("SS", "NS", "BS"):
            if value.get(kind) == []:
                raise Fault("ValidationException", "An attribute value may not contain an empty set")


OPERATIONS: Mapping[str, Callable[[Engine, Body], dict[str, Any]]] = {
    "CreateTable": Engine.create,
    "DescribeTable": Engine.describe,
    "GetItem": Engine.get,
    "BatchGetItem": Engine.batch_get,
    "TransactGetItems": Engine.transact_get,
    "Query": Engine.query,
    "Scan": Engine.scan,
    "PutItem": lambda engine, body: engine.write("Put", body),
    "UpdateItem": lambda engine, body: engine.write("Update", body),
    "DeleteItem": lambda engine, body: engine.write("Delete", body),
    "BatchWriteItem": Engine.batch_write,
    "TransactWriteItems": Engine.transact,
}
