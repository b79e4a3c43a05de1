"""The worker that looks at those who are due, and what it is told of people by which they will be."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.coupons.events import CouponClaimed, CouponGranted
from chalicelib.records.identity.events import UserAwaited, UserProfileChanged, UserRegistered
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.events import OrderPlaced
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.records.tickets.events import TicketAnswered
from chalicelib.records.watching.events import WatchingBackInStock, WatchingPriceDropped
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from ..events import ArrivalsPageDue, AudienceDue, TouchBatchDue
from ..kinds import KINDS
from ..service import arrivals, audiences, birthdays, coupons, looking, silence
from ..service.entering import Entrant, enter
from ..triggers import BACK_IN_STOCK, DELIVERED, ORDER_PLACED, PRICE_DROPPED, TICKET_ANSWERED

bp = Blueprint(__name__)
worker = consumer(bp, "meeting", batch=5, concurrency=20)


@worker.on(TouchBatchDue, keyed=False)
def meet(fact: TouchBatchDue, work: Work) -> None:
    """Look at these people."""
    looking.look(fact, KINDS, work)


@worker.on(UserRegistered)
def registered(fact: UserRegistered, work: Work) -> None:
    """Somebody is new: from now on somebody looks when they do not come."""
    silence.await_visit(fact.user_id, work)


@worker.on(UserAwaited)
def awaited(fact: UserAwaited, work: Work) -> None:
    """Somebody came who had registered before anybody looked."""
    silence.await_visit(fact.user_id, work)


@worker.on(UserProfileChanged)
def born(fact: UserProfileChanged, work: Work) -> None:
    """Somebody said their birthday."""
    if "birthday" in fact.what.split():
        birthdays.await_day(fact.user_id, work)


@worker.on(OrderPlaced, keyed=False)
def placed(fact: OrderPlaced, work: Work) -> None:
    """An order waits to be paid: its customer enters what that sets off, once an order."""
    enter(ORDER_PLACED, [Entrant(fact.customer, fact.order_id, work.now)], work)


@worker.on(CouponClaimed, keyed=False)
def claimed(fact: CouponClaimed, work: Work) -> None:
    """Somebody has a coupon more, which will end."""
    coupons.await_end(fact.customer, fact.coupon_id, work)


@worker.on(CouponGranted, keyed=False)
def granted(fact: CouponGranted, work: Work) -> None:
    """Somebody was given a coupon, which will end."""
    coupons.await_end(fact.customer, fact.coupon_id, work)


@worker.on(WatchingBackInStock, keyed=False)
def back_in_stock(fact: WatchingBackInStock, work: Work) -> None:
    """What somebody waited for is back, once a wish."""
    enter(BACK_IN_STOCK, [Entrant(fact.person, fact.watch, work.now)], work)


@worker.on(WatchingPriceDropped, keyed=False)
def cheaper(fact: WatchingPriceDropped, work: Work) -> None:
    """What somebody waited for costs less, once a wish."""
    enter(PRICE_DROPPED, [Entrant(fact.person, fact.watch, work.now)], work)


@worker.on(ShipmentDelivered, keyed=False)
def delivered(fact: ShipmentDelivered, work: Work) -> None:
    """A parcel arrived: care for its order begins, once an order."""
    enter(DELIVERED, [Entrant(orders.find(fact.order_id).customer, fact.order_id, work.now)], work)


@worker.on(TicketAnswered, keyed=False)
def answered(fact: TicketAnswered, work: Work) -> None:
    """What somebody asked was answered: they are told, once an answer."""
    enter(TICKET_ANSWERED, [Entrant(fact.customer, f"{fact.ticket_id}.{fact.turn}", work.now)], work)


@worker.on(ArrivalsPageDue)
def next_page(fact: ArrivalsPageDue, work: Work) -> None:
    """The next who watch a category."""
    arrivals.take_page(fact, work)


@worker.on(AudienceDue)
def take_page(fact: AudienceDue, work: Work) -> None:
    """The next people of a file."""
    audiences.take_page(fact, work)
