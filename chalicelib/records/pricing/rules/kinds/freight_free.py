"""Nothing is paid for the freight (包邮)."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from .carriage import FreightKind
from .kind import NONE, Condition, condition


class FreightFreeTerms(NamedTuple):
    """From when on it is free."""

    condition: Condition = NONE


class FreightFree(FreightKind):
    name = "freight_free"
    example = {"min_fen": 9900}

    def read(self, terms: Reader, lane: str) -> FreightFreeTerms:
        return FreightFreeTerms(condition(terms))

    def off(self, terms: FreightFreeTerms, fee: int) -> int:
        return fee
