"""What a second location costs. It sells as long as it is measured: meanwhile every quote looks at both."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import Site
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import people

from . import asks, parcels
from .stage import Stage

THERE = "BJ"
SITE = Site(THERE, THERE, "warehouse", "110000", 900, True, True)


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    _open(stage)
    yield "product view of 2 locations", lambda: stage.event("GET", f"/v1/products/{stage.products[0]}"), stage.send
    yield "quote of 3 lines over 2 locations", partial(asks.asked, stage, 3), stage.send
    yield "send a line from elsewhere", partial(moving, stage), stage.send
    work = _setup()
    places.describe(SITE._replace(sells=False), work)
    work.commit()
    stage.clock.advance(timedelta(milliseconds=places.REMEMBERED_MS))


def _setup() -> Work:
    return Work(Caller("S01JZ0000000000000000000000", "operator"), "setup")


def _open(stage: Stage) -> None:
    work = _setup()
    places.describe(SITE, work)
    for sku in stage.skus:
        work.add(*stock_steps.receive(sku, 1_000_000, location=THERE))
        work.add(stock_steps.open_elsewhere(inventory.bucket_rows(sku)[sku][0], THERE))
    work.commit()


def moving(stage: Stage) -> Any:
    """A paid order's one line is to be sent from there."""
    from chalicelib.records.identity.staff.service import staff

    told = {"Authorization": f"Bearer {people.token(staff.demo('operator').account, 'operator')}"}
    order = parcels.paid(stage, 1)
    return stage.event("PUT", f"/v1/admin/orders/{order}/shipments", {"location": THERE, "lines": [0]}, **told)
