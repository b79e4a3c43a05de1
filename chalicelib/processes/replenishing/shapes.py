"""What goes in and out of the routes of shelves."""

from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment.rules.alerts import LEVELS, cover_days
from chalicelib.records.replenishment.rules.reorder import SupplyTerms, suggested
from chalicelib.records.replenishment.service import DaySold, ShelfRow
from chalicelib.runtime.http import Body, Instant, View, one_of
from chalicelib.runtime.http.kinds import Word
from chalicelib.runtime.http.shapes import Paging

ShelfLevel = Annotated[str, one_of(*LEVELS)]


class AskShelves(Paging):
    """Which shelves: those at a level."""

    level: Annotated[Literal["out", "low", "overstock"], Word] = Field(default="low", examples=["low"])


class ShelfTerms(Body):
    """How a shelf is to be supplied: `service_percent` of the times its stock is to last until supply; an order takes
    `lead_days`, give or take `lead_spread_days` (standard deviation); it is looked at every `review_days`, and each order covers
    `cover_days` more. The reorder point is at least `min_reorder` and at most `max_reorder` pieces."""

    service_percent: int = Field(default=95, ge=50, le=99)
    lead_days: int = Field(default=14, ge=0, le=365)
    lead_spread_days: int = Field(default=3, ge=0, le=120)
    review_days: int = Field(default=7, ge=1, le=90)
    cover_days: int = Field(default=28, ge=0, le=365)
    min_reorder: int = Field(default=0, ge=0, le=1_000_000)
    max_reorder: int = Field(default=1_000_000, ge=0, le=1_000_000)
    withheld: bool = Field(default=False, description="its safety stock is not sold")

    def terms(self) -> SupplyTerms:
        return SupplyTerms(*(getattr(self, name) for name in ShelfTerms.model_fields))


class ShelfTermsView(View):
    """How a shelf is supplied; `own`: as a person said of it, else as all are."""

    own: bool
    service_percent: int
    lead_days: int
    lead_spread_days: int
    review_days: int
    cover_days: int
    min_reorder: int
    max_reorder: int
    withheld: bool


class ShelfView(View):
    """Where a shelf stands. `weekly_milli`: thousandths of a piece that it is expected to sell in a week, from so many
    `weeks`; `cover_days`: for how long what lies there lasts; `suggested`: how many pieces to order now."""

    sku: str
    location: str
    level: ShelfLevel
    available: int
    reorder_point: int
    safety_stock: int
    order_up_to: int
    suggested: int
    weekly_milli: int
    weeks: int
    cover_days: int | None
    alerted_at: Instant | None
    seen_at: Instant
    terms: ShelfTermsView


class DemandDay(View):
    """What a shelf sold on a day of the shop's; `lost`: the day began without stock and says nothing of demand."""

    day: str
    pieces: int
    lost: bool


def shelf_view(row: ShelfRow) -> ShelfView:
    sku, location = row.place.split("@")
    expected, needed, available = shelves.expected(row), shelves.need_of(row), row.available or 0
    return ShelfView(
        sku=sku,
        location=location,
        level=shelves.state_of(row).level,
        available=available,
        reorder_point=needed.reorder_point,
        safety_stock=needed.safety,
        order_up_to=needed.order_up_to,
        suggested=suggested(needed, available),
        weekly_milli=row.mean or 0,
        weeks=expected.weeks,
        cover_days=cover_days(available, expected.mean),
        alerted_at=iso_or_none(row.told_at),
        seen_at=iso(row.seen_at),
        terms=_terms_view(row),
    )


def demand_day(row: DaySold) -> DemandDay:
    return DemandDay(day=row.part.removeprefix("d#"), pieces=row.pieces or 0, lost=bool(row.lost))


def _terms_view(row: ShelfRow) -> ShelfTermsView:
    terms = shelves.terms_of(row)
    said: dict[str, Any] = dict(zip(ShelfTerms.model_fields, terms, strict=True))
    return ShelfTermsView(own=bool(row.terms), **said)
