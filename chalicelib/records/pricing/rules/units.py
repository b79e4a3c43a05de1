"""Units while they are being priced: equal ones stand together, and an offer says which pieces it takes and what is off.

Amounts are plain whole fen here; they become money again when the price stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chalicelib.kernel.bill import Lower
from chalicelib.kernel.money import WHOLE
from chalicelib.kernel.runs import spread

from .goods import EVERYTHING, NO_COUPON, Item, Scope

PICKS = ("cart", "dearest", "cheapest")
Picked = list[tuple[int, int]]  # (place among the units, pieces)


class Unit(NamedTuple):
    """Pieces of one item that stand alike: what one still costs, its floor, what each layer took off so far.

    `shut` pieces have an activity price and take only what `admits` says; `coupons`: whether they take a coupon; `served`:
    whether an offer of the shop's or the campaign's lane serves them; `points`: what points pay of a piece.
    """

    item: int
    pieces: int
    left: int
    floor: int
    offs: tuple[int, ...] = ()
    shut: bool = False
    admits: frozenset[str] = frozenset()
    coupons: bool = True
    served: bool = False
    points: int = 0

    @property
    def room(self) -> int:
        """How much may still be off a piece."""
        return max(0, self.left - self.floor)

    @property
    def discounted(self) -> bool:
        """Whether anything is off yet."""
        return any(self.offs)

    def less(self, off: int, layer: int) -> Unit:
        """The same pieces, each cheaper by a layer."""
        if not off:
            return self
        offs = (*self.offs, *(0,) * (layer - len(self.offs)), off)
        return self._replace(left=self.left - off, offs=offs)


class Gift(NamedTuple):
    """So many pieces for nothing; `out` says what happens when there are too few: skip, substitute, block."""

    sku: str
    pieces: int
    out: str = "skip"
    substitute: str = ""

    @property
    def skus(self) -> tuple[str, ...]:
        """What may be given."""
        return (self.sku, self.substitute) if self.substitute else (self.sku,)

    def times(self, n: int) -> Gift:
        return self._replace(pieces=self.pieces * n)


class Lack(NamedTuple):
    """Why an offer gives nothing (or no more): its code, and what is missing."""

    code: str
    fen: int = 0
    pieces: int = 0


class Deal(NamedTuple):
    """What an offer does to the units that stand before it.

    `taken` are the pieces it uses up, (place, pieces, off each); or `summed` is off all of them together and falls on them by
    what they cost. `uses` counts against its limits; `threshold` is what it was given for, in fen, or below
    nothing in pieces (-3 are three), and nothing where it gives by sets; `coupons` are templates of which it brings one each;
    `next` is what more would take, `below` what less would. `base` are the items that count for the threshold, where it takes
    none of them.
    """

    taken: tuple[tuple[int, int, int], ...]
    summed: int = 0
    off: int = 0
    uses: int = 1
    threshold: int = 0
    gifts: tuple[Gift, ...] = ()
    free_freight: bool = False
    points: int = 0
    coupons: tuple[str, ...] = ()
    next: Lack | None = None
    below: tuple[Lower, ...] = ()
    base: tuple[int, ...] = ()

    @property
    def gives(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.off or self.gifts or self.free_freight or self.points or self.coupons)


class Stand(NamedTuple):
    """What stands before an offer: the pieces that it may take, in the cart's order, and the whole basket.

    `scope` are the goods of the offer itself, `pick` says which pieces it chooses first, `most` how often it may be used in
    this order.
    """

    units: Sequence[Unit]
    basket: Sequence[Item]
    scope: Scope = EVERYTHING
    pick: str = "cart"
    most: int | None = None

    @property
    def sum(self) -> int:
        """What all of it costs now."""
        return sum(unit.left * unit.pieces for unit in self.units)

    @property
    def pieces(self) -> int:
        return sum(unit.pieces for unit in self.units)

    @property
    def whole(self) -> Picked:
        """All of it."""
        return [(at, unit.pieces) for at, unit in enumerate(self.units)]

    def times(self, most: int | None, fit: int) -> int:
        """How often something that fits so often may be done, by the offer's terms and by its limits."""
        return min(bound for bound in (fit, most, self.most) if bound is not None)

    def order(self, pick: str | None = None) -> list[int]:
        """The units' places, those first that are chosen first."""
        places = list(range(len(self.units)))
        pick = pick or self.pick
        if pick != "cart":
            places.sort(key=lambda at: self.units[at].left, reverse=pick == "dearest")
        return places

    def first(self, pieces: int, order: Iterable[int]) -> Picked:
        """The first pieces in an order of places."""
        found = []
        for at in order:
            taken = min(pieces, self.units[at].pieces)
            if taken:
                found.append((at, taken))
                pieces -= taken
        return found

    def without(self, picked: Picked) -> Stand:
        """What is left when some pieces are taken; places stay."""
        units = list(self.units)
        for at, pieces in picked:
            units[at] = units[at]._replace(pieces=units[at].pieces - pieces)
        return self._replace(units=units)


