"""The order's state machine and its refusals.

The refund facet (none, partial, full) is apart from the state: it follows from what was refunded of the payable amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.money import Fen, total
from chalicelib.kernel.quote import QuoteLine
from chalicelib.kernel.states import States

# A sentence an edge: pay — the money for it came in time; cancel — its customer or the shop gave it up unpaid, for good;
# expire — its time to pay ran out; revive — late money came and everything could be held again;
# annul — all its money went back, or it was paid with nothing.
OPEN = frozenset({"placed"})
UNSHIPPED = frozenset({"placed", "paid"})  # the goods have not left: they can still be sent elsewhere


class OrderNotFound(NotFound):
    zh, en = "订单不存在", "There is no such order"


class OrderStateConflict(Conflict):
    state: str | None
    spoken = {"placed": "待付款", "paid": "已付款", "cancelled": "已取消", "expired": "已超时", "annulled": "已作废"}
    zh, en = "订单当前状态为 {state}，不能执行此操作", "The order is {state}; this cannot be done now"


class OrderExists(Conflict):
    zh, en = "该报价已下单", "This quote has become an order already"


class DiscountTooLarge(Conflict):
    payable: int
    zh, en = "减免超过应付金额，应付 {payable} 分", "More than is to be paid: {payable} fen"


class StaleOrder(Conflict):
    zh, en = "订单刚刚变化，请重试", "The order changed just now; please try again"


ORDER = States(
    "placed",
    {
        "placed": {"pay": "paid", "cancel": "cancelled", "expire": "expired"},
        "expired": {"revive": "paid"},
        "paid": {"annul": "annulled"},
    },
    absent=OrderNotFound,
    conflict=OrderStateConflict,
)


def pay_deadline(now: datetime, minutes: int) -> datetime:
    """Until when an order opened now may be paid."""
    return now + timedelta(minutes=minutes)


def cheaper(lines: Sequence[QuoteLine], freight: Fen, off: Fen) -> tuple[tuple[QuoteLine, ...], Fen]:
    """Lines and freight after `off` fen less: off the goods, by what is paid for each line, and then off the freight.

    The lines and the freight add up to what they were less `off`, to the fen. Raises DiscountTooLarge.
    """
    goods = total([line.payable for line in lines])
    if off > goods + freight:
        raise DiscountTooLarge(payable=int(goods + freight))
    from_goods = min(off, goods)
    shares = from_goods.share([int(line.payable) for line in lines])
    cut = tuple(line._replace(off=line.off + share) for line, share in zip(lines, shares, strict=True))
    return cut, freight - (off - from_goods)


def refund_facet(payable: int, refunded: int) -> str:
    """none, partial or full."""
    if refunded == 0:
        return "none"
    return "full" if refunded >= payable else "partial"
