"""What the shop's own people say of an order, and are answered."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kernel.money import Fen
from chalicelib.runtime.http import Amount, Body, View, amount
from chalicelib.runtime.http.kinds import WORDS, Words


class CancelForShop(Body):
    """Why the shop gives an order up. Having taken an order binds: for want of stock it owes its customer something, which
    `compensation` says."""

    reason: Literal["customer_asked", "out_of_stock", "price_error", "fraud", "other"]
    compensation: Annotated[str, Field(min_length=2, max_length=200, examples=["10 元优惠券"]), WORDS] | None = None


class AdjustPrice(Body):
    """How much cheaper an order gets, and why."""

    off_fen: int = Field(ge=1, le=10**10, examples=[100])
    reason: Words = Field(min_length=2, max_length=80, examples=["包装破损"])


class AdjustedView(View):
    """What an order cost, and what it costs now; `paid` when nothing is left to pay."""

    order_id: str
    before: Amount
    payable: Amount
    freight: Amount
    paid: bool


def adjusted_view(order_id: str, before: Fen, after: Fen, freight: Fen) -> AdjustedView:
    return AdjustedView(
        order_id=order_id, before=amount(before), payable=amount(after), freight=amount(freight), paid=not after
    )
