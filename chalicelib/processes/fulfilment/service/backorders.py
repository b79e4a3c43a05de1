"""Who waits for a SKU of which less lies there than orders hold: the oldest orders have what there is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.clock import business_day
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.service import StockLevel
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import FULFILLING, OPEN
from chalicelib.records.orders.service import Order

STRIDE, MOST_STRIDES, MOST_DAYS = 100, 60, 90


class Backorder(NamedTuple):
    """An order that holds pieces of a SKU, and of how many of them there are none."""

    order: Order
    held: int
    waiting: int


class Backorders(NamedTuple):
    """What lies there, what is held, and who waits, oldest first; `whole`: whether all who hold pieces were found."""

    on_hand: int
    level: StockLevel
    rows: list[Backorder]
    whole: bool


def backorders(shelf: str, now: datetime) -> Backorders:
    """Who waits for a SKU at a location; nobody while as much is there as is held. Orders are looked through day by day, from
    today on back, until all that is held is found. Raises StockNotFound."""
    on_hand, level = inventory.on_hand(shelf), inventory.read_levels([shelf])[shelf]
    if level.free >= 0:
        return Backorders(on_hand, level, [], True)
    found, strides, day = list[Backorder](), 0, business_day(now)
    for back in range(MOST_DAYS):
        before: str | None = None
        while strides < MOST_STRIDES and sum(row.held for row in found) < level.held:
            page, strides = orders.ids_of_day(f"{day - timedelta(days=back):%Y%m%d}", STRIDE, before), strides + 1
            found += [row for order in orders.several(page) if (row := _holding(order, shelf)).held]
            if len(page) < STRIDE:
                break
            before = page[-1]
    whole = sum(row.held for row in found) >= level.held
    return Backorders(on_hand, level, _waiting(found, on_hand), whole)


def _holding(order: Order, shelf: str) -> Backorder:
    held = sum(pieces for one, _, pieces in order.held if one == shelf) if order.state in OPEN | FULFILLING else 0
    return Backorder(order, held, 0)


def _waiting(rows: list[Backorder], on_hand: int) -> list[Backorder]:
    """Those for whom there is not enough, when the oldest are given first what there is."""
    found, left = list[Backorder](), on_hand
    for row in sorted(rows, key=lambda one: one.order.id):
        given = min(left, row.held)
        left -= given
        if given < row.held:
            found.append(row._replace(waiting=row.held - given))
    return found
