"""So much off every piece, or so many pieces of the order or of a line."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from .kind import PIECEWISE, SUMMED
from .pieces import PER, PieceKind


class PieceAmountTerms(NamedTuple):
    """What is off a piece, for at most so many pieces."""

    off_fen: int
    max_pieces: int | None = None
    per: str = "order"


class PieceAmount(PieceKind):
    name = "piece_amount"
    lanes = PIECEWISE | SUMMED
    example = {"off_fen": 1000, "max_pieces": 3, "per": "order"}

    def read(self, terms: Reader, lane: str) -> PieceAmountTerms:
        return PieceAmountTerms(terms.fen("off_fen"), terms.maybe("max_pieces"), terms.choice("per", PER, "order"))

    def each(self, terms: PieceAmountTerms, left: int) -> int:
        return min(terms.off_fen, left)

    def most_pieces(self, terms: PieceAmountTerms) -> tuple[int | None, str]:
        return terms.max_pieces, terms.per
