"""The table `carts`: one item an owner.

Pieces and times are two maps, what is not selected a set: so a quantity is set again and again by one plain write that
moves neither the line's place nor its selection. Every write is billed by the whole item, so that fifty lines fit 2 KB: a
SKU stands there packed, and a time under the packed SKU's last letters. Two lines of a cart rarely share those; then they
share a place in its order, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pynamodb.attributes import MapAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import size

from chalicelib.kernel.ids import packed, unpacked
from chalicelib.runtime.table import Action, Condition, Table, WholeAttribute, table_name

from .rules import Line

TAIL = 3


class Cart(Table):
    """A guest's or customer's cart. `expires` (epoch s) only cleans guests' carts up; it never decides anything."""

    class Meta:
        table_name = table_name("carts")

    owner = UnicodeAttribute(hash_key=True, attr_name="w")
    quantities: MapAttribute[str, Any] = MapAttribute(attr_name="n")  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    added: MapAttribute[str, Any] = MapAttribute(attr_name="a")  # type: ignore[no-untyped-call]  # the same
    unselected = UnicodeSetAttribute(attr_name="u", null=True)
    expires = WholeAttribute(attr_name="x", null=True)


def lines_of(cart: Cart | None) -> dict[str, Line]:
    """A cart's lines by SKU, oldest first; no cart has none."""
    if cart is None:
        return {}
    added, unselected = _plain(cart.added), cart.unselected or set()
    lines = [
        Line(unpacked(short), int(quantity), short not in unselected, int(added.get(_tail(short), 0)))
        for short, quantity in _plain(cart.quantities).items()
    ]
    return {line.sku: line for line in sorted(lines, key=lambda line: (line.added, line.sku))}


def cart_of(owner: str, lines: Mapping[str, Line] | None = None, expires: int | None = None) -> Cart:
    """The item that holds these lines."""
    short = {packed(sku): line for sku, line in (lines or {}).items()}
    return Cart(
        owner,
        quantities={name: line.quantity for name, line in short.items()},
        added={_tail(name): line.added for name, line in short.items()},
        unselected={name for name, line in short.items() if not line.selected} or None,
        expires=expires,
    )


def put_line(sku: str, quantity: int, now_ms: int) -> list[Action]:
    """Set a line's pieces; its time only when it is new."""
    short = packed(sku)
    added = Cart.added[_tail(short)]
    return [Cart.quantities[short].set(quantity), added.set(added | now_ms)]


def remove_lines(skus: Iterable[str]) -> list[Action]:
    gone = dict.fromkeys(packed(sku) for sku in skus)
    places = dict.fromkeys(_tail(short) for short in gone)  # each named once: DynamoDB insists
    removed = [Cart.quantities[short].remove() for short in gone] + [Cart.added[place].remove() for place in places]
    return [*removed, Cart.unselected.delete(set(gone))]


def choose(skus: Collection[str], selected: bool) -> Action:
    """Select lines, or not."""
    short = {packed(sku) for sku in skus}
    return Cart.unselected.delete(short) if selected else Cart.unselected.add(short)


def expire_at(epoch_s: int) -> Action:
    return Cart.expires.set(epoch_s)


def has_line(sku: str) -> Condition:
    condition: Condition = Cart.quantities[packed(sku)].exists()
    return condition


def has_room(most: int) -> Condition:
    room: Condition = size(Cart.quantities) < most  # type: ignore[no-untyped-call]  # the same
    there: Condition = is_there() & room
    return there


def is_there() -> Condition:
    return Cart.quantities.exists()


def still(read: Cart) -> Condition:
    """The cart holds just what was read."""
    chosen: Condition = Cart.unselected == read.unselected if read.unselected else Cart.unselected.does_not_exist()
    same: Condition = chosen & (Cart.quantities == _plain(read.quantities)) & (Cart.added == _plain(read.added))
    return same


def _tail(short: str) -> str:
    return short[-TAIL:]


def _plain(held: MapAttribute[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = held.as_dict()  # type: ignore[no-untyped-call]  # the same
    return plain
