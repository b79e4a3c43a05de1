"""One of these with one of those: pieces of several parts together for a price, for less, or at a rate.

A piece counts for the first part that it fits.
"""

from __future__ import annotations

from typing import NamedTuple

from ..goods import Scope
from ..reading import Reader
from ..units import Deal, Lack, Stand, off_sum
from .kind import SUMMED, OfferKind
from .percent import percent_off
from .sets import gathered, sets, worth

GIVES = ("off_fen", "pay_bp", "price_fen")


class GroupsTerms(NamedTuple):
    """(Goods, pieces) of every part; one of: so much off a group, the share that is paid, the price of a group."""

    parts: tuple[tuple[Scope, int], ...]
    off_fen: int | None = None
    pay_bp: int | None = None
    price_fen: int | None = None
    times: int | None = None

    def saves(self, amount: int) -> int:
        """What is off a group that costs so much; a rate is of all groups together, but saves on each."""
        if self.pay_bp is not None:
            return percent_off(amount, self.pay_bp, None)
        return self.off_fen or max(0, amount - (self.price_fen or 0))


class Groups(OfferKind):
    name = "groups"
    lanes = SUMMED
    example = {
        "parts": [{"scope": {"products": ["P1"]}, "pieces": 1}, {"scope": {"products": ["P2"]}, "pieces": 1}],
        "price_fen": 19900,
    }

    def read(self, terms: Reader, lane: str) -> GroupsTerms:
        parts = []
        for reader in terms.inners("parts"):
            parts.append((reader.scope("scope"), reader.maybe("pieces") or 1))
            reader.done()
        if [terms.has(name) for name in GIVES].count(True) != 1:
            raise terms.wrong(GIVES[0], "one_of")
        pay_bp = terms.paid("pay_bp") if terms.has("pay_bp") else None
        return GroupsTerms(tuple(parts), terms.maybe("off_fen"), pay_bp, terms.maybe("price_fen"), terms.maybe("times"))

    def deal(self, terms: GroupsTerms, stand: Stand) -> Deal | Lack:
        parts = [(order, need) for order, (_, need) in zip(split(stand, terms.parts), terms.parts, strict=True)]
        have = [sum(stand.units[at].pieces for at in order) for order, _ in parts]
        missing = sum(max(0, need - pieces) for pieces, (_, need) in zip(have, parts, strict=True))
        if missing:
            return Lack("MISSING_PIECES", pieces=missing)
        found = sets(stand, parts, stand.times(terms.times, stand.pieces))
        made = [(n, one) for n, one in found if terms.saves(worth(stand, one)) > 0]
        picked, times = gathered(stand, made), sum(n for n, _ in made)
        if terms.pay_bp is not None:
            off = percent_off(worth(stand, picked), terms.pay_bp, None)
        else:
            off = sum(n * terms.saves(worth(stand, one)) for n, one in made)
        return off_sum(stand, picked, off)._replace(uses=times, threshold=-sum(need for _, need in parts))


def split(stand: Stand, parts: tuple[tuple[Scope, int], ...]) -> list[list[int]]:
    """For every part the units' places, those first that are picked first."""
    found: list[list[int]] = [[] for _ in parts]
    for at in stand.order():
        item = stand.basket[stand.units[at].item]
        for place, (scope, _) in enumerate(parts):
            if scope.covers(item):
                found[place].append(at)
                break
    return found
