"""What may be watched and when somebody is told, and this context's refusals."""

from __future__ import annotations

from chalicelib.kernel.errors import Conflict, NotFound

FAVOURITE, STOCK, PRICE = "favourite", "stock", "price"
KINDS = (FAVOURITE, STOCK, PRICE)
REMINDERS = frozenset({STOCK, PRICE})  # somebody is told, once; a favourite is only kept
MOST = 100  # of each kind a person


class WatchNotFound(NotFound):
    zh, en = "未关注该商品", "This is not among what you watch"


class WatchedAlready(Conflict):
    zh, en = "该商品已在关注列表中", "This is watched already"


class WatchingFull(Conflict):
    most: int
    zh, en = "每类最多关注 {most} 件商品", "You can watch {most} items of each kind at most"


class WatchMoved(Conflict):
    zh, en = "关注刚刚变化，请重试", "What is watched changed just now; please try again"


class GoodsInStock(Conflict):
    sku: str
    zh, en = "商品有货，无需到货提醒", "This is in stock; there is nothing to wait for"


def due(kind: str, seen: int, *, left: int, price: int) -> bool:
    """Whether what somebody waits for is so: there is some, or it costs less than they saw."""
    return left > 0 if kind == STOCK else kind == PRICE and price < seen
