"""Having an order sent elsewhere, as long as its goods have not left.

Freight is a flat fee that depends on the goods alone, so another place changes nothing of the price: what was promised
when the order was placed stands. What is paid for is worth stealing: where it goes is changed only by who has shown a code
lately, also when the money comes just now.
"""

from __future__ import annotations

from chalicelib.records.identity.access.rules import FreshCodeNeeded
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderReaddressed
from chalicelib.records.orders.rules import OPEN, UNSHIPPED, OrderStateConflict
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ..shapes import SendTo


def readdress_order(order_id: str, command: SendTo, work: Work) -> None:
    """Send an order of one's own to another address of one's own.

    Raises OrderNotFound, OrderStateConflict, FreshCodeNeeded for one that is paid, AddressNotFound.
    """
    order = orders.own(order_id, work.caller.id)
    if order.state not in UNSHIPPED:
        raise OrderStateConflict(state=order.state)
    if order.state not in OPEN and not work.caller.fresh:
        raise FreshCodeNeeded()
    found = table.batch(addresses.key(work.caller.id, command.address), consistent=True)
    version = addresses.version_of(found)
    if version is None:
        raise AddressNotFound()

    work.add(order_steps.readdress(order.id, version, UNSHIPPED if work.caller.fresh else OPEN))

    work.publish(OrderReaddressed(order.id, version))
