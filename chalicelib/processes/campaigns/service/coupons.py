"""Coupons that end: a day before, whoever still has one is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from chalicelib.records.coupons.service import held
from chalicelib.records.touches import steps as touches
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime.work import Work

from ..triggers import COUPON_ENDS, NEWCOMER_COUPON_ENDS
from .entering import Entrant, enter
from .looking import Verdict

KIND = "coupon"
BEFORE = timedelta(days=1)
NEWCOMER = "newcomer"  # how a coupon of the newcomers' pack was had


def await_end(customer: str, coupon_id: str, work: Work) -> None:
    """Somebody has a coupon more; one that ends within a day needs no reminder."""
    told = held.span(customer, coupon_id)
    if told is not None and told[0] - BEFORE > work.now:
        work.add(*touches.arm(KIND, customer, told[0] - BEFORE, coupon_id))


def look(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """Each enters what the end of such a coupon sets off, once a coupon."""
    for one in due:
        told = held.span(one.person, one.subject)
        if told is not None and told[0] > work.now:
            trigger = NEWCOMER_COUPON_ENDS if told[1] == NEWCOMER else COUPON_ENDS
            enter(trigger, [Entrant(one.person, one.subject, work.now)], work)
        yield one, None
