"""What is shown of a SKU's stock by location: what lies there and who counts it, and why it changed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chalicelib.runtime import table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ... import service as stock
from ...model import FIRST, Movement, Stock, place_of
from ...places import service as places
from ...rules import BackordersMiscounted, StockNotFound
from ...service import StockLevel
from .. import steps
from ..rules import SourceActive
from . import sources


class StockSpot(NamedTuple):
    """A SKU at a location. `lacking`: by how much its feed is below nothing."""

    location: str
    on_hand: int
    level: StockLevel
    source: str | None
    seq: int | None
    counted_at: datetime | None
    lacking: int


def sell_beyond(sku: str, pieces: int, due_at: datetime | None, work: Work) -> None:
    """As `inventory.service.sell_beyond`, of a SKU that no source counts without what orders hold: such counts would be taken to
    leave out pieces that are not there. Raises BackordersMiscounted."""
    first = table.get(Stock, place_of(sku), FIRST, consistent=True)
    if pieces and first is not None and first.source and sources.find(first.source).terms.counts == "free":
        raise BackordersMiscounted(sku=sku, source=first.source)
    stock.sell_beyond(sku, pieces, due_at, work)


def spots(sku: str) -> list[StockSpot]:
    """Where a SKU lies, the locations by priority. Raises StockNotFound."""
    here = [one.code for one in places.every()]
    firsts = table.batch([Key(Stock, place_of(sku, code), FIRST) for code in here], consistent=True)
    rows = stock.whole([first for first in firsts if first is not None])
    found = [_spot(code, rows[place]) for code in here if (place := place_of(sku, code)) in rows]
    if not found:
        raise StockNotFound(sku=sku)
    return found


def lines(sku: str, location: str, limit: int, cursor: str | None) -> tuple[list[Movement], str | None]:
    """A page of why what is on hand changed, newest first; what was sent has its line in its parcel. Raises StockNotFound."""
    _first(sku, location)
    return table.query(
        Movement, place_of(sku, location), begins=("b", "m#"), limit=limit, cursor=cursor, newest_first=True
    )


def let_go(sku: str, location: str, work: Work) -> None:
    """Whoever counted it does so no more; who counts it next is its source. Raises StockNotFound, SourceActive."""
    first = _first(sku, location)
    if first.source is None:
        return
    if sources.find(first.source).terms.active:
        raise SourceActive(source=first.source)
    work.add(steps.let_go(first))


def _first(sku: str, location: str) -> Stock:
    row = table.get(Stock, place_of(sku, location), FIRST, consistent=True)
    if row is None:
        raise StockNotFound(sku=sku)
    return row


def _spot(location: str, rows: list[Stock]) -> StockSpot:
    first = rows[0]
    return StockSpot(
        location,
        first.on_hand or 0,
        stock.stock_level(rows),
        first.source,
        first.seq,
        first.counted_at,
        first.lacking or 0,
    )
