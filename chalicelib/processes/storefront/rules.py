"""How much a shopper is told of the stock, and the storefront's refusals."""

from __future__ import annotations

from typing import Literal

from chalicelib.kernel.errors import Conflict
from chalicelib.records.payments.rules import NothingToRefund

LOW = 10  # pieces from which a shopper is told how many are left
MOST_SHOWN = 999


class LineOffSale(Conflict):
    zh, en = "商品已下架", "This is no longer on sale"


def availability(*, on: bool, available: int) -> Literal["in_stock", "low", "sold_out", "off"]:
    """The coarse word for a SKU's stock."""
    if not on:
        return "off"
    if available <= 0:
        return "sold_out"
    return "low" if available <= LOW else "in_stock"


def unrefundable(paid: bool, payable: int, refunded: int) -> NothingToRefund | None:
    """Why nothing of an order can go back any more; None when something can."""
    return None if paid and refunded < payable else NothingToRefund()
