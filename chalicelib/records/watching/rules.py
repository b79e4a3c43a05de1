"""What may be watched and when somebody is told, and this context's refusals."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from chalicelib.kernel.clock import SHOP_ZONE, business_day, instant
from chalicelib.kernel.errors import Conflict, NotFound
from chalicelib.kernel.ids import made_at

FAVOURITE, STOCK, PRICE, ARRIVAL = "favourite", "stock", "price", "arrival"
KINDS = (FAVOURITE, STOCK, PRICE, ARRIVAL)  # that people choose
BOUGHT = "bought"  # a category of goods that came to a person, who agreed that this is kept: noted, not chosen
REMINDERS = frozenset({STOCK, PRICE})  # somebody is told, once; a favourite is only kept
FOUND = REMINDERS | {ARRIVAL}  # by what is watched: of a category what is new in it, again and again
ARRIVED = "arrivals"  # the kind of what falls due when something new came into a category
NEW = timedelta(days=90)  # so long after it was first written down a product is new
HOUR = time(10)
BOUGHT_COUNTS = timedelta(days=365)  # so long after a delivery somebody is told of what is new beside it


def told_at(now: datetime) -> datetime:
    """When what comes onto the shelf now is told of: at the next ten o'clock, with all that came before it."""
    today = datetime.combine(business_day(now), HOUR, SHOP_ZONE)
    return today if today > now else today + timedelta(days=1)


def is_new(product: str, now: datetime) -> bool:
    """Whether a product is new, and not back."""
    return instant(made_at(product)) + NEW > now


def still_told(noted: datetime, now: datetime) -> bool:
    """Whether what somebody bought then still has them told of what is new beside it."""
    return now < noted + BOUGHT_COUNTS


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
