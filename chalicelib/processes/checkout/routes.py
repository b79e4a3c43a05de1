"""Checkout's front door."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import KeyReused
from chalicelib.records.identity.rules import AddressUnknown
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped
from chalicelib.records.orders.rules import OrderMoved, OrderUnknown
from chalicelib.records.payments.rules import PayerNeeded, ProductUnknown, ProviderDown
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from .rules import (
    AddressNeeded,
    CartEmpty,
    ConfirmationNeeded,
    NotOnSale,
    PlacingPaused,
    PriceChanged,
    QuoteForeign,
    QuoteInvalid,
    TooManyLines,
)
from .service.close_order import cancel_any, cancel_order
from .service.make_quote import make_quote
from .service.one_click import one_click
from .service.place_order import place_order
from .shapes import AskQuote, OneClick, OneClickView, PlaceOrder, QuoteView, Receipt

bp = Blueprint(__name__)


@endpoint(
    bp, "POST", "/v1/quotes", permit="checkout:quote", key="none", limit="quote",
    errors=(CartEmpty, NotOnSale, SaleStopped, OutOfStock, TooManyLines, AddressUnknown),
)  # fmt: skip
def quote(body: AskQuote, work: Work) -> QuoteView:
    """Price items to buy now, or the cart's selected ones; honoured for ten minutes."""
    return make_quote(body, work)


@endpoint(
    bp, "POST", "/v1/orders", permit="orders:place", key="none", status=201, limit="place",
    errors=(QuoteInvalid, QuoteForeign, PriceChanged, PlacingPaused, AddressNeeded, OutOfStock, SaleStopped, KeyReused),
)  # fmt: skip
def place(body: PlaceOrder, work: Work) -> Receipt:
    """Turn a quote into an order. The quote is the idempotency key: sent again, the same order is answered."""
    return place_order(body, work)


@endpoint(
    bp, "POST", "/v1/orders/one-click", permit="orders:place", key="required", status=201, limit="place",
    errors=(
        NotOnSale, SaleStopped, OutOfStock, PlacingPaused, AddressNeeded, ConfirmationNeeded, ProductUnknown, PayerNeeded,
        ProviderDown, OrderMoved,
    ),
)  # fmt: skip
def buy_at_once(body: OneClick, work: Work) -> OneClickView:
    """Order one SKU to your default address and start to pay, in one request."""
    return one_click(body, work)


@endpoint(bp, "POST", "/v1/orders/{order_id}/cancellation", permit="orders:cancel", errors=(OrderUnknown, OrderMoved))
def cancel(order_id: str, work: Work) -> None:
    """Give up an unpaid order of yours."""
    cancel_order(order_id, work)


@endpoint(
    bp,
    "POST",
    "/v1/admin/orders/{order_id}/cancellation",
    permit="orders:cancel_any",
    errors=(OrderUnknown, OrderMoved),
)
def cancel_for_shop(order_id: str, work: Work) -> None:
    """Give up an unpaid order for the shop."""
    cancel_any(order_id, work)
