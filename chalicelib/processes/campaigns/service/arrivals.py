"""New arrivals: whoever watches a category, or bought in it and agreed that this is kept, is told once a day of all that is new
in it, a page of people at a time.

Guarantees: a category has one row a day, however much comes into it; who is told is read from an index, page by page, each page
with its checkpoint; a person enters once a day for what they watch and once for what they bought, whatever is new where (and
the journey's re-entry rule makes one of both). While no journey runs nobody is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.kernel.clock import business_day
from chalicelib.records.identity.accounts.service import consents
from chalicelib.records.touches.rules import Appointment
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.rules import ARRIVAL, BOUGHT, still_told
from chalicelib.records.watching.rules import ARRIVED as ARRIVED  # the kind of its rows, whose person is a category
from chalicelib.runtime.work import Work

from ..events import ArrivalsPageDue
from ..triggers import NEW_ARRIVALS, bought_on
from .entering import Entrant, enter, is_awaited
from .looking import Verdict

PAGE = 100


def look(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """Each category's people are looked for, by tasks of their own. Commits by category."""
    for one in due:
        if is_awaited(NEW_ARRIVALS):
            own = work.separate()
            for by in (ARRIVAL, BOUGHT):
                own.publish(ArrivalsPageDue(one.person, f"{business_day(one.at):%Y%m%d}", "", by))
            own.commit()
        yield one, None


def take_page(fact: ArrivalsPageDue, work: Work, *, page: int = PAGE) -> None:
    """The next who watch a category, or bought in it, enter, once a day; and then the next. Commits by person."""
    rows, last = watching.waiting(fact.by, fact.category, fact.after, page)
    people = [row.person for row in rows]
    occasion = fact.day
    if fact.by == BOUGHT:
        told = [row.person for row in rows if still_told(row.at, work.now)]
        agreeing = consents.agreeing(told, consents.PERSONALISATION)
        people, occasion = [one for one in told if one in agreeing], bought_on(fact.day)
    enter(NEW_ARRIVALS, [Entrant(one, occasion, work.now) for one in people], work)
    if last:
        work.publish(ArrivalsPageDue(fact.category, fact.day, last, fact.by))
