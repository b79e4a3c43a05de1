"""What the shop's own people send and see of journeys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.records.journeys.rules import JOURNEY
from chalicelib.records.journeys.service import Journey
from chalicelib.runtime.http import Body, View
from chalicelib.runtime.http.kinds import EXACT, WORDS, Day
from chalicelib.runtime.http.shapes import Amount, Instant, Query, Url, amount

from .service.audiences import OpenedAudience
from .service.reporting import Findings, JourneyOutlook

EXAMPLE: dict[str, Any] = {
    "title": {"zh": "未付款提醒", "en": "Unpaid order"},
    "serves": "active",
    "trigger": "order.placed",
    "holdout": False,
    "steps": [
        {"wait": {"minutes": 5}},
        {"when": {"order_unpaid": True}},
        {"message": {"template": "order_unpaid", "purpose": "service"}},
    ],
}
PlanBody = Annotated[dict[str, Any], WORDS]
NAME = Field(min_length=3, max_length=40, pattern="^[a-z][a-z0-9_]+$", examples=["unpaid_order"])


class AddJourney(Body):
    """A new journey, a draft."""

    name: Annotated[str, EXACT, NAME]
    plan: PlanBody = Field(examples=[EXAMPLE])


class ReplanJourney(Body):
    """Another plan, for who enters from now on; `version` is the one that was looked at."""

    version: int = Field(ge=1, le=9998, examples=[1])
    plan: PlanBody = Field(examples=[EXAMPLE])


class MoveJourney(Body):
    """start lets people in; pause keeps everybody where they are; end is for good, within ten seconds."""

    action: Literal["start", "pause", "end"]


class OpenAudience(Body):
    """How many bytes the file has: a line an account's id."""

    size: int = Field(ge=1, le=400_000_000, examples=[2800])


class AudienceOpened(View):
    """Where the file is to be put, as text/plain and of that size, until then."""

    audience: str
    url: Url
    until: Instant


class ForecastQuery(Query):
    """A day of the shop: today, where none is named."""

    day: Day | None = None


class JourneyRevision(View):
    """The version that newcomers enter."""

    name: str
    version: int


class JourneyView(View):
    """A journey as it stands."""

    name: str
    state: Literal[tuple(JOURNEY.all)]  # type: ignore[valid-type]  # the machine's states
    version: int = Field(description="which newcomers enter; who is under way finishes the one they entered")
    made_by: str
    made_at: Instant


class JourneyDetail(JourneyView):
    """A journey with the plan that newcomers enter."""

    plan: dict[str, Any]


class ShippedPlan(View):
    """A plan that comes with the shop."""

    name: str
    plan: dict[str, Any]


class ShippedPlans(View):
    """The plans that come with the shop: taken as they are, or changed."""

    items: list[ShippedPlan]


class ArmView(View):
    """People whose fourteen days are over, and who of them came again."""

    people: int
    came_again: int


class EffectView(View):
    """The difference that meeting them made, in percentage points, and the bounds between which it lies, surely to 95 %."""

    difference: float
    low: float
    high: float
    significant: bool


class JourneyReport(View):
    """How far people came, and what it changed. Without enough people left alone there is no figure."""

    counts: dict[str, int] = Field(description="how many came to what, by its name; with its reason behind a point")
    met: ArmView
    left_alone: ArmView
    enough: bool = Field(description="whether there are enough people to say anything")
    needed: int = Field(
        description="so many must be left alone before anything is said, at their present share; 0: unknown"
    )
    effect: EffectView | None


class JourneyForecast(View):
    """Whom it would meet on a day, as things stand now."""

    due: int
    sent: int
    skipped: dict[str, int] = Field(description="how many not, by why")
    cost: Amount
    whole: bool = Field(description="false: more are due than were looked at")


def journey_view(row: Journey) -> JourneyView:
    return JourneyView(**_head(row))


def journey_detail(row: Journey, plan: str) -> JourneyDetail:
    return JourneyDetail(**_head(row), plan=json.loads(plan))


def _head(row: Journey) -> dict[str, Any]:
    return {
        "name": row.name,
        "state": row.state,
        "version": row.version,
        "made_by": row.made_by,
        "made_at": iso(row.made_at),
    }


def shipped_view(plans: Mapping[str, Mapping[str, Any]]) -> ShippedPlans:
    return ShippedPlans(items=[ShippedPlan(name=name, plan=dict(plan)) for name, plan in plans.items()])


def report_view(found: Findings) -> JourneyReport:
    effect = found.effect and EffectView(
        difference=round(100 * found.effect.difference, 3),
        low=round(100 * found.effect.low, 3),
        high=round(100 * found.effect.high, 3),
        significant=found.effect.significant,
    )
    return JourneyReport(
        counts=dict(sorted(found.counts.items())),
        met=ArmView(people=found.met.people, came_again=found.met.hits),
        left_alone=ArmView(people=found.alone.people, came_again=found.alone.hits),
        enough=effect is not None,
        needed=found.needed,
        effect=effect,
    )


def forecast_view(found: JourneyOutlook) -> JourneyForecast:
    return JourneyForecast(
        due=found.due, sent=found.sent, skipped=dict(found.skipped), cost=amount(found.fen), whole=found.whole
    )


def audience_view(opened: OpenedAudience) -> AudienceOpened:
    return AudienceOpened(audience=opened.id, url=opened.url, until=iso(opened.until))
