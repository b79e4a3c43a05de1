"""Having an order sent elsewhere, as long as its goods have not left.

Where sending to the new place would cost more, or nothing is sent there, the order stays as it is: nobody pays more without a
word. Where it costs less and the order is paid, the difference goes back, in the same transaction; one that is unpaid is
placed anew. What is paid for is worth stealing: where it goes is changed only by who has
shown a code lately, also when the money comes just now.
"""

from __future__ import annotations

from chalicelib.kernel.money import Fen
from chalicelib.records.catalog import service as catalog
from chalicelib.records.identity.access.rules import FreshCodeNeeded
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderReaddressed
from chalicelib.records.orders.rules import OPEN, UNSHIPPED, OrderAtWarehouse, OrderStateConflict
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.events import RefundRequested
from chalicelib.records.payments.service import attempts
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ..rules import FreightDiffers
from ..shapes import SendTo
from .carriage import carriage, freight_of, refuse_undelivered


def readdress_order(order_id: str, command: SendTo, work: Work) -> None:
    """Send an order of one's own to another address of one's own; what sending it there costs less goes back.

    Raises OrderNotFound, OrderStateConflict, OrderAtWarehouse, FreshCodeNeeded for one that is paid, AddressNotFound,
    FreightDiffers, and CommitRejected with NotDeliverable.
    """
    order = orders.own(order_id, work.caller.id)
    if order.state not in UNSHIPPED:
        raise OrderStateConflict(state=order.state)
    if order.supplier:
        raise OrderAtWarehouse()
    if order.state not in OPEN and not work.caller.fresh:
        raise FreshCodeNeeded()
    found = table.batch(
        [*addresses.key(work.caller.id, command.address), addresses.version_key(work.caller.id, order.address or "-")],
        consistent=True,
    )
    version = addresses.version_of(found[:2])
    if version is None:
        raise AddressNotFound()
    back, payment = _too_much(order, addresses.region_of(found[2:]), addresses.region_of(found))

    if payment is not None:
        _give_back(order, payment, version, back, work)
    else:
        work.add(order_steps.readdress(order.id, version, UNSHIPPED if work.caller.fresh else OPEN))

    work.publish(OrderReaddressed(order.id, version))


def _too_much(order: Order, before: str | None, after: str | None) -> tuple[Fen, Payment | None]:
    """How much was paid too much for sending an order there, by its share of what sending it costs, and by which payment (None:
    nothing was). Raises FreightDiffers, or CommitRejected with NotDeliverable, for a place to which sending it is another matter.
    """
    if before == after:
        return Fen(0), None
    skus = list(dict.fromkeys(line.sku for line in order.lines))
    rows = {row.id: row for row in table.batch([catalog.key(sku) for sku in skus]) if row is not None}
    named = [row.freight for row in rows.values()]
    there = carriage(named, after)
    refuse_undelivered(rows.values(), there, after)
    old, new = (freight_of(order.bill, rows, sending) for sending in (carriage(named, before), there))
    if old == new:
        return Fen(0), None
    paid = order.freight - (order.freight_back or Fen(0))
    payment = attempts.find(order.payment) if order.payment and new < old else None
    if payment is None or _given_back(order, payment):
        raise FreightDiffers(before=int(old), after=int(new))
    back = paid.share([int(new), int(old - new)])[1]
    return back, payment if back else None


def _given_back(order: Order, payment: Payment) -> bool:
    """Whether anything but freight is asked back or went back: nobody can say then what was paid for sending the rest."""
    return (payment.refund_reserved or Fen(0)) != (order.freight_back or Fen(0))


def _give_back(order: Order, payment: Payment, version: str, back: Fen, work: Work) -> None:
    """It goes where sending costs less, and what was paid too much goes back; all at once, while nothing else of it is asked back
    than was when the payment was read."""
    refund = work.new_id("R")
    work.add(order_steps.readdress_cheaper(order, version, back))
    work.add(*refund_steps.give_back_freight(refund, payment, back, work.now))
    work.publish(RefundRequested(refund, payment.id, int(back)))
