"""What is asked and answered of care after the sale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.records.care.rules import BEST, MOST_TAGS, OUTCOMES, TAG_NAMES, TASK_STATES, Spoken
from chalicelib.records.care.service.planning import CarePlan, Planned
from chalicelib.records.care.service.surveys import ImprovementTask, Opinion, Repute
from chalicelib.records.catalog.service import Sku
from chalicelib.runtime.http import Body, Instant, Secret, View
from chalicelib.runtime.http.kinds import PROSE, WORDS
from chalicelib.runtime.http.shapes import Paging

from .service.asking import Accompanied

SurveyTag = Literal[TAG_NAMES]  # type: ignore[valid-type]  # the table's names
TaskState = Literal[TASK_STATES]  # type: ignore[valid-type]  # the machine's states
Days = Annotated[int, Field(ge=1, le=365)]
Guide = Annotated[str, Field(max_length=1000, examples=["洁面后取适量涂抹。"]), PROSE]


class AnswerSurvey(Body):
    """How it pleased: 0 to 10, how likely one would commend it; some tags; a text."""

    score: int = Field(ge=0, le=BEST, examples=[9])
    tags: list[SurveyTag] = Field(default=[], max_length=MOST_TAGS)
    text: Annotated[str, Field(max_length=500), PROSE] | None = None

    def verdict(self) -> Opinion:
        return Opinion(self.score, self.tags, self.text)


class AskQuiet(Body):
    """Whether one wants to be left alone."""

    quiet: bool


class SetPlan(Body):
    """What is done for a category's goods; `revision` is the one that was read, 0 where there is none."""

    revision: int = Field(ge=0, le=1_000_000, examples=[0])
    guide_zh: Guide
    guide_en: Guide
    visit_days: Days | None = 7
    refill_days: Days | None = 30

    def planned(self) -> Planned:
        return Planned(self.guide_zh, self.guide_en, self.visit_days, self.refill_days)


class SetConsultations(Body):
    """How many consultations a piece of the product brings, for how many days after payment; 0: none."""

    count: int = Field(ge=0, le=20, examples=[2])
    days: Days = 90


class ListTasks(Paging):
    """Which improvement tasks."""

    state: TaskState = "open"


class SettleTask(Body):
    """What came of it."""

    outcome: Literal[OUTCOMES]  # type: ignore[valid-type]  # the words of the rules
    note: Annotated[str, Field(max_length=200), WORDS] = ""


class SurveyGoods(View):
    """The goods that somebody is asked about."""

    sku: str
    title_zh: str
    title_en: str


class SurveyView(View):
    """What is asked by a link; null where the shop shows the goods no more."""

    goods: SurveyGoods | None
    tags: list[SurveyTag]
    answered: bool


class CourseView(View):
    """An order line that is accompanied. `survey` is the token of its survey's link, for who is not signed in."""

    order_id: str
    line: int
    goods: SurveyGoods | None
    guide_zh: str
    guide_en: str
    since: Instant
    visit_at: Instant | None
    refill_at: Instant | None
    ended: bool
    answered: bool
    survey: Secret


class PlanView(View):
    """What is done for a category's goods."""

    category: str
    revision: int
    guide_zh: str
    guide_en: str
    visit_days: int | None
    refill_days: int | None


class PlansView(View):
    """All plans."""

    items: list[PlanView]


class PlanRevision(View):
    """How a plan stands after a change."""

    category: str
    revision: int


class SpokenView(View):
    """Answers, the NPS that they come to, and how often each tag was named."""

    answers: int
    promoters: int
    detractors: int
    nps: int
    tags: dict[str, int]


class ResultsView(View):
    """How a SKU is spoken of, in all and since its last improvement task; and the task that is under way."""

    sku: str
    ever: SpokenView
    lately: SpokenView
    task_id: str | None


class TaskView(View):
    """An improvement task: why (the NPS, or a complaint), by which figure and so many answers, whose, and what came of it. Of one
    that a journey asked for: which, what is to be done and for whom."""

    task_id: str
    product: str | None
    sku: str | None
    journey: str | None
    customer: str | None
    text: str | None
    why: str
    figure: int
    answers: int
    state: TaskState
    owner: str | None
    outcome: Literal[OUTCOMES] | None  # type: ignore[valid-type]  # the words of the rules
    note: str | None
    opened_at: Instant
    settled_at: Instant | None


def _goods(sku: Sku | None) -> SurveyGoods | None:
    return None if sku is None else SurveyGoods(sku=sku.id, title_zh=sku.title_zh, title_en=sku.title_en)


def survey_view(sku: Sku | None, *, answered: bool) -> SurveyView:
    return SurveyView(goods=_goods(sku), tags=list(TAG_NAMES), answered=answered)


def course_view(one: Accompanied) -> CourseView:
    row = one.course
    return CourseView(
        order_id=row.line[:-2],
        line=int(row.line[-2:]),
        goods=_goods(one.sku),
        guide_zh=one.guide_zh,
        guide_en=one.guide_en,
        since=iso(row.begun_at),
        visit_at=iso_or_none(row.visit_at),
        refill_at=iso_or_none(row.refill_at),
        ended=row.why is not None,
        answered=one.answered,
        survey=one.link,
    )


def plans_view(rows: Iterable[CarePlan]) -> PlansView:
    return PlansView(items=[_plan(row) for row in rows])


def _plan(row: CarePlan) -> PlanView:
    return PlanView(
        category=row.category,
        revision=row.revision,
        guide_zh=row.guide_zh,
        guide_en=row.guide_en,
        visit_days=row.visit_days,
        refill_days=row.refill_days,
    )


def results_view(sku: str, standing: Repute) -> ResultsView:
    return ResultsView(sku=sku, ever=_spoken(standing.ever), lately=_spoken(standing.lately), task_id=standing.task)


def _spoken(spoken: Spoken) -> SpokenView:
    return SpokenView(
        answers=spoken.answers,
        promoters=spoken.promoters,
        detractors=spoken.detractors,
        nps=spoken.nps,
        tags={tag: count for tag, count in spoken.tags.items() if count},
    )


def tasks_view(rows: Sequence[ImprovementTask]) -> list[TaskView]:
    return [
        TaskView(
            task_id=row.id,
            product=row.sku[:-2] or None,
            sku=row.sku or None,
            journey=row.journey,
            customer=row.person,
            text=row.text,
            why=row.why,
            figure=row.figure,
            answers=row.answers,
            state=row.state,
            owner=row.owner,
            outcome=row.outcome,
            note=row.note,
            opened_at=iso(row.opened_at),
            settled_at=iso_or_none(row.settled_at),
        )
        for row in rows
    ]
