"""Having an order sent elsewhere, as long as its goods have not left.

Where sending to the new place would cost something else, or nothing is sent there, the order stays as it is: nobody pays
more, or has paid too much, without a word. What is paid for is worth stealing: where it goes is changed only by who has
shown a code lately, also when the money comes just now.
"""

from __future__ import annotations

from chalicelib.records.catalog import service as catalog
from chalicelib.records.identity.access.rules import FreshCodeNeeded
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderReaddressed
from chalicelib.records.orders.rules import OPEN, UNSHIPPED, OrderAtWarehouse, OrderStateConflict
from chalicelib.records.orders.service import Order
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ..rules import FreightDiffers
from ..shapes import SendTo
from .carriage import carriage, freight_of, refuse_undelivered


def readdress_order(order_id: str, command: SendTo, work: Work) -> None:
    """Send an order of one's own to another address of one's own.

    Raises OrderNotFound, OrderStateConflict, OrderAtWarehouse, FreshCodeNeeded for one that is paid, AddressNotFound,
    FreightDiffers, and CommitRejected with NotDeliverable.
    """
    order = orders.own(order_id, work.caller.id)
    if order.state not in UNSHIPPED:
        raise OrderStateConflict(state=order.state)
    if order.supplier:
        raise OrderAtWarehouse()
    if order.state not in OPEN and not work.caller.fresh:
        raise FreshCodeNeeded()
    found = table.batch(
        [*addresses.key(work.caller.id, command.address), addresses.version_key(work.caller.id, order.address or "-")],
        consistent=True,
    )
    version = addresses.version_of(found[:2])
    if version is None:
        raise AddressNotFound()
    _same_freight(order, addresses.region_of(found[2:]), addresses.region_of(found))

    work.add(order_steps.readdress(order.id, version, UNSHIPPED if work.caller.fresh else OPEN))

    work.publish(OrderReaddressed(order.id, version))


def _same_freight(order: Order, before: str | None, after: str | None) -> None:
    """Raises FreightDiffers, or CommitRejected with NotDeliverable, for a place to which sending the order is another matter."""
    if before == after:
        return
    skus = list(dict.fromkeys(line.sku for line in order.lines))
    rows = {row.id: row for row in table.batch([catalog.key(sku) for sku in skus]) if row is not None}
    named = [row.freight for row in rows.values()]
    there = carriage(named, after)
    refuse_undelivered(rows.values(), there, after)
    old, new = (freight_of(order.bill, rows, sending) for sending in (carriage(named, before), there))
    if old != new:
        raise FreightDiffers(before=int(old), after=int(new))
