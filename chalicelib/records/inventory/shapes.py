"""What inventory takes and returns."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from chalicelib.kernel.clock import iso_or_none
from chalicelib.runtime.http import Body, Instant, View, one_of
from chalicelib.runtime.http.kinds import Words

from .rules import AVAILABILITY, BACKORDER, MOST_BEYOND, MOST_BUCKETS, left
from .service import StockLevel

Availability = Annotated[str, one_of(*AVAILABILITY)]


class StockView(View):
    """A SKU's stock: on hand = available + held + withheld. `available` is below nothing by what customers wait for; `backorders`
    pieces may be sold beyond what lies there, to be sent by `backorders_by`."""

    sku: str
    on_hand: int
    available: int
    held: int
    withheld: int = Field(description="safety stock that is not sold")
    backorders: int
    backorders_by: Instant | None
    buckets: list[int]
    closed: bool
    reason: str | None = Field(description="why it may not be sold; null while it may")


class Adjustment(Body):
    """A counted difference of on-hand pieces and why."""

    delta: int = Field(ge=-1_000_000, le=1_000_000, examples=[-2])
    reason: Words = Field(min_length=1, max_length=100, examples=["stock-take"])


class SellBeyond(Body):
    """So many pieces may be sold beyond what lies there (0: none), and are promised to be sent by then."""

    backorders: int = Field(ge=0, le=MOST_BEYOND, examples=[20])
    backorders_by: AwareDatetime | None = Field(default=None, examples=["2036-12-10T12:00:00+08:00"])


class Buckets(Body):
    """In how many buckets a SKU's stock is kept: one for every ten orders a second at its peak."""

    buckets: int = Field(ge=1, le=MOST_BUCKETS, examples=[4])


def stock_of(level: StockLevel, *, on: bool = True) -> dict[str, Any]:
    """The fields of how much a shopper is told of a SKU's stock."""
    word = level.word(on=on)
    due_at = level.due_at if word == BACKORDER else None
    return {"availability": word, "left": left(word, level.there), "ships_by": iso_or_none(due_at)}


def stock_view(sku: str, level: StockLevel, on_hand: int) -> StockView:
    return StockView(
        sku=sku,
        on_hand=on_hand,
        available=level.there,
        held=level.held,
        withheld=level.kept,
        backorders=level.beyond,
        backorders_by=iso_or_none(level.due_at),
        buckets=list(level.buckets),
        closed=level.closed,
        reason=level.stop,
    )
