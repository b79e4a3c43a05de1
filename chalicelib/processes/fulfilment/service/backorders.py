"""Who waits for a SKU of which less lies there than orders hold: who was told that theirs lies there has it, and of the rest the
oldest orders have what there is.

Guarantees: who was told to wait stands in a line of the SKU's own, which is whole however many orders there are; where that moves
while it is read, less is there for the later ones, never more.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def there_for(order_id: str, sku: str) -> int:
    """Of the pieces of a SKU that an order waits for how many are there for it: three reads, and a unit more for each fifty who
    wait."""
    before = inventory.read_levels([sku])[sku]
    line = inventory.waiting(sku)
    after = inventory.read_levels([sku])[sku]
    others = max(before.held, after.held) - sum(one.held for one in line)
    older = sum(one.held for one in line if one.order < order_id)
    mine = sum(one.held for one in line if one.order == order_id)
    return min(mine, max(0, min(before.on_hand, after.on_hand) - others - older))


def backorders(shelf: str, now: datetime) -> Backorders:
    """Who waits for a SKU at a location; nobody while as much is there as is held. After those who were told so, orders are
    looked through day by day, from today on back, until all that is held is found. Raises StockNotFound."""
    on_hand, level = inventory.on_hand(shelf), inventory.read_levels([shelf])[shelf]
    if level.free >= 0:
        return Backorders(on_hand, level, [], True)
    line = [one.order for one in inventory.waiting(shelf)][: STRIDE * MOST_STRIDES]
    found, strides, day = list(_holding(line, shelf)), 0, business_day(now)
    for back in range(MOST_DAYS):
        before: str | None = None
        while strides < MOST_STRIDES and sum(row.held for row in found) < level.held:
            page, strides = orders.ids_of_day(f"{day - timedelta(days=back):%Y%m%d}", STRIDE, before), strides + 1
            found += _holding([one for one in page if one not in line], shelf)
            if len(page) < STRIDE:
                break
            before = page[-1]
    unfound = max(0, level.held - sum(row.held for row in found))
    return Backorders(on_hand, level, _waiting(found, shelf, max(0, on_hand - unfound)), not unfound)


def _holding(order_ids: list[str], shelf: str) -> Iterable[Backorder]:
    for order in orders.several(order_ids):
        held = sum(pieces for one, _, pieces in order.held if one == shelf) if order.state in OPEN | FULFILLING else 0
        if held:
            yield Backorder(order, held, 0)


def _waiting(rows: list[Backorder], shelf: str, left: int) -> list[Backorder]:
    """Those for whom there is not enough, when of so many pieces those have theirs first who were told that they lie there, and
    then the oldest."""
    found = list[Backorder]()
    for row in sorted(rows, key=lambda one: (shelf in one.order.bill.waits, one.order.id)):
        given = min(left, row.held)
        left -= given
        if given < row.held:
            found.append(row._replace(waiting=row.held - given))
    return found
