"""The worker that makes codes and gives grants, part by part, gives what paid orders gift, and counts what was paid with
coupons. A queue of its own: newcomers do not wait behind it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.coupons.events import CouponJobDue
from chalicelib.records.coupons.service import codes, jobs
from chalicelib.records.orders.events import OrderPaid, OrderPromiseBroken
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from . import service

bp = Blueprint(__name__)
worker = consumer(bp, "granting", batch=1, concurrency=2)


@worker.on(OrderPromiseBroken)
def compensate(fact: OrderPromiseBroken, work: Work) -> None:
    """An order came too late: its customer is given the coupon that stands for that, once an order."""
    service.compensate(fact.customer, fact.coupon, fact.order_id, work)


@worker.on(CouponJobDue)
def go_on(fact: CouponJobDue, work: Work) -> None:
    """The next stretch of a job; a run that was cut short goes on where it stopped."""
    if fact.kind == jobs.GRANTS:
        service.give(fact.job_id, work)
    else:
        codes.make(fact.job_id, work)


@worker.on(OrderPaid)
def paid(fact: OrderPaid, work: Work) -> None:
    """An order was paid, an expired one by late money, too: what it gifts, what coupons took off it, and what was paid."""
    service.follow_paid(fact.order_id, work)
