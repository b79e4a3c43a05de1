"""Care after a delivery: what falls due for a line that is still accompanied, of somebody who stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from chalicelib.records.care.service import courses
from chalicelib.records.identity.accounts.service import visits
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime.work import Work

from .entering import Entrant, enter
from .looking import Handler, Verdict

PAUSED = timedelta(days=1)  # until it is looked again whether what was paused runs


def look_for(trigger: str) -> Handler:
    """Whoever is due for this enters what it sets off, once a line. A refund and a wish to be left alone end the course; so does
    leaving."""

    def look(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
        found = visits.latest([one.person for one in due])
        for one in due:
            visit = found.get(one.person)
            if visit is None or visit.leaving or not courses.stands(one.person, one.subject):
                yield one, None
                continue
            paused = enter(trigger, [Entrant(one.person, one.subject, work.now)], work)
            yield one, work.now + PAUSED if paused else None

    return look
