"""Birthdays: a row a person, which fires some days before the next one and moves on by a year.

Guarantees: a birthday is an occasion by its year, so that nobody is met twice for it, whatever they change meanwhile; a row
is right when it fires, or moves to where it is right: changing a birthday writes one and takes none away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from chalicelib.kernel.clock import SHOP_ZONE, business_day
from chalicelib.records.identity.accounts.service import birthdays, visits
from chalicelib.records.touches import steps as touches
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

from ..triggers import BIRTHDAY
from .entering import Entrant, enter
from .looking import Verdict

KIND = "birthday"
LEAD = settings.declare(
    "BIRTHDAY_LEAD_DAYS", "7", "days before a birthday on which its journey begins; at most 30", most=30
)
MORNING = time(9)
DAY = timedelta(days=1)


def await_day(person: str, work: Work) -> None:
    """Somebody said their birthday: from now on somebody looks when it comes. Raises VaultClosed."""
    told = birthdays.of([person]).get(person)
    if told is not None:
        work.add(*touches.arm(KIND, person, _begins(told.next_day(business_day(work.now)))))


def look(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """Whose birthday is near enters what it sets off, once for that one; all are looked at again before the next. Nobody looks
    any more for who is gone or said none. Raises VaultClosed."""
    people = [one.person for one in due]
    found, told = visits.latest(people), birthdays.of(people)
    for one in due:
        visit, said = found.get(one.person), told.get(one.person)
        if visit is None or said is None:
            yield one, None
            continue
        day = said.next_day(business_day(work.now))
        if (begins := _begins(day)) > work.now:
            yield one, begins
            continue
        paused = not visit.leaving and enter(BIRTHDAY, [Entrant(one.person, str(day.year), work.now)], work)
        yield one, work.now + DAY if paused else _begins(said.next_day(day + DAY))


def _begins(day: date) -> datetime:
    return datetime.combine(day - settings.number(LEAD) * DAY, MORNING, SHOP_ZONE)
