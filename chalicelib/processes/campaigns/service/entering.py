"""Who enters which journey: once an occasion, while it runs, if its conditions hold and they were not met too often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys import steps
from chalicelib.records.journeys.rules import AlreadyEnrolled, Plan
from chalicelib.records.touches import steps as touches
from chalicelib.runtime.work import Work

from ..conditions import Case, hold

KIND = "journey"  # of the row by which somebody's next step is due


class Entrant(NamedTuple):
    """Somebody, on an occasion that stands since then."""

    person: str
    occasion: str
    since: datetime


def enter(trigger: str, entries: Sequence[Entrant], work: Work) -> bool:
    """Have these enter each running journey of this trigger; returns whether one of it is paused: they may enter later."""
    paused = False
    for name, version, state, plan in _of(trigger):
        if state == "paused":
            paused = True
            continue
        enter_one(name, version, plan, entries, work)
    return paused


def is_awaited(trigger: str) -> bool:
    """Whether a running journey is set off by this."""
    return any(state == "running" for _, _, state, _ in _of(trigger))


def enter_one(name: str, version: int, plan: Plan, entries: Sequence[Entrant], work: Work) -> None:
    """Have these enter this version of a journey, whom it admits, and once. Commits by person."""
    rows = journeys.enrolments([(one.person, name, one.occasion) for one in entries])
    for one, row in zip(entries, rows, strict=True):
        if row is None and admitted(one, name, plan, work.now):
            _enrol(one, name, version, plan, work.separate())


def _of(trigger: str) -> Iterator[tuple[str, int, str, Plan]]:
    """The journeys that this sets off, running or paused, with the plan that newcomers enter."""
    for name, head in journeys.known().items():
        if head.state in ("running", "paused"):
            plan = journeys.plan_of(name, head.version or 1)
            if plan.trigger == trigger:
                yield name, head.version or 1, head.state, plan


def admitted(one: Entrant, name: str, plan: Plan, now: datetime) -> bool:
    """Whether the conditions hold, and they were not met too often lately."""
    if not hold(Case(one.person, one.occasion, one.since, now), plan.when):
        return False
    return journeys.met_since(one.person, name, now - timedelta(days=plan.days)) < plan.most


def _enrol(one: Entrant, name: str, version: int, plan: Plan, work: Work) -> None:
    """A wait at the beginning counts from now. Commits; who was faster has enrolled them."""
    wait = plan.steps[0].get("wait")
    first = work.now + timedelta(minutes=wait["minutes"]) if wait else work.now
    work.add(
        steps.enrol(one.person, name, one.occasion, version, one.since, work.now, 1 if wait else 0),
        steps.tally(name, "entered", one.person),
        *touches.arm(KIND, one.person, first, name, one.occasion),
    )
    try:
        work.commit()
    except CommitRejected as refused:
        if not refused.only(AlreadyEnrolled):
            raise
