"""The lines of transactions that change journeys, and where people stand in them."""

from __future__ import annotations

import hashlib
from datetime import datetime

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Action, Step, insert, update

from .model import ALL, Enrolment, Journey, JourneyTally, JourneyVersion, tally_part, version_part
from .rules import (
    JOURNEY,
    KEPT,
    PARTS,
    UNDER_WAY,
    AlreadyEnrolled,
    EnrolmentMoved,
    JourneyExists,
    JourneyNotFound,
    StaleJourney,
    place,
)


def add(name: str, plan: str, by: str, at: datetime) -> list[Step]:
    """A new journey, a draft, with its first plan."""
    head = Journey(ALL, name, state=JOURNEY.initial, version=1, made_by=by, made_at=at)
    return [insert(head, JourneyExists()), _version(name, 1, plan, by, at, JourneyExists())]


def replan(name: str, seen: int, plan: str, by: str, at: datetime) -> list[Step]:
    """Another plan for who enters from now on; who is under way finishes the one they entered. Its refusals:
    JourneyNotFound, StaleJourney."""
    head = update(
        Journey,
        ALL,
        name,
        actions=[Journey.version.set(seen + 1)],
        when=Journey.version == seen,
        otherwise=lambda old: JourneyNotFound() if old is None else StaleJourney(),
    )
    return [head, _version(name, seen + 1, plan, by, at, StaleJourney())]


def _version(name: str, version: int, plan: str, by: str, at: datetime, otherwise: Refusal) -> Step:
    return insert(JourneyVersion(name, version_part(version), plan=plan, made_by=by, made_at=at), otherwise)


def move(name: str, action: str) -> Step:
    """Its refusals: JourneyNotFound, JourneyStateConflict."""
    return update(
        Journey,
        ALL,
        name,
        actions=[Journey.state.set(JOURNEY.target(action))],
        when=Journey.state.is_in(*JOURNEY.sources(action)),
        otherwise=JOURNEY.refusal,
    )


def enrol(person: str, journey: str, occasion: str, version: int, since: datetime, at: datetime, step: int = 0) -> Step:
    """Somebody enters, once an occasion, at a step. Its refusal: AlreadyEnrolled."""
    row = Enrolment(
        person,
        place(journey, occasion),
        version=version,
        step=step,
        state=UNDER_WAY,
        at=at,
        since=since,
        expires=int((at + KEPT).timestamp()),
    )
    return insert(row, AlreadyEnrolled())


def go_on(row: Enrolment, step: int, until: datetime | None = None, arm: str | None = None) -> Step:
    """The next step, not before then. Its refusal: EnrolmentMoved."""
    changes: list[Action] = [Enrolment.step.set(step)]
    changes.append(Enrolment.until.set(until) if until is not None else Enrolment.until.remove())
    if arm is not None:
        changes.append(Enrolment.arm.set(arm))
    return _moved(row, *changes)


def end(row: Enrolment, state: str, why: str = "", arm: str | None = None) -> Step:
    """They have gone through, or were stopped. Its refusal: EnrolmentMoved."""
    changes: list[Action] = [Enrolment.state.set(state), Enrolment.why.set(why)]
    if arm is not None:
        changes.append(Enrolment.arm.set(arm))
    return _moved(row, *changes)


def _moved(row: Enrolment, *changes: Action) -> Step:
    return update(
        Enrolment,
        row.person,
        row.place,
        actions=changes,
        when=(Enrolment.step == row.step) & (Enrolment.state == UNDER_WAY),
        otherwise=EnrolmentMoved(),
    )


def measure(row: Enrolment, back: bool) -> Step:
    """Whether they came again in the time that counts; noted once. Its refusal: EnrolmentMoved."""
    return update(
        Enrolment,
        row.person,
        row.place,
        actions=[Enrolment.back.set(int(back))],
        when=Enrolment.state.exists() & Enrolment.back.does_not_exist(),
        otherwise=EnrolmentMoved(),
    )


def tally(journey: str, what: str, person: str) -> Step:
    """One more came to this."""
    part = hashlib.sha256(person.encode()).digest()[0] % PARTS
    return update(JourneyTally, journey, tally_part(what, part), actions=[JourneyTally.number.add(1)])
