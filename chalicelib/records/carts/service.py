"""Carts' use cases. A line is set by one plain write; two carts become one in one transaction.

Guarantees: a cart never holds more lines than the cap; putting, removing and choosing may be repeated; merging a guest's
cart twice changes nothing; what was bought leaves the cart and nothing else does. Prices are never kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal, Refused
from chalicelib.runtime import settings, table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import Action, Condition, Step, Wanted, delete, fresh, put, update
from chalicelib.runtime.work import Work

from . import model, rules
from .model import Cart
from .rules import CEILING, GUEST_DAYS, CartChanged, CartFull, CartLineNotFound, GuestNeeded, Line

MOST_LINES = settings.declare("CART_MAX_LINES", "50", "different SKUs in one cart; at most 80")
TRIES = 3
GUEST = "guest"

T = TypeVar("T")


class _NoCart(CartChanged):
    """There is no cart yet; never answered to anybody."""


class Count(NamedTuple):
    """What a badge shows: different SKUs and pieces."""

    lines: int
    pieces: int


# reading


def lines(owner: str) -> list[Line]:
    """A cart's lines, oldest first."""
    return list(model.lines_of(table.get(Cart, owner, consistent=True)).values())


def selected(owner: str) -> list[tuple[str, int]]:
    """What is to be bought: (sku, pieces) of the selected lines, oldest first."""
    return [(line.sku, line.quantity) for line in lines(owner) if line.selected]


def most_lines() -> int:
    """The cap of lines."""
    return min(CEILING, settings.number(MOST_LINES))


# the owner's own


def put_item(sku: str, quantity: int, work: Work) -> Count:
    """Have so many pieces of a SKU in the cart: one write, also when repeated. Raises CartFull."""
    step = _on_cart(
        work.caller.id, _kept(work.caller, work.now, model.put_line(sku, quantity, millis(work.now))),
        model.has_line(sku) | model.has_room(most_lines()), CartFull(most=most_lines()),
    )  # fmt: skip
    try:
        return _count(work.overwrite(step))
    except Refused as refused:
        if not isinstance(refused.reasons[0], _NoCart):
            raise
    _open(work)
    return _count(work.overwrite(step))


def remove_item(sku: str, work: Work) -> Count:
    """Have no pieces of a SKU in the cart."""
    step = _on_cart(work.caller.id, model.remove_lines([sku]), model.is_there(), CartChanged())
    try:
        return _count(work.overwrite(step))
    except Refused as refused:
        if not isinstance(refused.reasons[0], _NoCart):
            raise
    return Count(0, 0)


def choose(skus: Sequence[str] | None, chosen: bool, work: Work) -> Count:
    """Select lines to be bought, or not; all lines when none is named. Raises CartLineNotFound."""
    named = list(dict.fromkeys(skus)) if skus is not None else [line.sku for line in lines(work.caller.id)]
    if not named:
        return Count(0, 0)
    there = model.has_line(named[0])
    for sku in named[1:]:
        there = there & model.has_line(sku)

    step = update(Cart, work.caller.id, actions=[model.choose(named, chosen)], when=there, otherwise=_unknown_of(named))
    return _count(work.overwrite(step))


def merge(guest: Caller, reply: Callable[[list[str]], T], work: Work) -> T:
    """Take a guest's cart over into the caller's own; the guest's is gone with it.

    What one transaction has taken over is not there a second time. `reply` makes the answer of the SKUs that found no
    room. Raises GuestNeeded, or CartChanged when both carts keep changing.
    """
    if guest.role != GUEST or guest.id == work.caller.id:
        raise GuestNeeded()
    for tries_left in range(TRIES - 1, -1, -1):
        theirs, ours = table.batch([Wanted(Cart, guest.id), Wanted(Cart, work.caller.id)], consistent=True)
        if theirs is None:
            work.earlier()  # the same request may have taken it over, and then it is answered as it was
            return reply([])
        both, left_out = rules.merged(model.lines_of(ours), model.lines_of(theirs), most_lines())

        work.add(delete(Cart, guest.id, when=model.still(theirs), otherwise=CartChanged()))
        item = model.cart_of(work.caller.id, both)
        work.add(fresh(item, CartChanged()) if ours is None else put(item, model.still(ours), CartChanged()))
        try:
            return work.commit(reply(left_out))
        except Refused:
            if not tries_left:
                raise
            work = work.again()
    raise AssertionError("unreachable: the last try returns or raises")


# for orders


def take(owner: str, skus: Sequence[str]) -> list[Step]:
    """Take just the bought lines out of the cart; whatever else changed in it meanwhile stays."""
    return [update(Cart, owner, actions=model.remove_lines(skus), when=model.is_there(), otherwise=CartChanged())]


def _open(work: Work) -> None:
    """Make an empty cart, unless somebody just did."""
    opened = Work(work.caller, work.scope)
    expires = _expiry(work.now) if work.caller.role == GUEST else None
    opened.add(fresh(model.cart_of(work.caller.id, expires=expires), CartChanged()))
    try:
        opened.commit()
    except Refused:
        return  # it is there: just what is wanted


def _kept(caller: Caller, now: datetime, actions: list[Action]) -> list[Action]:
    return [*actions, model.expire_at(_expiry(now))] if caller.role == GUEST else actions


def _expiry(now: datetime) -> int:
    return int((now + timedelta(days=GUEST_DAYS)).timestamp())


def _on_cart(owner: str, actions: list[Action], when: Condition, otherwise: Refusal) -> Step:
    """A change of a cart; `_NoCart` when there is none."""

    def meaning(old: Cart | None) -> Refusal:
        return _NoCart() if old is None else otherwise

    return update(Cart, owner, actions=actions, when=when, otherwise=meaning)


def _unknown_of(skus: Sequence[str]) -> Callable[[Cart | None], Refusal]:
    def meaning(old: Cart | None) -> Refusal:
        held = model.lines_of(old)
        return CartLineNotFound(sku=next((sku for sku in skus if sku not in held), skus[0]))

    return meaning


def _count(cart: Cart) -> Count:
    held = model.lines_of(cart)
    return Count(len(held), sum(line.quantity for line in held.values()))
