"""What ordering takes and returns."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import instant, iso
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Quote
from chalicelib.processes.paying.shapes import NextStep, PaymentView, StartPayment
from chalicelib.records.orders.shapes import CostView
from chalicelib.records.payments.providers import METHODS
from chalicelib.runtime.http import Amount, Body, View, amount
from chalicelib.runtime.http.kinds import PROSE, WORDS, AddressText, Exact, SkuText, Words

MOST_QUANTITY = 999
FIRST = next(iter(METHODS.values()))  # by what a click without a choice is paid


class WantedLine(Body):
    """A SKU to buy at once, apart from the cart."""

    sku: SkuText
    quantity: int = Field(ge=1, le=MOST_QUANTITY, strict=True, examples=[1])


class AskQuote(Body):
    """What to price: `items` to buy now, or, without them, what is selected in the cart."""

    items: list[WantedLine] | None = Field(default=None, min_length=1, max_length=80)
    address: AddressText | None = Field(default=None, description="an address of yours; by default your default one")


class PlaceOrder(Body):
    """The quote to turn into an order, with a remark for the shop."""

    quote: Exact = Field(min_length=20, max_length=20_000)
    remark: Annotated[str, Field(max_length=200), PROSE] | None = None


class OneClick(Body):
    """Buy one SKU at once, to the default address."""

    sku: SkuText
    quantity: int = Field(default=1, ge=1, le=MOST_QUANTITY, strict=True)
    pay: StartPayment = Field(default=StartPayment(provider=FIRST.provider, product=FIRST.name))


class SendTo(Body):
    """Where an order is to be sent instead."""

    address: AddressText = Field(description="an address of yours")


class CancelForShop(Body):
    """Why the shop gives an order up. Having taken an order binds: for want of stock it owes its customer something, which
    `compensation` says."""

    reason: Literal["customer_asked", "out_of_stock", "price_error", "fraud", "other"]
    compensation: Annotated[str, Field(min_length=2, max_length=200, examples=["10 元优惠券"]), WORDS] | None = None


class AdjustPrice(Body):
    """How much cheaper an order gets, and why."""

    off_fen: int = Field(ge=1, le=10**10, strict=True, examples=[100])
    reason: Words = Field(min_length=2, max_length=80, examples=["包装破损"])


class AdjustedView(View):
    """What an order cost, and what it costs now; `paid` when nothing is left to pay."""

    order_id: str
    before: Amount
    payable: Amount
    freight: Amount
    paid: bool


class QuoteLineView(CostView):
    """One line as priced."""

    sku: str
    title_zh: str
    title_en: str
    available: int


class QuoteView(View):
    """A promise: these lines at these prices until then. Send `quote` to POST /v1/orders."""

    quote: str
    order_id: str
    lines: list[QuoteLineView]
    goods: Amount
    freight: Amount
    payable: Amount
    address: str | None
    expires_at: str


class Receipt(View):
    """An order was placed; it waits for its money until then."""

    order_id: str
    payable: Amount
    pay_before: str


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


def adjusted_view(order_id: str, before: Fen, after: Fen, freight: Fen) -> AdjustedView:
    return AdjustedView(
        order_id=order_id, before=amount(before), payable=amount(after), freight=amount(freight), paid=not after
    )


def receipt(quote: Quote, pay_before: datetime) -> Receipt:
    """The receipt of a placed quote."""
    return Receipt(order_id=quote.order_id, payable=amount(quote.payable), pay_before=iso(pay_before))


def until(epoch_ms: int) -> str:
    """An instant of a quote, as text."""
    return iso(instant(epoch_ms))
