"""A customer's parcels, and that they were received."""

from chalice.app import Blueprint

from chalicelib.records.orders.rules import (
    OrderNotFound,
    OrderStateConflict,
    ReceiptPutOff,
    ReceivedAlready,
    StaleOrder,
)
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from .service.receiving import confirm_receipt, put_off_receipt
from .service.timeline import own_parcels
from .shapes import OrderReceipt, OrderShipments, order_receipt, order_shipments

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/orders/{order_id}/shipments", permit="orders:read", errors=(OrderNotFound,))
def order_parcels(order_id: str, caller: Caller) -> OrderShipments:
    """Track the shipments of one of your orders. · 订单物流轨迹

    Each with what is in it and what was told of it on the way, oldest first.
    """
    return order_shipments(order_id, own_parcels(order_id, caller.id))


@endpoint(
    bp,
    "PUT",
    "/v1/orders/{order_id}/receipt",
    permit="orders:receive",
    errors=(OrderNotFound, OrderStateConflict, StaleOrder),
    raced=(StaleOrder,),
)
def receive(order_id: str, work: Work) -> OrderReceipt:
    """Confirm the receipt of one of your orders. · 确认收货

    Once all of it is sent. Said again, the same is answered.
    """
    return order_receipt(confirm_receipt(order_id, work))


@endpoint(
    bp,
    "PATCH",
    "/v1/orders/{order_id}/receipt",
    permit="orders:receive",
    errors=(OrderNotFound, OrderStateConflict, ReceivedAlready, ReceiptPutOff, StaleOrder),
    raced=(StaleOrder,),
)
def put_off(order_id: str, work: Work) -> OrderReceipt:
    """Put off, once, when an order counts as received. · 延长收货时间

    An order of which all has arrived counts as received after a while; `receive_by` says when.
    """
    return order_receipt(put_off_receipt(order_id, work))
