"""What came of a journey: whether people came again, of those who were met and of those who were left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.identity.accounts.service import visits
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys import steps
from chalicelib.records.journeys.rules import EnrolmentMoved
from chalicelib.records.journeys.service import Enrolment
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime.work import Work

from .looking import Verdict


def measure(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """Note of each whether they came again since it began; once, however often it is asked."""
    rows = journeys.enrolments([(one.person, one.subject, one.episode) for one in due])
    found = visits.latest([one.person for one in due], consistent=True)
    for one, row in zip(due, rows, strict=True):
        visit = found.get(one.person)
        if row is not None and row.arm is not None and row.back is None and visit is not None:
            _note(row, visit.last > row.since, work.separate())
        yield one, None


def _note(row: Enrolment, back: bool, work: Work) -> None:
    """Commits; who was faster has noted it."""
    work.add(steps.measure(row, back), steps.tally(row.journey, f"{row.arm}_seen", row.person))
    if back:
        work.add(steps.tally(row.journey, f"{row.arm}_back", row.person))
    try:
        work.commit()
    except CommitRejected as refused:
        if not refused.only(EnrolmentMoved):
            raise
