"""What keeps shelves supplied, composed of orders, stock and what is known of shelves.

Guarantees: what a message says of stock is looked up before it is told on; a night goes on part by part, each part once; what is
withheld of a shelf follows its terms at once, and its forecast by night.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.kernel.clock import business_day
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.service import StockLevel
from chalicelib.records.orders import service as orders
from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment.events import ShelvesDue
from chalicelib.records.replenishment.rules import ReorderBoundsCrossed
from chalicelib.records.replenishment.rules.reorder import SupplyTerms
from chalicelib.records.replenishment.service import Lying
from chalicelib.runtime.work import Work

PART = 25  # shelves that are looked at in one transaction


# ---- for the worker ---------------------------------------------------------------------------------------------------
def follow_paid(order_id: str, work: Work) -> None:
    """What a paid order takes was sold from where it lies."""
    order = orders.find(order_id, consistent=False)
    lines = [(inventory.place_of(line.sku, line.location), line.quantity) for line in order.lines]
    shelves.count(lines, order.paid_at or work.now, work)


def judge(told: Lying, work: Work) -> None:
    """What lies at a place changed: only what would be news is looked up and noted."""
    (row,) = shelves.shelves([told.place])
    if shelves.moves(row, told, work.now):
        for lying in _lying([told.place]):
            shelves.judge(row, lying, work)


def begin_night(work: Work) -> None:
    """Have every shelf looked at, once a day of the shop's."""
    day = business_day(work.now).isoformat()
    work.with_key(day)
    for shard in range(shelves.SHARDS):
        work.publish(ShelvesDue(day, f"{shard:02d}"))


def go_on(day: str, shard: str, after: str, work: Work) -> None:
    """Look at the next shelves of a shard; what is left of a day that is over is left to the next."""
    if day != business_day(work.now).isoformat():
        return
    places = shelves.places_of(shard, after, PART)
    rows = {row.place: row for row in shelves.shelves(places) if row is not None}
    levels = inventory.levels_at(list(rows))
    shelves.look_over([(rows[place], _lies(place, one)) for place, one in levels.items()], business_day(work.now), work)
    for place, one in levels.items():
        _keep_back(place, one, shelves.withheld(rows[place]), work)
    if len(places) == PART:
        work.publish(ShelvesDue(day, shard, places[-1]))


def _lying(places: Sequence[str]) -> list[Lying]:
    return [_lies(place, one) for place, one in inventory.levels_at(places).items()]


def _lies(place: str, one: StockLevel) -> Lying:
    """What no order holds is there, whether it is sold or kept back."""
    return Lying(place, one.free, one.closed)


def _keep_back(place: str, one: StockLevel, pieces: int, work: Work) -> None:
    """Not to sell so many pieces of what lies at a place."""
    if one.kept != pieces:
        work.add(*stock_steps.keep_back(place, one.buckets, one.kept, pieces))


# ---- for the shop's people --------------------------------------------------------------------------------------------
def supply(place: str, terms: SupplyTerms | None, work: Work) -> None:
    """Say how a shelf is supplied, or that it is as all are (None), and keep back what is to be kept back. Raises ShelfNotFound,
    ReorderBoundsCrossed."""
    if terms is not None and terms.least > terms.most:
        raise ReorderBoundsCrossed()
    shelves.find(place)
    for where, one in inventory.levels_at([place]).items():
        _keep_back(where, one, shelves.supply(_lies(where, one), terms, work), work)
