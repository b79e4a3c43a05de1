"""What goes in and out of the routes of season plans."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.records.replenishment.seasons import rules
from chalicelib.records.replenishment.seasons import service as seasons
from chalicelib.records.replenishment.seasons.rules import SEASON
from chalicelib.records.replenishment.seasons.service import SeasonData, SeasonRow
from chalicelib.runtime.http import Body, Instant, View, one_of
from chalicelib.runtime.http.kinds import EXACT, Day, Word, Words
from chalicelib.runtime.http.shapes import Paging

SkuText = Annotated[str, Field(min_length=1, max_length=64, examples=["P01JZ000000000000000000000001"]), EXACT]
SeasonState = Annotated[str, one_of(*SEASON.all)]


class AskSeasons(Paging):
    """Which plans: those in a state."""

    state: Annotated[Literal["draft", "active", "clearing", "done", "cancelled"], Word] = Field(
        default="active", examples=["active"]
    )


class NewSeason(Body):
    """A season, from its first to its last day, planned at least 90 days ahead. `units`: how many pieces are expected to sell;
    without it as many as a year before, and `growth_percent` more. `spread_percent`: how far off that may be. A piece too few
    loses `gain_fen`, one too many `loss_fen`: so many are bought that both weigh the same."""

    name: Words = Field(min_length=1, max_length=60, examples=["羽绒服 2027"])
    skus: list[SkuText] = Field(min_length=1, max_length=50)
    location: Annotated[str, Field(pattern="^[A-Z0-9][A-Z0-9-]{1,15}$", examples=["MAIN"]), EXACT] = "MAIN"
    starts: Day
    ends: Day
    units: int | None = Field(default=None, ge=1, le=1_000_000)
    growth_percent: int = Field(default=0, ge=-90, le=900)
    spread_percent: int = Field(default=30, ge=1, le=200)
    gain_fen: int = Field(ge=1, le=100_000_000, examples=[12_000])
    loss_fen: int = Field(ge=1, le=100_000_000, examples=[6_000])

    def said(self) -> SeasonData:
        return SeasonData(
            self.name,
            tuple(dict.fromkeys(self.skus)),
            self.location,
            self.starts,
            self.ends,
            self.units,
            self.growth_percent,
            self.spread_percent,
            self.gain_fen,
            self.loss_fen,
        )


class TaskDone(Body):
    """What became of a task."""

    outcome: Literal["done", "skipped"] = Field(examples=["done"])


class SeasonTaskView(View):
    """A task, when it comes due, and where it stands: waiting, due, done or skipped."""

    task: str
    due_at: Instant
    state: Annotated[str, one_of(rules.WAITING, rules.DUE, rules.DONE, rules.SKIPPED)]


class SeasonView(View):
    """A season plan. `expected_units` in all and `weekly` by week; `buy_units`, of which `first_buy` and `second_buy`; how many
    sold in `weeks_over` weeks, of `expected_so_far`; `strays`: over or under, empty where it goes as expected."""

    id: str
    name: str
    state: SeasonState
    skus: list[str]
    location: str
    starts: str
    ends: str
    expected_units: int
    weekly: list[int]
    buy_units: int
    first_buy: int
    second_buy: int
    tasks: list[SeasonTaskView]
    weeks_over: int
    sold: int
    expected_so_far: int
    strays: str
    made_by: str
    made_at: Instant


def season_view(row: SeasonRow) -> SeasonView:
    weekly, over, bought = seasons.expected_of(row), row.weeks_over or 0, row.to_buy or 0
    first, second = rules.buys(bought)
    due = rules.due_at(date.fromisoformat(row.starts))
    return SeasonView(
        id=row.id,
        name=row.name,
        state=row.state,
        skus=row.skus.split(),
        location=row.location,
        starts=row.starts,
        ends=row.ends,
        expected_units=sum(weekly),
        weekly=weekly,
        buy_units=bought,
        first_buy=first,
        second_buy=second,
        tasks=[
            SeasonTaskView(task=task, due_at=iso(due[task]), state=state)
            for task, state in seasons.tasks_of(row).items()
        ],
        weeks_over=over,
        sold=row.sold or 0,
        expected_so_far=sum(weekly[:over]),
        strays=row.strays or "",
        made_by=row.owner,
        made_at=iso(row.made_at),
    )
