"""To which carriers an order is offered, and in which order: the one that its service names first."""

from __future__ import annotations

from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.orders.rules import SERVICES
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.service import calls
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import Document
from chalicelib.runtime import table


def serving(order: Order, location: str = "") -> Document | None:
    """What is said now of the service that an order's promise came from, from a location ("": its first line's); None where
    nothing was promised, or it is gone."""
    if not order.bill.promised:
        return None
    place = table.batch([addresses.version_key(order.customer, order.address or "-")])
    region = addresses.region_of(place) or ""
    return tariffs.serving(order.bill.service or SERVICES[0], region, location or order.lines[0].location)


def takers(order: Order, location: str = "") -> list[str]:
    """The carriers that an order's parcels from a location are offered to, one after the other."""
    names, service = calls.takers(order.bill.service), serving(order, location)
    first = [name for name in names if service is not None and name == service["carrier"]]
    return [*first, *(name for name in names if name not in first)]
