"""Files of people who are to enter a journey: a line an account's id, taken a hundred at a time.

Guarantees: the byte at which a page begins travels with its task, under the key of the task before; a worker that dies anywhere
takes its page again, whose people enter once, and goes on where it ended: nobody is left out, nobody met twice. What becomes of
whom (blocked, left alone, sent) is no matter of pages: one in which everybody is blocked is followed by the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys.rules import JourneyPlanWrong, JourneyStateConflict
from chalicelib.runtime import showcase
from chalicelib.runtime.work import Work

from ..events import AudienceDue, AudienceGiven
from ..rules import AudienceNotFound
from ..triggers import AUDIENCE
from .entering import Entrant, enter_one

LINE = 28  # bytes of an id and the end of its line
PAGE = 100 * LINE
MEDIA = "text/plain"
PAUSED = timedelta(minutes=10)


class OpenedAudience(NamedTuple):
    """Where a file is to be put, and until when."""

    id: str
    url: str
    until: datetime


def open_file(name: str, size: int, work: Work) -> OpenedAudience:
    """A place for a file of people. Raises JourneyNotFound, JourneyPlanWrong."""
    if journeys.plan_of(name, journeys.find(name).version or 1).trigger != AUDIENCE:
        raise JourneyPlanWrong(at="trigger")
    audience = work.new_id("L")
    until = work.now + timedelta(seconds=showcase.UPLOAD_SECONDS)
    return OpenedAudience(audience, showcase.upload_url(audience, MEDIA, size), until)


def arrive(name: str, audience: str, work: Work) -> None:
    """The file is there: its people enter. Raises JourneyNotFound, JourneyStateConflict, AudienceNotFound."""
    head = journeys.find(name)
    if head.state != "running":
        raise JourneyStateConflict(state=head.state or "")
    if not is_id(audience, "L") or showcase.stretch(audience, 0, 1) is None:
        raise AudienceNotFound()

    work.publish(AudienceGiven(name, audience))
    work.publish(AudienceDue(name, audience, 0))


def take_page(fact: AudienceDue, work: Work, *, page: int = PAGE) -> None:
    """The next hundred people enter, and then the next; commits by person. A journey that is paused waits with them."""
    head = journeys.known().get(fact.journey)
    if head is None or head.state not in ("running", "paused"):
        return
    if head.state == "paused":
        work.publish(fact, at=work.now + PAUSED)
        return
    content = showcase.stretch(fact.audience, fact.first, page)
    if not content:
        return
    whole = content.rpartition(b"\n")[0] + b"\n" if len(content) == page and b"\n" in content else content
    people = dict.fromkeys(line.strip() for line in whole.decode(errors="replace").split("\n"))
    entrants = [Entrant(one, fact.audience, work.now) for one in people if is_id(one, "U")]
    version = head.version or 1
    for first in range(0, len(entrants), 100):
        enter_one(fact.journey, version, journeys.plan_of(fact.journey, version), entrants[first : first + 100], work)
    work.publish(AudienceDue(fact.journey, fact.audience, fact.first + len(whole)))
