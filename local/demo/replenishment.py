"""Two shelves of the demo shop with a year behind them, one low and one with too much on it; and a season that is planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.kernel.clock import business_day
from chalicelib.processes.replenishing.seasons import service as plans
from chalicelib.records.inventory import service as inventory
from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment import steps
from chalicelib.records.replenishment.rules import ShelfMoved
from chalicelib.records.replenishment.rules.alerts import AlertState
from chalicelib.records.replenishment.rules.forecast import forecast
from chalicelib.records.replenishment.rules.reorder import need
from chalicelib.records.replenishment.seasons import service as seasons
from chalicelib.records.replenishment.seasons.service import SeasonData
from chalicelib.records.replenishment.service import Lying, monday
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

from .stock import Stocked

FEW, MANY = (10, 40), (200, 10_000)  # pieces that lie there
AHEAD, LONG = 150, 56  # days until the season begins, and how long it is
WEEKS = 52


def fill(products: Sequence[Stocked]) -> None:
    """Remember a year of two SKUs, once; what is known of them meanwhile stays."""
    found = [
        (f"{product.id}{n:02d}", pieces) for product in products for n, (_, pieces) in enumerate(product.articles, 1)
    ]
    low = next((sku for sku, pieces in found if FEW[0] <= pieces <= FEW[1]), None)
    over = next((sku for sku, pieces in found if MANY[0] <= pieces <= MANY[1]), None)
    for sku, weekly in ((low, 14), (over, 3)):
        if sku is not None:
            _remember(sku, [max(0, weekly + (n * 7) % 5 - 2) for n in range(WEEKS)])
    if low is not None and not any(seasons.in_state(state, 1, None)[0] for state in ("active", "draft")):
        _plan(low)


def _remember(sku: str, weeks: list[int]) -> None:
    """A year, and where the shelf stands after it; a worker may look at it meanwhile."""
    place = inventory.place_of(sku)
    _work().attempts(3, lambda work: _fold(place, weeks, work), ShelfMoved)
    _work().attempts(3, lambda work: shelves.judge(shelves.find(place), _lying(place), work), ShelfMoved)


def _fold(place: str, weeks: list[int], work: Work) -> None:
    (row,) = shelves.shelves([place])
    if row is not None and row.weeks:
        return
    what, today = forecast(weeks), business_day(work.now)
    seen = steps.Look(AlertState(), _lying(place).available, need(what, shelves.terms_of(None)), work.now)
    work.add(steps.fold(place, row, seen, ",".join(map(str, weeks)), monday(today).isoformat(), what))
    for ago in range(1, 15):
        work.add(*steps.sold({place: weeks[-1] // 7 + ago % 2}, (today - timedelta(ago)).isoformat()))


def _lying(place: str) -> Lying:
    level = inventory.levels_at([place])[place]
    return Lying(place, level.free, level.closed, level.left <= 0)


def _plan(sku: str) -> None:
    work = _work()
    starts = business_day(work.now) + timedelta(AHEAD)
    said = SeasonData(
        "换季备货 · next season", (sku,), "MAIN", starts, starts + timedelta(LONG - 1), 200, 0, 30, 12_000, 6_000
    )
    row = plans.draft(said, work)
    work.commit()
    work = _work()
    seasons.activate(row.id, work)
    work.commit()


def _work() -> Work:
    return Work(Caller("seed", "operator"), "demo shelves")
