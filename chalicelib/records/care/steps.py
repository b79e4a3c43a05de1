"""The lines of transactions that change plans, courses, surveys and improvement tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.table import Action, Step, insert, put, update

from .model import (
    CONSULTATION,
    NPS,
    PLANS,
    QUIET,
    TAG,
    CareCourse,
    CarePlan,
    ImprovementTask,
    ProductConsultations,
    Quiet,
    Survey,
    SurveyCount,
)
from .model import TASK as PART
from .rules import (
    BAD,
    BY_JOURNEY,
    GOOD,
    TASK,
    CareCourseMoved,
    CarePlanNotFound,
    Grievance,
    ImprovementTaskRaised,
    Spoken,
    StaleCarePlan,
    SurveyGivenAlready,
)

Count = SurveyCount


# ---- what is planned ------------------------------------------------------------------------------------------------
def plan(row: CarePlan, seen: int) -> Step:
    """What a category's goods get from now on, as its plan was seen: 0, where there was none."""
    when = CarePlan.revision == seen if seen else CarePlan.group.does_not_exist()
    return put(row, when, StaleCarePlan())


def unplan(category: str) -> Step:
    """Nothing is planned for a category any more."""
    return table.delete(CarePlan, PLANS, category, when=CarePlan.group.exists(), otherwise=CarePlanNotFound())


def consultations(product: str, count: int, days: int) -> Step:
    """What an order line of a product brings."""
    if not count:
        return table.delete(ProductConsultations, product, CONSULTATION)
    return put(ProductConsultations(product, CONSULTATION, brings=count, days=days))


# ---- courses --------------------------------------------------------------------------------------------------------
def begin(row: CareCourse) -> Step:
    """An order line is accompanied, once."""
    return insert(row, CareCourseMoved())


def end(row: CareCourse, why: str) -> Step:
    """It is accompanied no more."""
    return update(
        CareCourse,
        row.person,
        row.part,
        actions=[CareCourse.why.set(why)],
        when=CareCourse.person.exists() & CareCourse.why.does_not_exist(),
        otherwise=CareCourseMoved(),
    )


def unwanted(person: str) -> Step:
    """Begin nothing for who wants to be left alone."""
    return table.check(Quiet, person, QUIET, when=Quiet.person.does_not_exist(), otherwise=CareCourseMoved())


def quiet(person: str, now: datetime) -> Step:
    """Somebody wants to be left alone."""
    return put(Quiet(person, QUIET, at=now))


def loud(person: str) -> Step:
    """Somebody wants to be accompanied again."""
    return table.delete(Quiet, person, QUIET)


# ---- surveys --------------------------------------------------------------------------------------------------------
def answer(row: Survey, tags: Sequence[str]) -> list[Step]:
    """What somebody said, once, and counted with it."""
    more = [Count.answers.add(1), Count.late_answers.add(1)]
    if row.score >= GOOD:
        more += [Count.promoters.add(1), Count.late_promoters.add(1)]
    if row.score <= BAD:
        more += [Count.detractors.add(1), Count.late_detractors.add(1)]
    once = [Count.answers.add(1), Count.late_answers.add(1)]
    named = [_count(row.sku, f"{TAG}{tag}", once) for tag in tags]
    return [insert(row, SurveyGivenAlready()), _count(row.sku, NPS, more), *named]


def _count(sku: str, part: str, actions: Sequence[Action]) -> Step:
    return update(Count, sku, part, actions=actions)


# ---- improvement ----------------------------------------------------------------------------------------------------
def raise_task(task_id: str, sku: str, alarm: Grievance, spoken: Spoken, now: datetime) -> list[Step]:
    """Something is to be improved, while nothing is under way for it."""
    row = ImprovementTask(
        task_id,
        PART,
        sku=sku,
        why=alarm.why,
        answers=spoken.answers,
        figure=alarm.figure,
        state=TASK.initial,
        opened_at=now,
    )
    free = update(
        Count,
        sku,
        NPS,
        actions=[Count.task.set(task_id)],
        when=Count.task.does_not_exist() & (Count.late_answers >= spoken.answers),
        otherwise=ImprovementTaskRaised(),
    )
    return [insert(row, ImprovementTaskRaised()), free]


def ask_task(task_id: str, journey: str, person: str, text: str, now: datetime) -> Step:
    """Something is to be done for somebody."""
    row = ImprovementTask(task_id, PART, sku="", why=BY_JOURNEY, answers=0, figure=0, state=TASK.initial, opened_at=now)
    row.journey, row.person, row.text = journey, person, text
    return insert(row, ImprovementTaskRaised())


def take(task_id: str, owner: str) -> Step:
    """Somebody sees to it."""
    return _moved(task_id, "take", ImprovementTask.owner.set(owner))


def settle(row: ImprovementTask, owner: str, outcome: str, note: str, now: datetime, tags: Iterable[str]) -> list[Step]:
    """It is done, with this outcome; from now on what is said of its SKU is counted anew."""
    done = [
        ImprovementTask.owner.set(owner),
        ImprovementTask.outcome.set(outcome),
        ImprovementTask.note.set(note),
        ImprovementTask.settled_at.set(now),
    ]
    if not row.sku:
        return [_moved(row.id, "settle", *done)]
    anew = [Count.late_answers.set(0), Count.late_promoters.set(0), Count.late_detractors.set(0), Count.task.remove()]
    named = [_count(row.sku, f"{TAG}{tag}", [Count.late_answers.set(0)]) for tag in tags]
    return [_moved(row.id, "settle", *done), _count(row.sku, NPS, anew), *named]


def _moved(task_id: str, action: str, *changes: Action) -> Step:
    return update(
        ImprovementTask,
        task_id,
        PART,
        actions=[ImprovementTask.state.set(TASK.target(action)), *changes],
        when=ImprovementTask.state.is_in(*TASK.sources(action)),
        otherwise=TASK.refusal,
    )
