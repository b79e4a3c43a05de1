"""Buy so many and get so many more for a share of their price, by default for nothing (买二送一). Only full sets count, and
their pieces are used up."""

from __future__ import annotations

from typing import NamedTuple

from ..goods import Scope
from ..reading import Reader
from ..units import Deal, Lack, Picked, Stand, off_each, rated
from .kind import SUMMED, OfferKind
from .sets import every


class BuyGetTerms(NamedTuple):
    """`get` pieces pay so much of their price for every `buy`; `get_scope` None: of the same goods."""

    buy: int
    get: int
    pay_bp: int = 0
    get_scope: Scope | None = None
    times: int | None = None


class BuyGet(OfferKind):
    name = "buy_get"
    lanes = SUMMED
    example = {"buy": 2, "get": 1, "get_scope": {"products": ["P2"]}}

    def read(self, terms: Reader, lane: str) -> BuyGetTerms:
        return BuyGetTerms(
            terms.number("buy"),
            terms.number("get"),
            terms.paid("pay_bp") if terms.has("pay_bp") else 0,
            terms.scope("get_scope") if terms.has("get_scope") else None,
            terms.maybe("times"),
        )

    def also(self, terms: BuyGetTerms) -> tuple[Scope, ...]:
        return (terms.get_scope,) if terms.get_scope else ()

    def deal(self, terms: BuyGetTerms, stand: Stand) -> Deal | Lack:
        sides = Sides.of(stand, terms)
        times = stand.times(terms.times, sides.fit(terms))
        if not sides.fit(terms):
            return Lack("MISSING_PIECES", pieces=sides.missing(terms))
        if terms.get_scope is None:
            get, bought = every(stand, stand.order("cart"), terms.buy + terms.get, terms.get, times, stand.pick)
        else:
            get, bought = sides.taken(terms, times)
        found = [(at, n, stand.units[at].left - rated(stand.units[at].left, terms.pay_bp)) for at, n in get]
        deal = off_each(stand, found + [(at, n, 0) for at, n in bought])
        return deal._replace(uses=times)


class Sides(NamedTuple):
    """Places of units that can only be bought, only be got, or both."""

    stand: Stand
    buy: list[int]
    get: list[int]
    both: list[int]

    @classmethod
    def of(cls, stand: Stand, terms: BuyGetTerms) -> Sides:
        """The units by what they may be."""
        sides: tuple[list[int], list[int], list[int]] = ([], [], [])
        for at in stand.order():
            item = stand.basket[stand.units[at].item]
            buys, gets = stand.scope.covers(item), terms.get_scope is None or terms.get_scope.covers(item)
            sides[2 if buys and gets else 0 if buys else 1].append(at)
        return cls(stand, *sides)

    def _count(self, places: list[int]) -> int:
        return sum(self.stand.units[at].pieces for at in places)

    def fit(self, terms: BuyGetTerms) -> int:
        """How many sets there are."""
        buy, get, both = self._count(self.buy), self._count(self.get), self._count(self.both)
        whole = (buy + get + both) // (terms.buy + terms.get)
        return min((buy + both) // terms.buy, (get + both) // terms.get, whole)

    def missing(self, terms: BuyGetTerms) -> int:
        """How many pieces a first set lacks."""
        buy, get, both = self._count(self.buy), self._count(self.get), self._count(self.both)
        lacks = max(0, terms.buy - buy), max(0, terms.get - get)
        return max(1, sum(lacks) - both, terms.buy - buy - both, terms.get - get - both)

    def taken(self, terms: BuyGetTerms, times: int) -> tuple[Picked, Picked]:
        """(pieces got, pieces bought): what may be either is got only as far as enough is left to be bought."""
        spare = self._count(self.both) - max(0, times * terms.buy - self._count(self.buy))
        need, got = times * terms.get, []
        chosen = [at for at in self.stand.order() if at in set(self.get) | set(self.both)]
        for at in chosen:
            pieces = min(need, self.stand.units[at].pieces, spare if at in self.both else need)
            if pieces:
                got.append((at, pieces))
                need -= pieces
                spare -= pieces if at in self.both else 0
        rest = self.stand.without(got)
        return got, rest.first(times * terms.buy, [*self.buy, *self.both])
