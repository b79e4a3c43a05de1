"""How much may be held unpaid, how pauses grow, and this context's refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from chalicelib.kernel.errors import ArticleConflict, Conflict, TooMany

DAY = timedelta(days=1)
KEPT_DAYS = 30  # a row that nothing happened to goes away by itself
PAUSES = (0, 0, 10, 30, 120, 720)  # minutes, after the first, second, … hold of a day that was not paid
FREE_PIECES = 10  # of a SKU, however little there is of it


class Caps(NamedTuple):
    """At most so many unpaid orders with so many pieces in all."""

    orders: int
    pieces: int


class TooManyUnpaid(Conflict):
    most: int
    zh, en = (
        "您有 {most} 笔待付款订单，请先付款或取消",
        "You have {most} orders that wait for payment; please pay or cancel one first",
    )


class TooManyHeld(Conflict):
    most: int
    zh, en = (
        "待付款订单合计最多 {most} 件，请先付款",
        "Orders that wait for payment may hold {most} pieces in all; please pay first",
    )


class NetworkHoldsEnough(Conflict):
    zh, en = (
        "您所在网络的新账户待付款订单过多，请先付款或稍后再试",
        "New accounts on your network hold too many unpaid orders; please pay one or try again later",
    )


class ShareTooLarge(ArticleConflict):
    most: int
    zh, en = (
        "{sku} 一次最多购买 {most} 件，如需更多请联系客服",
        "At most {most} pieces of {sku} at once; for more, please ask the shop",
    )


class HoldsPaused(TooMany):
    seconds: int
    zh, en = (
        "您多次下单未付款，请 {seconds} 秒后再下单",
        "You gave up several orders without paying; please order again in {seconds} seconds",
    )


def pause(strikes: int) -> timedelta:
    """How long nothing more may be held after so many (1 or more) holds of a day that were not paid."""
    return timedelta(minutes=PAUSES[min(strikes, len(PAUSES)) - 1])


def share(available: int, percent: int) -> int:
    """How many pieces of what is available one order may take."""
    return max(FREE_PIECES, available * percent // 100)
