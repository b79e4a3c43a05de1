"""The order's state machine and its refusals.

The refund facet (none, partial, full) is apart from the state: it follows from what was refunded of the payable amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.bill import ADJUSTMENT, Bill, FreightPart, Layer, laid
from chalicelib.kernel.errors import AboutSums, Conflict, NotFound
from chalicelib.kernel.money import Fen
from chalicelib.kernel.runs import Run
from chalicelib.kernel.states import States

# A sentence an edge: pay — the money for it came in time; cancel — its customer or the shop gave it up unpaid, for good;
# expire — its time to pay ran out; revive — late money came and everything could be held again;
# annul — all its money went back, or it was paid with nothing; recall, part, ship, deliver — as much of it left as it says.
OPEN = frozenset({"placed"})
SENDING = frozenset({"paid", "partly_shipped"})  # something of it may be left to be sent
FULFILLING = SENDING | {"shipped", "delivered"}
GIVEN_UP = frozenset({"cancelled", "expired", "annulled"})
UNSHIPPED = frozenset({"placed", "paid"})  # the goods have not left: they can still be sent elsewhere


OUTCOMES = KEPT, BROKEN = "kept", "broken"  # of what was promised
RECEIVERS = BY_CUSTOMER, BY_TIME, BY_PROVIDER = "customer", "time", "provider"  # who said that an order was received
RECEIVABLE = frozenset({"shipped", "delivered"})  # nothing is left to be sent
SERVICES = ("standard", "next_day", "hourly")


class OrderNotFound(NotFound):
    zh, en = "订单不存在", "There is no such order"


class OrderStateConflict(Conflict):
    state: str | None
    spoken = {
        "placed": "待付款", "paid": "已付款", "cancelled": "已取消", "expired": "已超时", "annulled": "已作废",
        "partly_shipped": "部分发货", "shipped": "已发货", "delivered": "已签收",
    }  # fmt: skip
    zh, en = "订单当前状态为 {state}，不能执行此操作", "The order is {state}; this cannot be done now"


class OrderExists(Conflict):
    zh, en = "该报价已下单", "This quote has become an order already"


class DiscountTooLarge(AboutSums, Conflict):
    payable: int
    zh, en = "减免超过应付金额，应付 {payable}", "More than is to be paid: {payable}"


class StaleOrder(Conflict):
    zh, en = "订单刚刚变化，请重试", "The order changed just now; please try again"


class ReceivedAlready(Conflict):
    zh, en = "订单已确认收货", "The order is received already"


class ReceiptPutOff(Conflict):
    zh, en = "收货时间只能延长一次", "The time to receive it was put off before; that is done once"


class OrderHeldBack(Conflict):
    reason: str
    zh, en = "订单暂不能发货：{reason}", "The order is held back: {reason}"


class OrderAtWarehouse(Conflict):
    zh, en = "订单已下发仓库，不能执行此操作", "The order is with the warehouse; this cannot be done now"


PARCELS = {"recall": "paid", "part": "partly_shipped", "ship": "shipped", "deliver": "delivered"}
MOVES = {state: action for action, state in PARCELS.items()}

ORDER = States(
    "placed",
    {
        "placed": {"pay": "paid", "cancel": "cancelled", "expire": "expired"},
        "expired": {"revive": "paid"},
        "paid": {"annul": "annulled", **PARCELS},
        "partly_shipped": PARCELS,
        "shipped": PARCELS,
        "delivered": PARCELS,
    },
    absent=OrderNotFound,
    conflict=OrderStateConflict,
)


class GoodsCount(NamedTuple):
    """What became of the units of one line: let go before anything was sent, paid back, sent, arrived, in a case of
    after-sales, come back; and how often its hold was moved to another location."""

    freed: int = 0
    refunded: int = 0
    shipped: int = 0
    delivered: int = 0
    in_case: int = 0
    returned: int = 0
    moved: int = 0

    def plus(self, **more: int) -> GoodsCount:
        """So many more of these."""
        return self._replace(**{name: getattr(self, name) + count for name, count in more.items()})


def pay_deadline(now: datetime, minutes: int) -> datetime:
    """Until when an order opened now may be paid."""
    return now + timedelta(minutes=minutes)


def unpayable(state: str, pay_before: datetime, now: datetime) -> OrderStateConflict | None:
    """Why an order takes no payment; None when it does."""
    if state not in OPEN:
        return OrderStateConflict(state=state)
    return OrderStateConflict(state="expired") if now >= pay_before else None


def unreceivable(state: str, received: str | None, *, kept: bool) -> OrderStateConflict | ReceivedAlready | None:
    """Why nobody may say that an order was received, of which its customer has kept something or nothing; None when they may."""
    if received:
        return ReceivedAlready()
    return None if state in RECEIVABLE and kept else OrderStateConflict(state=state)


def free_to_annul(state: str, payable: int) -> bool:
    """Whether an order was paid with nothing, so that its customer may give it up and nothing goes back."""
    return state in ORDER.sources("annul") and not payable


def uncancellable(state: str, payable: int) -> OrderStateConflict | None:
    """Why an order cannot be given up; None when it can."""
    return None if state in OPEN or free_to_annul(state, payable) else OrderStateConflict(state=state)


def cheaper(bill: Bill, off: Fen) -> Bill:
    """The bill after `off` fen less: a layer off the goods, by what is paid for each unit, and then off the freight.

    It adds up to what it was less `off`, to the fen. Raises DiscountTooLarge.
    """
    if off > bill.payable:
        raise DiscountTooLarge(payable=int(bill.payable))
    from_goods = min(off, bill.goods)
    from_freight = off - from_goods
    if from_goods:
        index = len(bill.layers)
        lines = laid(bill.lines, from_goods, _paid, lambda run, each: run.less(each, index))
        bill = bill._replace(lines=lines, layers=(*bill.layers, Layer(ADJUSTMENT, "", 0, from_goods)))
    if from_freight:
        lines = laid(bill.lines, from_freight, _freight, lambda run, each: run._replace(freight=run.freight - each))
        bill = bill._replace(lines=lines, freights=_cheaper_freights(bill.freights, from_freight))
    return bill


def _paid(run: Run) -> tuple[int, int]:
    return int(run.goods), int(run.goods)


def _freight(run: Run) -> tuple[int, int]:
    return int(run.freight), int(run.freight)


def _cheaper_freights(freights: Sequence[FreightPart], off: Fen) -> tuple[FreightPart, ...]:
    """So much off what sending from the locations costs, one location after the other."""
    parts = []
    for part in freights:
        less = min(off, part.fee - part.off)
        parts.append(part._replace(off=part.off + less))
        off -= less
    return tuple(parts)


def progress(quantities: Sequence[int], ledger: Sequence[GoodsCount]) -> str:
    """The state of an order that is paid, by what became of its goods."""
    shipped = sum(count.shipped for count in ledger)
    if shipped == 0:
        return "paid"
    if sum(quantities) > shipped + sum(count.freed for count in ledger):
        return "partly_shipped"
    return "delivered" if sum(count.delivered for count in ledger) >= shipped else "shipped"


def arrived(ledger: Sequence[GoodsCount], units: Sequence[int]) -> list[GoodsCount]:
    """What became of the units of each line when so many more have arrived."""
    return [count.plus(delivered=n) for count, n in zip(ledger, units, strict=True)]


def let_go(quantities: Sequence[int], ledger: Sequence[GoodsCount], units: Sequence[int]) -> list[int]:
    """How many of the units that are paid back are held no more: of each line those that are unsent come first."""
    rows = zip(quantities, ledger, units, strict=True)
    return [min(back, quantity - count.freed - count.shipped) for quantity, count, back in rows]


def kept_free(ledger: Sequence[GoodsCount], units: Sequence[int]) -> list[int]:
    """How many of the units that come out of a parcel again were paid back meanwhile: nobody holds them any more."""
    rows = zip(ledger, units, strict=True)
    return [min(back, max(0, count.refunded - count.freed - count.returned)) for count, back in rows]


REFUND_FACETS = NOTHING_BACK, PART_BACK, ALL_BACK = "none", "partial", "full"


def refund_facet(payable: int, refunded: int) -> str:
    """none, partial or full."""
    if refunded == 0:
        return NOTHING_BACK
    return ALL_BACK if refunded >= payable else PART_BACK
