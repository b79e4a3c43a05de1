"""Tables: PynamoDB describes items and conditions; reads go through here, writes are Steps that only `Work` commits.

Models refuse save, update and delete. `table_name("orders")` is the environment's TABLE_ORDERS, else `jishi-orders`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, NoReturn, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.kernel.states import States

from . import clients, cursors
from .deadline import Deadline, retrying

__all__ = [
    "Action",
    "Condition",
    "InstantAttribute",
    "Key",
    "MoneyAttribute",
    "Otherwise",
    "Step",
    "Table",
    "WholeAttribute",
    "batch",
    "check",
    "delete",
    "every",
    "every_raw",
    "get",
    "insert",
    "joined",
    "key_of",
    "listed",
    "pages",
    "put",
    "query",
    "raw",
    "table_name",
    "transition",
    "update",
]  # fmt: skip

ALL_OLD = "ALL_OLD"
BATCH = 100
LONGEST_KEY = 1024  # bytes; DynamoDB refuses longer range keys and empty ones, and no key of ours is longer

Otherwise = Refusal | Callable[[Any], Refusal]
N = TypeVar("N", bound=int)


def table_name(name: str) -> str:
    """The physical name of a table: the environment's, else one for local engines and tests."""
    return os.environ.get(f"TABLE_{name.upper()}", f"jishi-{name}")


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise TypeError("models describe; only Work.commit writes")


class Table(Model):
    """The base of all models."""

    save = update = delete = refresh = batch_write = create_table = delete_table = _refuse


class _Integers(Attribute[N]):
    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError("only whole numbers are kept")
        return str(int(value))


class WholeAttribute(_Integers[int]):
    """A whole number; anything but an integer is refused before it is sent."""

    def deserialize(self, value: str) -> int:
        return int(value)


class MoneyAttribute(_Integers[Fen]):
    """Whole fen; anything but an integer is refused before it is sent."""

    def deserialize(self, value: str) -> Fen:
        return Fen(int(value))


