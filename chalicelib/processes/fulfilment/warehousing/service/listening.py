"""Listening to warehouses' systems: each minute they are asked for what they sent and for what lies there.

Guarantees: what is asked for begins where everything before has been heard for minutes, so that a row that shows itself late is
heard all the same; a row that is known changes nothing; silence changes nothing, and is asked again in a minute.
"""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.clock import iso, millis
from chalicelib.records.inventory.feeds.service import intake, sources
from chalicelib.records.inventory.feeds.service.sources import Source
from chalicelib.records.shipping.carriers.port import CarrierError
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.records.shipping.dispatches import steps as dispatch_steps
from chalicelib.records.shipping.dispatches.rules import listened
from chalicelib.records.shipping.events import WarehouseRoundDue, WarehouseSent
from chalicelib.records.shipping.rules import CarrierDown
from chalicelib.records.shipping.service import calls
from chalicelib.records.shipping.warehouses.port import LevelPage, LevelTold, ParcelPage
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

SENT, LEVELS = "sent", "levels"
UNREAD = observe.alarmed("WarehouseRowUnread", "A warehouse tells of parcels in a way that nobody can read")


def begin(work: Work) -> None:
    """Have every warehouse's system asked."""
    for wms in sorted({one.terms.wms for one in sources.suppliers().values()}):
        work.publish(WarehouseRoundDue(wms, SENT))
        work.publish(WarehouseRoundDue(wms, LEVELS))


def listen(fact: WarehouseRoundDue, work: Work) -> None:
    """Take a page of what a system tells, and go on with the next one."""
    source = next((one for one in sources.suppliers().values() if one.terms.wms == fact.wms), None)
    if source is None:
        return
    mark = dispatches.mark(fact.wms, fact.what)
    since = fact.since if fact.since >= 0 else mark.settled
    try:
        page: ParcelPage | LevelPage
        if fact.what == SENT:
            page = calls.ask_warehouse(fact.wms, lambda one: one.sent(since, fact.page))
        else:
            page = calls.ask_warehouse(fact.wms, lambda one: one.levels(since, fact.page))
    except (CarrierError, CarrierDown):
        return
    if isinstance(page, ParcelPage):
        _take_parcels(fact.wms, page, work)
    else:
        _take_levels(source, page, work)
    high = max(fact.high, page.high)
    if page.more:
        work.publish(WarehouseRoundDue(fact.wms, fact.what, since, fact.page + 1, high))
    else:
        work.add(dispatch_steps.listened(fact.wms, fact.what, listened(mark, high, work.now)))


def _take_parcels(wms: str, page: ParcelPage, work: Work) -> None:
    """Tell of the parcels that are new."""
    if page.unread:
        observe.count(UNREAD)
    known = dispatches.several(sorted({row.order for row in page.rows}))
    for row in page.rows:
        dispatch = known.get(row.order)
        if dispatch is not None and row.notice not in dispatch.notices:
            lines = [list(line) for line in row.lines]
            work.publish(WarehouseSent(row.order, wms, row.notice, row.waybill, row.company, lines, millis(row.at)))


def _take_levels(source: Source, page: LevelPage, work: Work) -> None:
    """Hand on what lies there, as the source's own counts."""
    rows = [_count(source, row) for row in page.rows]
    if rows:
        told = intake.take_push(source, rows, work.now, work)
        if any(one.status == "refused" for one in told):
            observe.count("WarehouseLevelRefused", source=source.code)


def _count(source: Source, row: LevelTold) -> dict[str, Any]:
    """A level as a row of a push: of a source whose counts leave out what is held, without what is set aside."""
    pieces = row.pieces - row.aside if source.terms.counts == "free" else row.pieces
    return {"sku": row.sku, "count": pieces, "seq": row.version, "as_of": iso(row.as_of)}
