"""满赠: from an amount or so many pieces on, so many pieces of another SKU for nothing, once or each time again."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.bill import Lower

from ..reading import Reader
from ..units import Deal, Gift, Lack, Stand, off_sum
from .gifts import read_gift
from .kind import NONE, SUMMED, Condition, OfferKind, condition


class GiftTerms(NamedTuple):
    """What is given, from when on, and whether it is given each time again."""

    gift: Gift
    condition: Condition = NONE
    per_each: bool = False

    def times(self, fen: int, pieces: int) -> int:
        """How often it is given."""
        if not self.per_each:
            return 1
        return min(fen // (self.condition.min_fen or 1), pieces // (self.condition.min_pieces or 1))


class GiftKind(OfferKind):
    name = "gift"
    lanes = SUMMED
    example = {"sku": "S0000000000000000000000000001", "pieces": 1, "min_fen": 19900, "out": "skip"}

    def read(self, terms: Reader, lane: str) -> GiftTerms:
        return GiftTerms(read_gift(terms, whole=False), condition(terms), terms.flag("per_each"))

    def brings(self, terms: GiftTerms) -> tuple[str, ...]:
        return terms.gift.skus

    def deal(self, terms: GiftTerms, stand: Stand) -> Deal | Lack:
        if lack := terms.condition.lack(stand.sum, stand.pieces):
            return lack
        times = stand.times(None, terms.times(stand.sum, stand.pieces))
        deal = off_sum(stand, stand.whole, 0)
        once = terms.condition.threshold or -int(terms.per_each)  # each time of nothing is each piece
        threshold = once * (times if terms.per_each else 1)
        gifts = (terms.gift.times(times),) if times else ()
        below = (Lower(abs(once), pieces=terms.gift.pieces, each=1),) if terms.per_each else ()
        return deal._replace(uses=times, threshold=threshold, gifts=gifts, below=below)
