"""The freight costs a fixed price, if that is less."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from .carriage import FreightKind
from .kind import NONE, Condition, condition


class FreightPriceTerms(NamedTuple):
    """What the freight costs, and from when on."""

    price_fen: int
    condition: Condition = NONE


class FreightPrice(FreightKind):
    name = "freight_price"
    example = {"price_fen": 100, "min_pieces": 3}

    def read(self, terms: Reader, lane: str) -> FreightPriceTerms:
        return FreightPriceTerms(terms.fen("price_fen"), condition(terms))

    def off(self, terms: FreightPriceTerms, fee: int) -> int:
        return fee - terms.price_fen
