"""Journeys' use cases: plan, move, and who stands where.

Guarantees: a version never changes; a head is remembered for five seconds at most, so that nothing is sent ten seconds after a
journey was ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.runtime import table
from chalicelib.runtime.memory import Recent
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from . import steps
from .events import JourneyMoved, JourneyPlanned
from .model import ALL, JourneyTally, JourneyVersion, version_part
from .model import Enrolment as Enrolment  # what reads answer
from .model import Journey as Journey
from .rules import JourneyNotFound, JourneyPlanWrong, Plan, packed, parse, place, unpacked

REMEMBERED_MS = 5_000
_heads: Recent[str, dict[str, Journey]] = Recent(REMEMBERED_MS)
_plans: Recent[tuple[str, int], Plan] = Recent(3_600_000)


def plan(name: str, seen: int, told: Mapping[str, Any], work: Work) -> int:
    """A plan of a new journey (`seen` 0), or another one; returns its version. Raises JourneyPlanWrong; its refusals:
    JourneyExists, JourneyNotFound, StaleJourney."""
    parse(told)
    text = packed(told)
    if len(text.encode()) > 16_384:
        raise JourneyPlanWrong(at="size")

    if seen == 0:
        work.add(*steps.add(name, text, work.caller.id, work.now))
    else:
        work.add(*steps.replan(name, seen, text, work.caller.id, work.now))
    work.publish(JourneyPlanned(name, seen + 1))
    _heads.forget()
    return seen + 1


def move(name: str, action: str, work: Work) -> None:
    """Start, pause or end it. Its refusals: JourneyNotFound, JourneyStateConflict."""
    work.add(steps.move(name, action))
    work.publish(JourneyMoved(name, action))
    _heads.forget()


def every() -> list[Journey]:
    """All journeys as they stand, by name."""
    return list(table.every(Journey, ALL, consistent=True))


def listed(limit: int, cursor: str | None) -> tuple[list[Journey], str | None]:
    """A page of journeys, by name."""
    return table.query(Journey, ALL, limit=limit, cursor=cursor, consistent=True)


def find(name: str) -> Journey:
    """Raises JourneyNotFound."""
    row = table.get(Journey, ALL, name, consistent=True)
    if row is None:
        raise JourneyNotFound()
    return row


def known() -> Mapping[str, Journey]:
    """All journeys by name, as of five seconds ago at most."""
    return _heads.recall(ALL, lambda _: {row.name: row for row in every()})


def plan_of(name: str, version: int) -> Plan:
    """What this version says: it never changes. Raises JourneyNotFound."""
    return _plans.recall((name, version), lambda _: unpacked(written(name, version)))


def written(name: str, version: int) -> str:
    """A version as it was written. Raises JourneyNotFound."""
    row = table.get(JourneyVersion, name, version_part(version), consistent=True)
    if row is None:
        raise JourneyNotFound()
    return str(row.plan)


def enrolments(wanted: Sequence[tuple[str, str, str]]) -> list[Enrolment | None]:
    """Where these stand: (person, journey, occasion)."""
    return table.batch([Key(Enrolment, one, place(name, occasion)) for one, name, occasion in wanted], consistent=True)


def of_person(person: str, journey: str = "") -> list[Enrolment]:
    """All of somebody's, of one journey or of all."""
    begins = ("r", place(journey, "")) if journey else None
    return list(table.every(Enrolment, person, begins=begins, consistent=True))


def met_since(person: str, journey: str, since: datetime) -> int:
    """How often somebody was met by a journey since then, or is under way in it."""
    return sum(
        row.at > since and row.arm != "compared" and row.state != "kept_back" for row in of_person(person, journey)
    )


def counts(name: str) -> Counter[str]:
    """How many came to what."""
    found: Counter[str] = Counter()
    for row in table.every(JourneyTally, name, begins=("r", "tally#")):
        found[row.part.split("#")[1]] += row.number or 0
    return found


def forget(person: str, work: Work) -> None:
    """Leave nothing of which journeys somebody was in: counted they stay. Commits in stretches."""
    work.drop_all(Enrolment, person)
