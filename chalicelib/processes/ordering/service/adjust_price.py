"""Making an unpaid order cheaper for its customer.

Guarantees: it never gets dearer, nor less than nothing; what its lines and freight cost adds up to what is to be paid;
its open attempts, which know the old price, are closed at their providers and here, and money that comes for one of them
all the same goes back in full.
"""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.complete_payment import close_attempt, end_attempt, open_attempts, overtaken
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderAdjusted, OrderPaid
from chalicelib.records.orders.rules import OPEN, OrderStateConflict, cheaper
from chalicelib.records.orders.service import Order
from chalicelib.runtime import vault
from chalicelib.runtime.work import Work

from ..staff.shapes import AdjustPrice


class Adjusted(NamedTuple):
    """What an order cost before and costs now, freight within."""

    order_id: str
    before: Fen
    payable: Fen
    freight: Fen


def adjust_price(order_id: str, command: AdjustPrice, work: Work) -> Adjusted:
    """Take so much off an unpaid order; one that then costs nothing is paid.

    Raises OrderNotFound, OrderStateConflict, DiscountTooLarge, or CommitRejected with StaleOrder when it changed in between.
    """
    order = orders.find(order_id)
    if order.state not in OPEN:
        raise OrderStateConflict(state=order.state)
    bill = cheaper(order.bill, Fen(command.off_fen))
    before, after = order.payable, bill.payable
    if open_attempts(order):
        work.raise_if_committed()  # asked again, this must not close the attempts that were opened at the new price
    _retire_attempts(order, work)

    reason = vault.seal_legal(command.reason, f"order|{order.id}|adjusted")
    work.add(order_steps.adjust(order, bill, work.now, reason))

    work.publish(OrderAdjusted(order.id, int(before), int(after)))
    if not after:
        work.publish(OrderPaid(order.id, ""))
    return Adjusted(order.id, before, after, bill.freight)


def _retire_attempts(order: Order, work: Work) -> None:
    """Close every open attempt at its provider, and in this work. Raises OrderStateConflict or StaleOrder when one turns out to
    be paid."""
    for payment in open_attempts(order):
        if close_attempt(payment, work.separate()) == "paid":
            raise overtaken(order.id)
    for payment in open_attempts(order):  # asking may have ended some
        end_attempt(payment, work)  # what a provider cannot close is closed here all the same
