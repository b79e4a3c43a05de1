"""Giving an order up: by its customer, by the shop, or because its time to pay ran out. One transaction undoes the placing.

Guarantees: what was given up on purpose stays given up, and money that comes for it later goes back in full (see
settle_payment); only an order that ran out can be revived.
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.paying.service.complete_payment import close_open_attempts, overtaken
from chalicelib.processes.reserving import service as reserving
from chalicelib.records.holds import service as holds
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderCancelled, OrderExpired, OrderPayDue
from chalicelib.records.orders.rules import OPEN, OrderAtWarehouse, OrderStateConflict, free_to_annul, uncancellable
from chalicelib.records.orders.service import Order
from chalicelib.runtime.work import Work

from ..rules import CompensationNeeded

WANT_OF_STOCK = "out_of_stock"
LOOK_AGAIN = timedelta(minutes=1)


def cancel_order(order_id: str, work: Work) -> None:
    """The customer gives up an order that is unpaid or cost nothing, and that no warehouse packs. Raises OrderNotFound,
    OrderStateConflict, OrderAtWarehouse."""
    order = orders.own(order_id, work.caller.id)
    _cancel(order, "customer", work)


def cancel_any(order_id: str, reason: str, compensation: str | None, work: Work) -> None:
    """The shop gives up an order that is unpaid or cost nothing, and that no warehouse packs. Raises OrderNotFound,
    OrderStateConflict, OrderAtWarehouse, CompensationNeeded."""
    if reason == WANT_OF_STOCK and compensation is None:
        raise CompensationNeeded()
    owed = orders.seal_owed(order_id, compensation) if compensation else None
    _cancel(orders.find(order_id), "shop", work, reason=reason, owed=owed)


def _cancel(order: Order, by: str, work: Work, *, reason: str = "", owed: bytes | None = None) -> None:
    if (refusal := uncancellable(order.state, order.payable)) is not None:
        raise refusal
    if order.supplier:
        raise OrderAtWarehouse()
    free = free_to_annul(order.state, order.payable)
    if not close_open_attempts(order, work):
        raise overtaken(order.id)
    undo(order, "annul" if free else "cancel", work, by=by, owed=owed)
    if not free:
        holds.let_go(order.customer, order.id, work, strike=by == "customer")
    work.publish(OrderCancelled(order.id, by, reason))


def undo(order: Order, action: str, work: Work, *, by: str = "", owed: bytes | None = None) -> None:
    """Close an order, which gives back what it has: who gave it up, and what its customer gets for it, sealed."""
    goods = order if action == "annul" else None  # only what is paid for is moved or sent
    work.add(order_steps.close(order.id, action, by=by, owed=owed, goods_of=goods))
    reserving.give_back(order, work)
    if action == "annul":
        reserving.void_gifts(order, work)


def expire_order(fact: OrderPayDue, work: Work) -> None:
    """The time to pay ran out. A tick that comes early is armed again; an order that moved on, also just now, is left alone.
    Commits."""
    order = orders.find(fact.order_id)
    if order.state not in OPEN:
        return
    if work.now < order.pay_before:
        work.publish(OrderPayDue(order.id), at=order.pay_before)
    elif close_open_attempts(order, work):
        undo(order, "expire", work)
        holds.let_go(order.customer, order.id, work, strike=True)
        work.publish(OrderExpired(order.id))
    else:  # its money was faster, or went back: the next look finds the order moved on, or lets it run out
        work = work.retry()
        work.publish(OrderPayDue(order.id), at=work.now + LOOK_AGAIN)
    try:
        work.commit()
    except CommitRejected as refused:
        if not refused.only(OrderStateConflict):
            raise
