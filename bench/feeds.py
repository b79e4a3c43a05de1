"""The rows of a source that are measured: at the door and at the worker, a whole part of a transaction at once."""

import itertools
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.consumers import worker
from chalicelib.records.inventory.events import CountsReceived
from chalicelib.records.inventory.feeds import rules
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.feeds.service.sources import SourceTerms
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

from .stage import Stage

SOURCE, ROWS = "WMS-1", rules.PART
SKUS = [f"P01JZ00000000000000000BENCH{n:02d}" for n in range(ROWS)]
SEQS = itertools.count(1)


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    _open()
    yield f"push {ROWS} counts", partial(_push, stage, fresh=True), stage.send
    yield f"push {ROWS} known counts", partial(_push, stage, fresh=False), stage.send
    yield f"take {ROWS} counts", partial(_told, _counts), worker.deliver
    yield f"take {ROWS} differences", partial(_told, _differences), worker.deliver
    yield f"take {ROWS} known counts", _known, worker.deliver


def _open() -> None:
    """A source, and the shelves that it counts."""
    clerk = Caller("S01JZ0000000000000000000000", "operator")
    terms = SourceTerms("WMS", "physical", "MAIN", 0, 30, True)
    for act in (lambda work: sources.agree(SOURCE, terms, work), lambda work: sources.renew(SOURCE, work)):
        work = Work(clerk, "setup")
        act(work)
        work.commit()
    work = Work(clerk, "setup")
    for sku in SKUS:
        work.add(*stock_steps.receive(sku, 5))
    work.commit()


def _counts() -> list[dict[str, Any]]:
    seq = next(SEQS)
    return [{"sku": sku, "count": 10 + seq % 7, "seq": seq} for sku in SKUS]


def _differences() -> list[dict[str, Any]]:
    seq = next(SEQS)
    return [{"sku": sku, "delta": 1, "id": f"d{seq}", "seq": seq} for sku in SKUS]


def _told(rows: Any) -> Any:
    """What the worker is handed of so many rows."""
    now = world.now()
    fact = CountsReceived(SOURCE, [rules.read_row(row, now).packed() for row in rows()])
    detail = {"id": f"feed.{next(SEQS)}", "at": millis(now), "actor": "", "version": 1, "data": fact.data()}
    return {"detail-type": fact.wire, "detail": detail}


def _known() -> Any:
    told = _told(_counts)
    worker.deliver(told)
    return told


def _push(stage: Stage, *, fresh: bool) -> Any:
    rows = _counts()
    body = json.dumps({"rows": rows})
    if not fresh:
        worker.deliver(_told(lambda: rows))
    stamp = str(int(world.now().timestamp()))
    told = {
        "Jishi-Source": SOURCE,
        "Jishi-Timestamp": stamp,
        "Jishi-Signature": sources.signature(sources.secret_of(SOURCE, 1), stamp, body.encode()),
    }
    token, stage.token = stage.token, ""
    event = stage.event("POST", "/v1/inventory/sync", **told)
    stage.token = token
    return {**event, "body": body}
