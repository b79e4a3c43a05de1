"""Somebody's next steps in a journey: it waits, demands, gives, sends, until it waits again or is through.

Guarantees: each step is done once (a message by its claim, a gift by its coupon's id, a ticket or a task in the transaction that
goes on) however often its row fires; the gift of a
message is given when nothing but the claim is left to do, so that a message that is lost never loses or doubles it; who is left
alone to compare passed the same consent and suppression as who is met; whoever came again, and a journey that was ended, is
asked for once more just before the claim.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.notifying.service import Outcome, Wanted, send_all
from chalicelib.records.care.service import surveys
from chalicelib.records.coupons.service import gifts
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys import steps
from chalicelib.records.journeys.rules import (
    COMPARED,
    DONE,
    KEPT_BACK,
    LEFT_ALONE,
    STOPPED,
    TREATED,
    UNDER_WAY,
    EnrolmentMoved,
    Plan,
)
from chalicelib.records.journeys.service import Enrolment
from chalicelib.records.tickets.service import matters
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime.table import Step
from chalicelib.runtime.work import Work

from .. import texts as texts  # what journeys say: whoever sends it alone has to know it
from ..blanks import filled
from ..conditions import Case, hold
from ..steps import compare
from .looking import Verdict

PAUSED = timedelta(minutes=10)  # until a paused journey is looked at again
ENDED = "ended"
ALONE = ("control", "holdout")


class _Walker(NamedTuple):
    """Somebody on their way: the row that fired, where they stand, and by which plan."""

    due: Appointment
    row: Enrolment
    plan: Plan

    def case(self, now: datetime) -> Case:
        return Case(self.row.person, self.row.occasion, self.row.since, now)


def walk(due: Sequence[Appointment], work: Work) -> Iterator[Verdict]:
    """All their next steps; messages go out together. Whoever somebody else is moving just now is looked at later."""
    rows = journeys.enrolments([(one.person, one.subject, one.episode) for one in due])
    going = list[_Walker]()
    for one, row in zip(due, rows, strict=True):
        if row is None or row.state != UNDER_WAY:
            yield one, None
        else:
            going.append(_Walker(one, row, journeys.plan_of(row.journey, row.version)))
    while going:
        asking = list[_Walker]()
        for walker in going:
            try:
                rest = _until_message(walker, work)
            except CommitRejected as refused:
                if not refused.only(EnrolmentMoved):
                    raise
                continue
            if rest is None:
                asking.append(walker)
            else:
                yield walker.due, rest[0]
        going = []
        by_occasion = {(told.person, told.occasion): told for told in _send(asking, work)}
        for walker in asking:
            told = by_occasion[walker.row.person, _occasion(walker)]
            if told.state == "held":
                yield walker.due, told.until
                continue
            try:
                over = _take(walker, told, work.separate())
            except CommitRejected as refused:
                if not refused.only(EnrolmentMoved):
                    raise
                continue
            if over:
                yield walker.due, None
            else:
                going.append(walker)


def _until_message(walker: _Walker, work: Work) -> tuple[datetime | None] | None:
    """Go on to the next message; else when to look again, or never. Raises CommitRejected by EnrolmentMoved."""
    row, plan = walker.row, walker.plan
    head = journeys.known().get(row.journey)
    if head is None or head.state == ENDED:
        return _end(row, STOPPED, ENDED, work.separate())
    if head.state == "paused":
        return (work.now + PAUSED,)
    if row.until is not None and row.until > work.now:
        return (row.until,)
    case = walker.case(work.now)
    if (why := _stopped(case, plan)) is not None:
        return _end(row, STOPPED, why, work.separate())
    while row.step < len(plan.steps):
        step = plan.steps[row.step]
        if "message" in step:
            return None
        if "when" in step and not hold(case, step["when"]):
            return _end(row, STOPPED, "when", work.separate())
        if "gift" in step:
            gifts.give(row.person, step["gift"], gift_key(row), work)
        until = work.now + timedelta(minutes=step["wait"]["minutes"]) if "wait" in step else None
        own = work.separate()
        _act(row, step, own)
        _go_on(row, until, own)
        if until is not None:
            return (until,)
    return _end(row, DONE, "", work.separate())


def _act(row: Enrolment, step: Mapping[str, Any], work: Work) -> None:
    """What the shop's people are to do, in the transaction that goes on: so it is asked for once. Raises VaultClosed."""
    if "ticket" in step:
        matters.approach(row.person, step["ticket"], row.journey, work, named=step.get("named", False))
    if "task" in step:
        surveys.ask(row.journey, row.person, step["task"], work)
    work.add(*(steps.tally(row.journey, act, row.person) for act in ("ticket", "task") if act in step))


