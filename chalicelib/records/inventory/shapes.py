"""What inventory takes and returns."""

from typing import Annotated, Any

from pydantic import Field

from chalicelib.runtime.http import Body, View, one_of
from chalicelib.runtime.http.kinds import Words

from .rules import AVAILABILITY, MOST_BUCKETS, availability, left
from .service import StockLevel

Availability = Annotated[str, one_of(*AVAILABILITY)]


class StockView(View):
    """A SKU's stock: on hand = available + held + withheld."""

    sku: str
    on_hand: int
    available: int
    held: int
    withheld: int = Field(description="safety stock that is not sold")
    buckets: list[int]
    closed: bool
    reason: str | None = Field(description="why it may not be sold; null while it may")


class Adjustment(Body):
    """A counted difference of on-hand pieces and why."""

    delta: int = Field(ge=-1_000_000, le=1_000_000, examples=[-2])
    reason: Words = Field(min_length=1, max_length=100, examples=["stock-take"])


class Buckets(Body):
    """In how many buckets a SKU's stock is kept: one for every ten orders a second at its peak."""

    buckets: int = Field(ge=1, le=MOST_BUCKETS, examples=[4])


def stock_of(level: StockLevel, *, on: bool = True) -> dict[str, Any]:
    """The fields of how much a shopper is told of a SKU's stock."""
    word = availability(on=on and not level.closed, available=level.available)
    return {"availability": word, "left": left(word, level.available)}


def stock_view(sku: str, level: StockLevel, on_hand: int) -> StockView:
    return StockView(
        sku=sku,
        on_hand=on_hand,
        available=level.available,
        held=level.held,
        withheld=level.kept,
        buckets=list(level.buckets),
        closed=level.closed,
        reason=level.stop,
    )
