"""第二件半价: every nth piece costs a share of its price; of anything covered, of one product, or of one SKU."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from ..units import Deal, Lack, Stand, off_each, rated
from .kind import SUMMED, OfferKind
from .sets import every

SAME = ("any", "product", "sku")


class SecondHalfTerms(NamedTuple):
    """Every nth piece pays so much of its price, at most so many times an order."""

    nth: int
    pay_bp: int
    same: str = "any"
    times: int | None = None


class SecondHalf(OfferKind):
    name = "second_half"
    lanes = SUMMED
    example = {"nth": 2, "pay_bp": 5000, "same": "any"}

    def read(self, terms: Reader, lane: str) -> SecondHalfTerms:
        nth, pay_bp = terms.number("nth", least=2), terms.paid("pay_bp")
        return SecondHalfTerms(nth, pay_bp, terms.choice("same", SAME, "any"), terms.maybe("times"))

    def deal(self, terms: SecondHalfTerms, stand: Stand) -> Deal | Lack:
        left, found, missing, uses = stand.times(terms.times, stand.pieces), [], terms.nth, 0
        for places in alike(stand, terms.same):
            pieces = sum(stand.units[at].pieces for at in places)
            times = min(left, pieces // terms.nth)
            missing = min(missing, terms.nth - pieces % terms.nth)
            less, used = every(stand, places, terms.nth, 1, times, stand.pick)
            found += [(at, n, stand.units[at].left - rated(stand.units[at].left, terms.pay_bp)) for at, n in less]
            found += [(at, n, 0) for at, n in used]
            left, uses = left - times, uses + times
        if not uses:
            return Lack("MISSING_PIECES", pieces=missing)
        return off_each(stand, found)._replace(uses=uses)


def alike(stand: Stand, same: str) -> list[list[int]]:
    """The units' places by what must be the same."""
    groups: dict[str, list[int]] = {}
    for at, unit in enumerate(stand.units):
        item = stand.basket[unit.item]
        groups.setdefault({"any": "", "product": item.product, "sku": item.sku}[same], []).append(at)
    return list(groups.values())
