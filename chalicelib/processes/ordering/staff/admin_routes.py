"""The shop's doors of orders that wait for their money: giving them up and making them cheaper."""

from chalice.app import Blueprint

from chalicelib.records.orders.rules import (
    DiscountTooLarge,
    OrderAtWarehouse,
    OrderNotFound,
    OrderStateConflict,
    StaleOrder,
)
from chalicelib.records.payments.rules import PaymentStateConflict
from chalicelib.runtime.http import FIRST, endpoint
from chalicelib.runtime.work import Work

from ..rules import CompensationNeeded
from ..service.adjust_price import adjust_price
from ..service.close_order import cancel_any
from .shapes import AdjustedView, AdjustPrice, CancelForShop, adjusted_view

bp = Blueprint(__name__)


@endpoint(
    bp,
    "POST",
    "/v1/admin/orders/{order_id}/cancellation",
    permit="orders:cancel_any",
    session=FIRST,
    errors=(OrderNotFound, OrderStateConflict, OrderAtWarehouse, StaleOrder, CompensationNeeded),
)
def cancel_for_shop(order_id: str, body: CancelForShop, work: Work) -> None:
    """Cancel an unpaid order for the shop. · 商家取消未付款订单

    It is given up for good, with a reason: money that comes for it later goes back in full.
    """
    cancel_any(order_id, body.reason, body.compensation, work)


@endpoint(
    bp,
    "POST",
    "/v1/admin/orders/{order_id}/price-adjustments",
    permit="orders:adjust",
    step_up=True,
    session=FIRST,
    key="required",
    errors=(OrderNotFound, OrderStateConflict, StaleOrder, DiscountTooLarge, PaymentStateConflict),
)
def adjust(order_id: str, body: AdjustPrice, work: Work) -> AdjustedView:
    """Lower the price of an unpaid order. · 未付款订单改价（降价）

    Its open payments are closed, and one that costs nothing is paid.
    """
    return adjusted_view(*adjust_price(order_id, body, work))
