"""A share of the price is paid (9折). In the lanes of prices every piece is rounded; elsewhere the sum is, once."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.money import WHOLE

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_sum, rate, rated
from .kind import NONE, PIECEWISE, SUMMED, Condition, OfferKind, condition


class PercentTerms(NamedTuple):
    """The share that is paid, at most so much off, and from when on it holds."""

    pay_bp: int
    cap_fen: int | None = None
    condition: Condition = NONE


class Percent(OfferKind):
    name = "percent"
    lanes = PIECEWISE | SUMMED
    example = {"pay_bp": 9000}

    def read(self, terms: Reader, lane: str) -> PercentTerms:
        if lane in PIECEWISE:
            return PercentTerms(terms.paid("pay_bp"))
        return PercentTerms(terms.paid("pay_bp"), terms.maybe("cap_fen"), condition(terms))

    def each(self, terms: PercentTerms, left: int) -> int:
        return left - rated(left, terms.pay_bp)

    def deal(self, terms: PercentTerms, stand: Stand) -> Deal | Lack:
        if lack := terms.condition.lack(stand.sum, stand.pieces):
            return lack
        off = percent_off(stand.sum, terms.pay_bp, terms.cap_fen)
        return off_sum(stand, stand.whole, off)._replace(threshold=terms.condition.threshold)


def percent_off(amount: int, pay_bp: int, cap_fen: int | None) -> int:
    """What is off a sum of which a share is paid, half up, at most the cap."""
    off = rate(amount, WHOLE - pay_bp)
    return off if cap_fen is None else min(off, cap_fen)
