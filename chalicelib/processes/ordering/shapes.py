"""What ordering takes and returns."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import instant, iso
from chalicelib.kernel.quote import Quote
from chalicelib.processes.paying.shapes import NextStep, PaymentView, StartPayment
from chalicelib.records.catalog.titles.shapes import TitledView
from chalicelib.records.coupons.shapes import GiftCoupon
from chalicelib.records.inventory.shapes import Availability
from chalicelib.records.orders.shapes import CostView
from chalicelib.records.payments.providers import METHODS
from chalicelib.records.pricing.rules.offers import Offer
from chalicelib.records.pricing.rules.reasons import OfferOutcome
from chalicelib.records.pricing.shapes import OfferKindName, OfferLane, OfferReason
from chalicelib.runtime.http import Amount, Body, Instant, View, amount
from chalicelib.runtime.http.kinds import (
    EXACT,
    PROSE,
    AddressText,
    CouponText,
    Exact,
    OfferText,
    SkuText,
)
from chalicelib.runtime.http.shapes import Query

from .rules import BasketChoice

if TYPE_CHECKING:
    from .service.delivery import DeliveryPromise

MOST_QUANTITY = 999
UNSAID = frozenset(
    {"NOTHING_COVERED", "NOT_FOR_YOU", "NOT_YET", "OVER", "NTH_ORDER"}
)  # of no use to who did not choose it
FIRST = next(iter(METHODS.values()))  # by what a click without a choice is paid


ServiceKind = Literal["standard", "next_day", "hourly"]
RegionText = Annotated[str, Field(pattern="^[1-9][0-9]{5}$", examples=["310115"]), EXACT]


class WantedLine(Body):
    """A SKU to buy at once, apart from the cart."""

    sku: SkuText
    quantity: int = Field(ge=1, le=MOST_QUANTITY, examples=[1])


class ChosenAddOn(Body):
    """Pieces to add at the price of an offer."""

    offer: OfferText
    quantity: int = Field(default=1, ge=1, le=MOST_QUANTITY)


class AskQuote(Body):
    """What to price: `items` to buy now, or, without them, what is selected in the cart."""

    items: list[WantedLine] | None = Field(default=None, min_length=1, max_length=80)
    address: AddressText | None = Field(default=None, description="an address of yours; by default your default one")
    coupons: list[CouponText] = Field(default=[], max_length=2, description="one for goods and one for freight")
    auto_best: bool = Field(default=False, description="choose the best of your coupons; `coupons` is ignored")
    add_ons: list[ChosenAddOn] = Field(
        default=[], max_length=10, description="what an offer lets you add, by your choice"
    )
    service: ServiceKind = Field(default="standard", description="how it is sent: see GET /v1/delivery-promise")

    @property
    def choice(self) -> BasketChoice:
        """What was chosen beside the goods."""
        added = Counter[str]()
        for one in self.add_ons:
            added[one.offer] += one.quantity
        return BasketChoice(tuple(dict.fromkeys(self.coupons)), self.auto_best, tuple(added.items()), self.service)


class PlaceOrder(Body):
    """The quote to turn into an order, with a remark for the shop."""

    quote: Exact = Field(min_length=20, max_length=20_000)
    remark: Annotated[str, Field(max_length=200), PROSE] | None = None


class OneClick(Body):
    """Buy one SKU at once, to the default address."""

    sku: SkuText
    quantity: int = Field(default=1, ge=1, le=MOST_QUANTITY)
    pay: StartPayment = Field(default=StartPayment(provider=FIRST.provider, product=FIRST.name))


class SendTo(Body):
    """Where an order is to be sent instead."""

    address: AddressText = Field(description="an address of yours")


class QuoteLineView(CostView, TitledView):
    """One line as priced. `left` is told only when little is left."""

    sku: str
    availability: Availability
    left: int | None


class OfferTold(View):
    """What an offer (or `coupon`, yours) answered: what it took off, or why it does not hold, in a sentence. What is missing
    is to it, or to its next tier once it holds."""

    offer: str
    coupon: str | None
    name_zh: str
    name_en: str
    lane: OfferLane
    kind: OfferKindName
    applied: bool
    off: Amount
    reason: OfferReason
    reason_zh: str
    reason_en: str
    missing: Amount | None
    missing_pieces: int | None
    ends_at: Instant | None
    per_order: int | None = Field(
        description="how often it may be used: in an order, by one person, by one in a day, in all"
    )
    per_person: int | None
    per_day: int | None
    quota: int | None


class QuoteView(View):
    """A promise: these lines at these prices until then. Send `quote` to POST /v1/orders. `discount` is what is off all goods,
    `freight_discount` off what sending costs; `offers` say what holds, and what does not and why;
    `gift_coupons` you get once the order is paid."""

    quote: str
    order_id: str
    lines: list[QuoteLineView]
    goods: Amount
    discount: Amount
    freight: Amount
    freight_discount: Amount
    payable: Amount
    coupons: list[str]
    gift_coupons: list[GiftCoupon]
    offers: list[OfferTold]
    address: str | None
    service: ServiceKind
    promised_at: Instant | None
    expires_at: Instant


class AskPromise(Query):
    """What is to be sent, and where to."""

    sku: SkuText
    region: RegionText


class PromiseOption(View):
    """A way in which it can be sent: it arrives until `promised_at` if it is ordered before `order_before`. What it costs
    beside the freight, which follows from all that is bought, is `service_fee`."""

    service: ServiceKind
    promised_at: Instant
    order_before: Instant
    service_fee: Amount = Field(description="for this service, on top of the freight: a quote tells both together")


class PromiseView(View):
    """How soon a SKU can be there, a way a service; `deliverable` False: nothing of it is sent there; none where it is out of
    stock or nothing is promised."""

    sku: str
    region: str
    deliverable: bool
    available: bool
    options: list[PromiseOption]


class Receipt(View):
    """An order was placed; it waits for its money until then."""

    order_id: str
    payable: Amount
    pay_before: Instant


class ReasonView(View):
    """Why something that was wanted as well did not come about, as a problem document says it."""

    code: str
    title: str
    params: dict[str, Any]


class OneClickView(View):
    """The order and its present payment. Where there is none that can be paid, `payment` is null and `reason` says why;
    `next` says how to pay all the same, if the order still waits for its money. The same key asks again, too, at best
    after `ask_again_after` seconds."""

    order: Receipt
    payment: PaymentView | None
    reason: ReasonView | None = None
    next: NextStep | None = None
    ask_again_after: int | None = None

    @property
    def retry_after(self) -> int | None:
        """The same, as the header Retry-After."""
        return self.ask_again_after


def offers_told(
    outcomes: Iterable[tuple[OfferOutcome, Offer]], chosen: frozenset[str] = frozenset()
) -> list[OfferTold]:
    """What offers answered, as far as it is of use to who asks: all of a coupon, and of an offer that they chose."""
    return [
        _told(outcome, offer)
        for outcome, offer in outcomes
        if outcome.coupon or offer.id in chosen or outcome.code not in UNSAID
    ]


def _told(outcome: OfferOutcome, offer: Offer) -> OfferTold:
    return OfferTold(
        offer=offer.id,
        coupon=outcome.coupon or None,
        name_zh=offer.zh,
        name_en=offer.en,
        lane=offer.lane,
        kind=offer.kind,
        applied=outcome.applied,
        off=amount(outcome.off),
        reason=outcome.code,
        reason_zh=outcome.zh,
        reason_en=outcome.en,
        missing=amount(outcome.missing_fen) if outcome.missing_fen else None,
        missing_pieces=outcome.missing_pieces or None,
        ends_at=None if offer.ends is None else until(offer.ends),
        per_order=offer.limits.per_order,
        per_person=offer.limits.per_person,
        per_day=offer.limits.per_day,
        quota=offer.limits.total,
    )


def promise_view(sku: str, region: str, promise: "DeliveryPromise") -> PromiseView:
    return PromiseView(
        sku=sku,
        region=region,
        deliverable=promise.deliverable,
        available=promise.available,
        options=[
            PromiseOption.model_validate(
                {
                    "service": one.service,
                    "promised_at": iso(one.promised_at),
                    "order_before": iso(one.latest),
                    "service_fee": amount(one.fee),
                }
            )
            for one in promise.options
        ],
    )


def receipt(quote: Quote, pay_before: datetime) -> Receipt:
    """The receipt of a placed quote."""
    return Receipt(order_id=quote.order_id, payable=amount(quote.payable), pay_before=iso(pay_before))


def until(epoch_ms: int) -> str:
    """An instant of a quote, as text."""
    return iso(instant(epoch_ms))
