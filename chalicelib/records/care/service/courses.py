"""Order lines that are accompanied after their delivery, and who wants to be left alone.

Guarantees: a line is accompanied once; it ends once, with its refund or its customer's wish, and nothing of it falls due then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from .. import steps
from ..events import CareCourseBegun, CareCourseEnded
from ..model import COURSE, QUIET, SURVEY, CarePlan, Quiet, Survey, course_part
from ..model import CareCourse as CareCourse  # what reads return
from ..rules import GUIDE, REFILL, VISIT


class KeptCare(NamedTuple):
    """What is kept of somebody: the lines that are or were accompanied, what they said, and whether they are left alone."""

    courses: list[CareCourse]
    surveys: list[Survey]
    quiet: bool


def begin(person: str, line: str, sku: str, plan: CarePlan, at: datetime, work: Work) -> CareCourse | None:
    """Accompany a line that was delivered at an instant; None where it is so already. Whoever wants to be left alone is kept
    out by `steps.unwanted`. Its refusal: CareCourseMoved."""
    if find(person, line) is not None:
        return None
    row = CareCourse(
        person,
        course_part(line),
        sku=sku,
        category=plan.category,
        begun_at=at,
        visit_at=at + timedelta(days=plan.visit_days) if plan.visit_days is not None else None,
        refill_at=at + timedelta(days=plan.refill_days) if plan.refill_days is not None else None,
    )
    work.add(steps.begin(row))
    work.publish(CareCourseBegun(person, line, plan.category))
    return row


def end(row: CareCourse, why: str, work: Work) -> None:
    """Accompany a line no more. Its refusal: CareCourseMoved, where it was ended just now."""
    work.add(steps.end(row, why))
    work.publish(CareCourseEnded(row.person, row.line, why))


def dues(row: CareCourse) -> Iterator[tuple[str, datetime]]:
    """What of a course falls due, and when."""
    for kind, at in ((GUIDE, row.begun_at), (VISIT, row.visit_at), (REFILL, row.refill_at)):
        if at is not None:
            yield kind, at


def quiet(person: str, work: Work, *, wanted: bool) -> None:
    """Leave somebody alone from now on, or no more."""
    work.add(steps.quiet(person, work.now) if wanted else steps.loud(person))


def is_quiet(person: str) -> bool:
    """Whether somebody wants to be left alone."""
    return table.get(Quiet, person, QUIET, consistent=True) is not None


def find(person: str, line: str) -> CareCourse | None:
    """A line's course, as it stands."""
    return table.get(CareCourse, person, course_part(line), consistent=True)


def stands(person: str, line: str) -> bool:
    """Whether a line is accompanied."""
    row = find(person, line)
    return row is not None and row.why is None


def listed(person: str, limit: int, cursor: str | None) -> tuple[list[CareCourse], str | None]:
    """A page of somebody's courses, newest orders first."""
    return table.query(CareCourse, person, begins=("r", COURSE), limit=limit, cursor=cursor, newest_first=True)


def under_way(person: str) -> list[CareCourse]:
    """All of somebody's courses that were not ended."""
    return [row for row in every(person) if row.why is None]


def every(person: str) -> list[CareCourse]:
    """All of somebody's courses."""
    return list(table.every(CareCourse, person, begins=("r", COURSE), consistent=True))


def kept(person: str) -> KeptCare:
    """All that is kept of somebody, for themselves: one query."""
    found = KeptCare([], [], quiet=False)
    for raw in table.every_raw(CareCourse, person, consistent=True):
        part = raw["r"]["S"]
        if part.startswith(COURSE):
            found.courses.append(CareCourse.from_raw_data(raw))
        elif part.startswith(SURVEY):
            found.surveys.append(Survey.from_raw_data(raw))
        elif part == QUIET:
            found = found._replace(quiet=True)
    return found


def forget(person: str, work: Work) -> None:
    """Leave nothing of somebody's courses and answers: counted they stay. Commits in stretches."""
    work.drop_all(CareCourse, person)
