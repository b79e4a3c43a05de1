"""What goes in and out of a stock-take."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from chalicelib.runtime.http import Body, View, one_of
from chalicelib.runtime.http.kinds import SkuText, Words

from .service import COUNTED, PROPOSED, UNCHANGED, SheetLine, TakenLine

MOST_LINES = 20


class CountedLine(Body):
    """A SKU as it was counted: `on_hand` is what `GET /v1/admin/stock/{sku}` said when counting began."""

    sku: SkuText
    on_hand: int = Field(ge=0, le=1_000_000, examples=[42])
    counted: int = Field(ge=0, le=1_000_000, examples=[40])


def _each_once(lines: list[CountedLine]) -> list[CountedLine]:
    if len({line.sku for line in lines}) < len(lines):
        raise PydanticCustomError("sku_twice", "a SKU stands on a sheet once")
    return lines


class StockSheet(Body):
    """What was counted, and why."""

    reason: Words = Field(min_length=1, max_length=100, examples=["stock-take June"])
    lines: Annotated[list[CountedLine], AfterValidator(_each_once)] = Field(min_length=1, max_length=MOST_LINES)

    def counted(self) -> list[SheetLine]:
        return [SheetLine(line.sku, line.on_hand, line.counted) for line in self.lines]


class TakenLineView(View):
    """What became of a line. `proposal`: what a second person must agree to, where it is more than one may move alone."""

    sku: str
    delta: int
    outcome: Annotated[str, one_of(UNCHANGED, COUNTED, PROPOSED)]
    proposal: str | None


class TakeView(View):
    lines: list[TakenLineView]


def take_view(lines: Sequence[TakenLine]) -> TakeView:
    return TakeView(lines=[TakenLineView(**line._asdict()) for line in lines])