class InstantAttribute(Attribute[datetime]):
    """An instant, kept as epoch milliseconds: numbers sort, and DynamoDB compares them."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        return str(millis(value))

    def deserialize(self, value: str) -> datetime:
        return instant(int(value))


M = TypeVar("M", bound=Table)


def hash_attribute(model: type[Table]) -> Any:
    """The attribute that is the hash key."""
    return model._hash_key_attribute()  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped


class Step(NamedTuple):
    """One line of a transaction and the refusal that its failed condition means.

    `otherwise` is a Refusal, or a function of the item as it stood (a model instance, or None when there is none).
    """

    verb: str
    model: type[Table]
    request: dict[str, Any]
    otherwise: Otherwise | None

    @property
    def target(self) -> tuple[str, str]:
        """The item this step writes, for the check that no item is written twice."""
        schema = self.model._get_schema()["key_schema"]
        item = self.request.get("Item") or self.request["Key"]
        return self.request["TableName"], repr([item[part["AttributeName"]] for part in schema])


def put(item: Table, when: Condition | None = None, otherwise: Otherwise | None = None) -> Step:
    """Write the whole item, under a condition."""
    return Step("Put", type(item), item.get_save_kwargs_from_instance(when, ALL_OLD), otherwise)


def insert(item: Table, otherwise: Otherwise | None = None) -> Step:
    """Write the whole item if there is none with its key."""
    return put(item, hash_attribute(type(item)).does_not_exist(), otherwise)


def update(
    model: type[Table],
    hash_key: Any,
    range_key: Any = None,
    *,
    actions: Sequence[Action],
    when: Condition | None = None,
    otherwise: Otherwise | None = None,
) -> Step:
    """Change an item by actions, under a condition."""
    keyed = model(hash_key, range_key) if range_key is not None else model(hash_key)
    request = keyed.get_update_kwargs_from_instance(list(actions), when, ALL_OLD)
    return Step("Update", model, request, otherwise)


def transition(
    model: type[Table],
    key: Any,
    machine: States,
    action: str,
    *changes: Action,
    also: Condition | None = None,
    otherwise: Otherwise | None = None,
) -> Step:
    """Move an item along an edge of its state machine, with further changes; `also` is a further condition, and then
    `otherwise` may tell which of the two failed."""
    state: Any = model.state  # type: ignore[attr-defined]  # what moves through states has one
    when = state.is_in(*machine.sources(action))
    return update(
        model,
        key,
        actions=[state.set(machine.target(action)), *changes],
        when=when if also is None else when & also,
        otherwise=otherwise or machine.refusal,
    )


def delete(
    model: type[Table],
    hash_key: Any,
    range_key: Any = None,
    *,
    when: Condition | None = None,
    otherwise: Otherwise | None = None,
) -> Step:
    """Remove an item, under a condition."""
    keyed = model(hash_key, range_key) if range_key is not None else model(hash_key)
    return Step("Delete", model, keyed.get_delete_kwargs_from_instance(when, ALL_OLD), otherwise)


def check(
    model: type[Table], hash_key: Any, range_key: Any = None, *, when: Condition, otherwise: Otherwise | None = None
) -> Step:
    """Demand a condition of an item that is not changed."""
    keyed = model(hash_key, range_key) if range_key is not None else model(hash_key)
    return Step("ConditionCheck", model, keyed.get_delete_kwargs_from_instance(when, ALL_OLD), otherwise)


def joined(step: Step, other: Step, otherwise: Otherwise) -> Step:
    """A step that also demands what a check demands of the same item; `otherwise` says which of the two failed."""
    mine, theirs = step.request, other.request
    told = {
        kind: both
        for kind in ("ExpressionAttributeNames", "ExpressionAttributeValues")
        if (both := {**mine.get(kind, {}), **{_apart(name): value for name, value in theirs.get(kind, {}).items()}})
    }  # DynamoDB refuses empty ones
    when = _apart(theirs["ConditionExpression"])
    if "ConditionExpression" in mine:
        when = f"{mine['ConditionExpression']} AND {when}"  # PynamoDB puts what is composed in parentheses itself
    return step._replace(request={**mine, **told, "ConditionExpression": when}, otherwise=otherwise)


def _apart(text: str) -> str:
    """PynamoDB numbers names and values in every request from 0: a letter keeps one request's apart from another's."""
    return re.sub(r"([#:])(?=[0-9])", r"\1s", text)


def key_of(model: type[Table], hash_key: Any, range_key: Any = None) -> dict[str, Any]:
    """The raw key of an item."""
    keyed = model(hash_key, range_key) if range_key is not None else model(hash_key)
    request = keyed.get_delete_kwargs_from_instance()
    key: dict[str, Any] = request["Key"]
    return key


def read(model: type[M], item: dict[str, Any] | None) -> M | None:
    """A raw item as its model."""
    return model.from_raw_data(item) if item else None


def get(
    model: type[M], hash_key: Any, range_key: Any = None, *, consistent: bool = False, deadline: Deadline | None = None
) -> M | None:
    """One item, or None."""
    key = key_of(model, hash_key, range_key)
    if not _possible(key.values()):
        return None
    answer = retrying(
        clients.client("dynamodb").get_item,
        deadline,
        TableName=model.Meta.table_name,
        Key=key,
        ConsistentRead=consistent,
    )
    return read(model, answer.get("Item"))


def _possible(key: Iterable[dict[str, str]]) -> bool:
    """Whether an item can have this key at all; what a client made up may not, and DynamoDB would answer an error."""
    return all(0 < len(part["S"].encode()) <= LONGEST_KEY for part in key if "S" in part)


class Key(NamedTuple):
    """One key of a batch read; `model` may differ between keys."""

    model: type[Table]
    hash_key: Any
    range_key: Any = None


def batch(wanted: Iterable[Key], *, consistent: bool = False) -> list[Any]:
    """The items of these keys in their order, None where there is none; 100 keys a round trip."""
    keys = [(w.model, key_of(w.model, w.hash_key, w.range_key)) for w in wanted]
    unique = {(model.Meta.table_name, repr(sorted(key.items()))): (model, key) for model, key in keys}
    found: dict[tuple[str, str], Any] = {}
    queue = [(model, key) for model, key in unique.values() if _possible(key.values())]
    deadline = Deadline(4.0)
    while queue:
        request: dict[str, Any] = {}
        models = {model.Meta.table_name: model for model, _ in queue}
        for model, key in queue[:BATCH]:
            wish = request.setdefault(model.Meta.table_name, {"Keys": [], "ConsistentRead": consistent})
            wish["Keys"].append(key)
        answer = retrying(clients.client("dynamodb").batch_get_item, deadline, RequestItems=request)
        for name, items in answer.get("Responses", {}).items():
            for item in items:
                key = {
                    part["AttributeName"]: item[part["AttributeName"]]
                    for part in models[name]._get_schema()["key_schema"]
                }
                found[name, repr(sorted(key.items()))] = item
        left = [(models[n], key) for n, wish in answer.get("UnprocessedKeys", {}).items() for key in wish["Keys"]]
        if left:
            deadline.wait()
        queue = left + queue[BATCH:]
    return [read(model, found.get((model.Meta.table_name, repr(sorted(key.items()))))) for model, key in keys]


def query(
    model: type[M],
    hash_key: Any,
    *,
    index: str | None = None,
    hash_name: str | None = None,
    begins: tuple[str, str] | None = None,
    between: tuple[str, Any, Any] | None = None,
    limit: int = 20,
    cursor: str | None = None,
    newest_first: bool = False,
    consistent: bool = False,
) -> tuple[list[M], str | None]:
    """A page of items under one hash key and the cursor of the next page.

    `hash_name` names the index's hash attribute; `begins`/`between` restrict the range attribute of that name.
    The cursor is signed and bound to this very query: a foreign or altered one raises `CursorInvalid` (422).
    """
    if not _possible([raw(hash_key)]):
        return [], None
    request = _range(model, hash_key, index, hash_name, begins, between)
    request |= {"Limit": limit, "ScanIndexForward": not newest_first, "ConsistentRead": consistent}
    scope = f"{model.Meta.table_name}|{index}|{hash_key}|{begins}|{between}|{newest_first}"
    if cursor:
        request["ExclusiveStartKey"] = cursors.open_cursor(cursor, scope)
    answer = retrying(clients.client("dynamodb").query, **request)
    last = answer.get("LastEvaluatedKey")
    items = [model.from_raw_data(item) for item in answer["Items"]]
    return items, cursors.seal_cursor(last, scope) if last else None


def listed(
    model: type[M], hash_key: Any, *, index: str, hash_name: str, consistent: bool = False, **asked: Any
) -> tuple[list[M], str | None]:
    """A page of whole items by an index that holds keys only: one query of keys, one batch of items. An item that is gone
    since, or whose hash key is another by now, is left out."""
    keys, more = query(model, hash_key, index=index, hash_name=hash_name, **asked)
    return [row for row in batch([_own_key(key) for key in keys], consistent=consistent) if row is not None], more


def _own_key(row: Table) -> Key:
    range_name = row._range_keyname
    return Key(type(row), getattr(row, row._hash_keyname or ""), getattr(row, range_name) if range_name else None)


def every(model: type[M], hash_key: Any, **asked: Any) -> Iterator[M]:
    """All items under one hash key in their order, as `every_raw`: for what is short by its nature, or a worker's."""
    return map(model.from_raw_data, every_raw(model, hash_key, **asked))


