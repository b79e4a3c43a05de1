"""What a carrier is told of a parcel: the only place where the receiver is opened for one."""

from __future__ import annotations

from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.carriers.port import Consignment, Party
from chalicelib.runtime.work import Work

GRAMS = 1000  # a piece, since nobody has weighed it


def consignment(number: str, order: Order, pieces: int, work: Work) -> Consignment:
    """A parcel as its carrier is told of it. Raises AddressNotFound, SealedDataUnreadable."""
    return Consignment(number, receiver(order), pieces, GRAMS * pieces, work.now)


def receiver(order: Order) -> Party:
    """To whom an order goes, opened for its carrier. Raises AddressNotFound, SealedDataUnreadable."""
    place = addresses.for_delivery(order.customer, order.address or "")
    return Party(place.name, place.phone, place.province, place.city, place.district, place.line)
