"""What carts take and answer."""

from typing import Annotated

from pydantic import Field

from chalicelib.runtime.http import Body, View

from .rules import CEILING, MOST_PIECES, SKU
from .service import Count

SkuText = Annotated[str, Field(pattern=SKU.pattern, examples=["P01JZ000000000000000000000001"])]


class Pieces(Body):
    """How many pieces the cart is to hold."""

    quantity: int = Field(ge=1, le=MOST_PIECES, strict=True, examples=[2])


class Selection(Body):
    """Which lines are to be bought; all when none is named."""

    selected: bool
    skus: list[SkuText] | None = Field(default=None, min_length=1, max_length=CEILING)


class CartCount(View):
    """What the cart holds now."""

    lines: int
    pieces: int


def cart_count(count: Count) -> CartCount:
    return CartCount(lines=count.lines, pieces=count.pieces)
