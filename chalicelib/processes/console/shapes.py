"""What the console takes and answers."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from chalicelib.kernel.bill import Bill, QuoteLine
from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.records.catalog.service import Snapshot
from chalicelib.records.identity.accounts.service.accounts import Person
from chalicelib.records.identity.accounts.service.addresses import Kept, Place
from chalicelib.records.identity.accounts.shapes import AddressView
from chalicelib.records.identity.staff.shapes import Disclosed
from chalicelib.records.orders.rules import refund_facet
from chalicelib.records.orders.service import Order
from chalicelib.records.orders.shapes import CostView, OrderState, RefundFacet, cost_of
from chalicelib.records.payments.service import refunds
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.service.refunds import Refund
from chalicelib.records.payments.shapes import PaymentState, ProductName, ProviderName, RefundState
from chalicelib.runtime.http import Amount, Body, Instant, MaybePersonal, View, amount
from chalicelib.runtime.http.kinds import WORDS, Day, Exact, Line
from chalicelib.runtime.http.shapes import Paging, Query

from .service.dossiers import MaskedCustomer, OrderFile, SearchResult
from .service.orders import Figures
from .service.queues import QueueState
from .service.switches import SwitchState

By = Literal["order", "payment", "tail", "person", "nothing"]
State = Literal["placed", "paid", "partly_shipped", "shipped", "delivered", "cancelled", "expired", "annulled"]


class HealthView(View):
    """The function runs; or it runs and reaches its tables."""

    ok: bool


# ---- switches -------------------------------------------------------------------------------------------------------
class SwitchView(View):
    """A setting that is turned while the shop runs."""

    name: str
    value: bool | int | str
    default: bool | int | str
    meaning: str


class SwitchesView(View):
    """All switches."""

    switches: list[SwitchView]


class TurnSwitch(Body):
    """The value from now on, of the switch's own type."""

    value: bool | Annotated[int, Field(ge=-(10**12), le=10**12)] | Annotated[str, Field(max_length=200), WORDS] = Field(
        examples=[True]
    )


class PausePlacing(Body):
    """Whether the shop takes no orders for now."""

    paused: bool


def switch_view(state: SwitchState) -> SwitchView:
    return SwitchView(name=state.name, value=state.value, default=state.default, meaning=state.meaning)


# ---- orders ---------------------------------------------------------------------------------------------------------
class DayOfOrders(Paging):
    """Which orders to list: those of a business day (by default today's), perhaps of one state."""

    day: Day | None = None
    state: State | None = None


class FiguresDay(Query):
    """Of which business day; by default today."""

    day: Day | None = None


class Search(Query):
    """An order id or its last six characters or more, a payment's id (out_trade_no), a phone number or an e-mail."""

    q: Line = Field(min_length=4, max_length=100, examples=["13800138000"])
    cursor: Exact | None = Field(None, max_length=500, description="goes on where the last answer stopped")


class OrderRow(View):
    """An order in a list."""

    id: str
    state: OrderState
    refund: RefundFacet
    customer: str
    pieces: int
    payable: Amount
    placed_at: Instant
    paid_at: Instant | None


class OrderLineView(CostView):
    """A line as it was bought."""

    sku: str
    version: int
    title_zh: str
    title_en: str


class PaymentRow(View):
    """An attempt to pay."""

    id: str
    provider: ProviderName
    product: ProductName
    state: PaymentState
    amount: Amount
    captured: Amount
    given_back: Amount
    late: bool
    created_at: Instant
    paid_at: Instant | None
    provider_ref: str | None


class RefundRow(View):
    """Money on its way back."""

    id: str
    payment_id: str
    state: RefundState
    amount: Amount
    reason: str
    asked_by: str
    decided_by: str | None
    refunded_at: Instant | None


class MaskedPerson(View):
    """A customer as support may see one: everything personal is masked. `beside_staff`: they signed in where one of the
    shop's own did lately."""

    id: str
    name: str | None
    phone: str | None
    email: str | None
    beside_staff: bool


class MaskedAddress(View):
    """Where an order goes: the district, and a name and phone that are masked."""

    id: str
    region: str
    place: str
    name: str
    phone: str


class OrderDossier(View):
    """Everything about an order that its shop may see without giving a reason."""

    order: OrderRow
    freight: Amount
    refunded: Amount
    pay_before: Instant
    has_remark: bool
    lines: list[OrderLineView]
    payments: list[PaymentRow]
    refunds: list[RefundRow]
    customer: MaskedPerson | None
    address: MaskedAddress | None


class DiscloseOrder(Body):
    """Why an order's address and remark are looked at."""

    reason: Literal["delivery", "aftersale", "complaint", "correction", "authority"]


class DisclosedOrder(View):
    """Where an order goes and what its customer said to the shop, in clear."""

    order_id: str
    name: MaybePersonal
    phone: MaybePersonal
    region: str | None
    place: MaybePersonal
    postcode: str | None
    remark: MaybePersonal


def district(place: Place) -> str:
    """Province, city and district as one writes them."""
    return "".join(dict.fromkeys((place.province, place.city, place.district)))  # 上海市上海市 is one of them


def disclosed_order(order_id: str, place: Place | None, remark: str | None) -> DisclosedOrder:
    return DisclosedOrder(
        order_id=order_id,
        name=place.name if place else None,
        phone=place.phone if place else None,
        region=place.region if place else None,
        place=f"{district(place)} {place.line}" if place else None,
        postcode=place.postcode if place else None,
        remark=remark,
    )


