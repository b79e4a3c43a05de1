"""What was promised of a paid order: that it is on its way in time, and there in time.

Guarantees: it is said once of an order whether its promise was kept, and a breach brings one coupon at most; an order of which
something is unsent too late stands in a list until it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.kernel.bill import MAIN
from chalicelib.kernel.clock import instant
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import (
    OrderPromiseBroken,
    OrderPromiseDue,
    OrderPromiseKept,
    OrderShipDue,
    OrderShipLate,
)
from chalicelib.records.orders.rules import BROKEN, FULFILLING, KEPT, PARCELS, SENDING, SERVICES
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

from .offering import serving

SHIP_HOURS = settings.declare("SHIP_HOURS", "48", "hours after its payment by which an order is to be on its way")
GRACE = timedelta(hours=1)  # news of a delivery may come late
LOOK_AGAIN = timedelta(days=1)


def ship_by(order: Order) -> datetime:
    """Until when a paid order is to be on its way: that of its goods which was promised last."""
    paid: datetime = order.paid_at or order.placed_at
    by = paid + timedelta(hours=settings.number(SHIP_HOURS))
    return max([by, *map(instant, order.bill.waits.values())])


def unsent(order: Order) -> Sequence[int]:
    """Pieces of each line that are still to be sent."""
    if order.state not in SENDING:
        return [0] * len(order.lines)
    rows = zip(order.lines, order.ledger, strict=True)
    return [line.quantity - count.freed - count.shipped for line, count in rows]


def arm(order_id: str, work: Work) -> None:
    """An order was paid: it is looked at when it is to be on its way, and when it is to be there."""
    order = orders.find(order_id)
    if order.state not in FULFILLING:
        return
    work.publish(OrderShipDue(order.id), at=ship_by(order))
    if order.bill.promised:
        work.publish(OrderPromiseDue(order.id), at=instant(order.bill.promised) + GRACE)


def look_at_sending(fact: OrderShipDue, work: Work) -> None:
    """Put an order of which something is unsent into the list of what is late, and look again; take one that is sent out of
    it."""
    order = orders.find(fact.order_id)
    if not any(unsent(order)):
        if fact.turn:
            work.add(ship_steps.not_late(order.id))
        return
    if not order.hold_reason:
        work.add(ship_steps.late(order.id, order.customer, ship_by(order)))
        if not fact.turn:
            work.publish(OrderShipLate(order.id))
    work.publish(OrderShipDue(order.id, fact.turn + 1), at=work.now + LOOK_AGAIN)


def look_at_promise(fact: OrderPromiseDue, work: Work) -> None:
    """Say that a promise was broken of which nobody has said anything yet."""
    order = orders.find(fact.order_id)
    if order.promise or order.state not in FULFILLING - {PARCELS["deliver"]}:
        return
    work.add(order_steps.break_promise(order.id))
    tell(order, BROKEN, work)


def tell(order: Order, outcome: str, work: Work) -> None:
    """Tell what became of an order's promise."""
    service = order.bill.service or SERVICES[0]
    if outcome == KEPT:
        work.publish(OrderPromiseKept(order.id, service))
        return
    work.publish(OrderPromiseBroken(order.id, order.customer, service, _compensation(order)))


def _compensation(order: Order) -> str:
    """The coupon for who waits longer than promised: what the service says from where the order was to be sent, or is."""
    paid, now = [part.location for part in order.bill.freights], [line.location for line in order.lines]
    told = serving(order, dict.fromkeys([*paid, *now, MAIN]))
    return next((str(said["compensation"]) for said in told if said["compensation"]), "")
