"""A share of the price is paid, but only of full groups: half up to the fen of their sum, once."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_sum
from .kind import SUMMED, OfferKind
from .percent import percent_off
from .sets import worth


class GroupPercentTerms(NamedTuple):
    """The pieces of a group, the share that is paid for them, at most so many groups an order."""

    pieces: int
    pay_bp: int
    times: int | None = None


class GroupPercent(OfferKind):
    name = "group_percent"
    lanes = SUMMED
    example = {"pieces": 3, "pay_bp": 9000}

    def read(self, terms: Reader, lane: str) -> GroupPercentTerms:
        return GroupPercentTerms(terms.number("pieces", least=2), terms.paid("pay_bp"), terms.maybe("times"))

    def deal(self, terms: GroupPercentTerms, stand: Stand) -> Deal | Lack:
        if stand.pieces < terms.pieces:
            return Lack("MISSING_PIECES", pieces=terms.pieces - stand.pieces)
        times = stand.times(terms.times, stand.pieces // terms.pieces)
        picked = stand.first(times * terms.pieces, stand.order())
        deal = off_sum(stand, picked, percent_off(worth(stand, picked), terms.pay_bp, None))
        return deal._replace(uses=times)
