"""New arrivals: whoever watches a category is told once a day of all that is new in it, a page of people at a time.

Guarantees: a category has one row a day, however much comes into it; who watches it is read from an index, page by page, each
page with its checkpoint; a person enters once a day, whatever is new where. While no journey runs nobody is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.kernel.clock import business_day
from chalicelib.records.touches.rules import Appointment
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.rules import ARRIVAL
from chalicelib.records.watching.rules import ARRIVED as ARRIVED  # the kind of its rows, whose person is a category
from chalicelib.runtime.work import Work

from ..events import ArrivalsPageDue
from ..triggers import NEW_ARRIVALS
from .entering import Entrant, enter, is_awaited
from .looking import Verdict

PAGE = 100


def look(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """Each category's people are looked for, by tasks of their own. Commits by category."""
    for one in due:
        if is_awaited(NEW_ARRIVALS):
            own = work.separate()
            own.publish(ArrivalsPageDue(one.person, f"{business_day(one.at):%Y%m%d}", ""))
            own.commit()
        yield one, None


def take_page(fact: ArrivalsPageDue, work: Work, *, page: int = PAGE) -> None:
    """The next who watch a category enter, once a day; and then the next. Commits by person."""
    rows, last = watching.waiting(ARRIVAL, fact.category, fact.after, page)
    people = dict.fromkeys(row.person for row in rows)
    enter(NEW_ARRIVALS, [Entrant(one, fact.day, work.now) for one in people], work)
    if last:
        work.publish(ArrivalsPageDue(fact.category, fact.day, last))
