"""So much off all that is covered together (满减, 立减), at most what it costs."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_sum
from .kind import NONE, SUMMED, Condition, OfferKind, condition


class AmountTerms(NamedTuple):
    """What is off, and from when on."""

    off_fen: int
    condition: Condition = NONE


class AmountOff(OfferKind):
    name = "amount"
    lanes = SUMMED
    example = {"off_fen": 5000, "min_fen": 20000}

    def read(self, terms: Reader, lane: str) -> AmountTerms:
        return AmountTerms(terms.fen("off_fen"), condition(terms))

    def deal(self, terms: AmountTerms, stand: Stand) -> Deal | Lack:
        if lack := terms.condition.lack(stand.sum, stand.pieces):
            return lack
        return off_sum(stand, stand.whole, terms.off_fen)._replace(threshold=terms.condition.threshold)
