"""What a carrier is told of a parcel: the only place where the receiver is opened for one."""

from __future__ import annotations

from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.inventory.places import service as places
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.carriers.port import Consignment, Party
from chalicelib.records.shipping.service.shipments import Shipment
from chalicelib.runtime.work import Work

GRAMS = 1000  # a piece, since nobody has weighed it


def consignment(number: str, order: Order, pieces: int, location: str, work: Work) -> Consignment:
    """A parcel as its carrier is told of it: fetched at its location, where that says where, else where the contract says. Raises
    AddressNotFound, SealedDataUnreadable."""
    return Consignment(number, receiver(order), pieces, GRAMS * pieces, work.now, sender(location))


def location_of(shipment: Shipment, order: Order) -> str:
    """Where a parcel is sent from."""
    return order.lines[shipment.lines[0][0]].location


def sender(location: str) -> Party | None:
    """Where carriers fetch what a location sends; None: where their contracts say."""
    site = places.known().get(location)
    told = site.sender if site else None
    return told and Party(told.name, told.phone, told.province, told.city, told.district, told.line)


def receiver(order: Order) -> Party:
    """To whom an order goes, opened for its carrier. Raises AddressNotFound, SealedDataUnreadable."""
    place = addresses.for_delivery(order.customer, order.address or "")
    return Party(place.name, place.phone, place.province, place.city, place.district, place.line)
