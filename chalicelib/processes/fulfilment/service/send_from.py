"""Having lines of a paid order sent from another location: their hold moves there in one transaction.

Guarantees: what the order costs and what was promised of it stay; nothing of which a piece is packed, or which a warehouse was
told of, is moved; whoever read the order before must look again.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.kernel.bill import Ahead, QuoteLine, shelved, supplied
from chalicelib.records.catalog.service.naming import articles_named
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import LocationNotFound
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderLinesMoved
from chalicelib.records.orders.rules import SENDING, OrderAtWarehouse, OrderStateConflict, StaleOrder
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.records.shipping.dispatches import steps as dispatch_steps
from chalicelib.records.shipping.dispatches.rules import REFUSED, StaleDispatch
from chalicelib.records.shipping.dispatches.service import Dispatch
from chalicelib.runtime.work import Work

from ..rules import MOST_LINES, MOST_PLACES, LineUnderWay, NothingToShip, ShipmentTooLarge, ShipQuantityExceeded
from ..warehousing.service import send_out

TRIES = 4


@articles_named()
def send_from(order_id: str, lines: Sequence[int], location: str, work: Work) -> None:
    """Have what is unsent of these lines sent from a location; those that are sent from there are left alone. Commits.

    Raises LocationNotFound, OrderNotFound, OrderStateConflict, OrderAtWarehouse, ShipQuantityExceeded for a line that is not
    there, LineUnderWay, NothingToShip, ShipmentTooLarge, and CommitRejected with the OutOfStock or SaleStopped of each line.
    """
    if location not in places.active():
        raise LocationNotFound(location=location)
    work.attempts(TRIES, lambda each: _move(order_id, lines, location, each), StaleOrder, StaleDispatch)


def _move(order_id: str, lines: Sequence[int], location: str, work: Work) -> None:
    order = orders.find(order_id)
    if order.state not in SENDING:
        raise OrderStateConflict(state=order.state)
    dispatch = dispatches.known(order.id) if order.supplier else None
    moving = _movable(order, lines, location, dispatch)
    if not moving:
        return
    there, ahead = _lying_there(order, moving, location)
    leaving = [part for at in moving for part in order.lines[at].stock_of(_gone(order, at), _left(order, at))]
    coming = [part for at, line in there.items() for part in line.stock_of(_gone(order, at), _left(order, at))]
    if len(leaving) + len(coming) > MOST_PLACES:
        raise ShipmentTooLarge(most=MOST_LINES)

    work.add(order_steps.send_from(order, there))
    work.add(*stock_steps.release(leaving), *stock_steps.hold(coming, ahead))
    work.add(
        *stock_steps.wait_less(order.id, order.bill, leaving, order.held),
        *stock_steps.wait(order.id, order.bill, coming),
    )
    if dispatch is not None:
        work.add(dispatch_steps.unchanged(dispatch))
    work.publish(OrderLinesMoved(order.id, location, moving))
    if not order.supplier:
        send_out.arm(order.id, work)


def _movable(order: Order, lines: Sequence[int], location: str, dispatch: Dispatch | None) -> list[int]:
    """Which of these lines lie elsewhere, none of them packed or told to a warehouse."""
    asked = dispatch.lines if dispatch is not None and dispatch.state != REFUSED else ()
    told = {one.line: one.left for one in asked}  # also what it is asked to keep back, as long as it has not said
    found = []
    for at in sorted(set(lines)):
        if at >= len(order.lines):
            raise ShipQuantityExceeded(line=at, left=0)
        if order.lines[at].location == location:
            continue
        if told.get(at):
            raise OrderAtWarehouse()
        if order.ledger[at].shipped:
            raise LineUnderWay(line=at)
        if not _left(order, at):
            raise NothingToShip()
        found.append(at)
    return found


def _gone(order: Order, at: int) -> int:
    return order.ledger[at].freed + order.ledger[at].shipped


def _left(order: Order, at: int) -> int:
    return order.lines[at].quantity - _gone(order, at)


def _lying_there(order: Order, moving: Sequence[int], location: str) -> tuple[dict[int, QuoteLine], list[Ahead]]:
    """The lines as they lie at a location, all of them there, and what is said of those that others may wait for; what was let go
    already counts as from the first bucket. Raises CommitRejected with OutOfStock."""
    rests = [order.lines[at].rest(_gone(order, at)).moved_to(location) for at in moving]
    wanted = shelved(rests)
    levels = inventory.read_levels(list(wanted))
    given = inventory.allocate(wanted.items(), levels, order.id, ())
    lines = {
        at: order.lines[at].moved_to(location)._replace(parts=_after_gone(rest.parts, _gone(order, at)))
        for at, rest in zip(moving, supplied(rests, given), strict=True)
    }
    return lines, [Ahead(shelf, 0, level.beyond) for shelf, level in levels.items() if level.beyond]


def _after_gone(parts: tuple[tuple[int, int], ...], gone: int) -> tuple[tuple[int, int], ...]:
    return ((parts[0][0], gone), *parts) if gone else parts
