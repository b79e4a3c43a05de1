"""Shelves in tests: told what lies there, looked at by night, and what was heard of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from chalicelib.processes.replenishing import consumers
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.replenishment import steps
from chalicelib.records.replenishment.model import SHELF, ShelfRow
from chalicelib.runtime import world
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import get, update
from tests.support import aws
from tests.support.trade import commit

DAY = timedelta(days=1)


def place(sku: str) -> str:
    return f"{sku}@MAIN"


def heard(sku: str) -> None:
    """The feed of levels tells where a SKU stands now."""
    level = inventory.read_levels([sku])[sku]
    fact = StockLevelChanged(sku, "MAIN", level.available, level.on_hand, level.closed, 0, level.kept)
    detail = {"id": world.new_id("J"), "at": 0, "actor": "", "version": 1, "data": fact.data()}
    consumers.worker.deliver({"detail-type": fact.wire, "detail": detail})


def shelf(sku: str) -> Any:
    return get(ShelfRow, place(sku), SHELF, consistent=True)


def sold(sku: str, *days: tuple[int, int]) -> None:
    """(how many days ago, pieces)."""
    for ago, pieces in days:
        commit(*steps.sold({place(sku): pieces}, (world.now() - ago * DAY).date().isoformat()))


def known(sku: str, *weeks: int, weekly: float = 0, variance: float = 0) -> None:
    """A shelf with a history, as the nights before would have left it."""
    from chalicelib.records.replenishment.service import monday

    until = monday(world.now().date()).isoformat()
    told = [
        ShelfRow.weeks.set(",".join(map(str, weeks))), ShelfRow.until.set(until), ShelfRow.mean.set(round(weekly * 1000)),
        ShelfRow.variance.set(round(variance * 1000)),
    ]  # fmt: skip
    commit(update(ShelfRow, place(sku), SHELF, actions=told))


def night(bus: Any) -> None:
    consumers.begin_night({})
    bus.run()


def alerts() -> list[tuple[str, int, int]]:
    """(level, available, suggested) in the order in which they were told."""
    rows = sorted(aws.rows(Journal), key=lambda row: row.id)
    facts = [fact for row in rows if row.facts for fact in json.loads(row.facts)]
    told = [one[3] for one in facts if one[0] == "shelf.alerted"]
    return [(one["level"], one["available"], one["suggested"]) for one in told]
