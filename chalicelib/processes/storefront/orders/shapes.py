"""What a customer's orders answer: what was bought as it was described then, what became of it, what can be done of it."""

from datetime import datetime
from typing import Any, Literal

from chalicelib.kernel.clock import instant, iso, iso_or_none
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen, total
from chalicelib.processes.ordering.rules import STANDARD
from chalicelib.records.catalog.rules import Text
from chalicelib.records.catalog.service import Snapshot, pictures
from chalicelib.records.catalog.titles.shapes import TitledView, title_of
from chalicelib.records.identity.accounts.shapes import DeliveryView
from chalicelib.records.orders.rules import refund_facet, uncancellable, unpayable, unreceivable
from chalicelib.records.orders.service import Order
from chalicelib.records.orders.shapes import (
    CostView,
    DeliveryService,
    OrderState,
    PromiseOutcome,
    ReceivedBy,
    RefundFacet,
    cost_of,
)
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.shapes import PaymentState, ProductName, ProviderName
from chalicelib.runtime.http import Amount, Instant, MaybePersonal, Url, View, amount
from chalicelib.runtime.http.shapes import Paging

from ..rules import unrefundable
from ..service.orders import Described, OrderWhole

MOVING = frozenset({"created", "pending"})  # attempts whose outcome may come any moment
LOOK_AGAIN_SECONDS = 2
PAYING = "placed"


class ListOrders(Paging):
    """Which of your orders: all, or those in one state."""

    state: (
        Literal["placed", "paid", "partly_shipped", "shipped", "delivered", "cancelled", "expired", "annulled"] | None
    ) = None


class OrderLine(CostView, TitledView):
    """A line as it was bought; title, options and picture are those of that time."""

    sku: str
    picture: Url | None
    no_reason_days: int | None


class OrderPayment(View):
    """An attempt to pay the order. `late`: its money came when the order could not wait for it any more, and revived it or
    goes back; `given_back` is what has gone back."""

    id: str
    provider: ProviderName
    product: ProductName
    state: PaymentState
    amount: Amount
    created_at: Instant
    expires_at: Instant
    paid_at: Instant | None
    late: bool
    given_back: Amount


class AbleView(View):
    """Whether something can be done of an order now, and if not why: the code of the refusal and its sentence."""

    allowed: bool
    code: str | None
    reason_zh: str | None
    reason_en: str | None


class OrderSummary(View):
    """An order in the customer's list. `can_refund`: something paid is left that can go back; the shop's support is asked
    for it. It is promised to arrive until `promised_at`, where anything is; `promise` is null until it is known. When all of
    it has arrived it counts as received from `receive_by` on; `received` says who said so: you, time, or the provider of your
    payment."""

    order_id: str
    state: OrderState
    refund: RefundFacet
    lines: list[OrderLine]
    freight: Amount
    payable: Amount
    refunded: Amount
    placed_at: Instant
    pay_before: Instant | None
    paid_at: Instant | None
    service: DeliveryService
    promised_at: Instant | None
    promise: PromiseOutcome | None
    receive_by: Instant | None
    received: ReceivedBy | None
    received_at: Instant | None
    can_receive: AbleView
    can_pay: AbleView
    can_cancel: AbleView
    can_refund: AbleView


class OrderDetail(OrderSummary):
    """An order whole: its `goods` at their prices, less `discount` and what `points` pay, with the freight, are `payable`.
    `Retry-After` says when to look again while a payment is under way."""

    goods: Amount
    discount: Amount
    points: Amount
    delivery: DeliveryView | None
    remark: MaybePersonal
    payments: list[OrderPayment]

    @property
    def retry_after(self) -> int | None:
        """Seconds until it is worth asking again, while the order waits for money that may be coming."""
        waiting = self.state == PAYING and any(payment.state in MOVING for payment in self.payments)
        return LOOK_AGAIN_SECONDS if waiting else None


class OrderCounts(View):
    """How many of your newest orders are in each state; `counted` in all, `more` when there are older ones."""

    placed: int
    paid: int
    partly_shipped: int
    shipped: int
    delivered: int
    cancelled: int
    expired: int
    annulled: int
    counted: int
    more: bool


def order_summary(order: Order, described: Described, now: datetime) -> OrderSummary:
    return OrderSummary(**_summary(order, described, now))


def order_detail(whole: OrderWhole, now: datetime) -> OrderDetail:
    order, bill = whole.order, whole.order.bill
    return OrderDetail(
        **_summary(order, whole.described, now),
        goods=amount(total([line.gross for line in bill.lines])),
        discount=amount(total([line.off for line in bill.lines])),
        points=amount(bill.points.fen),
        remark=whole.remark,
        delivery=None
        if whole.delivery is None
        else DeliveryView(address_id=order.address or "", **whole.delivery._asdict()),
        payments=[_payment(payment) for payment in whole.payments],
    )


def _summary(order: Order, described: Described, now: datetime) -> dict[str, Any]:
    bill, refunded = order.bill, order.refunded or Fen(0)
    return {
        "order_id": order.id,
        "state": order.state,
        "payable": amount(order.payable),
        "refund": refund_facet(order.payable, refunded),
        "refunded": amount(refunded),
        "freight": amount(bill.freight),
        "placed_at": iso(order.placed_at),
        "paid_at": iso_or_none(order.paid_at),
        "pay_before": iso(order.pay_before) if order.state == PAYING else None,
        "service": bill.service or STANDARD,
        "promised_at": iso(instant(bill.promised)) if bill.promised else None,
        "promise": order.promise,
        "receive_by": iso_or_none(order.receive_by),
        "received": order.received,
        "received_at": iso_or_none(order.received_at),
        "can_receive": _able(unreceivable(order.state, order.received)),
        "can_pay": _able(unpayable(order.state, order.pay_before, now)),
        "can_cancel": _able(uncancellable(order.state, order.payable)),
        "can_refund": _able(unrefundable(order.payment is not None, order.payable, refunded)),
        "lines": [
            OrderLine(
                sku=line.sku,
                **cost_of(line, bill),
                **_described(line.sku, described.get((line.sku, line.version))),
            )
            for line in bill.lines
        ],
    }


def _able(refusal: Refusal | None) -> AbleView:
    if refusal is None:
        return AbleView(allowed=True, code=None, reason_zh=None, reason_en=None)
    return AbleView(allowed=False, code=refusal.code, reason_zh=refusal.message("zh"), reason_en=refusal.message("en"))


def _described(sku: str, snapshot: Snapshot | None) -> dict[str, Any]:
    if snapshot is None:  # a version is never deleted; should one be missing, the order still shows what was paid
        return {
            **title_of(Text(sku, sku), ()),
            "picture": None,
            "no_reason_days": None,
        }
    return {
        **title_of(snapshot.title, snapshot.options),
        "picture": pictures.url(snapshot.picture) if snapshot.picture else None,
        "no_reason_days": snapshot.policy.no_reason_days,
    }


def _payment(payment: Payment) -> OrderPayment:
    return OrderPayment(
        id=payment.id,
        provider=payment.provider,
        product=payment.product,
        state=payment.state,
        amount=amount(payment.amount),
        created_at=iso(payment.created_at),
        expires_at=iso(payment.expires_at),
        paid_at=iso_or_none(payment.paid_at),
        late=bool(payment.late),
        given_back=amount(payment.returned or Fen(0)),
    )
