"""A share of the freight is paid, half up to the fen."""

from __future__ import annotations

from ..reading import Reader
from ..units import rate
from .carriage import FreightKind
from .kind import condition
from .percent import PercentTerms


class FreightPercent(FreightKind):
    name = "freight_percent"
    example = {"pay_bp": 5000}

    def read(self, terms: Reader, lane: str) -> PercentTerms:
        return PercentTerms(terms.paid("pay_bp"), terms.maybe("cap_fen"), condition(terms))

    def off(self, terms: PercentTerms, fee: int) -> int:
        off = fee - rate(fee, terms.pay_bp)
        return off if terms.cap_fen is None else min(off, terms.cap_fen)
