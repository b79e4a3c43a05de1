"""What was sent and came back whole of an order that cost nothing: no money goes back that would bring its coupons with it.

Guarantees: they come back once, when the last of its parcels has, and what it gifted dies as with the last fen of another.
"""

from __future__ import annotations

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.reserving import service as reserving
from chalicelib.records.coupons.rules import CouponUsedElsewhere
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import FULFILLING
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.service import shipments
from chalicelib.runtime.work import Work

RETURNED = "returned"


def come_back(order_id: str, work: Work) -> None:
    """A parcel of an order came back. Commits; its refusal: StaleOrder, where more of it is sent just now."""
    order = orders.find(order_id)
    if order.payable or order.state not in FULFILLING or not _all_back(order):
        return
    work.add(order_steps.still_kept(order))
    reserving.return_coupons(order, work)
    reserving.void_gifts(order, work)
    try:
        work.commit()
    except CommitRejected as refused:
        if not refused.only(CouponUsedElsewhere):  # they came back with another parcel, and may be used again by now
            raise


def _all_back(order: Order) -> bool:
    """Whether all of an order is in parcels that came back; of what cost nothing no piece is paid back before."""
    back = [0] * len(order.lines)
    for parcel in shipments.of_order(order.id):
        for line, pieces in parcel.lines if parcel.state == RETURNED else ():
            back[line] += pieces
    return all(pieces >= line.quantity for line, pieces in zip(order.lines, back, strict=True))
