"""What DynamoDB bills for a call, as a pure function of the request and what it met; no engine's own count is trusted.

Rules (docs/decisions say where from): a write costs a unit per started KB of the larger of the item before and after,
twice that in a transaction, also when its condition fails; a condition check is counted like a write; every index that
holds the item costs a write of its own entry when it is put, changed or moved (a move is two). A read costs half a
unit per started 4 KB, consistent a whole one, transactional two; a query rounds the sum of its items, a batch each item.

    with counted() as bill:
        place_order(...)
    bill.reads, bill.writes, bill.write_units, bill.index_units, bill.read_units
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any

KB = 1024
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
Item = Mapping[str, Any]
SizeOf = Callable[[str, Item], int]  # (table's name, key) -> bytes of the item that stands there, 0 for none


@dataclass(frozen=True)
class Index:
    """An index as far as billing needs it: its key attributes, and what else it copies (None: everything)."""

    keys: frozenset[str]
    copies: frozenset[str] | None


@dataclass
class Bill:
    """What was used. `writes` and `reads` are round trips; units of indexes are told apart from the items' own."""

    reads: int = 0
    writes: int = 0
    write_units: float = 0
    index_units: float = 0
    read_units: float = 0
    calls: list[str] = field(default_factory=list)

    @property
    def units(self) -> float:
        return self.write_units + self.index_units


def size(value: Any) -> int:
    """Bytes of one attribute value as DynamoDB counts them."""
    ((kind, content),) = value.items()
    if kind in ("S", "N", "B"):
        return _scalar(kind, content)
    if kind in ("BOOL", "NULL"):
        return 1
    if kind in ("SS", "NS", "BS"):
        return sum(_scalar(kind[0], each) for each in content)
    if kind == "L":
        return 3 + sum(1 + size(each) for each in content)
    return 3 + sum(1 + len(name.encode()) + size(each) for name, each in content.items())


def _scalar(kind: str, content: Any) -> int:
    if kind == "N":
        digits = re.sub(r"[eE].*|[-.]", "", str(content)).strip("0") or "0"
        return ceil(len(digits) / 2) + 1 + str(content).startswith("-")
    return len(content.encode() if isinstance(content, str) else content)


def item_size(item: Item) -> int:
    return sum(len(name.encode()) + size(value) for name, value in item.items())


def kilobytes(count: int, unit: int = KB) -> int:
    return max(1, ceil(count / unit))


def write_bill(
    verb: str, request: Mapping[str, Any], indexes: Mapping[str, list[Index]], size_of: SizeOf, *, transactional: bool
) -> tuple[float, float]:
    """(units of the item, units of its indexes) of one write. `request` is the action's own dict."""
    factor = 2 if transactional else 1
    table = request["TableName"]
    key = request.get("Key") or request["Item"]
    new = request.get("Item")
    bytes_ = max(size_of(table, key), item_size(new) if new else 0)
    own = factor * kilobytes(bytes_)
    found = indexes.get(table, [])
    if verb in ("Delete", "ConditionCheck"):
        return own, factor * len(found) if verb == "Delete" else 0
    if new is not None:
        return own, factor * sum(index.keys <= new.keys() for index in found)
    touched = touched_names(request)
    return own, factor * sum(_entry_writes(index, touched) for index in found)


def _entry_writes(index: Index, touched: set[str]) -> int:
    if index.keys & touched:
        return 2  # the old entry leaves, a new one comes
    return int(index.copies is None or bool(index.copies & touched))


def touched_names(request: Mapping[str, Any]) -> set[str]:
    """The top-level attributes that an update expression changes."""
    names = request.get("ExpressionAttributeNames", {})
    expression = re.sub(r"\s+", " ", request.get("UpdateExpression", ""))
    touched: set[str] = set()
    for clause in re.split(r"\b(?:SET|REMOVE|ADD|DELETE) ", expression)[1:]:
        for action in _split(clause):
            target = re.split(r"[ =.\[]", action.strip(), maxsplit=1)[0]
            touched.add(names.get(target, target))
    return touched


