"""The front door of a customer's own orders."""

from typing import Literal

from chalice.app import Blueprint

from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging

from .service import orders
from .service.orders import OrderDetail, OrderSummary

bp = Blueprint(__name__)


class ListOrders(Paging):
    """Which of your orders: all, or those in one state."""

    state: Literal["placed", "paid", "cancelled", "expired", "annulled"] | None = None


@endpoint(bp, "GET", "/v1/orders", permit="orders:read")
def list_orders(query: ListOrders, caller: Caller) -> Page[OrderSummary]:
    """List your orders, newest first. · 我的订单，按时间倒序

    A page of one state may be short and still have a next one.
    """
    found, more = orders.listed(caller.id, query.state, query.limit, query.cursor)
    return Page[OrderSummary](items=found, next=more)


@endpoint(bp, "GET", "/v1/orders/{order_id}", permit="orders:read", errors=(OrderNotFound,))
def read_order(order_id: str, caller: Caller) -> OrderDetail:
    """Read an order with its lines and payments. · 订单详情，含商品与支付

    Its lines are as they were described when you bought them.
    """
    return orders.detail(order_id, caller.id)
