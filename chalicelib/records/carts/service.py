"""Carts' use cases. A line is set by one plain write; two carts become one in one transaction.

Guarantees: a cart never holds more lines than the cap; putting, removing and choosing may be repeated; merging a guest's
cart twice changes nothing; what was bought leaves the cart and nothing else does. Prices are never kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.runtime import settings, table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from . import model, rules, steps
from .model import Cart
from .rules import CEILING, GUEST, GuestNeeded, Line, NoCart

MOST_LINES = settings.declare("CART_MAX_LINES", "50", "different SKUs in one cart; at most 80", most=CEILING)
LEFT_HOURS = settings.declare(
    "CART_LEFT_HOURS", "24", "hours without anything new in a cart after which it counts as left"
)


class CartSize(NamedTuple):
    """What a badge shows: different SKUs and pieces; and whether what came in did so into a cart that nobody awaited."""

    lines: int
    pieces: int
    roused: bool = False


class MergedCarts(NamedTuple):
    """SKUs that found no room, and whether the cart is awaited by nobody yet."""

    left_out: list[str]
    roused: bool


# reading


def lines(owner: str) -> list[Line]:
    """A cart's lines, oldest first."""
    return list(model.lines_of(table.get(Cart, owner, consistent=True)).values())


def selected(owner: str) -> list[tuple[str, int]]:
    """What is to be bought: (sku, pieces) of the selected lines, oldest first."""
    return [(line.sku, line.quantity) for line in lines(owner) if line.selected]


def filled_at(owner: str) -> datetime | None:
    """When something was last put into a cart; None: it is empty."""
    last = rules.youngest(lines(owner))
    return None if last is None else instant(last)


def rest() -> timedelta:
    """How long nothing new comes into a cart before it counts as left."""
    return timedelta(hours=settings.number(LEFT_HOURS))


def most_lines() -> int:
    """The cap of lines."""
    return settings.number(MOST_LINES)


# the owner's own: each of these writes at once, one item that may be written again


def put_item(sku: str, quantity: int, work: Work) -> CartSize:
    """Have so many pieces of a SKU in the cart: one write, also when repeated. Commits an empty cart before the first.
    Raises CartFull."""
    step = steps.set_line(work.caller, sku, quantity, most_lines(), work.now)
    try:
        return _size(work.write_now(step), sku, work.now)
    except CommitRejected as refused:
        if not refused.only(NoCart):
            raise
    opening = work.separate()
    opening.add(steps.open_cart(work.caller, work.now))
    with suppress(CommitRejected):  # it is there: just what is wanted
        opening.commit()
    return _size(work.write_now(step), sku, work.now)


def remove_item(sku: str, work: Work) -> CartSize:
    """Have no pieces of a SKU in the cart."""
    try:
        return _size(work.write_now(steps.remove_line(work.caller.id, sku)))
    except CommitRejected as refused:
        if not refused.only(NoCart):
            raise
    return CartSize(0, 0)


def choose(skus: Sequence[str] | None, chosen: bool, work: Work) -> CartSize:
    """Select lines to be bought, or not; all lines when none is named. Raises CartLineNotFound."""
    named = list(dict.fromkeys(skus)) if skus is not None else [line.sku for line in lines(work.caller.id)]
    if not named:
        return CartSize(0, 0)
    return _size(work.write_now(steps.choose(work.caller.id, named, chosen)))


def merge(guest: Caller, work: Work) -> MergedCarts:
    """Take a guest's cart over into the caller's own; the guest's is gone with it.

    What one transaction has taken over is not there a second time. Raises GuestNeeded, and StaleCart when a cart changes
    meanwhile: then it is to be looked at again.
    """
    if guest.role != GUEST or guest.id == work.caller.id:
        raise GuestNeeded()
    theirs, ours = table.batch([Key(Cart, guest.id), Key(Cart, work.caller.id)], consistent=True)
    if theirs is None:
        work.raise_if_committed()  # the same request may have taken it over, and then it is answered as it was
        return MergedCarts([], roused=False)
    mine = model.lines_of(ours)
    both, left_out = rules.merged(mine, model.lines_of(theirs), most_lines())
    last = rules.youngest(mine.values())

    work.add(*steps.merge(theirs, ours, work.caller.id, both))
    return MergedCarts(left_out, roused=last is None or instant(last) + rest() <= work.now)


# for orders


def take(owner: str, skus: Sequence[str], work: Work) -> None:
    """Take just the bought lines out of the cart; whatever else changed in it meanwhile stays."""
    work.add(steps.take(owner, skus))


def _size(cart: Cart, put: str = "", now: datetime | None = None) -> CartSize:
    held = model.lines_of(cart)
    roused = now is not None and rules.roused(held.values(), put, millis(now), rest() // timedelta(milliseconds=1))
    return CartSize(len(held), sum(line.quantity for line in held.values()), roused)
