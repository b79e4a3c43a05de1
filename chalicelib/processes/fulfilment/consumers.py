"""Fulfilment's worker: parcels get their waybills, are followed, and what is heard of them is added up.

Two messages at a time, since a carrier may be slow.
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.clock import business_day
from chalicelib.records.orders.events import (
    OrderPaid,
    OrderPromiseBroken,
    OrderPromiseDue,
    OrderPromiseKept,
    OrderRevived,
    OrderShipDue,
)
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.events import (
    ShipmentBookingDue,
    ShipmentCancelled,
    ShipmentCreated,
    ShipmentLabelled,
    ShipmentPollDue,
    ShipmentReported,
)
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .service import promises
from .service.book_shipment import book_shipment
from .service.follow_shipment import follow_shipment, poll_shipment
from .service.hear_waybill import take_report

bp = Blueprint(__name__)
worker = consumer(bp, "fulfilment", batch=2)


@worker.on(ShipmentCreated, keyed=False)
def book(fact: ShipmentCreated, work: Work) -> None:
    """Have it fetched."""
    book_shipment(fact.number, 0, work)


@worker.on(ShipmentBookingDue, keyed=False)
def book_again(fact: ShipmentBookingDue, work: Work) -> None:
    """What became of its booking?"""
    book_shipment(fact.number, fact.turn, work)


@worker.on(ShipmentCancelled, keyed=False)
def call_off(fact: ShipmentCancelled, work: Work) -> None:
    """Its carrier forgets it, also where it was asked for it just now."""
    book_shipment(fact.number, 0, work)


@worker.on(ShipmentLabelled)
def follow(fact: ShipmentLabelled, work: Work) -> None:
    """Begin to follow it."""
    follow_shipment(fact, work)


@worker.on(ShipmentReported, keyed=False)
def hear(fact: ShipmentReported, work: Work) -> None:
    """Add up what was told."""
    take_report(fact, work)


@worker.on(OrderPaid)
def arm(fact: OrderPaid, work: Work) -> None:
    """It is to be on its way, and there, in time."""
    promises.arm(fact.order_id, work)


@worker.on(OrderRevived)
def arm_revived(fact: OrderRevived, work: Work) -> None:
    """The same of one whose money came late."""
    promises.arm(fact.order_id, work)


@worker.on(OrderShipDue)
def is_it_sent(fact: OrderShipDue, work: Work) -> None:
    """Is all of it on its way?"""
    promises.look_at_sending(fact, work)


@worker.on(OrderPromiseDue)
def is_it_there(fact: OrderPromiseDue, work: Work) -> None:
    """Is all of it there?"""
    promises.look_at_promise(fact, work)


@worker.on(OrderPromiseKept)
def count_kept(fact: OrderPromiseKept, work: Work) -> None:
    """A promise more was kept today."""
    work.add(ship_steps.count_promise(business_day(work.now), fact.service, kept=True))


@worker.on(OrderPromiseBroken)
def count_broken(fact: OrderPromiseBroken, work: Work) -> None:
    """A promise more was broken today."""
    work.add(ship_steps.count_promise(business_day(work.now), fact.service, kept=False))


@worker.on(ShipmentPollDue)
def poll(fact: ShipmentPollDue, work: Work) -> None:
    """Is it silent still?"""
    poll_shipment(fact, work)
