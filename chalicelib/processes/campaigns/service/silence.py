"""Who has not come for thirty days. A row is moved only when it fires: a visit never touches it.

The last visit is known to the hour, so a row lies thirty days and one hour behind it: nobody is met on the 29th day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chalicelib.records.identity.accounts.service import visits
from chalicelib.records.touches import steps as touches
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

from .entering import Entrant, enter
from .looking import Verdict

KIND = "silence"
DAYS = settings.declare("DORMANT_DAYS", "30", "days without a visit after which a customer is silent")
KNOWN_TO = timedelta(hours=1)
PAUSED = timedelta(days=1)  # until it is looked again whether what was paused runs


def due_at(last: datetime) -> datetime:
    """When somebody who came then is silent, if they do not come again."""
    return last + timedelta(days=settings.number(DAYS)) + KNOWN_TO


def await_visit(person: str, work: Work) -> None:
    """From now on somebody looks when they do not come."""
    work.add(*touches.arm(KIND, person, due_at(work.now)))


def look(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """Most came meanwhile: they are looked at when they would be silent. Who is silent enters what silence sets off, once for
    this silence. Nobody looks any more for who is gone."""
    found = visits.latest([one.person for one in due])
    silent = list[Appointment]()
    for one in due:
        visit = found.get(one.person)
        if visit is None:
            yield one, None
        elif (awaited := due_at(visit.last)) > work.now:
            yield one, awaited
        else:
            silent.append(one)
    entries = [
        Entrant(one.person, str(int(found[one.person].last.timestamp())), found[one.person].last) for one in silent
    ]
    paused = enter(KIND, entries, work) if entries else False
    for one in silent:
        yield one, work.now + PAUSED if paused else due_at(work.now)
