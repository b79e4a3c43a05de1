"""The order's state machine and its refusals.

The refund facet (none, partial, full) is apart from the state: it follows from what was refunded of the payable amount.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.kernel.errors import Conflict, NotFound, Refusal
from chalicelib.kernel.states import States

# A sentence an edge: pay — the money for it came in time; cancel — its customer or the shop gave it up unpaid;
# expire — its time to pay ran out; revive — late money came and everything could be held again;
# annul — paid, but given up with a full refund.
ORDER = States(
    "placed",
    {
        "placed": {"pay": "paid", "cancel": "cancelled", "expire": "expired"},
        "cancelled": {"revive": "paid"},
        "expired": {"revive": "paid"},
        "paid": {"annul": "annulled"},
    },
)
OPEN = frozenset({"placed"})


class OrderUnknown(NotFound):
    code, zh, en = "ORDER_NOT_FOUND", "订单不存在", "There is no such order"


class OrderMoved(Conflict):
    code = "ORDER_STATE_CONFLICT"
    zh, en = "订单当前状态为 {state}，不能执行此操作", "The order is {state}; this cannot be done now"


class OrderExists(Conflict):
    code, zh, en = "ORDER_EXISTS", "该报价已下单", "This quote has become an order already"


def moved(old: object) -> Refusal:
    """What a failed state condition means, given the order as it stood (or None)."""
    return OrderUnknown() if old is None else OrderMoved(state=getattr(old, "state", None))


def pay_deadline(now: datetime, minutes: int) -> datetime:
    """Until when an order opened now may be paid."""
    return now + timedelta(minutes=minutes)


def refund_facet(payable: int, refunded: int) -> str:
    """none, partial or full."""
    if refunded == 0:
        return "none"
    return "full" if refunded >= payable else "partial"
