"""The requests of parcels that are measured, and what a worker is handed of them."""

import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.facts import Fact
from chalicelib.processes.fulfilment.consumers import worker
from chalicelib.records.shipping.events import ShipmentDelivered, ShipmentReported
from chalicelib.runtime import world
from tests.fakes.carriers import FAKES
from tests.support import people

from . import asks
from .stage import Stage

WAYBILLS = itertools.count(1_000_000_000_000)


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    for lines in (1, 3):
        yield f"ship {lines} lines", partial(shipping, stage, lines), stage.send
    yield "track a parcel", partial(tracking, stage), stage.send
    yield "push a trace", partial(push, stage), stage.send
    for traces in (1, 3):
        yield f"hear {traces} traces", partial(report, stage, traces), worker.deliver
    yield "hear a trace again", partial(heard, stage), worker.deliver
    yield "hear that it arrived", partial(report, stage, 1, "delivered", proven=True), worker.deliver
    yield "expect its receipt", partial(arrival, stage), worker.deliver
    yield "confirm its receipt", partial(receipt, stage), stage.send


def paid(stage: Stage, lines: int) -> str:
    """An order whose money came."""
    order, way = asks.placed(stage, lines), {"provider": "wechat", "product": "native"}
    payment = stage.ask("POST", f"/v1/orders/{order}/payments", way, **{"Idempotency-Key": order})
    stage.fake.pay(payment["id"])
    notice = stage.fake.notice(payment["id"])
    token, stage.token = stage.token, ""
    event = stage.event("POST", "/v1/webhooks/wechat/pay", **notice.headers)
    stage.token = token
    stage.send({**event, "body": notice.body.decode()})
    return order


def shipping(stage: Stage, lines: int, waybill: str = "") -> Any:
    from chalicelib.records.identity.staff.service import staff

    order, body = paid(stage, lines), {"carrier": "sf", **({"waybill": waybill} if waybill else {})}
    told = {
        "Idempotency-Key": order,
        "Authorization": f"Bearer {people.token(staff.demo('operator').account, 'operator')}",
    }
    return stage.event("POST", f"/v1/admin/orders/{order}/shipments", body, **told)


def sent(stage: Stage) -> tuple[str, str, str]:
    """(order, our number, waybill) of a parcel that is on its way."""
    waybill = f"SF{next(WAYBILLS)}"
    event = shipping(stage, 1, waybill)
    return event["path"].split("/")[4], stage.send(event)["number"], waybill


def tracking(stage: Stage) -> Any:
    order, number, waybill = sent(stage)
    worker.deliver(told(stage, number, waybill, 5))
    return stage.event("GET", f"/v1/orders/{order}/shipments")


def push(stage: Stage) -> Any:
    fake = FAKES["sf"]()
    route = {"mailno": f"SF{next(WAYBILLS)}", "orderid": "", "opCode": "31", "acceptTime": "2026-03-02 12:00:00"}
    token, stage.token = stage.token, ""
    event = stage.event("POST", f"/v1/webhooks/carriers/sf/{fake.config['push_secret']}")
    stage.token = token
    return {**event, "body": fake.push(route).decode()}


def report(stage: Stage, traces: int, status: str = "in_transit", *, proven: bool = False) -> Any:
    _, number, waybill = sent(stage)
    worker.deliver(told(stage, number, waybill, 1, ago=10))  # it was fetched before: that moved it to another list
    return told(stage, number, waybill, traces, status, proven=proven)


def heard(stage: Stage) -> Any:
    event = report(stage, 1)
    worker.deliver(event)
    return event


def arrival(stage: Stage) -> Any:
    order, number, _ = sent(stage)
    return fact_as_told(ShipmentDelivered(order, number, millis(stage.clock.now())), f"E{number}")


def receipt(stage: Stage) -> Any:
    order, _, _ = sent(stage)
    return stage.event("PUT", f"/v1/orders/{order}/receipt")


def told(
    stage: Stage,
    number: str,
    waybill: str,
    traces: int,
    status: str = "in_transit",
    *,
    proven: bool = False,
    ago: int = 0,
) -> dict[str, Any]:
    """A report as the bus brings it."""
    rows = []
    for n in range(traces):
        at = millis(stage.clock.now() + timedelta(minutes=n - ago))
        rows.append([at, status, "31", "快件到达【上海集散中心】", "上海市", f"{at}-31", proven])
    fact = ShipmentReported("sf", waybill, number, "", rows)
    return fact_as_told(fact, f"E{waybill}")


def fact_as_told(fact: Fact, event: str) -> dict[str, Any]:
    """A fact as the bus brings it."""
    data = json.loads(json.dumps(fact.data()))
    detail = {"id": event, "at": millis(world.now()), "actor": "bench", "version": 1, "data": data}
    return {"detail-type": fact.wire, "detail": detail}
