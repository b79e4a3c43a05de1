"""What changes season plans, described."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Action, Step, insert, update

from ..model import SeasonRow
from .rules import SEASON, SeasonMoved


class SeasonWeek(NamedTuple):
    """A week that is over: how many weeks are, what has sold by then, and whether that strays."""

    number: int
    sold: int
    strays: str


def add(row: SeasonRow) -> Step:
    """A plan that was not there."""
    return insert(row, SeasonMoved())


def move(season: SeasonRow, action: str, tasks: Mapping[str, str] | None = None) -> Step:
    """Move a plan; `tasks`: as they stand then."""
    more = [SeasonRow.tasks.set(json.dumps(tasks))] if tasks is not None else []
    return _change(season, action, SeasonRow.state.set(SEASON.target(action)), *more)


def mark(season: SeasonRow, tasks: Mapping[str, str]) -> Step:
    """What became of the tasks of a plan that is under way."""
    return _change(season, "end", SeasonRow.tasks.set(json.dumps(tasks)))


def count(season: SeasonRow, week: SeasonWeek) -> Step:
    """One week more is over; each counts once."""
    return _change(season, "end", *_counted(week))


def end(season: SeasonRow, week: SeasonWeek, prices: Mapping[str, int]) -> Step:
    """The last week is over: from now on it is cleared, down from these prices."""
    return _change(
        season,
        "end",
        *_counted(week),
        SeasonRow.state.set(SEASON.target("end")),
        SeasonRow.prices.set(json.dumps(prices)),
    )


def step_down(season: SeasonRow, number: int) -> Step:
    """One step more of clearing was proposed."""
    return _change(season, "finish", SeasonRow.step.set(number))


def _counted(week: SeasonWeek) -> list[Action]:
    return [SeasonRow.weeks_over.set(week.number), SeasonRow.sold.set(week.sold), SeasonRow.strays.set(week.strays)]


def _change(season: SeasonRow, action: str, *changes: Action) -> Step:
    """A change of a plan in a state from which `action` leads on, as it was read."""

    def meaning(old: SeasonRow | None) -> Refusal:
        if old is not None and old.state in SEASON.sources(action):
            return SeasonMoved()
        return SEASON.refusal(old)

    return update(
        SeasonRow,
        season.id,
        actions=[*changes, SeasonRow.version.add(1)],
        when=SeasonRow.state.is_in(*SEASON.sources(action)) & (SeasonRow.version == season.version),
        otherwise=meaning,
    )
