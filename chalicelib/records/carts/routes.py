"""Carts' front door, for guests and customers alike."""

from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.runtime.http import TOKEN, Body, View, endpoint
from chalicelib.runtime.work import Work

from . import service
from .rules import CEILING, MOST_PIECES, SKU, CartFull, CartLineUnknown, SkuMalformed

bp = Blueprint(__name__)
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


@endpoint(bp, "PUT", "/v1/cart/items/{sku}", permit="carts:edit", session=TOKEN, errors=(CartFull, SkuMalformed))
def put_item(sku: str, body: Pieces, work: Work) -> CartCount:
    """Have so many pieces of a SKU in the cart."""
    count = service.put_item(_sku(sku), body.quantity, work)
    return CartCount(lines=count.lines, pieces=count.pieces)


@endpoint(bp, "DELETE", "/v1/cart/items/{sku}", permit="carts:edit", session=TOKEN, errors=(SkuMalformed,))
def remove_item(sku: str, work: Work) -> CartCount:
    """Take a SKU out of the cart."""
    count = service.remove_item(_sku(sku), work)
    return CartCount(lines=count.lines, pieces=count.pieces)


@endpoint(bp, "PUT", "/v1/cart/selection", permit="carts:edit", session=TOKEN, errors=(CartLineUnknown,))
def choose(body: Selection, work: Work) -> CartCount:
    """Select lines to be bought, or not."""
    count = service.choose(body.skus, body.selected, work)
    return CartCount(lines=count.lines, pieces=count.pieces)


def _sku(text: str) -> str:
    if not SKU.fullmatch(text):
        raise SkuMalformed(sku=text[:40])
    return text
