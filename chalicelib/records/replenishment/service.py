"""Shelves' use cases: what was sold is counted, what lies there is judged, and each night everything is looked at.

Guarantees: a paid order counts once; a crossing is told once, and one shelf tells at most one thing in 24 hours; a night
that is cut short goes on where it stopped, and a shelf that was looked at twice is as if once; nothing here moves stock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.clock import business_day
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from . import steps
from .events import ShelfAlerted, ShelfTermsChanged
from .model import SHARDS as SHARDS
from .model import SHELF, day_part
from .model import DaySold as DaySold  # what reads answer
from .model import ShelfRow as ShelfRow
from .rules import ShelfNotFound
from .rules.alerts import FINE, AlertState, judged, level_of
from .rules.forecast import NOTHING_KNOWN, WEEK, Forecast, forecast, week_of
from .rules.reorder import Need, SupplyTerms, need, suggested
from .steps import Look

SERVICE = settings.declare("REPLENISH_SERVICE_PERCENT", "95", "percent of the times that stock is to last until supply")
LEAD = settings.declare("REPLENISH_LEAD_DAYS", "14", "days until what is ordered of suppliers is there")
LEAD_SPREAD = settings.declare("REPLENISH_LEAD_SPREAD_DAYS", "3", "by how many days that differs (standard deviation)")
WITHHOLD = settings.declare(
    "REPLENISH_WITHHOLD", "0", "1: the safety stock of shelves of which nobody says otherwise is not sold", most=1
)
MOST_WEEKS = 104  # that are kept of a shelf
UNKNOWN = "-"


class Lying(NamedTuple):
    """What lies at a place: pieces that no order holds, whether they may be sold, and whether nobody could have one, be they all
    kept back."""

    place: str
    available: int
    closed: bool
    sold_out: bool


# ---- reading ----------------------------------------------------------------------------------------------------------
def find(place: str) -> ShelfRow:
    """A shelf. Raises ShelfNotFound."""
    row = table.get(ShelfRow, place, SHELF, consistent=True)
    if row is None:
        sku, location = place.split("@")
        raise ShelfNotFound(sku=sku[:40], location=location[:16])
    return row


def at_level(level: str, limit: int, cursor: str | None) -> tuple[list[ShelfRow], str | None]:
    """A page of the shelves at a level that is not fine."""
    rows, more = table.listed(ShelfRow, level, index="by_level", hash_name="v", limit=limit, cursor=cursor)
    return [row for row in rows if row.level == level], more


def days(place: str, limit: int, cursor: str | None) -> tuple[list[DaySold], str | None]:
    """A page of what a shelf sold by day, newest first."""
    return table.query(DaySold, place, begins=("b", "d#"), limit=limit, cursor=cursor, newest_first=True)


def shelves(places: Sequence[str]) -> list[ShelfRow | None]:
    """The shelves of these places as they stand."""
    return table.batch([Key(ShelfRow, place, SHELF) for place in places], consistent=True)


def places_of(shard: str, after: str, limit: int) -> list[str]:
    """The next places of a shard."""
    keys, _ = table.query(
        ShelfRow, shard, index="by_shard", hash_name="z", between=("s", f"{after} ", "~"), limit=limit
    )
    return [key.place for key in keys]


def terms_of(row: ShelfRow | None) -> SupplyTerms:
    """How a shelf is supplied: as a person said of it, else as all are."""
    if row is not None and row.terms:
        return SupplyTerms(**json.loads(row.terms))
    supply, lead, spread = (settings.number(one) for one in (SERVICE, LEAD, LEAD_SPREAD))
    return SupplyTerms(supply, lead, spread, withheld=bool(settings.number(WITHHOLD)))


def expected(row: ShelfRow | None) -> Forecast:
    """What a shelf is expected to sell in a week."""
    if row is None or row.weeks is None:
        return NOTHING_KNOWN
    return Forecast((row.mean or 0) / 1000, (row.variance or 0) / 1000, len(row.weeks.split(",")))


def need_of(row: ShelfRow) -> Need:
    """When to order of a shelf, and up to which level."""
    return Need(row.reorder_point or 0, row.safety or 0, row.order_up_to or 0)


def state_of(row: ShelfRow | None) -> AlertState:
    """Where a shelf stood when it was looked at last."""
    return AlertState(row.level or FINE, row.told or FINE, row.told_at) if row is not None else AlertState()


def weeks_of(row: ShelfRow | None) -> list[int | None]:
    """What a shelf sold in each week that is kept, oldest first."""
    told = row.weeks.split(",") if row is not None and row.weeks else []
    return [None if one == UNKNOWN else int(one) for one in told]


def sold_in_weeks(rows: Sequence[ShelfRow | None], first: date, weeks: int) -> list[int]:
    """What these shelves sold together in each of so many weeks, from the one of this day on; weeks that are not kept are 0."""
    found = [0] * weeks
    for row in rows:
        kept = weeks_of(row)
        if row is not None and kept:
            oldest = date.fromisoformat(row.until) - timedelta(WEEK * len(kept))
            offset = (monday(first) - oldest).days // WEEK
            for number in range(weeks):
                if 0 <= offset + number < len(kept):
                    found[number] += kept[offset + number] or 0
    return found


def sold_on(places: Sequence[str], span: Sequence[date]) -> int:
    """What these places sold together on these days."""
    return sum(pieces for told in _sales([(place, span) for place in places]).values() for pieces, _ in told)


# ---- for the worker ---------------------------------------------------------------------------------------------------
def count(lines: Iterable[tuple[str, int]], at: datetime, work: Work) -> None:
    """So many pieces were sold from each place at an instant; the work has a key, so that they count once."""
    pieces = dict[str, int]()
    for place, quantity in lines:
        pieces[place] = pieces.get(place, 0) + quantity
    work.add(*steps.sold(pieces, business_day(at).isoformat()))


def moves(row: ShelfRow | None, lying: Lying, now: datetime) -> bool:
    """Whether so many pieces would change where a shelf stands, or it is not known yet."""
    if row is None:
        return True
    level = level_of(row.level or FINE, lying.available, row.reorder_point or 0, expected(row))
    return judged(state_of(row), level, now)[0] != state_of(row)


def judge(row: ShelfRow | None, lying: Lying, work: Work) -> None:
    """Note where a shelf stands, and tell when that is news."""
    if moves(row, lying, work.now):
        needed = need_of(row) if row is not None else need(NOTHING_KNOWN, terms_of(None))
        work.add(steps.look(lying.place, row, _seen(row, lying, needed, expected(row), work)))


def look_over(found: Sequence[tuple[ShelfRow, Lying]], day: date, work: Work) -> None:
    """Look at shelves by night: a day that begins without stock is marked, weeks that are over count, and what is still so a
    day after something was told is told now. At most 40 at once."""
    sales = _sales([(row.place, _uncounted(row, day)) for row, _ in found])
    for row, lying in found:
        if lying.sold_out or lying.closed:
            work.add(steps.lost(row.place, day.isoformat()))
        if row.until is None or sales[row.place]:
            _fold(row, lying, sales[row.place], day, work)
        else:
            judge(row, lying, work)


def _fold(row: ShelfRow, lying: Lying, sales: Sequence[tuple[int, bool]], day: date, work: Work) -> None:
    """Count the weeks that are over, and reckon anew; a shelf is counted from its first whole week on."""
    weeks = [week_of(*zip(*sales[start : start + WEEK], strict=True)) for start in range(0, len(sales), WEEK)]
    kept = [*weeks_of(row), *weeks][-MOST_WEEKS:]
    until = monday(day) + timedelta(0 if row.until else WEEK)
    what = forecast(kept)
    packed = ",".join(UNKNOWN if one is None else str(one) for one in kept)
    seen = _seen(row, lying, need(what, terms_of(row)), what, work)
    work.add(steps.fold(row.place, row, seen, packed, until.isoformat(), what))


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(day.weekday())


def _uncounted(row: ShelfRow, day: date) -> list[date]:
    """The days of the weeks that are over and not counted yet, of the last four."""
    end = monday(day)
    begin = max(date.fromisoformat(row.until) if row.until else end, end - timedelta(WEEK * 4))
    return [begin + timedelta(n) for n in range((end - begin).days)]


def _sales(wanted: Sequence[tuple[str, Sequence[date]]]) -> dict[str, list[tuple[int, bool]]]:
    """(pieces, whether it began without stock) of each of these days of each place."""
    keys = [Key(DaySold, place, day_part(day.isoformat())) for place, span in wanted for day in span]
    rows = iter(table.batch(keys, consistent=True))
    found = {place: [next(rows) for _ in span] for place, span in wanted}
    return {
        place: [(row.pieces or 0, bool(row.lost)) if row else (0, False) for row in told]
        for place, told in found.items()
    }


def _seen(row: ShelfRow | None, lying: Lying, needed: Need, what: Forecast, work: Work) -> Look:
    """What is seen of a shelf now; it is told when that is news."""
    before = state_of(row)
    level = level_of(before.level, lying.available, needed.reorder_point, what)
    state, news = judged(before, level, work.now)
    if news:
        sku, location = lying.place.split("@")
        quantity = suggested(needed, lying.available)
        work.publish(ShelfAlerted(sku, location, level, lying.available, needed.reorder_point, quantity))
    return Look(state, lying.available, needed, work.now)


# ---- for the shop's people --------------------------------------------------------------------------------------------
def withheld(row: ShelfRow) -> int:
    """How many pieces of a shelf are not to be sold: its safety stock, where that is so agreed."""
    return (row.safety or 0) if terms_of(row).withheld else 0


def supply(lying: Lying, terms: SupplyTerms | None, work: Work) -> int:
    """Say how a shelf is supplied, or that it is as all are (None): it is judged by that at once. Returns how many of its pieces
    are not to be sold. Raises ShelfNotFound."""
    row = find(lying.place)
    what, wanted = expected(row), terms or terms_of(None)
    needed = need(what, wanted)
    work.add(steps.supply(lying.place, row, _seen(row, lying, needed, what, work), terms))
    sku, location = lying.place.split("@")
    work.publish(ShelfTermsChanged(sku, location, terms is not None))
    return needed.safety if wanted.withheld else 0
