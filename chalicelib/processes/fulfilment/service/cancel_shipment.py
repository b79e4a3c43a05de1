"""Giving a parcel up before anybody fetched it: its pieces lie in the stock again, for its order.

Guarantees: a carrier that has it already keeps it, and nothing changes; one that was asked to call it off and did is asked
again without harm.
"""

from __future__ import annotations

from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import StaleOrder
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.carriers.port import CarrierError, FetchedAlready
from chalicelib.records.shipping.events import ShipmentCancelled
from chalicelib.records.shipping.rules import (
    SHIPMENT,
    CarrierDown,
    CarrierTooLate,
    ShipmentStateConflict,
    StaleShipment,
)
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.records.shipping.service.shipments import Shipment
from chalicelib.runtime.work import Work

from .. import steps

TRIES = 4


def cancel_shipment(number: str, reason: str, work: Work) -> None:
    """Give a parcel up. Commits.

    Raises ShipmentNotFound, ShipmentStateConflict, CarrierTooLate, CarrierDown.
    """
    work.attempts(TRIES, lambda each: _cancel(number, reason, each), StaleShipment, StaleOrder)


def _cancel(number: str, reason: str, work: Work) -> None:
    shipment = shipments.find(number)
    if shipment.state not in SHIPMENT.sources("cancel"):
        raise ShipmentStateConflict(state=shipment.state)
    call_off(shipment)
    order = orders.find(shipment.order)
    units = [0] * len(order.lines)
    for line, pieces in shipment.lines:
        units[line] += pieces

    work.add(ship_steps.cancel(shipment), *steps.take_back(order, units, work.now))
    binding = shipments.bound_to(shipment.waybill) if shipment.waybill else None
    if binding is not None:
        work.add(ship_steps.unbind(binding, number))
    work.publish(ShipmentCancelled(shipment.order, number, reason))


def call_off(shipment: Shipment) -> None:
    """Have the carrier forget a parcel that it was asked for. Raises CarrierTooLate, CarrierDown."""
    if shipment.by_hand or shipment.state == "refused":
        return
    try:
        calls.ask(shipment.carrier, lambda one: one.cancel(shipment.number, shipment.waybill or ""))
    except FetchedAlready:
        raise CarrierTooLate() from None
    except CarrierError:
        raise CarrierDown(carrier=shipment.carrier) from None
