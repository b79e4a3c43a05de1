"""Putting a parcel right by hand: another waybill where the one that was told is wrong, another carrier where none took it."""

from __future__ import annotations

from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import StaleOrder
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.events import ShipmentBookingDue, ShipmentLabelled, ShipmentRebound
from chalicelib.records.shipping.rules import TRACED, WAYBILL, ShipmentStateConflict, StaleShipment, WaybillMalformed
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.runtime.work import Work

from ..rules import ShipWish, WaybillNeeded
from . import report_shipping
from .bind_waybill import bind

TRIES = 4
BOUND = frozenset({"labelled", *TRACED})


def rebind(number: str, wish: ShipWish, work: Work) -> None:
    """A parcel's waybill was told wrongly: what was heard of the former is not this parcel's. Commits.

    Raises ShipmentNotFound, ShipmentStateConflict, NoSuchCarrier, WaybillNeeded, WaybillMalformed, WaybillTaken.
    """
    if not WAYBILL.fullmatch(wish.waybill):
        raise WaybillMalformed()
    one = calls.manifest(wish.carrier)
    if not one.books and not wish.company:
        raise WaybillNeeded(carrier=one.name)
    work.attempts(TRIES, lambda each: _rebind(number, wish, each), StaleShipment, StaleOrder)


def _rebind(number: str, wish: ShipWish, work: Work) -> None:
    shipment = shipments.find(number)
    if shipment.state not in BOUND:
        raise ShipmentStateConflict(state=shipment.state)
    if shipment.waybill == wish.waybill:
        return
    former = shipments.bound_to(shipment.waybill)
    shared = bind(wish.waybill, number, wish.together, work)
    work.add(ship_steps.rebind(shipment, wish.carrier, wish.waybill, wish.company, shared=shared))
    if former is not None:
        work.add(ship_steps.unbind(former, number))
    if shipment.state == "delivered":
        order = orders.find(shipment.order)
        units = [0] * len(order.lines)
        for line, pieces in shipment.lines:
            units[line] -= pieces
        work.add(order_steps.deliver(order, units))
    work.publish(ShipmentRebound(shipment.order, number, shipment.waybill, wish.waybill))
    work.publish(ShipmentLabelled(shipment.order, number, wish.carrier, wish.waybill))
    report_shipping.arm_again(shipment.order, work)


def offer_again(number: str, carrier: str, work: Work) -> None:
    """A parcel that no carrier took is offered to one. Raises ShipmentNotFound, ShipmentStateConflict, NoSuchCarrier,
    WaybillNeeded."""
    if not calls.manifest(carrier).books:
        raise WaybillNeeded(carrier=carrier)
    shipment = shipments.find(number)
    work.add(ship_steps.offer(shipment, carrier))
    work.publish(ShipmentBookingDue(number))
    report_shipping.arm_again(shipment.order, work)
