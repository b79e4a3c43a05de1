"""The customer's doors of ordering."""

from chalice.app import Blueprint

from chalicelib.processes.paying.rules import StepUpNeeded
from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.coupons.rules import (
    CouponExpired,
    CouponNotFound,
    CouponNotYet,
    CouponUsed,
    CouponVoid,
    NewcomerBenefitTaken,
    NthBenefitTaken,
)
from chalicelib.records.holds.rules import HoldsPaused, NetworkHoldsEnough, ShareTooLarge, TooManyHeld, TooManyUnpaid
from chalicelib.records.identity.access.rules import FreshCodeNeeded, SessionEnded
from chalicelib.records.identity.accounts.rules import AddressNotFound, RegionNotFound
from chalicelib.records.inventory.rules import BackorderPostponed, OutOfStock, SaleStopped
from chalicelib.records.orders.rules import OrderAtWarehouse, OrderNotFound, OrderStateConflict, StaleOrder
from chalicelib.records.payments.rules import (
    PayerNeeded,
    PaymentMethodUnknown,
    RefundTooLarge,
    ReturnAddressRefused,
    StaleRefund,
)
from chalicelib.records.promotions.limits.rules import LimitReached
from chalicelib.runtime import world
from chalicelib.runtime.http import FIRST, PUBLIC, TOKEN, endpoint
from chalicelib.runtime.limits import Limit, local
from chalicelib.runtime.vault import VaultClosed
from chalicelib.runtime.work import Work

from .rules import (
    AddOnNotFound,
    AddressNeeded,
    ConfirmationNeeded,
    FreightDiffers,
    GiftOut,
    JustOrdered,
    NotDeliverable,
    NothingToBuy,
    NotOnSale,
    PlacingPaused,
    PriceChanged,
    QuoteForeign,
    QuoteInvalid,
    QuoteReused,
    ServiceNotOffered,
    TooManyLines,
    TooManyParts,
)
from .service import delivery
from .service.close_order import cancel_order
from .service.make_quote import make_quote
from .service.one_click import one_click
from .service.place_order import place_order
from .service.readdress_order import readdress_order
from .shapes import (
    AskPromise,
    AskQuote,
    OneClick,
    OneClickView,
    PlaceOrder,
    PromiseView,
    QuoteView,
    Receipt,
    SendTo,
    promise_view,
)

bp = Blueprint(__name__)
UNFIT = (CouponNotFound, CouponUsed, CouponVoid, CouponNotYet, CouponExpired)  # coupons that cannot be used
# in the process: no round trip may be spent on these; a new guest each time is one network
QUOTING = Limit("quote", local(120, per="minute"), local(1200, per="minute", by="ip"))
PLACING = Limit("place", local(30, per="minute"), local(300, per="minute", by="ip"))


@endpoint(
    bp,
    "POST",
    "/v1/quotes",
    permit="quotes:make",
    session=TOKEN,
    key="none",
    limit=QUOTING,
    errors=(
        NothingToBuy,
        SkuNotFound,
        NotDeliverable,
        ServiceNotOffered,
        NotOnSale,
        SaleStopped,
        OutOfStock,
        ShareTooLarge,
        TooManyLines,
        TooManyParts,
        GiftOut,
        AddOnNotFound,
        *UNFIT,
        AddressNotFound,
    ),
)
def quote(body: AskQuote, work: Work) -> QuoteView:
    """Quote items to buy now, or the cart's selection. · 报价：立即购买或购物车所选

    Honoured for ten minutes, or until the first of its offers ends. Coupons and add-ons are in it only as chosen.
    """
    return make_quote(body, work)


@endpoint(
    bp,
    "POST",
    "/v1/orders",
    permit="orders:place",
    session=TOKEN,
    key="none",
    status=201,
    limit=PLACING,
    errors=(
        QuoteInvalid,
        QuoteForeign,
        PriceChanged,
        PlacingPaused,
        AddressNeeded,
        OutOfStock,
        BackorderPostponed,
        SaleStopped,
        SkuNotFound,
        NotDeliverable,
        NotOnSale,
        GiftOut,
        TooManyParts,
        LimitReached,
        NewcomerBenefitTaken,
        NthBenefitTaken,
        *UNFIT,
        ShareTooLarge,
        TooManyUnpaid,
        TooManyHeld,
        NetworkHoldsEnough,
        HoldsPaused,
        QuoteReused,
        SessionEnded,
        VaultClosed,
    ),
)
def place(body: PlaceOrder, work: Work) -> Receipt:
    """Place an order from a quote. · 凭报价下单

    The quote is the idempotency key: sent again, the same order is answered. Of a session that has ended, only an
    order that costs nothing is refused: it would be paid at once.
    """
    return place_order(body, work)


@endpoint(
    bp,
    "POST",
    "/v1/orders/one-click",
    permit="orders:place",
    key="required",
    status=201,
    limit=PLACING,
    errors=(
        SkuNotFound,
        NotDeliverable,
        NotOnSale,
        SaleStopped,
        OutOfStock,
        GiftOut,
        TooManyParts,
        LimitReached,
        NewcomerBenefitTaken,
        NthBenefitTaken,
        ShareTooLarge,
        TooManyUnpaid,
        TooManyHeld,
        NetworkHoldsEnough,
        HoldsPaused,
        PlacingPaused,
        AddressNeeded,
        ConfirmationNeeded,
        JustOrdered,
        PaymentMethodUnknown,
        PayerNeeded,
        ReturnAddressRefused,
        StepUpNeeded,
        VaultClosed,
    ),
)
def buy_at_once(body: OneClick, work: Work) -> OneClickView:
    """Order one SKU and start to pay, in one request. · 一键下单并发起支付

    To your default address. From when the order stands, it is answered: `payment` is null where no payment could be
    started, `reason` says why and `next` what to do. The same key answers the same order with its present payment,
    and starts one where none can be paid; another key for the same SKU within a minute is refused, naming the order
    that stands.
    """
    return one_click(body, work)


@endpoint(
    bp,
    "POST",
    "/v1/orders/{order_id}/cancellation",
    permit="orders:cancel",
    session=FIRST,
    errors=(OrderNotFound, OrderStateConflict, OrderAtWarehouse, StaleOrder),
)
def cancel(order_id: str, work: Work) -> None:
    """Cancel an unpaid order. · 取消未付款订单

    It is given up for good: money that comes for it later goes back in full.
    """
    cancel_order(order_id, work)


@endpoint(bp, "GET", "/v1/delivery-promise", permit=PUBLIC, etag=True, errors=(RegionNotFound, SkuNotFound))
def delivery_promise(query: AskPromise) -> PromiseView:
    """Read how soon a SKU can be at a place. · 查询送达时效

    By standard, next-day and hourly delivery, as far as they are offered there now.
    """
    return promise_view(query.sku, query.region, delivery.promise(query.sku, query.region, world.now()))


@endpoint(
    bp,
    "PUT",
    "/v1/orders/{order_id}/address",
    permit="orders:readdress",
    status=204,
    errors=(
        OrderNotFound,
        OrderStateConflict,
        OrderAtWarehouse,
        AddressNotFound,
        FreshCodeNeeded,
        NotDeliverable,
        FreightDiffers,
        RefundTooLarge,
        StaleOrder,
        StaleRefund,
    ),
)
def readdress(order_id: str, body: SendTo, work: Work) -> None:
    """Change the address of an order before it ships. · 发货前修改订单地址

    To another address of yours to which sending does not cost more; what was paid for it too much goes back by itself. One that
    is paid asks for a fresh code first (`/v1/auth/step-up`).
    """
    readdress_order(order_id, body, work)
