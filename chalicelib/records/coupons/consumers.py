"""The worker of coupons: newcomers get their pack, and what orders do with coupons is counted."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.identity.events import UserRegistered
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .events import CouponReturned, CouponUsed
from .rules import template_of
from .service import newcomers, templates

bp = Blueprint(__name__)
worker = consumer(bp, "coupons")


@worker.on(UserRegistered)
def welcome(fact: UserRegistered, work: Work) -> None:
    """Somebody registered: the pack for newcomers, once."""
    newcomers.welcome(fact.user_id, fact.known_by.split(), work)


@worker.on(CouponUsed)
def used(fact: CouponUsed, work: Work) -> None:
    """One more was used."""
    templates.tally(template_of(fact.coupon_id), work, used=1)


@worker.on(CouponReturned)
def returned(fact: CouponReturned, work: Work) -> None:
    """One more was given back."""
    templates.tally(template_of(fact.coupon_id), work, returned=1)
