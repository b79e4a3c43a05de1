"""To which carriers an order is offered, and in which order: the one that its service names first."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.orders.rules import SERVICES
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.service import calls
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import Document
from chalicelib.runtime import table


def serving(order: Order, locations: Iterable[str]) -> list[Document]:
    """What is said now of the service that an order's promise came from, from each of these locations that has it still; nothing
    where nothing was promised."""
    if not order.bill.promised:
        return []
    place = table.batch([addresses.version_key(order.customer, order.address or "-")])
    region, service = addresses.region_of(place) or "", order.bill.service or SERVICES[0]
    found = (tariffs.serving(service, region, location) for location in locations)
    return [one for one in found if one is not None]


def takers(order: Order, location: str = "") -> list[str]:
    """The carriers that an order's parcels from a location ("": its first line's) are offered to, one after the other."""
    names = calls.takers(order.bill.service)
    wanted = {service["carrier"] for service in serving(order, [location or order.lines[0].location])}
    first = [name for name in names if name in wanted]
    return [*first, *(name for name in names if name not in first)]