def disclosed_person(user_id: str, person: Person, kept: list[Kept]) -> Disclosed:
    return Disclosed(
        user_id=user_id,
        name=person.name,
        phone=person.phone,
        email=person.email,
        addresses=[AddressView(address_id=one.id, default=one.default, **one.place._asdict()) for one in kept],
    )


class Found(View):
    """What a search found, and by what: order, payment, tail or person. `next`: not everything was looked at yet."""

    by: By
    customer: MaskedPerson | None
    orders: list[OrderRow]
    next: str | None


class HolderView(View):
    """A customer with unpaid orders, and how many pieces these hold."""

    customer: str
    orders: int
    pieces: int


class FiguresView(View):
    """A business day's orders by what became of them, and who holds most of the stock unpaid. `paid_orders` are those that
    `paid_amount` sums, wherever they are by now. `more`: only the newest were counted."""

    day: date
    placed: int
    states: dict[str, int]
    refunded: int
    paid_orders: int
    placed_amount: Amount
    paid_amount: Amount
    refunded_amount: Amount
    open_exceptions: int
    refunds_waiting: int
    unpaid_pieces: int
    holders: list[HolderView]
    more: bool


def order_row(order: Order) -> OrderRow:
    return OrderRow(
        id=order.id,
        state=str(order.state),
        refund=refund_facet(int(order.payable), int(order.refunded or 0)),
        customer=str(order.customer),
        pieces=order.quantity,
        payable=amount(int(order.payable)),
        placed_at=iso(order.placed_at),
        paid_at=iso_or_none(order.paid_at),
    )


def payment_row(payment: Payment) -> PaymentRow:
    return PaymentRow(
        id=payment.id,
        provider=payment.provider,
        product=payment.product,
        state=payment.state,
        amount=amount(int(payment.amount)),
        captured=amount(int(payment.captured or 0)),
        given_back=amount(int(payment.returned or 0)),
        late=bool(payment.late),
        created_at=iso(payment.created_at),
        paid_at=iso_or_none(payment.paid_at),
        provider_ref=payment.provider_ref,
    )


def refund_row(refund: Refund) -> RefundRow:
    return RefundRow(
        id=refund.id,
        payment_id=refund.payment,
        state=refund.state,
        amount=amount(int(refund.amount)),
        reason=refunds.why(refund),
        asked_by=refund.asked_by or "",
        decided_by=refund.decided_by,
        refunded_at=iso_or_none(refund.refunded_at),
    )


def order_dossier(file: OrderFile) -> OrderDossier:
    order, payments, back = file.dossier
    place, bill = file.place, order.bill
    return OrderDossier(
        order=order_row(order),
        freight=amount(bill.freight),
        refunded=amount(order.refunded or 0),
        pay_before=iso(order.pay_before),
        has_remark=order.remark is not None,
        lines=[_order_line(line, bill, file.known.get((line.sku, line.version))) for line in bill.lines],
        payments=[payment_row(payment) for payment in payments],
        refunds=[refund_row(row) for row in back],
        customer=_person(file.customer),
        address=None
        if place is None or order.address is None
        else MaskedAddress(
            id=order.address, region=place.region, place=district(place), name=place.name, phone=place.phone
        ),
    )


def _order_line(line: QuoteLine, bill: Bill, snapshot: Snapshot | None) -> OrderLineView:
    return OrderLineView(
        sku=line.sku,
        version=line.version,
        title_zh=snapshot.title.zh if snapshot else line.sku,
        title_en=snapshot.title.en if snapshot else line.sku,
        **cost_of(line, bill),
    )


def _person(customer: MaskedCustomer | None) -> MaskedPerson | None:
    return None if customer is None else MaskedPerson(**customer._asdict())


def found(told: SearchResult) -> Found:
    return Found.model_validate(
        {
            "by": told.by,
            "customer": _person(told.customer),
            "next": told.next,
            "orders": [order_row(order) for order in told.orders],
        }
    )


def figures_view(told: Figures, exceptions: int, waiting: int) -> FiguresView:
    return FiguresView(
        day=told.day,
        placed=told.placed,
        states=told.states,
        refunded=told.refunded,
        paid_orders=told.paid,
        placed_amount=amount(told.placed_amount),
        paid_amount=amount(told.paid_amount),
        refunded_amount=amount(told.refunded_amount),
        open_exceptions=exceptions,
        refunds_waiting=waiting,
        unpaid_pieces=told.unpaid_pieces,
        holders=[HolderView(**one._asdict()) for one in told.holders],
        more=told.more,
    )


# ---- queues ---------------------------------------------------------------------------------------------------------
class QueueView(View):
    """A queue: messages waiting, in hand and dead, and the facts it takes."""

    name: str
    waiting: int
    in_hand: int
    dead: int
    facts: list[str]


class QueuesView(View):
    """All queues, the relay's parked facts and the undelivered events among them."""

    queues: list[QueueView]


class Redrive(Body):
    """How many dead letters to send back at most."""

    most: int = Field(default=100, ge=1, le=200)


class Redriven(View):
    """How many went back and about how many are left."""

    moved: int
    left: int


class ResendFacts(Body):
    """The time whose facts are published once more; within the last 30 days."""

    start: AwareDatetime = Field(alias="from", examples=["2026-06-01T02:00:00Z"])
    end: AwareDatetime = Field(alias="to", examples=["2026-06-01T02:10:00Z"])
    read_units: int = Field(
        default=0,
        ge=0,
        le=10**12,
        description="as many as you agree to, once you were told that it is dear",
        examples=[0],
    )


def queue_view(state: QueueState) -> QueueView:
    return QueueView(
        name=state.name, waiting=state.waiting, in_hand=state.in_hand, dead=state.dead, facts=list(state.facts)
    )
