"""What kinds share that reduce the freight: from when on they hold, and never below nothing."""

from __future__ import annotations

from typing import Any

from ..units import Deal, Lack
from .kind import CARRIAGE, Condition, OfferKind


class FreightKind(OfferKind):
    """Something is off the freight. `off` is called once its condition holds: what is off a fee."""

    lanes = CARRIAGE

    def off(self, terms: Any, fee: int) -> int:
        raise NotImplementedError

    def freight(self, terms: Any, fee: int, goods: int, pieces: int) -> Deal | Lack:
        condition: Condition = terms.condition
        if lack := condition.lack(goods, pieces):
            return lack
        return Deal((), off=max(0, min(fee, self.off(terms, fee))), threshold=condition.threshold)
