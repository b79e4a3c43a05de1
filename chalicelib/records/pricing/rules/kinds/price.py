"""A piece costs a fixed price (限时特价). A price that is not lower changes nothing."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from .kind import PIECEWISE
from .pieces import PieceKind


class PriceTerms(NamedTuple):
    """What a piece costs."""

    price_fen: int


class FixedPrice(PieceKind):
    name = "price"
    lanes = PIECEWISE
    example = {"price_fen": 8900}

    def read(self, terms: Reader, lane: str) -> PriceTerms:
        return PriceTerms(terms.fen("price_fen", least=0))

    def each(self, terms: PriceTerms, left: int) -> int:
        return left - terms.price_fen
