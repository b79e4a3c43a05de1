"""An order was received: its customer says so, or the provider of its payment, or two weeks pass in which nobody says otherwise.

Guarantees: it is said once of an order who said so, and once more where a parcel was called off since; time says so only of an
order of which all has arrived, never before the instant that its customer was told last; its customer puts that off once.
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.clock import instant, millis
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderReceiptDue, OrderReceiptPutOff, OrderReceived
from chalicelib.records.orders.rules import (
    BY_CUSTOMER,
    BY_PROVIDER,
    BY_TIME,
    GIVEN_UP,
    PARCELS,
    OrderStateConflict,
    ReceiptPutOff,
    StaleOrder,
    unreceivable,
)
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

RECEIVE_DAYS = settings.declare("RECEIVE_DAYS", "14", "days after its delivery in which an order counts as received")
LONGER_DAYS = settings.declare("RECEIVE_LONGER_DAYS", "7", "days by which a customer puts that off, once")
TRIES = 4
AGAIN, WAITED_FOR = timedelta(days=1), timedelta(days=60)  # an order of which not all is there when its time has come


def expect(fact: ShipmentDelivered, work: Work) -> None:
    """A parcel has arrived: its order counts as received a while later, unless another's time is later. Commits."""
    work.attempts(TRIES, lambda each: _expect(fact, each), StaleOrder)


def _expect(fact: ShipmentDelivered, work: Work) -> None:
    order = orders.find(fact.order_id)
    there = min(instant(fact.at), work.now) if fact.at else work.now  # a carrier's clock may be ahead
    days = settings.number(RECEIVE_DAYS) + (settings.number(LONGER_DAYS) if order.put_off else 0)
    by = there + timedelta(days=days)
    if order.received or order.state in GIVEN_UP or (order.receive_by and order.receive_by >= by):
        return
    work.add(order_steps.expect_receipt(order, by))
    work.publish(OrderReceiptDue(order.id), at=by)


def look_at_receipt(fact: OrderReceiptDue, work: Work) -> None:
    """Say of an order that it was received, of which all is there and nobody says otherwise. Commits."""
    work.attempts(TRIES, lambda each: _look(fact.order_id, each), StaleOrder)


def _look(order_id: str, work: Work) -> None:
    order = orders.find(order_id)
    if order.received or order.state in GIVEN_UP or order.receive_by is None or work.now < order.receive_by:
        return
    if order.state == PARCELS["deliver"]:
        if order.kept:
            _note(order, BY_TIME, work)
    elif work.now < order.receive_by + WAITED_FOR:  # the rest may arrive, or be paid back
        work.publish(OrderReceiptDue(order.id), at=work.now + AGAIN)


def confirm_receipt(order_id: str, work: Work) -> Order:
    """A customer says that an order of theirs was received; said again it is the same. Raises OrderNotFound,
    OrderStateConflict."""
    order = orders.own(order_id, work.caller.id)
    if order.received:
        return order
    if (refusal := unreceivable(order.state, order.received, kept=order.kept)) is not None:
        raise refusal
    _note(order, BY_CUSTOMER, work)
    order.received, order.received_at = BY_CUSTOMER, work.now
    return order


def put_off_receipt(order_id: str, work: Work) -> Order:
    """A customer wants to look at what arrived for longer, once. Raises OrderNotFound, OrderStateConflict, ReceivedAlready,
    ReceiptPutOff."""
    order = orders.own(order_id, work.caller.id)
    if (refusal := unreceivable(order.state, order.received, kept=order.kept)) is not None:
        raise refusal
    if order.receive_by is None:
        raise OrderStateConflict(state=order.state)
    if order.put_off:
        raise ReceiptPutOff()
    by = order.receive_by + timedelta(days=settings.number(LONGER_DAYS))
    work.add(order_steps.put_off(order, by))
    work.publish(OrderReceiptDue(order.id), at=by)
    work.publish(OrderReceiptPutOff(order.id, millis(by)))
    order.receive_by, order.put_off = by, True
    return order


def hear_of_payer(order: Order, work: Work) -> None:
    """The provider of an order's payment knows that its payer confirmed: where all of it was sent, it was received."""
    if unreceivable(order.state, order.received, kept=order.kept) is None:
        _note(order, BY_PROVIDER, work)


def _note(order: Order, who: str, work: Work) -> None:
    """An order, as it was read, was received."""
    work.add(order_steps.receive(order, who, work.now))
    work.publish(OrderReceived(order.id, order.customer, who))
