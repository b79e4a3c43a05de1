"""How much a shopper is told of the stock, and the storefront's refusals."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict
from chalicelib.records.payments.rules import NothingToRefund


class LineOffSale(Conflict):
    zh, en = "商品已下架", "This is no longer on sale"


def unrefundable(paid: bool, payable: int, refunded: int) -> NothingToRefund | None:
    """Why nothing of an order can go back any more; None when something can."""
    return None if paid and refunded < payable else NothingToRefund()
