"""What a cart may hold, how two become one, and the refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound

MOST_PIECES = 999
CEILING = 80  # different SKUs: one stock write each must fit DynamoDB's 100 actions a transaction
GUEST = "guest"  # who has not logged in
GUEST_DAYS = 90
LEFT = "cart_left"  # what falls due when nothing new came into a cart for so long


class CartFull(Conflict):
    most: int
    zh, en = "购物车最多放 {most} 种商品", "A cart holds at most {most} different SKUs"


class CartLineNotFound(NotFound):
    sku: str
    zh, en = "购物车中没有 {sku}", "{sku} is not in the cart"


class StaleCart(Conflict):
    zh, en = "购物车刚刚变化，请重试", "The cart changed just now; please try again"


class NoCart(StaleCart):
    """There is no cart yet; never answered to anybody."""


class GuestNeeded(Invalid):
    zh, en = "该令牌不是游客令牌", "This token is not a guest's"


class Line(NamedTuple):
    """A SKU in a cart: pieces, whether it is to be bought now, when it was put there (epoch ms)."""

    sku: str
    quantity: int
    selected: bool
    added: int


Lines = Mapping[str, Line]


def merged(ours: Lines, theirs: Lines, most: int) -> tuple[dict[str, Line], list[str]]:
    """One cart of two, the same whoever asks and how often: pieces are summed up to 999.

    Our lines all stay; theirs follow, oldest first, while there is room. Returns the lines and the SKUs left out.
    """
    lines, left_out = dict(ours), []
    for line in sorted(theirs.values(), key=lambda line: (line.added, line.sku)):
        mine = lines.get(line.sku)
        if mine is not None:
            quantity = min(MOST_PIECES, mine.quantity + line.quantity)
            lines[line.sku] = Line(line.sku, quantity, mine.selected or line.selected, mine.added)
        elif len(lines) < most:
            lines[line.sku] = line
        else:
            left_out.append(line.sku)
    return lines, left_out


def youngest(lines: Iterable[Line]) -> int | None:
    """When something was last put in (epoch ms); None: it is empty."""
    return max((line.added for line in lines), default=None)


def roused(lines: Iterable[Line], sku: str, now: int, rest: int) -> bool:
    """Whether this SKU came in just now (epoch ms), and nothing else within so long before: so it is awaited by nobody yet."""
    held = {line.sku: line.added for line in lines}
    return held.pop(sku, None) == now and all(added + rest <= now for added in held.values())


def looked_at(now: datetime, rest: timedelta) -> datetime:
    """When it is looked whether a cart was left: on the hour, so that one which is filled anew within it is looked at once."""
    hour = (now + rest).replace(minute=0, second=0, microsecond=0)
    return hour if hour == now + rest else hour + timedelta(hours=1)
