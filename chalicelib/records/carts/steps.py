"""What is written to a cart, line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import Action, Condition, Step, delete, insert, put, update

from . import model
from .model import Cart
from .rules import GUEST, GUEST_DAYS, CartFull, CartLineNotFound, Lines, NoCart, StaleCart


def open_cart(owner: Caller, now: datetime) -> Step:
    """Make an empty cart, unless there is one."""
    return insert(model.cart_of(owner.id, expires=_expiry(now) if owner.role == GUEST else None), StaleCart())


def set_line(owner: Caller, sku: str, quantity: int, most: int, now: datetime) -> Step:
    """Have so many pieces of a SKU in a cart of so many lines at most. Its refusals: CartFull, NoCart."""
    kept = [model.expire_at(_expiry(now))] if owner.role == GUEST else []
    return _change(
        owner.id,
        [*model.put_line(sku, quantity, millis(now)), *kept],
        model.has_line(sku) | model.has_room(most),
        CartFull(most=most),
    )


def remove_line(owner: str, sku: str) -> Step:
    """Have no pieces of a SKU in a cart. Its refusal: NoCart."""
    return _change(owner, model.remove_lines([sku]), model.is_there(), StaleCart())


def choose(owner: str, skus: Sequence[str], chosen: bool) -> Step:
    """Select lines to be bought, or not. Its refusal: CartLineNotFound."""
    there = model.has_line(skus[0])
    for sku in skus[1:]:
        there = there & model.has_line(sku)
    return update(Cart, owner, actions=[model.choose(skus, chosen)], when=there, otherwise=_not_found_of(skus))


def take(owner: str, skus: Sequence[str]) -> Step:
    """Take lines out of a cart, whatever else changed in it meanwhile. Its refusal: StaleCart."""
    return update(Cart, owner, actions=model.remove_lines(skus), when=model.is_there(), otherwise=StaleCart())


def merge(theirs: Cart, ours: Cart | None, owner: str, lines: Lines) -> list[Step]:
    """Replace two carts that are still as they were read by one with these lines. Its refusal: StaleCart."""
    item = model.cart_of(owner, lines)
    return [
        delete(Cart, theirs.owner, when=model.still(theirs), otherwise=StaleCart()),
        insert(item, StaleCart()) if ours is None else put(item, model.still(ours), StaleCart()),
    ]


def _expiry(now: datetime) -> int:
    return int((now + timedelta(days=GUEST_DAYS)).timestamp())


def _change(owner: str, actions: list[Action], when: Condition, otherwise: Refusal) -> Step:
    """A change of a cart; NoCart when there is none."""

    def meaning(old: Cart | None) -> Refusal:
        return NoCart() if old is None else otherwise

    return update(Cart, owner, actions=actions, when=when, otherwise=meaning)


def _not_found_of(skus: Sequence[str]) -> Callable[[Cart | None], Refusal]:
    def meaning(old: Cart | None) -> Refusal:
        held = model.lines_of(old)
        return CartLineNotFound(sku=next((sku for sku in skus if sku not in held), skus[0]))

    return meaning
