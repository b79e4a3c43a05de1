"""A share of its price is paid for a piece, rounded piece by piece, for all or so many of the order or of a line."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import rated
from .kind import PIECEWISE, SUMMED
from .pieces import PER, PieceKind


class PiecePercentTerms(NamedTuple):
    """The share that is paid for a piece, for at most so many pieces."""

    pay_bp: int
    max_pieces: int | None = None
    per: str = "order"


class PiecePercent(PieceKind):
    name = "piece_percent"
    lanes = PIECEWISE | SUMMED
    example = {"pay_bp": 5000, "max_pieces": 1, "per": "line"}

    def read(self, terms: Reader, lane: str) -> PiecePercentTerms:
        return PiecePercentTerms(terms.paid("pay_bp"), terms.maybe("max_pieces"), terms.choice("per", PER, "order"))

    def each(self, terms: PiecePercentTerms, left: int) -> int:
        return left - rated(left, terms.pay_bp)

    def most_pieces(self, terms: PiecePercentTerms) -> tuple[int | None, str]:
        return terms.max_pieces, terms.per
