"""What carts take and answer."""

from pydantic import Field

from chalicelib.runtime.http import Body
from chalicelib.runtime.http.kinds import SkuText

from .rules import CEILING, MOST_PIECES


class Pieces(Body):
    """How many pieces the cart is to hold."""

    quantity: int = Field(ge=1, le=MOST_PIECES, examples=[2])


class Selection(Body):
    """Which lines are to be bought; all when none is named."""

    selected: bool
    skus: list[SkuText] | None = Field(default=None, min_length=1, max_length=CEILING)
