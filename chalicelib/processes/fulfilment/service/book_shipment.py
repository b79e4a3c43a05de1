"""Having a parcel fetched: its carrier is asked for a waybill under our number until it has an answer.

Guarantees: a carrier sees one number a parcel, so asking again books nothing more; a no passes it on to the next carrier,
and to a person when there is none; an answer that nobody understands is never taken for a no.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.orders import service as orders
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.carriers.port import (
    Booked,
    BookedBefore,
    BookingUnknown,
    CarriageDeclined,
    CarrierError,
    CarrierPort,
    Consignment,
)
from chalicelib.records.shipping.events import (
    ShipmentBookingDue,
    ShipmentLabelled,
    ShipmentRefused,
)
from chalicelib.records.shipping.rules import SHIPMENT, CarrierDown, CarrierTooLate
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.records.shipping.service.shipments import Shipment
from chalicelib.runtime import observe
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work

from ..rules import MOST_BOOKING_TURNS, next_booking
from .bind_waybill import bind
from .cancel_shipment import call_off
from .consign import consignment, location_of
from .offering import takers

UNBOOKED = observe.alarmed(
    "ShipmentUnbooked", "A parcel has no waybill, and no carrier takes it or answers; a person must look"
)
AGAIN = timedelta(minutes=1)


def book_shipment(number: str, turn: int, work: Work) -> None:
    """Ask for a parcel's waybill, the `turn`-th time. Commits."""
    shipment = shipments.find(number)
    if shipment.state == "cancelled":
        _forget(shipment, turn, work)
        return
    if shipment.state != SHIPMENT.initial:
        return
    order = orders.find(shipment.order)
    try:
        consigned = consignment(shipment.number, order, shipment.pieces, location_of(shipment, order), work)
    except (AddressNotFound, SealedDataUnreadable):
        _refuse(shipment, work)
        return
    try:
        booked = calls.ask(shipment.carrier, lambda one: _booked(one, consigned, turn))
    except CarriageDeclined:
        _pass_on(shipment, takers(order, location_of(shipment, order)), work)
    except (CarrierError, CarrierDown):
        _later(shipment, turn, work)
    else:
        _label(shipment, booked, turn, work)


def _booked(carrier: CarrierPort, consigned: Consignment, turn: int) -> Booked:
    """The booking under our number, made now or before. Where it was asked for before, what became of that comes first."""
    if turn:
        try:
            return carrier.booked(consigned.number)
        except BookingUnknown:
            pass
    try:
        return carrier.book(consigned)
    except BookedBefore:
        return carrier.booked(consigned.number)


def _label(shipment: Shipment, booked: Booked, turn: int, work: Work) -> None:
    """It has a waybill; where it stands otherwise by now, it is looked at again."""
    bind(booked.waybill, shipment.number, together=False, work=work)
    work.add(ship_steps.label(shipment, booked.waybill, booked.sorting))
    work.publish(ShipmentLabelled(shipment.order, shipment.number, shipment.carrier, booked.waybill))
    _settle(shipment, turn, work)


def _pass_on(shipment: Shipment, names: Sequence[str], work: Work) -> None:
    """The carrier does not take it: the next one is asked, which was not before."""
    after = names[names.index(shipment.carrier) + 1 :] if shipment.carrier in names else []
    if not after:
        _refuse(shipment, work)
        return
    work.add(ship_steps.pass_on(shipment, after[0]))
    work.publish(ShipmentBookingDue(shipment.number))
    _settle(shipment, 0, work)


def _refuse(shipment: Shipment, work: Work) -> None:
    observe.count(UNBOOKED)
    work.add(ship_steps.refuse(shipment))
    work.publish(ShipmentRefused(shipment.order, shipment.number))
    _settle(shipment, 0, work)


def _later(shipment: Shipment, turn: int, work: Work) -> None:
    """No answer, or none that says anything: it is asked for again, and a person is told at last."""
    if turn >= MOST_BOOKING_TURNS:
        observe.count(UNBOOKED)
        return
    work.publish(ShipmentBookingDue(shipment.number, turn + 1), at=next_booking(work.now, turn))


def _settle(shipment: Shipment, turn: int, work: Work) -> None:
    """Commit what came of it; where somebody was faster, the parcel is looked at again in a minute. Commits."""
    try:
        work.commit()
    except CommitRejected:
        if turn >= MOST_BOOKING_TURNS:
            observe.count(UNBOOKED)
            return
        again = work.separate()
        again.publish(ShipmentBookingDue(shipment.number, turn + 1), at=again.now + AGAIN)
        again.commit()


def _forget(shipment: Shipment, turn: int, work: Work) -> None:
    """It was given up while its carrier was asked: the carrier is told."""
    try:
        call_off(shipment)
    except CarrierTooLate:
        observe.count(UNBOOKED)
    except CarrierDown:
        _later(shipment, turn, work)
