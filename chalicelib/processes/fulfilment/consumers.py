"""Fulfilment's worker: parcels get their waybills, are followed, and what is heard of them is added up.

Two messages at a time, since a carrier may be slow. What asks again later is handled once by its id: were it handled twice, it
would be asked twice from then on.
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.clock import business_day
from chalicelib.records.orders.events import (
    OrderPaid,
    OrderPromiseBroken,
    OrderPromiseDue,
    OrderPromiseKept,
    OrderReceiptDue,
    OrderRevived,
    OrderShipDue,
)
from chalicelib.records.payments.events import ShippingReportDue
from chalicelib.records.shipping import steps as ship_steps
from chalicelib.records.shipping.events import (
    DispatchDue,
    KeepBackDue,
    ShipmentBookingDue,
    ShipmentCancelled,
    ShipmentCreated,
    ShipmentDelivered,
    ShipmentLabelled,
    ShipmentPollDue,
    ShipmentReported,
    ShipmentReturned,
    WarehouseRoundDue,
    WarehouseSent,
)
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer, scheduled

from .service import promises, receiving, report_shipping, returning
from .service.book_shipment import book_shipment
from .service.follow_shipment import follow_shipment, poll_shipment
from .service.hear_waybill import take_report
from .warehousing.service import hear_sent, keep_back, listening, send_out

bp = Blueprint(__name__)
worker = consumer(bp, "fulfilment", batch=2)


@worker.on(ShipmentCreated)
def book(fact: ShipmentCreated, work: Work) -> None:
    """Have it fetched."""
    book_shipment(fact.number, 0, work)


@worker.on(ShipmentBookingDue)
def book_again(fact: ShipmentBookingDue, work: Work) -> None:
    """What became of its booking?"""
    book_shipment(fact.number, fact.turn, work)


@worker.on(ShipmentCancelled)
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


@worker.on(ShippingReportDue)
def report(fact: ShippingReportDue, work: Work) -> None:
    """Does its payment's provider know what was sent?"""
    report_shipping.report(fact, work)


@worker.on(OrderPaid)
def arm(fact: OrderPaid, work: Work) -> None:
    """It is to be on its way, and there, in time; where a warehouse packs, it is told."""
    promises.arm(fact.order_id, work)
    send_out.arm(fact.order_id, work)


@worker.on(OrderRevived)
def arm_revived(fact: OrderRevived, work: Work) -> None:
    """The same of one whose money came late."""
    promises.arm(fact.order_id, work)
    send_out.arm(fact.order_id, work)


@worker.on(DispatchDue)
def tell_warehouse(fact: DispatchDue, work: Work) -> None:
    """A warehouse's system is told to pack it."""
    send_out.send_out(fact.order_id, fact.turn, work)


@worker.on(KeepBackDue)
def ask_warehouse(fact: KeepBackDue, work: Work) -> None:
    """Does the warehouse keep back what is to be paid back?"""
    keep_back.keep_back(fact, work)


@worker.on(WarehouseRoundDue)
def listen(fact: WarehouseRoundDue, work: Work) -> None:
    """What does a warehouse's system tell?"""
    listening.listen(fact, work)


@worker.on(WarehouseSent)
def hear_of_parcel(fact: WarehouseSent, work: Work) -> None:
    """A parcel that a warehouse sent is one of ours."""
    hear_sent.hear_sent(fact, work)


@scheduled(bp, "rate(1 minute)", "warehouse_round")
def warehouse_round(work: Work) -> None:
    """Have every warehouse's system asked what it tells."""
    listening.begin(work)


@worker.on(OrderShipDue)
def is_it_sent(fact: OrderShipDue, work: Work) -> None:
    """Is all of it on its way?"""
    promises.look_at_sending(fact, work)


@worker.on(OrderPromiseDue)
def is_it_there(fact: OrderPromiseDue, work: Work) -> None:
    """Is all of it there?"""
    promises.look_at_promise(fact, work)


@worker.on(ShipmentDelivered, keyed=False)
def expect_receipt(fact: ShipmentDelivered, work: Work) -> None:
    """When does its order count as received?"""
    receiving.expect(fact, work)


@worker.on(ShipmentReturned)
def is_all_back(fact: ShipmentReturned, work: Work) -> None:
    """Did all of it come back, of what cost nothing?"""
    returning.come_back(fact.order_id, work)


@worker.on(OrderReceiptDue)
def is_it_received(fact: OrderReceiptDue, work: Work) -> None:
    """Has it been there for long, and nobody says otherwise?"""
    receiving.look_at_receipt(fact, work)


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
