"""How many paid orders of a day are sent from each location that says how many it takes: counted beside the customers' way, so
that a quote may be some orders too late to know."""

from __future__ import annotations

from chalicelib.kernel.clock import business_day
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places import steps as place_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import FULFILLING
from chalicelib.runtime.work import Work


def count(order_id: str, work: Work) -> None:
    """A paid order counts at each of the locations that it is sent from. Where none says how many it takes nothing is read."""
    if not places.limited(places.known()):
        return
    order = orders.find(order_id)
    if order.state not in FULFILLING:
        return
    day = business_day(work.now)
    limited = places.limited(line.location for line in order.lines)
    work.add(*(place_steps.count_order(location, order.id, day) for location in limited))
