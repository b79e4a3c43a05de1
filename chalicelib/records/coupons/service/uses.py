"""What an order does with coupons, within the transactions that place, close and revive it.

Guarantees: a coupon stands in one live order at most; given back it ends when it would have ended; whether it is in time
is judged in the write, as of the instant that counts for the order.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.runtime.work import Work

from .. import steps
from ..events import CouponReturned, CouponUsed
from ..model import NEWCOMER as NEWCOMER
from ..model import NTH_ORDER as NTH_ORDER
from ..model import is_benefit as is_benefit
from ..model import nth_benefit as nth_benefit
from ..rules import template_of
from . import templates
from .held import STOPPED


def standing(coupon_ids: Iterable[str], now: datetime) -> bool:
    """Whether the template of none of these was stopped, as remembered for ten seconds at most."""
    found = templates.several(map(template_of, coupon_ids), now)
    return not any(sheet.state == STOPPED for sheet in found.values())


def spend(customer: str, coupon_ids: Iterable[str], order_id: str, work: Work, *, at: datetime | None = None) -> None:
    """Use these coupons for an order, as of now or of the instant at which it was placed.

    Its refusals: CouponNotFound, CouponUsed, CouponVoid, CouponNotYet, CouponExpired; NewcomerBenefitTaken and
    NthBenefitTaken for what a customer has once.
    """
    for name in coupon_ids:
        if is_benefit(name):
            work.add(steps.take_benefit(customer, name, order_id))
        else:
            work.add(steps.spend(customer, name, order_id, at or work.now))
            work.publish(CouponUsed(customer, name, order_id))


def give_back(customer: str, coupon_ids: Iterable[str], order_id: str, work: Work) -> None:
    """The order is given up: what it used may be used again until it ends. Its refusals: CouponUsedElsewhere,
    NewcomerBenefitTaken, NthBenefitTaken."""
    for name in coupon_ids:
        if is_benefit(name):
            work.add(steps.give_back_benefit(customer, name, order_id))
        else:
            work.add(steps.give_back(customer, name, order_id))
            work.publish(CouponReturned(customer, name, order_id))
