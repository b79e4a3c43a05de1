"""A parcel that a warehouse sent is sent by us: its pieces leave the stock, the order and what the warehouse has, at once.

Guarantees: a parcel counts once by the warehouse's number of it; one of an order that is held back waits, and a person is told;
what the warehouse cannot have sent changes nothing, and a person is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.fulfilment.service import report_shipping
from chalicelib.processes.fulfilment.service.bind_waybill import bind
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.records.inventory.steps import CountedShelf
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import FULFILLING, OrderHeldBack, StaleOrder
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service import attempts, reports
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.records.shipping.dispatches import steps as dispatch_steps
from chalicelib.records.shipping.dispatches.rules import DispatchContradicted, StaleDispatch, next_turn
from chalicelib.records.shipping.events import ShipmentCreated, ShipmentLabelled, WarehouseSent
from chalicelib.records.shipping.rules import MOST_PARCELS, ShipmentExists, StaleShipment, number_of
from chalicelib.records.shipping.service import shipments
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

from .keep_back import CONTRADICTED

TRIES = 6
HELD_BACK = observe.alarmed("WarehouseSentHeldOrder", "A warehouse sent an order that is held back: a person must look")


def hear_sent(fact: WarehouseSent, work: Work) -> None:
    """Book a parcel that a warehouse sent. Commits."""
    try:
        work.attempts(TRIES, partial(_hear, fact), StaleOrder, StaleDispatch, StaleShipment, StaleStock, ShipmentExists)
    except CommitRejected as refused:
        if not refused.only(OrderHeldBack):
            raise
        observe.count(HELD_BACK)
        again = work.separate()
        again.publish(_next(fact), at=next_turn(again.now, fact.turn))
        again.commit()


def _hear(fact: WarehouseSent, work: Work) -> None:
    dispatch = dispatches.known(fact.order_id)
    if dispatch is None or dispatch.wms != fact.wms:
        observe.count(CONTRADICTED)
        return
    if fact.notice in dispatch.notices:
        return
    order = orders.find(fact.order_id)
    pieces: dict[int, int] = {}
    for line, count in fact.lines:
        pieces[line] = pieces.get(line, 0) + count
    n = max((one.n for one in shipments.of_order(order.id)), default=0) + 1
    if order.state not in FULFILLING or n > MOST_PARCELS:
        observe.count(CONTRADICTED)
        return
    try:
        work.add(dispatch_steps.sent(dispatch, fact.notice, pieces))
    except DispatchContradicted:
        observe.count(CONTRADICTED)
        return
    units = [pieces.get(line, 0) for line in range(len(order.lines))]
    number, carrier = number_of(order.id, n), _carrier(fact.company)
    at = instant(fact.at)
    left = order.pieces(units)
    work.add(order_steps.ship(order, units), *stock_steps.ship_from(_shelves(order, units), left, at, work.id))
    work.add(*stock_steps.wait_less(order.id, order.bill, left, order.held))
    shared = bind(fact.waybill, number, True, work)
    known = {"waybill": fact.waybill, "company": fact.company, "by_hand": True, "shared": shared}
    work.add(ship_steps.create(order.id, n, order.customer, carrier, sorted(pieces.items()), work.now, **known))
    work.publish(ShipmentLabelled(order.id, number, carrier, fact.waybill))
    work.publish(ShipmentCreated(order.id, number, carrier))
    if order.payment and reports.any_wanted():
        report_shipping.arm(order.id, attempts.find(order.payment), work)


def _shelves(order: Order, units: Sequence[int]) -> dict[str, CountedShelf]:
    """The shelves from which it was sent, and whether their counts tell of all that lies there."""
    sent = [line for line, count in zip(order.lines, units, strict=True) if count]
    source = sources.supplier(sent[0].location)
    whole = source is not None and source.terms.counts == "physical"
    return inventory.shelves([line.shelf for line in sent], whole=whole)


def _carrier(company: str) -> str:
    """Who tells of a parcel that this carrier brings: itself, or the aggregator."""
    own = next((name for name, one in CARRIERS.items() if company and company in (name, one.company)), None)
    return own or next(name for name, one in CARRIERS.items() if one.follows)


def _next(fact: WarehouseSent) -> WarehouseSent:
    rows = [list(row) for row in fact.lines]
    return WarehouseSent(fact.order_id, fact.wms, fact.notice, fact.waybill, fact.company, rows, fact.at, fact.turn + 1)
