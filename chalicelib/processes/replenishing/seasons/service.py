"""Season plans with what they need of others: last year's sales, this season's, prices and stock.

Guarantees: a markdown is only proposed, in the name of who made the plan, and somebody else agrees; never below the floor;
what is sold out is marked down no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.kernel.ids import is_sku
from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.catalog.service import reading
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import LocationNotFound
from chalicelib.records.proposals import service as proposals
from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment.seasons import rules
from chalicelib.records.replenishment.seasons import service as seasons
from chalicelib.records.replenishment.seasons.service import SeasonData, SeasonRow
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

REASON = "季末清仓 · season clearance"


def draft(said: SeasonData, work: Work) -> SeasonRow:
    """A plan for goods that are there, at a location in use.

    Raises SkuNotFound, LocationNotFound, SeasonTooNear, SeasonDatesWrong, SeasonUnitsUnknown.
    """
    if said.location not in places.active():
        raise LocationNotFound(location=said.location)
    prices = _prices(said.skus)
    for sku in said.skus:
        if sku not in prices:
            raise SkuNotFound(sku=sku)
    rows = shelves.shelves([inventory.place_of(sku, said.location) for sku in said.skus])
    first = said.starts - timedelta(seasons.YEAR)
    last = shelves.sold_in_weeks(rows, first, rules.weeks_in(said.starts, said.ends))
    return seasons.draft(said, last, work)


def count_week(season_id: str, week: int, work: Work) -> None:
    """A week of a season is over: what sold in it counts once."""
    row = seasons.find(season_id)
    if seasons.waits_for(row, week):
        sold = shelves.sold_on(_places(row), seasons.days_of(row, week))
        last = week == len(seasons.expected_of(row))
        prices = {sku: price for sku, (price, _) in _prices(row.skus.split()).items()} if last else {}
        seasons.count_week(row, week, sold, prices, work)


def clear(season_id: str, step: int, work: Work) -> None:
    """Propose lower prices for what is left of a season, and go on in two weeks."""
    row = seasons.find(season_id)
    if not seasons.clears(row, step):
        return
    before, now = seasons.prices_of(row), _prices(row.skus.split())
    levels, shelf_of = inventory.levels_at(_places(row)), dict(zip(row.skus.split(), _places(row), strict=True))
    kept = dict(zip(shelf_of, shelves.shelves(list(shelf_of.values())), strict=True))
    weeks, left = rules.CLEARING_WEEKS - rules.STEP_WEEKS * step, 0
    for sku, (price, floor) in now.items():
        lying = max(0, levels[shelf_of[sku]].free) if shelf_of[sku] in levels else 0
        left += lying
        shelf = kept[sku]
        weekly = (shelf.mean or 0) if shelf is not None else 0
        lower = rules.marked_down(before.get(sku, price), price, floor, lying, weekly, weeks) if lying else None
        if lower is not None:
            proposals.make("sku_price", sku, {"price": price}, {"price": lower}, REASON, work, by=row.owner)
    seasons.step_down(row, step, left, work)


def _places(row: SeasonRow) -> list[str]:
    return [inventory.place_of(sku, row.location) for sku in row.skus.split()]


def _prices(skus: Sequence[str]) -> dict[str, tuple[int, int | None]]:
    """(price, floor) of each SKU that there is, in fen."""
    rows = table.batch([reading.key(sku) for sku in skus if is_sku(sku)], consistent=True)
    return {row.id: (int(row.price), None if row.floor is None else int(row.floor)) for row in rows if row is not None}
