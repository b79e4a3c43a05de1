"""任选 N 件 ¥X: any so many pieces together for one price. A set that is no cheaper so is left as it is."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_sum
from .kind import SUMMED, OfferKind
from .sets import gathered, sets, worth


class ChooseTerms(NamedTuple):
    """So many pieces for a price, at most so many times an order."""

    pieces: int
    price_fen: int
    times: int | None = None


class Choose(OfferKind):
    name = "choose"
    lanes = SUMMED
    example = {"pieces": 3, "price_fen": 9900}

    def read(self, terms: Reader, lane: str) -> ChooseTerms:
        return ChooseTerms(terms.number("pieces", least=2), terms.fen("price_fen"), terms.maybe("times"))

    def deal(self, terms: ChooseTerms, stand: Stand) -> Deal | Lack:
        if stand.pieces < terms.pieces:
            return Lack("MISSING_PIECES", pieces=terms.pieces - stand.pieces)
        most = stand.times(terms.times, stand.pieces // terms.pieces)
        made = [
            (n, one)
            for n, one in sets([(stand.first(stand.pieces, stand.order()), terms.pieces)], most)
            if worth(stand, one) > terms.price_fen
        ]
        picked, times = gathered(stand, made), sum(n for n, _ in made)
        off = worth(stand, picked) - times * terms.price_fen
        return off_sum(stand, picked, off)._replace(uses=times)
