"""What a refund is for is not sent meanwhile: where a warehouse packs it, the warehouse is asked to keep it back first.

Guarantees: no money goes back for pieces that a warehouse has still to send before it said that it keeps them; it is asked
under the refund's own number. Who asks it, and what follows from its answer, is fulfilment's.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import ORDER
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.service.refunds import Refund
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.records.shipping.dispatches import steps as dispatch_steps
from chalicelib.records.shipping.dispatches.rules import OUT, REFUSED, wanted_back
from chalicelib.records.shipping.events import KeepBackDue
from chalicelib.runtime.work import Work


def free_to_go(row: Refund, payment: Payment, work: Work) -> bool:
    """Whether a refund may be sent now: nothing of what it is for lies at a warehouse to be sent; else that is asked for."""
    order = orders.find(payment.order_id)
    if not order.supplier or order.payment != payment.id:
        return True
    dispatch = dispatches.find(order.id)
    wish = dispatch.wish(row.id)
    if wish is not None:
        return wish.answer == "back"
    pieces = wanted_back(dispatch.lines, dispatch.wishes, _loose(order, row))
    if not pieces or dispatch.state == REFUSED:
        return True
    work.add(dispatch_steps.keep_back(dispatch, row.id, pieces))
    if dispatch.state == OUT:  # it may let go of them any moment: from now on nobody takes them for ours to sell
        work.add(*stock_steps.unacknowledge(order.by_shelf(dict(pieces))))
    work.publish(KeepBackDue(order.id, row.id))
    return False


def _loose(order: Order, row: Refund) -> Sequence[int]:
    """How many units of each line are held no more once the money is back."""
    last = (order.refunded or 0) + row.amount >= order.payable
    if last and order.state in ORDER.sources("annul"):
        rows = zip(order.lines, order.ledger, strict=True)
        return [line.quantity - count.freed - count.shipped for line, count in rows]
    return order.let_go(row.unit_counts) if row.unit_counts else [0] * len(order.lines)
