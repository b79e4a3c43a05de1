"""Shelves that are measured: what a paid order adds, what a level that moved costs, a part of a night, a sheet of a take."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.kernel.clock import business_day
from chalicelib.kernel.facts import Fact
from chalicelib.processes.replenishing import service as replenishing
from chalicelib.processes.replenishing.consumers import worker
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.orders.events import OrderPaid
from chalicelib.records.replenishment.events import ShelvesDue
from chalicelib.records.replenishment.model import SHELF, ShelfRow, shard_of
from chalicelib.records.replenishment.service import monday
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.support import people

from . import asks
from .stage import Stage

PART, SHARD = replenishing.PART, "00"
NUMBERS = itertools.count(1)


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    skus = _shelved(stage)
    yield "count a paid order of 3 lines", lambda: told(OrderPaid(asks.placed(stage, 3), "")), worker.deliver
    yield "a level that is no news", lambda: _level(skus[0], 9), worker.deliver
    yield "a level that is news", _first_level, worker.deliver
    yield f"a night's {PART} shelves", partial(_night, skus, over=False), worker.deliver
    yield f"a night's {PART} shelves after a week", partial(_night, skus, over=True), worker.deliver
    yield "take stock of 3 lines", partial(_sheet, stage), stage.send


def told(fact: Fact) -> dict[str, Any]:
    """A fact as the worker is handed it."""
    detail = {"id": f"shelf.{next(NUMBERS)}", "at": 0, "actor": "", "version": 1, "data": fact.data()}
    return {"detail-type": fact.wire, "detail": detail}


def _shelved(stage: Stage) -> list[str]:
    """As many SKUs as a night looks at in one go, each with a year that is known."""
    names = (f"P01JZ00000000000000SHELF{n:05d}" for n in itertools.count())
    skus = list(itertools.islice((sku for sku in names if shard_of(f"{sku}@MAIN") == SHARD), PART))
    for sku in skus:
        _do(*stock_steps.receive(sku, 10))
        worker.deliver(_level(sku, 10))
        weeks = ",".join(str(n % 4) for n in range(52))
        _do(update(ShelfRow, f"{sku}@MAIN", SHELF, actions=[ShelfRow.weeks.set(weeks)]))
    return skus


def _do(*steps: Any) -> None:
    work = Work(Caller("S01JZ0000000000000000000000", "operator"), "setup")
    work.add(*steps)
    work.commit()


def _level(sku: str, available: int) -> dict[str, Any]:
    return told(StockLevelChanged(sku, "MAIN", available, available, False, 0))


def _first_level() -> dict[str, Any]:
    return _level(_fresh(), 10)


def _fresh() -> str:
    sku = f"P01JZ00000000000000FRESH{next(NUMBERS):05d}"
    _do(*stock_steps.receive(sku, 10))
    return sku


def _night(skus: list[str], *, over: bool) -> dict[str, Any]:
    today = business_day(world.now())
    until = (monday(today) - timedelta(7 if over else 0)).isoformat()
    for sku in skus:
        _do(update(ShelfRow, f"{sku}@MAIN", SHELF, actions=[ShelfRow.until.set(until)]))
    return told(ShelvesDue(today.isoformat(), SHARD))


def _sheet(stage: Stage) -> Any:
    from chalicelib.records.identity.staff.service import staff

    lines = [{"sku": _fresh(), "on_hand": 10, "counted": 9} for _ in range(3)]
    headers = {
        "Idempotency-Key": f"sheet-{next(NUMBERS)}",
        "Authorization": f"Bearer {people.token(staff.demo('operator').account, 'operator', fresh=True)}",
    }
    return stage.event("POST", "/v1/admin/stock-takes", {"reason": "bench", "lines": lines}, **headers)