def every_raw(
    model: type[Table],
    hash_key: Any,
    *,
    index: str | None = None,
    hash_name: str | None = None,
    begins: tuple[str, str] | None = None,
    between: tuple[str, Any, Any] | None = None,
    consistent: bool = False,
    newest_first: bool = False,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """The raw items under one hash key, where they are of several models; page by page, of `limit` for whom stops soon."""
    request = _range(model, hash_key, index, hash_name, begins, between) | {"ConsistentRead": consistent}
    request |= {"ScanIndexForward": not newest_first, **({"Limit": limit} if limit else {})}
    for items in pages(clients.client("dynamodb").query, **request):
        yield from items


def _range(
    model: type[Table],
    hash_key: Any,
    index: str | None,
    hash_name: str | None,
    begins: tuple[str, str] | None,
    between: tuple[str, Any, Any] | None,
) -> dict[str, Any]:
    """The request for a hash key and a stretch of its range."""
    names, values = {"#h": hash_name or hash_attribute(model).attr_name}, {":h": raw(hash_key)}
    condition = "#h = :h"
    if begins is not None:
        names["#r"], values[":r"] = begins[0], raw(begins[1])
        condition += " AND begins_with(#r, :r)"
    if between is not None:
        names["#r"], values[":a"], values[":z"] = between[0], raw(between[1]), raw(between[2])
        condition += " AND #r BETWEEN :a AND :z"
    found: dict[str, Any] = {
        "TableName": model.Meta.table_name, "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names, "ExpressionAttributeValues": values,
    }  # fmt: skip
    return found | ({"IndexName": index} if index else {})


def pages(call: Callable[..., Any], **request: Any) -> Iterable[list[dict[str, Any]]]:
    """The raw items of a query or scan, page by page to the end."""
    while True:
        answer = retrying(call, None, **request)
        yield answer["Items"]
        if not answer.get("LastEvaluatedKey"):
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def raw(value: Any) -> dict[str, str]:
    """A text, whole number or instant as DynamoDB takes it."""
    if isinstance(value, datetime):
        return {"N": str(millis(value))}
    return {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
