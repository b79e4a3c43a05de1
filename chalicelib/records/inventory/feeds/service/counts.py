"""What counts change: a source's rows are folded into the shelves as they stand.

Guarantees: every order and any repetition of a feed's rows ends alike (`rules.fold`); what orders hold stays held, so that
available may fall below nothing, which is told; a shelf that another source counts is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.runtime import observe, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ... import service as stock
from ...events import StockCounted, StockOversold
from ...model import FIRST, KnownDelta, Stock, delta_part, place_of, sku_of
from ...rules import LOCATION, StaleStock, taken_from
from .. import rules, steps
from ..rules import FedShelf, FeedRow
from ..steps import Taking
from . import sources
from .sources import Source

LOOKS = 8  # while sales and other counts are faster
MOST_STEPS = 90  # of one part; a SKU of very many buckets and differences is a part of its own
OVERSOLD = observe.alarmed("StockOversold", "A count found less of a SKU than orders hold: customers wait for goods")
BELOW = observe.alarmed(
    "FeedBelowNothing", "A feed's differences add up to less than nothing: ask its source for a count"
)


def take(code: str, packed: Iterable[Sequence[object]], work: Work) -> int:
    """Take a source's rows, part by part, none of one that is switched off; how many shelves changed. Each part is committed
    by itself. Raises SourceNotFound."""
    source, changed = sources.find(code), 0
    left = [FeedRow(*one) for one in packed if source.terms.active]  # type: ignore[arg-type]  # as `FeedRow.packed` wrote it
    while left:
        part, rest = left[: rules.PART], left[rules.PART :]
        more, done = _take_part(source, part, work.separate())
        left, changed = more + rest, changed + done
    return changed


def _take_part(source: Source, part: list[FeedRow], work: Work) -> tuple[list[FeedRow], int]:
    """Commits what fits one transaction of a part, and looks again while sales and other counts are faster."""
    return work.attempts(LOOKS, partial(_take, source, part), StaleStock)


def _take(source: Source, rows: list[FeedRow], work: Work) -> tuple[list[FeedRow], int]:
    """Take what fits one transaction of these rows; the others, and how many shelves change."""
    together: dict[str, list[FeedRow]] = {}
    for row in rows:
        together.setdefault(place_of(row.sku, row.location), []).append(row)
    shelves, known = _look(source, together)
    mains = _mains(place for place in together if place not in shelves)
    changes, count, left, touched = list[list[object]](), 0, list[FeedRow](), set[str]()
    for place, told in together.items():
        taking = _taking(source, place, told, shelves.get(place, []), known.get(place, {}), millis(work.now))
        if taking is None:
            continue
        main = mains.get(place)
        mine = {place, main.place} if main is not None else {place}
        if count and (count + taking.size > MOST_STEPS or mine & touched):
            left += told
            continue
        count, touched = count + taking.size, touched | mine
        work.add(*steps.take(taking, source.code, work.id, work.now, main=main))
        if taking.change:
            changes.append([told[0].sku, told[0].location, taking.shelf.on_hand, taking.change])
            _tell_lack(told[0], taking, work)
    if changes:
        work.publish(StockCounted(source.code, changes))
    return left, len(changes)


def _mains(places: Iterable[str]) -> dict[str, Stock]:
    """By places where nothing of a SKU ever lay, the first bucket of its main one."""
    missing = [place for place in places if place != place_of(sku_of(place))]
    rows = table.batch([stock.key(sku_of(place)) for place in missing], consistent=True)
    return {place: row for place, row in zip(missing, rows, strict=True) if row is not None}


def _taking(
    source: Source, place: str, told: list[FeedRow], rows: list[Stock], known: Mapping[str, tuple[int, int]], now: int
) -> Taking | None:
    """What rows change on a shelf, whose buckets are these; None where that is nothing, or another's affair."""
    if not rows and told[0].location == LOCATION:
        return None  # the catalogue has no such SKU
    if rows and rows[0].source not in (None, source.code):
        observe.count("FeedForeign", source=source.code)
        return None
    seen = _shelf(rows[0]) if rows else FedShelf()
    if rules.looks_back(seen, told):
        known = {**known, **_all_known(source, place)}
    shelf, fresh = rules.fold(seen, told, known, lag_ms=source.lag_ms, now=now, free=source.terms.counts == "free")
    if shelf == seen and not fresh:
        return None
    if shelf.lacking > seen.lacking:
        observe.count(BELOW)
    parts = taken_from([row.available or 0 for row in rows] or [0], shelf.on_hand - seen.on_hand)
    return Taking(place, tuple(rows), seen, shelf, tuple(parts), fresh)


def _tell_lack(row: FeedRow, taking: Taking, work: Work) -> None:
    """A count that leaves less than orders hold is told, and so is one that makes it worse."""
    level = stock.stock_level(taking.rows)
    free = level.free + taking.change
    if free < 0 and taking.change < 0:
        observe.count(OVERSOLD)
        work.publish(StockOversold(row.sku, row.location, -free))


def _look(
    source: Source, together: Mapping[str, Sequence[FeedRow]]
) -> tuple[dict[str, list[Stock]], dict[str, dict[str, tuple[int, int]]]]:
    """The buckets of each shelf that is there, and which of the rows' differences are known at each."""
    wanted = [Key(Stock, place, FIRST) for place in together]
    deltas = [(place, row.id) for place, rows in together.items() for row in rows if row.id]
    wanted += [Key(KnownDelta, place, delta_part(source.code, name)) for place, name in deltas]
    found = table.batch(wanted, consistent=True)
    shelves = stock.whole([row for row in found[: len(together)] if row is not None])
    known: dict[str, dict[str, tuple[int, int]]] = {}
    for (place, name), row in zip(deltas, found[len(together) :], strict=True):
        if row is not None:
            known.setdefault(place, {})[name] = (row.delta, row.seq)
    return shelves, known


def _all_known(source: Source, place: str) -> dict[str, tuple[int, int]]:
    """Every difference of a source that was taken at a place."""
    begins = delta_part(source.code, "")
    rows = table.every(KnownDelta, place, begins=("b", begins), consistent=True)
    return {row.part.removeprefix(begins): (row.delta, row.seq) for row in rows}


def _shelf(first: Stock) -> FedShelf:
    told: dict[str, Any] = {"seq": first.seq, "tail": first.tail}
    for name in ("counted_at", "turned", "sent_at", "acked_at"):
        at = getattr(first, name)
        told[name] = None if at is None else millis(at)
    for name in ("on_hand", "lacking", "sent", "sent_before", "acked", "acked_before"):
        told[name] = getattr(first, name) or 0
    return FedShelf(**told)
