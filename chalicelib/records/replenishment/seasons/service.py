"""Season plans: drafted, agreed, followed week by week, and over.

Guarantees: a task comes due once and is dealt with once; a week counts once; who strays is told once a crossing; a plan that
is cancelled does nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from chalicelib.kernel.clock import business_day
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ..events import (
    SeasonChanged,
    SeasonClearDue,
    SeasonStrayed,
    SeasonTaskDue,
    SeasonTaskFinished,
    SeasonTaskOpened,
    SeasonWeekDue,
)
from ..model import SeasonRow as SeasonRow  # what reads answer
from ..rules.forecast import WEEK
from . import rules, steps
from .rules import DUE, SEASON, WAITING, SeasonNotFound, SeasonTaskNotDue, SeasonTaskNotFound
from .steps import SeasonWeek

YEAR = 364  # days: whole weeks, so that last year's Mondays are Mondays


class SeasonData(NamedTuple):
    """What a person says of a season: `units` None: as last year and `growth` percent more; a piece too few loses `gain` fen,
    one too many `loss`; what is expected is so sure, give or take `spread` percent."""

    name: str
    skus: tuple[str, ...]
    location: str
    starts: date
    ends: date
    units: int | None
    growth: int
    spread: int
    gain: int
    loss: int


# ---- for the shop's people --------------------------------------------------------------------------------------------
def draft(said: SeasonData, last: Sequence[int], work: Work) -> SeasonRow:
    """A plan; `last` is what sold in each week of the season a year ago. Raises SeasonTooNear, SeasonDatesWrong,
    SeasonUnitsUnknown."""
    rules.fits(said.starts, said.ends, business_day(work.now))
    weeks = rules.expected(last, rules.weeks_in(said.starts, said.ends), said.growth, said.units)
    row = SeasonRow(work.new_id("Z"), state=SEASON.initial, name=said.name, skus=" ".join(said.skus))
    row.location, row.starts, row.ends = said.location, said.starts.isoformat(), said.ends.isoformat()
    row.expected = ",".join(map(str, weeks))
    row.to_buy = rules.to_buy(sum(weeks), said.spread, said.gain, said.loss)
    row.tasks = json.dumps(dict.fromkeys(rules.TASKS, WAITING))
    row.weeks_over, row.sold, row.strays, row.step, row.version = 0, 0, rules.AS_EXPECTED, 0, 1
    row.owner, row.made_at = work.caller.id, work.now
    work.add(steps.add(row))
    work.publish(SeasonChanged(row.id, SEASON.initial))
    return row


def activate(season_id: str, work: Work) -> None:
    """From now on its tasks come due: those of days that are over at once. Raises SeasonTooNear, SeasonNotFound."""
    row = find(season_id)
    starts = date.fromisoformat(row.starts)
    rules.fits(starts, date.fromisoformat(row.ends), business_day(work.now))
    work.add(steps.move(row, "activate"))
    work.publish(SeasonChanged(row.id, SEASON.target("activate")))
    for task, at in rules.due_at(starts).items():
        work.publish(SeasonTaskDue(row.id, task), at=max(at, work.now))
    work.publish(SeasonWeekDue(row.id, 1), at=rules.at_nine(starts + timedelta(WEEK)))


def cancel(season_id: str, work: Work) -> None:
    """Give a plan up. Raises SeasonNotFound."""
    row = find(season_id)
    work.add(steps.move(row, "cancel"))
    work.publish(SeasonChanged(row.id, SEASON.target("cancel")))


def finish_task(season_id: str, task: str, outcome: str, work: Work) -> None:
    """A task that is due is done, or skipped. Raises SeasonNotFound, SeasonTaskNotFound, SeasonTaskNotDue."""
    row = find(season_id)
    tasks = tasks_of(row)
    if task not in tasks:
        raise SeasonTaskNotFound(task=task[:20])
    if tasks[task] != DUE:
        raise SeasonTaskNotDue(task=task)
    work.add(steps.mark(row, {**tasks, task: outcome}))
    work.publish(SeasonTaskFinished(row.id, task, outcome))


# ---- for the worker ---------------------------------------------------------------------------------------------------
def open_task(season_id: str, task: str, work: Work) -> None:
    """A task comes due, where its plan is still under way."""
    row = find(season_id)
    tasks = tasks_of(row)
    if row.state == "active" and tasks[task] == WAITING:
        work.add(steps.mark(row, {**tasks, task: DUE}))
        work.publish(SeasonTaskOpened(row.id, task))


def days_of(row: SeasonRow, week: int) -> list[date]:
    """The days of a week of the season, of those that belong to it."""
    starts, ends = date.fromisoformat(row.starts), date.fromisoformat(row.ends)
    days = [starts + timedelta(WEEK * (week - 1) + n) for n in range(WEEK)]
    return [day for day in days if day <= ends]


def waits_for(row: SeasonRow, week: int) -> bool:
    """Whether this is the week that is to be counted next."""
    return row.state == "active" and row.weeks_over == week - 1


def count_week(row: SeasonRow, week: int, sold: int, prices: Mapping[str, int], work: Work) -> None:
    """A week is over in which so much sold: after the last what is left is cleared, down from these prices."""
    weeks = expected_of(row)
    total = (row.sold or 0) + sold
    strays = rules.strays(row.strays or rules.AS_EXPECTED, total, sum(weeks[:week]))
    if strays and strays != row.strays:
        work.publish(SeasonStrayed(row.id, strays, total, sum(weeks[:week])))
    over = SeasonWeek(week, total, strays)
    if week < len(weeks):
        work.add(steps.count(row, over))
        at = rules.at_nine(date.fromisoformat(row.starts) + timedelta(WEEK * (week + 1)))
        work.publish(SeasonWeekDue(row.id, week + 1), at=max(at, work.now))
        return
    work.add(steps.end(row, over, prices))
    work.publish(SeasonChanged(row.id, SEASON.target("end")))
    work.publish(SeasonClearDue(row.id, 0))


def clears(row: SeasonRow, step: int) -> bool:
    """Whether this step of clearing is the next."""
    return row.state == "clearing" and row.step == step


def step_down(row: SeasonRow, step: int, left: int, work: Work) -> None:
    """Go on with clearing two weeks later, or be done: nothing is left, or the time for it is over."""
    last = (step + 1) * rules.STEP_WEEKS >= rules.CLEARING_WEEKS
    if left == 0 or last:
        work.add(steps.move(row, "finish"))
        work.publish(SeasonChanged(row.id, SEASON.target("finish")))
        return
    work.add(steps.step_down(row, step + 1))
    work.publish(SeasonClearDue(row.id, step + 1), at=work.now + timedelta(weeks=rules.STEP_WEEKS))


# ---- reading ----------------------------------------------------------------------------------------------------------
def find(season_id: str) -> SeasonRow:
    """A plan. Raises SeasonNotFound."""
    row = table.get(SeasonRow, season_id, consistent=True) if is_id(season_id, "Z") else None
    if row is None:
        raise SeasonNotFound()
    return row


def in_state(state: str, limit: int, cursor: str | None) -> tuple[list[SeasonRow], str | None]:
    """A page of the plans in a state, newest first."""
    rows, more = table.listed(
        SeasonRow, state, index="by_state", hash_name="s", limit=limit, cursor=cursor, newest_first=True
    )
    return [row for row in rows if row.state == state], more


def tasks_of(row: SeasonRow) -> dict[str, str]:
    """Where each task stands."""
    told: dict[str, str] = json.loads(row.tasks)
    return told


def expected_of(row: SeasonRow) -> list[int]:
    """What is expected of each week."""
    return [int(one) for one in row.expected.split(",")]


def prices_of(row: SeasonRow) -> dict[str, int]:
    """What each SKU cost when the season ended."""
    told: dict[str, int] = json.loads(row.prices or "{}")
    return told
