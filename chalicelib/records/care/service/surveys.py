"""What people say of what they bought, what it comes to, and what is improved for it.

Guarantees: an order line is answered for once, and counted once; a text is sealed under a key of its own; a SKU has one
improvement task under way at most, and the next only by what is said after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import settings, table, vault
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import ImprovementAsked, ImprovementMoved, ImprovementRaised, SurveyAnswered
from ..model import BY_STATE, NPS, SURVEY, TAG, TASK, SurveyCount
from ..model import ImprovementTask as ImprovementTask  # what reads return
from ..model import Survey as Survey
from ..rules import ImprovementTaskNotFound, Spoken

ID = "V"
LEAST = settings.declare("SURVEY_LEAST", "20", "answers from which a SKU is judged by what is said of it", least=1)
LOWEST_NPS = settings.declare("SURVEY_LOWEST_NPS", "0", "the NPS below which a SKU is to be improved")
TAG_PERCENT = settings.declare(
    "SURVEY_TAG_PERCENT", "30", "percent of the answers above which one and the same complaint has a SKU improved"
)


class Opinion(NamedTuple):
    """How somebody was pleased: 0 to 10, some tags, and a text."""

    score: int
    tags: Sequence[str]
    text: str | None


class Repute(NamedTuple):
    """How a SKU is spoken of in all, and since its last task; and the task that is under way."""

    ever: Spoken
    lately: Spoken
    task: str | None


def answer(person: str, line: str, sku: str, verdict: Opinion, work: Work) -> None:
    """Say how an order line pleased. Raises VaultClosed; its refusal: SurveyGivenAlready."""
    tags = sorted(set(verdict.tags))
    row = Survey(person, f"{SURVEY}{line}", sku=sku, score=verdict.score, tags=" ".join(tags), at=work.now)
    if verdict.text:
        row.key = vault.new_key(line)
        row.text = vault.seal(line, row.key, verdict.text, _place(line))
    work.add(*steps.answer(row, tags))
    work.publish(SurveyAnswered(line, sku, verdict.score))


def judge(sku: str, work: Work) -> None:
    """Have a SKU improved where enough people speak of it so. Its refusal: ImprovementTaskRaised, where another was raised
    just now."""
    spoken = standing(sku)
    alarm = rules.alarming(
        spoken.lately,
        least=settings.number(LEAST),
        nps=settings.number(LOWEST_NPS),
        percent=settings.number(TAG_PERCENT),
    )
    if alarm is not None and spoken.task is None:
        task_id = work.new_id(ID)
        work.add(*steps.raise_task(task_id, sku, alarm, spoken.lately, work.now))
        work.publish(ImprovementRaised(task_id, sku, alarm.why))


def ask(journey: str, person: str, text: str, work: Work) -> None:
    """A journey wants something done for somebody."""
    task_id = work.new_id(ID)
    work.add(steps.ask_task(task_id, journey, person, text, work.now))
    work.publish(ImprovementAsked(task_id, journey, person))


def take(task_id: str, work: Work) -> None:
    """See to a task. Raises ImprovementTaskNotFound; its refusal: ImprovementTaskStateConflict."""
    find(task_id)
    work.add(steps.take(task_id, work.caller.id))
    work.publish(ImprovementMoved(task_id, work.caller.id, ""))


def settle(task_id: str, outcome: str, note: str, work: Work) -> None:
    """A task is done, with an outcome. Raises ImprovementTaskNotFound; its refusal: ImprovementTaskStateConflict."""
    row = find(task_id)
    tags = standing(row.sku).ever.tags if row.sku else ()
    work.add(*steps.settle(row, work.caller.id, outcome, note, work.now, tags))
    work.publish(ImprovementMoved(task_id, work.caller.id, outcome))


# ---- reading --------------------------------------------------------------------------------------------------------
def given(person: str, line: str) -> Survey | None:
    """What somebody said of a line, if anything."""
    return table.get(Survey, person, f"{SURVEY}{line}", consistent=True)


def answered(person: str, lines: Sequence[str]) -> list[bool]:
    """Whether somebody has answered for each of these lines: one read."""
    rows = table.batch([Key(Survey, person, f"{SURVEY}{line}") for line in lines], consistent=True) if lines else []
    return [row is not None for row in rows]


def standing(sku: str) -> Repute:
    """How a SKU is spoken of: one query."""
    rows = {row.part: row for row in table.every(SurveyCount, sku, consistent=True)}
    nps = rows.get(NPS)
    if nps is None:
        return Repute(Spoken(0, 0, 0, {}), Spoken(0, 0, 0, {}), None)
    tags = {part.removeprefix(TAG): row for part, row in rows.items() if part.startswith(TAG)}
    ever = {tag: row.answers or 0 for tag, row in tags.items()}
    lately = {tag: row.late_answers or 0 for tag, row in tags.items()}
    return Repute(
        Spoken(nps.answers or 0, nps.promoters or 0, nps.detractors or 0, ever),
        Spoken(nps.late_answers or 0, nps.late_promoters or 0, nps.late_detractors or 0, lately),
        nps.task,
    )


def find(task_id: str) -> ImprovementTask:
    """Raises ImprovementTaskNotFound."""
    row = table.get(ImprovementTask, task_id, TASK, consistent=True) if is_id(task_id, ID) else None
    if row is None:
        raise ImprovementTaskNotFound()
    return row


def tasks(state: str, limit: int, cursor: str | None) -> tuple[list[ImprovementTask], str | None]:
    """A page of the tasks in a state, newest first."""
    return table.listed(
        ImprovementTask, state, index=BY_STATE, hash_name="z", limit=limit, cursor=cursor, newest_first=True
    )


def opened(row: Survey) -> str | None:
    """The text of what somebody said. Raises SealedDataUnreadable, VaultClosed."""
    line = row.part.removeprefix(SURVEY)
    return vault.unseal(line, row.key, row.text, _place(line)) if row.text else None


def _place(line: str) -> str:
    return f"care|{line}|survey"