def _stopped(case: Case, plan: Plan) -> str | None:
    return next((name for name in plan.stop if hold(case, {name: True})), None)


def _send(asking: Sequence[_Walker], work: Work) -> list[Outcome]:
    """Have their messages sent, each with its gift."""
    if not asking:
        return []
    by_person = {(one.row.person, _occasion(one)): one for one in asking}

    def last_word(wanted: Wanted) -> str:
        """Why it is not to go after all; else what it speaks of is given."""
        walker = by_person[wanted.person, wanted.occasion]
        head = journeys.known().get(walker.row.journey)
        if head is None or head.state == ENDED:
            return ENDED
        if (why := _stopped(walker.case(work.now), walker.plan)) is not None:
            return why
        if gift := walker.plan.steps[walker.row.step].get("gift"):
            gifts.give(walker.row.person, gift, gift_key(walker.row), work)
        return ""

    return send_all([_wanted(one, work.now) for one in asking], work, last_word)


def _wanted(walker: _Walker, now: datetime) -> Wanted:
    row, said = walker.row, walker.plan.steps[walker.row.step]["message"]
    return Wanted(
        row.person,
        _occasion(walker),
        said["template"],
        said["purpose"],
        filled(walker.plan.trigger, walker.case(now)),
        tuple(said.get("channels", ())),
        row.journey if walker.plan.holdout else "",
    )


def _occasion(walker: _Walker) -> str:
    """The name of this message's claim: the journey's version, the occasion, the step."""
    row = walker.row
    return f"{row.journey}#{row.version}#{row.occasion}#{row.step}"


def gift_key(row: Enrolment) -> str:
    """Under which all gifts of one occasion are given: 26 letters, as an order has."""
    digest = hashlib.sha256(f"{row.person}|{row.place}|{row.step}".encode()).hexdigest()
    return f"J{digest[:26].upper()}"


def _take(walker: _Walker, told: Outcome, work: Work) -> bool:
    """Keep what became of a message; whether they are through. Commits. Raises CommitRejected by EnrolmentMoved."""
    row, name = walker.row, walker.row.journey
    first = row.arm is None
    kept = told.state == "suppressed"
    noted = steps.tally(name, f"{told.state}.{told.why}" if told.why else told.state, row.person)
    if kept and told.why in ALONE and first:
        _end(row, LEFT_ALONE, told.why, work, noted, *compare(row, COMPARED, work.now), arm=COMPARED)
        return True
    if kept and told.why in walker.plan.stop:  # chosen to be met, and counted so: they came before it went out
        more = compare(row, TREATED, work.now) if first else []
        _end(row, STOPPED, told.why, work, noted, *more, arm=TREATED)
        return True
    if kept and (first or told.why == ENDED):
        _end(row, STOPPED if told.why == ENDED else KEPT_BACK, told.why, work, noted)
        return True
    _go_on(row, None, work, noted, *(compare(row, TREATED, work.now) if first else []), arm=TREATED)
    return False


def _go_on(row: Enrolment, until: datetime | None, work: Work, *more: Step, arm: str | None = None) -> None:
    """The next step. Commits. Raises CommitRejected by EnrolmentMoved."""
    work.add(steps.go_on(row, row.step + 1, until, arm), *more)
    work.commit()
    row.step, row.until, row.arm = row.step + 1, until, arm or row.arm


def _end(row: Enrolment, state: str, why: str, work: Work, *more: Step, arm: str | None = None) -> tuple[None]:
    """They are through. Commits. Raises CommitRejected by EnrolmentMoved."""
    work.add(steps.end(row, state, why, arm), steps.tally(row.journey, state, row.person), *more)
    work.commit()
    return (None,)
