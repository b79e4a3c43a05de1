"""A customer's parcels."""

from chalice.app import Blueprint

from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import endpoint

from .service.timeline import own_parcels
from .shapes import OrderShipments, order_shipments

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/orders/{order_id}/shipments", permit="orders:read", errors=(OrderNotFound,))
def order_parcels(order_id: str, caller: Caller) -> OrderShipments:
    """Track the shipments of one of your orders. · 订单物流轨迹

    Each with what is in it and what was told of it on the way, oldest first.
    """
    return order_shipments(order_id, own_parcels(order_id, caller.id))
