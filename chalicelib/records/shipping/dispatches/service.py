"""Dispatches as others read them."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.runtime import table
from chalicelib.runtime.table import Key

from ..model import DISPATCH_PART, WarehouseMark, warehouse_key
from ..model import Dispatch as Dispatch  # what reads answer
from .rules import DispatchNotFound, ListeningMark


def known(order_id: str) -> Dispatch | None:
    """What a warehouse's system was told of an order."""
    return table.get(Dispatch, order_id, DISPATCH_PART, consistent=True)


def find(order_id: str) -> Dispatch:
    """The same. Raises DispatchNotFound."""
    row = known(order_id)
    if row is None:
        raise DispatchNotFound()
    return row


def several(order_ids: Sequence[str]) -> dict[str, Dispatch]:
    """What warehouses' systems were told of these orders, by order."""
    rows = table.batch([Key(Dispatch, order_id, DISPATCH_PART) for order_id in order_ids]) if order_ids else []
    return {row.order: row for row in rows if row is not None}


def listed(todo: str, limit: int, cursor: str | None) -> tuple[list[Dispatch], str | None]:
    """A page of dispatches of which something is to come, oldest first."""
    rows, more = table.listed(Dispatch, todo, index="under_way", hash_name="z", limit=limit, cursor=cursor)
    return [row for row in rows if row.todo == todo], more


def mark(wms: str, what: str) -> ListeningMark:
    """How far a system was listened to."""
    row = table.get(WarehouseMark, warehouse_key(wms), what, consistent=True)
    return ListeningMark() if row is None else ListeningMark(row.settled, row.passed, row.latest, row.turned)
