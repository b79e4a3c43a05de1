"""One of these with one of those: pieces of several parts together for a price, for less, or at a rate.

A piece counts for one part that it fits, so that as many groups come together as can.
"""

from __future__ import annotations

from typing import NamedTuple

from ..goods import Scope
from ..reading import Reader
from ..units import Deal, Lack, Picked, Stand, off_sum
from .kind import SUMMED, OfferKind
from .percent import percent_off
from .sets import gathered, sets, worth

GIVES = ("off_fen", "pay_bp", "price_fen")
MOST_PARTS = 6


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
        parts: list[tuple[Scope, int]] = []
        for reader in terms.inners("parts"):
            parts.append((reader.scope("scope"), reader.maybe("pieces") or 1))
            reader.done()
        if len(parts) > MOST_PARTS:
            raise terms.wrong("parts", "too_large")
        if [terms.has(name) for name in GIVES].count(True) != 1:
            raise terms.wrong(GIVES[0], "one_of")
        pay_bp = terms.paid("pay_bp") if terms.has("pay_bp") else None
        return GroupsTerms(tuple(parts), terms.maybe("off_fen"), pay_bp, terms.maybe("price_fen"), terms.maybe("times"))

    def deal(self, terms: GroupsTerms, stand: Stand) -> Deal | Lack:
        of_one = sum(need for _, need in terms.parts)
        if missing := of_one - _count(allotted(stand, terms.parts, 1)):
            return Lack("MISSING_PIECES", pieces=missing)
        most = most_groups(stand, terms.parts, stand.times(terms.times, stand.pieces // of_one))
        shares = allotted(stand, terms.parts, most)
        found = sets([(share, need) for share, (_, need) in zip(shares, terms.parts, strict=True)], most)
        made = [(n, one) for n, one in found if terms.saves(worth(stand, one)) > 0]
        picked, times = gathered(stand, made), sum(n for n, _ in made)
        if terms.pay_bp is not None:
            off = percent_off(worth(stand, picked), terms.pay_bp, None)
        else:
            off = sum(n * terms.saves(worth(stand, one)) for n, one in made)
        return off_sum(stand, picked, off)._replace(uses=times)


Parts = tuple[tuple[Scope, int], ...]


def most_groups(stand: Stand, parts: Parts, most: int) -> int:
    """How many groups can be filled at once, at most so many; one can."""
    least, of_one = min(1, most), sum(need for _, need in parts)
    while least < most:
        middle = (least + most + 1) // 2
        if _count(allotted(stand, parts, middle)) == middle * of_one:
            least = middle
        else:
            most = middle - 1
    return least


def allotted(stand: Stand, parts: Parts, times: int) -> list[Picked]:
    """For every part the pieces it gets of so many groups, those first that are picked first: as many as can be, since a piece
    makes room where it fits another part, too."""
    order = stand.order()
    items = {at: stand.basket[stand.units[at].item] for at in order}
    room = Room([need * times for _, need in parts], [{} for _ in parts])
    fits = {at: [place for place, (scope, _) in enumerate(parts) if scope.covers(items[at])] for at in order}
    for at in order:
        left = stand.units[at].pieces
        while left and (moved := room.put(at, left, fits, set())):
            left -= moved
    return [[(at, got[at]) for at in order if got.get(at)] for got in room.got]


class Room(NamedTuple):
    """How many pieces parts still want, and those that they have."""

    wants: list[int]
    got: list[dict[int, int]]

    def put(self, at: int, pieces: int, fits: dict[int, list[int]], tried: set[int]) -> int:
        """Put some of these pieces somewhere; returns how many."""
        for place in fits[at]:
            if n := min(pieces, self.wants[place]):
                self.wants[place] -= n
                self.got[place][at] = self.got[place].get(at, 0) + n
                return n
        for place in [one for one in fits[at] if one not in tried]:
            tried.add(place)
            for other, held in list(self.got[place].items()):
                if other != at and held and (n := self.put(other, min(pieces, held), fits, tried)):
                    self.got[place][other] -= n
                    self.got[place][at] = self.got[place].get(at, 0) + n
                    return n
        return 0


def _count(shares: list[Picked]) -> int:
    return sum(pieces for share in shares for _, pieces in share)
