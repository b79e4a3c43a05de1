"""A customer's parcels: where each is, and what was told of it on the way. One query for an order that has any."""

from __future__ import annotations

from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.records.shipping.service import shipments
from chalicelib.records.shipping.service.shipments import TrackedParcel


def own_parcels(order_id: str, customer: str) -> list[TrackedParcel]:
    """The parcels of one of the customer's orders. Raises OrderNotFound."""
    parcels = shipments.tracked(order_id, consistent=False)
    if not parcels:
        orders.own(order_id, customer)
    elif parcels[0].shipment.customer != customer:
        raise OrderNotFound()
    return [one for one in parcels if one.shipment.state != "cancelled"]


def all_parcels(order_id: str) -> list[TrackedParcel]:
    """All parcels of an order, as the shop's people see them. Raises OrderNotFound."""
    return shipments.tracked(order_id) or _none(order_id)


def _none(order_id: str) -> list[TrackedParcel]:
    orders.find(order_id)
    return []
