"""So much off every line once, however many pieces it has."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_each, off_sum, shares
from .kind import SUMMED, OfferKind


class LineAmountTerms(NamedTuple):
    """What is off a line."""

    off_fen: int


class LineAmount(OfferKind):
    name = "line_amount"
    lanes = SUMMED
    example = {"off_fen": 1000}

    def read(self, terms: Reader, lane: str) -> LineAmountTerms:
        return LineAmountTerms(terms.fen("off_fen"))

    def deal(self, terms: LineAmountTerms, stand: Stand) -> Deal | Lack:
        lines: dict[int, list[tuple[int, int]]] = {}
        for at, pieces in stand.whole:
            lines.setdefault(stand.units[at].item, []).append((at, pieces))
        kept = list(lines.values())[: stand.times(None, len(lines))]
        found = [each for line in kept for each in shares(stand.units, off_sum(stand, line, terms.off_fen))]
        return off_each(stand, found)._replace(uses=len(kept))
