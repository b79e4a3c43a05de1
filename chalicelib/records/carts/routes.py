"""Carts' front door, for guests and customers alike."""

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.kernel.ids import is_sku
from chalicelib.runtime.http import Body, View, endpoint
from chalicelib.runtime.http.kinds import SkuRef
from chalicelib.runtime.work import Work

from . import service
from .rules import CEILING, MOST_PIECES, CartFull, CartLineUnknown, SkuMalformed

bp = Blueprint(__name__)


class Pieces(Body):
    """How many pieces the cart is to hold."""

    quantity: int = Field(ge=1, le=MOST_PIECES, strict=True, examples=[2])


class Selection(Body):
    """Which lines are to be bought; all when none is named."""

    selected: bool
    skus: list[SkuRef] | None = Field(default=None, min_length=1, max_length=CEILING)


class CartCount(View):
    """What the cart holds now."""

    lines: int
    pieces: int


@endpoint(bp, "PUT", "/v1/cart/items/{sku}", permit="carts:edit", errors=(CartFull, SkuMalformed))
def put_item(sku: str, body: Pieces, work: Work) -> CartCount:
    """Have so many pieces of a SKU in the cart."""
    count = service.put_item(_sku(sku), body.quantity, work)
    return CartCount(lines=count.lines, pieces=count.pieces)


@endpoint(bp, "DELETE", "/v1/cart/items/{sku}", permit="carts:edit", errors=(SkuMalformed,))
def remove_item(sku: str, work: Work) -> CartCount:
    """Take a SKU out of the cart."""
    count = service.remove_item(_sku(sku), work)
    return CartCount(lines=count.lines, pieces=count.pieces)


@endpoint(bp, "PUT", "/v1/cart/selection", permit="carts:edit", errors=(CartLineUnknown,))
def choose(body: Selection, work: Work) -> CartCount:
    """Select lines to be bought, or not."""
    count = service.choose(body.skus, body.selected, work)
    return CartCount(lines=count.lines, pieces=count.pieces)


def _sku(text: str) -> str:
    if not is_sku(text):
        raise SkuMalformed(sku=text[:40])
    return text