def rate(amount: int, basis_points: int) -> int:
    """The part of an amount, half up to the fen."""
    return (2 * amount * basis_points + WHOLE) // (2 * WHOLE)


def rated(price: int, pay_bp: int) -> int:
    """A piece's price at a rate, half up; what costs something and is not free stays at least one fen."""
    return rate(price, pay_bp) or int(bool(price and pay_bp))


def off_sum(stand: Stand, picked: Picked, off: int) -> Deal:
    """So much off the picked pieces together, as far as their floors let it."""
    room = sum(stand.units[at].room * pieces for at, pieces in picked)
    given = max(0, min(off, room))
    return Deal(tuple((at, pieces, 0) for at, pieces in picked), given, given)


def off_each(stand: Stand, picked: Iterable[tuple[int, int, int]]) -> Deal:
    """(place, pieces, off each): so much off single pieces, each as far as its own floor lets it."""
    taken = tuple((at, pieces, max(0, min(each, stand.units[at].room))) for at, pieces, each in picked)
    return Deal(taken, 0, sum(pieces * each for _, pieces, each in taken))


def shares(units: Sequence[Unit], deal: Deal) -> list[tuple[int, int, int]]:
    """(place, pieces, off each) of all that a deal takes, its sum spread."""
    if not deal.summed:
        return list(deal.taken)
    spreads = spread(deal.summed, [(pieces, units[at].left, units[at].room) for at, pieces, _ in deal.taken])
    places = [at for at, *_ in deal.taken]
    return [(at, pieces, int(each)) for at, parts in zip(places, spreads, strict=True) for pieces, each in parts]


class Imprint(NamedTuple):
    """What becomes of the pieces that an offer takes, beside their price."""

    serves: bool = False
    no_coupons: bool = False
    shuts: bool = False

    def on(self, unit: Unit) -> Unit:
        """The unit with the mark."""
        if not any(self):
            return unit
        return unit._replace(
            served=unit.served or self.serves,
            coupons=unit.coupons and not self.no_coupons,
            shut=unit.shut or self.shuts,
        )


def lay(units: Sequence[Unit], laid: Sequence[tuple[int, Sequence[tuple[int, int, int]], Imprint]]) -> list[Unit]:
    """The units after deals that share no piece: (layer, its shares, the mark on the pieces it takes)."""
    parts: dict[int, list[Unit]] = {}
    used: dict[int, int] = {}
    for layer, shared, mark in laid:
        for at, pieces, each in shared:
            if pieces:
                one = mark.on(units[at].less(each, layer)._replace(pieces=pieces))
                parts.setdefault(at, []).append(one)
                used[at] = used.get(at, 0) + pieces
    found: list[Unit] = []
    for at, unit in enumerate(units):
        found += parts.get(at, ())
        rest = unit.pieces - used.get(at, 0)
        if rest:
            found.append(unit._replace(pieces=rest))
    return found


def of_basket(basket: Sequence[Item]) -> list[Unit]:
    """The units before any offer."""
    return [
        Unit(at, item.quantity, int(item.unit), int(item.floor), coupons=not item.flags & NO_COUPON)
        for at, item in enumerate(basket)
        if item.quantity
    ]
