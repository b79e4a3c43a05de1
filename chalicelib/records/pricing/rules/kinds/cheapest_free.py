"""Of every so many pieces the cheapest are free, counted over all that is covered."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_each
from .kind import SUMMED, OfferKind
from .sets import every


class CheapestFreeTerms(NamedTuple):
    """`free` of every `of`, at most so many times an order."""

    of: int
    free: int = 1
    times: int | None = None


class CheapestFree(OfferKind):
    name = "cheapest_free"
    lanes = SUMMED
    example = {"of": 3, "free": 1, "times": 1}

    def read(self, terms: Reader, lane: str) -> CheapestFreeTerms:
        of = terms.number("of", least=2)
        return CheapestFreeTerms(of, terms.maybe("free", most=of - 1) or 1, terms.maybe("times"))

    def deal(self, terms: CheapestFreeTerms, stand: Stand) -> Deal | Lack:
        if stand.pieces < terms.of:
            return Lack("MISSING_PIECES", pieces=terms.of - stand.pieces)
        times = stand.times(terms.times, stand.pieces // terms.of)
        less, used = every(stand, stand.order("cart"), terms.of, terms.free, times, "cheapest")
        found = [(at, n, stand.units[at].left) for at, n in less] + [(at, n, 0) for at, n in used]
        return off_each(stand, found)._replace(uses=times)
