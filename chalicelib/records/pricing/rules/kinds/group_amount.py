"""So much off every piece, but only of full groups."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_each
from .kind import SUMMED, OfferKind


class GroupAmountTerms(NamedTuple):
    """The pieces of a group, what is off each, at most so many groups an order."""

    pieces: int
    off_each_fen: int
    times: int | None = None


class GroupAmount(OfferKind):
    name = "group_amount"
    lanes = SUMMED
    example = {"pieces": 2, "off_each_fen": 500}

    def read(self, terms: Reader, lane: str) -> GroupAmountTerms:
        return GroupAmountTerms(terms.number("pieces", least=2), terms.fen("off_each_fen"), terms.maybe("times"))

    def deal(self, terms: GroupAmountTerms, stand: Stand) -> Deal | Lack:
        if stand.pieces < terms.pieces:
            return Lack("MISSING_PIECES", pieces=terms.pieces - stand.pieces)
        times = stand.times(terms.times, stand.pieces // terms.pieces)
        picked = stand.first(times * terms.pieces, stand.order())
        deal = off_each(stand, [(at, n, terms.off_each_fen) for at, n in picked])
        return deal._replace(uses=times)
