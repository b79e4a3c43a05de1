"""So much off the freight; what it is more than the freight goes nowhere."""

from __future__ import annotations

from ..reading import Reader
from .amount import AmountTerms
from .carriage import FreightKind
from .kind import condition


class FreightAmount(FreightKind):
    name = "freight_amount"
    example = {"off_fen": 800, "min_fen": 5900}

    def read(self, terms: Reader, lane: str) -> AmountTerms:
        return AmountTerms(terms.fen("off_fen"), condition(terms))

    def off(self, terms: AmountTerms, fee: int) -> int:
        return terms.off_fen
