"""What journeys may demand of somebody before they enter, before a step, or to be stopped: the words and what each means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.records.care.service import courses, surveys
from chalicelib.records.carts import service as carts
from chalicelib.records.coupons.service import held
from chalicelib.records.identity.accounts.service import consents, visits
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.records.tickets.service import matters
from chalicelib.records.watching import service as watching

from .triggers import (
    CARE,
    CART_LEFT,
    COUPON_ENDS,
    NEW_ARRIVALS,
    NEWCOMER_COUPON_ENDS,
    ORDER_PLACED,
    SILENCE,
    TICKET_ANSWERED,
    TRIGGERS,
    is_bought,
)

COUPONS = frozenset({COUPON_ENDS, NEWCOMER_COUPON_ENDS})


class Case(NamedTuple):
    """Somebody and what it is about: the occasion (ids), and since when it stands."""

    person: str
    occasion: str
    since: datetime
    now: datetime


def silent_days(case: Case, days: int) -> bool:
    """They have not come for so many days, of those 24 hours."""
    visit = visits.latest([case.person], consistent=True).get(case.person)
    return visit is not None and not visit.leaving and visit.last + timedelta(days=days) <= case.now


def returned(case: Case, wanted: bool) -> bool:
    """They have come again since."""
    visit = visits.latest([case.person], consistent=True).get(case.person)
    return (visit is not None and visit.last > case.since) == wanted


def order_unpaid(case: Case, wanted: bool) -> bool:
    """The order waits to be paid."""
    try:
        return (orders.find(case.occasion).state == "placed") == wanted
    except OrderNotFound:
        return False


def coupon_usable(case: Case, wanted: bool) -> bool:
    """The coupon can still be used."""
    return held.fits(case.person, case.occasion, case.now) == wanted


def care_stands(case: Case, wanted: bool) -> bool:
    """The order line is still accompanied: not refunded, and its customer does not want to be left alone."""
    return courses.stands(case.person, case.occasion) == wanted


def cart_waits(case: Case, wanted: bool) -> bool:
    """Something lies in their cart."""
    return bool(carts.lines(case.person)) == wanted


def cart_empty(case: Case, wanted: bool) -> bool:
    """Nothing lies in their cart any more."""
    return not cart_waits(case, wanted)


def ordered(case: Case, wanted: bool) -> bool:
    """They have ordered something since."""
    newest, _ = orders.of_customer(case.person, 1, None)
    return any(order.placed_at > case.since for order in newest) == wanted


def survey_given(case: Case, wanted: bool) -> bool:
    """They have said how the order line pleased them."""
    return (surveys.given(case.person, case.occasion) is not None) == wanted


def answer_stands(case: Case, wanted: bool) -> bool:
    """What the shop answered is the last that was said of the ticket."""
    ticket, _, turn = case.occasion.partition(".")
    return bool(turn) and matters.answered(ticket, int(turn)) == wanted


def interest_gone(case: Case, wanted: bool) -> bool:
    """They watch no category any more; or, told for what they bought, agree no more that this is kept."""
    if is_bought(case.occasion):
        return consents.allows(case.person, consents.PERSONALISATION) != wanted
    return watching.awaits_news(case.person) != wanted


class JourneyDemand(NamedTuple):
    """What a word means, and where it means anything: `of` are the triggers whose occasion it speaks of; `before` those that come
    so late that it may hold by then, of what is asked *since* the occasion. `days`: it takes a number, no yes or no."""

    holds: Callable[[Case, Any], bool]
    of: frozenset[str] = TRIGGERS
    before: frozenset[str] = TRIGGERS
    days: bool = False


CONDITIONS: Mapping[str, JourneyDemand] = {
    "silent_days": JourneyDemand(silent_days, days=True),
    "returned": JourneyDemand(returned, before=frozenset({CART_LEFT})),
    "order_unpaid": JourneyDemand(order_unpaid, of=frozenset({ORDER_PLACED})),
    "coupon_usable": JourneyDemand(coupon_usable, of=COUPONS),
    "care_stands": JourneyDemand(care_stands, of=CARE),
    "cart_waits": JourneyDemand(cart_waits),
    "cart_empty": JourneyDemand(cart_empty),
    "ordered": JourneyDemand(ordered, before=frozenset({CART_LEFT, SILENCE})),
    "survey_given": JourneyDemand(survey_given, of=CARE),
    "interest_gone": JourneyDemand(interest_gone, of=frozenset({NEW_ARRIVALS})),
    "answer_stands": JourneyDemand(answer_stands, of=frozenset({TICKET_ANSWERED})),
}


def can_hold(name: str, value: Any, trigger: str, *, at_entry: bool = False) -> bool:
    """Whether such a demand can ever hold in a journey that this sets off; of a word that nobody knows it cannot."""
    told = CONDITIONS.get(name)
    if told is None or trigger not in told.of or isinstance(value, bool) == told.days:
        return False
    return not (at_entry and value is True and trigger not in told.before)


def hold(case: Case, conditions: Mapping[str, Any]) -> bool:
    """Whether all of these hold."""
    return all(CONDITIONS[name].holds(case, value) for name, value in conditions.items())