def _split(clause: str) -> list[str]:
    """Actions of a clause; commas inside a function's brackets do not part them."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(clause):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append(clause[start:place])
            start = place + 1
    return [*parts, clause[start:]]


def add_write(
    bill: Bill, call: str, request: Mapping[str, Any], indexes: Mapping[str, list[Index]], size_of: SizeOf
) -> None:
    """Count a writing call."""
    bill.writes += 1
    for verb, action in _actions(call, request):
        own, entries = write_bill(verb, action, indexes, size_of, transactional=call == "TransactWriteItems")
        bill.write_units += own
        bill.index_units += entries


def _actions(call: str, request: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if call == "TransactWriteItems":
        for action in request["TransactItems"]:
            yield from action.items()
    elif call == "BatchWriteItem":
        for table, wishes in request["RequestItems"].items():
            for wish in wishes:
                ((kind, content),) = wish.items()
                yield kind.removesuffix("Request"), {"TableName": table, **content}
    else:
        yield call.removesuffix("Item"), request


def add_read(bill: Bill, call: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Count a reading call by what it returned; filtered rows are not seen here, so filters count too little."""
    bill.reads += 1
    if call == "GetItem":
        bill.read_units += _read([answer.get("Item")], request)
    elif call == "BatchGetItem":
        for table, wish in request["RequestItems"].items():
            items = answer.get("Responses", {}).get(table, [])
            absent = len(wish["Keys"]) - len(items)
            bill.read_units += _read([*items, *[None] * absent], wish)
    elif call == "TransactGetItems":
        bill.read_units += sum(2 * kilobytes(_bytes(r.get("Item")), 4 * KB) for r in answer["Responses"])
    else:
        total = sum(map(_bytes, answer.get("Items", [])))
        bill.read_units += kilobytes(total, 4 * KB) * (1 if request.get("ConsistentRead") else 0.5)


def _read(items: list[Item | None], wish: Mapping[str, Any]) -> float:
    return sum(kilobytes(_bytes(item), 4 * KB) for item in items) * (1 if wish.get("ConsistentRead") else 0.5)


def _bytes(item: Item | None) -> int:
    return item_size(item) if item else 0


def indexes_of(definitions: list[dict[str, Any]]) -> dict[str, list[Index]]:
    """Table's name -> its indexes, from infra.tables.definitions()."""
    told: dict[str, list[Index]] = {}
    for table in definitions:
        for index in table.get("GlobalSecondaryIndexes", []):
            kind = index["Projection"]["ProjectionType"]
            copies = None if kind == "ALL" else frozenset(index["Projection"].get("NonKeyAttributes", ()))
            keys = frozenset(part["AttributeName"] for part in index["KeySchema"])
            own = frozenset(part["AttributeName"] for part in table["KeySchema"])
            told.setdefault(table["TableName"], []).append(Index(keys - own or keys, copies))
    return told


@contextmanager
def counted(
    client: Any, indexes: Mapping[str, list[Index]], size_of: SizeOf = lambda _table, _key: 0
) -> Iterator[Bill]:
    """Count every call of a DynamoDB client. `size_of` should ask around this client, so that asking is not counted."""
    bill, events = Bill(), client.meta.events
    asked: dict[str, Any] = {}

    def before(model: Any, params: Mapping[str, Any], **_: Any) -> None:
        request = json.loads(params["body"])
        asked["request"] = request
        bill.calls.append(model.name)
        if model.name in WRITES:
            add_write(bill, model.name, request, indexes, size_of)

    def after(model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        if model.name in READS and "Error" not in parsed:
            add_read(bill, model.name, asked["request"], parsed)

    events.register("before-call.dynamodb.*", before, "bench-before")
    events.register("after-call.dynamodb.*", after, "bench-after")
    try:
        yield bill
    finally:
        events.unregister("before-call.dynamodb.*", before, "bench-before")
        events.unregister("after-call.dynamodb.*", after, "bench-after")
