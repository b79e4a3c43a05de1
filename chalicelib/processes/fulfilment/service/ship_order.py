"""Sending pieces of a paid order: they leave the stock where they are held and are a parcel, in one transaction.

Guarantees: a parcel is from one location; no piece is sent twice, none that was paid back or is asked back; an order with a
reason to hold it is not sent.
The carrier is asked for a waybill afterwards, unless it is known already.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.records.catalog.service.naming import articles_named
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import FULFILLING, OrderAtWarehouse, OrderStateConflict, StaleOrder
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.rules import StaleRefund
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.records.shipping.dispatches import steps as dispatch_steps
from chalicelib.records.shipping.dispatches.rules import REFUSED, StaleDispatch, at_hand
from chalicelib.records.shipping.dispatches.service import Dispatch
from chalicelib.records.shipping.events import ShipmentCreated, ShipmentLabelled
from chalicelib.records.shipping.rules import (
    MOST_PARCELS,
    WAYBILL,
    ShipmentExists,
    ShipmentsFull,
    StaleShipment,
    WaybillMalformed,
    number_of,
)
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.runtime.work import Work

from .. import steps
from ..rules import (
    MOST_LINES,
    MOST_PLACES,
    LiesElsewhere,
    NoCarrier,
    NothingToShip,
    OthersWaitedLonger,
    ShipmentTooLarge,
    ShipQuantityExceeded,
    ShipWish,
    WaybillNeeded,
    from_one,
    left_to_ship,
)
from ..shapes import ShipmentRef
from . import report_shipping
from .backorders import there_for
from .bind_waybill import bind
from .offering import takers

TRIES = 4


@articles_named()
def ship_order(order_id: str, wish: ShipWish, work: Work) -> ShipmentRef:
    """Send pieces of an order. Commits.

    Raises OrderNotFound, OrderStateConflict, OrderHeldBack, OrderAtWarehouse, NothingToShip, ShipQuantityExceeded,
    LiesElsewhere, OthersWaitedLonger, ShipmentTooLarge, ShipmentsFull, NoSuchCarrier, NoCarrier, WaybillNeeded,
    WaybillMalformed, WaybillTaken, TooFewThere.
    """
    carrier = _named(wish)
    return work.attempts(
        TRIES,
        lambda each: _ship(order_id, wish, carrier, each),
        ShipmentExists,
        StaleOrder,
        StaleRefund,
        StaleShipment,
        StaleDispatch,
    )


def _named(wish: ShipWish) -> str:
    """The carrier that was told; "" for none."""
    if wish.waybill and not WAYBILL.fullmatch(wish.waybill):
        raise WaybillMalformed()
    if not wish.carrier:
        return ""
    one = calls.manifest(wish.carrier)
    if not one.books and not (wish.waybill and wish.company):
        raise WaybillNeeded(carrier=one.name)
    return one.name


def _first(order: Order, location: str) -> str:
    """The first carrier to which a parcel from a location is offered."""
    name = next(iter(takers(order, location)), None)
    if name is None:
        raise NoCarrier()
    return name


def _ship(order_id: str, wish: ShipWish, carrier: str, work: Work) -> ShipmentRef:
    order = orders.find(order_id)
    if order.state not in FULFILLING:
        raise OrderStateConflict(state=order.state)
    payment = attempts.find(order.payment) if order.payment else None
    asked = refunds.units_of(payment, len(order.lines)) if payment else [0] * len(order.lines)
    dispatch = dispatches.known(order.id) if order.supplier else None
    units = _units(order, wish, asked, dispatch)
    location = next(line.location for line, pieces in zip(order.lines, units, strict=True) if pieces)
    _refuse_before_others(order, units)
    n = max((one.n for one in shipments.of_order(order.id)), default=0) + 1
    if n > MOST_PARCELS:
        raise ShipmentsFull(most=MOST_PARCELS)
    number, carrier = number_of(order.id, n), carrier or _first(order, location)

    work.add(*steps.send(order, units, payment, work.now))
    if dispatch is not None:
        work.add(dispatch_steps.unchanged(dispatch))
    lines = [(line, pieces) for line, pieces in enumerate(units) if pieces]
    if wish.waybill:
        shared = bind(wish.waybill, number, wish.together, work)
        known = {"waybill": wish.waybill, "company": wish.company, "by_hand": True, "shared": shared}
        work.add(ship_steps.create(order.id, n, order.customer, carrier, lines, work.now, **known))
        work.publish(ShipmentLabelled(order.id, number, carrier, wish.waybill))
    else:
        work.add(ship_steps.create(order.id, n, order.customer, carrier, lines, work.now))
    work.publish(ShipmentCreated(order.id, number, carrier))
    report_shipping.arm(order.id, payment, work)
    return ShipmentRef(number=number, carrier=carrier, waybill=wish.waybill or None)


def _units(order: Order, wish: ShipWish, asked: Sequence[int], dispatch: Dispatch | None) -> list[int]:
    """How many of each line are sent, all from one location: none of those that a warehouse has to send."""
    ledger = order.ledger
    left = left_to_ship(
        [line.quantity for line in order.lines],
        [count.freed + count.shipped for count in ledger],
        [count.refunded for count in ledger],
        asked,
    )
    if dispatch is not None and dispatch.state != REFUSED:
        away = at_hand(dispatch.lines, dispatch.wishes)
        if any(away.values()) and not any(count > away.get(line, 0) for line, count in enumerate(left)):
            raise OrderAtWarehouse()
        left = [max(0, count - away.get(line, 0)) for line, count in enumerate(left)]
    locations = [line.location for line in order.lines]
    if wish.lines is None:
        there = from_one(left, locations, wish.location)
        units = there if sum(map(bool, there)) <= MOST_LINES else _fitting(there)
    else:
        units = [0] * len(left)
        for line, pieces in wish.lines:
            if line >= len(left) or units[line] + pieces > left[line]:
                raise ShipQuantityExceeded(line=line, left=left[line] if line < len(left) else 0)
            units[line] += pieces
        sent = from_one(units, locations, wish.location)
        for line, pieces in enumerate(units):
            if pieces > sent[line]:
                raise LiesElsewhere(line=line, location=locations[line])
    if not any(units):
        raise NothingToShip()
    parts = order.pieces(units)
    places = len({(shelf, bucket) for shelf, bucket, _ in parts}) + len({shelf for shelf, _, _ in parts})
    if sum(map(bool, units)) > MOST_LINES or places > MOST_PLACES:
        raise ShipmentTooLarge(most=MOST_LINES)
    return units


def _refuse_before_others(order: Order, units: Sequence[int]) -> None:
    """Of what its customer was told to wait for, those who have waited longer come first. Raises OthersWaitedLonger."""
    wanted = order.by_shelf({line: pieces for line, pieces in enumerate(units) if pieces})
    for sku in sorted(wanted.keys() & order.bill.waits.keys()):
        if wanted[sku] > (there := there_for(order.id, sku)):
            raise OthersWaitedLonger(sku=sku, there=there)


def _fitting(left: Sequence[int]) -> list[int]:
    """As many lines as one parcel takes."""
    chosen = [line for line, pieces in enumerate(left) if pieces][:MOST_LINES]
    return [pieces if line in chosen else 0 for line, pieces in enumerate(left)]
