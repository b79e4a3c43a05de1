"""换购: a SKU at a low price beside what is bought, only where the buyer chose it. It uses up no piece."""

from __future__ import annotations

from typing import NamedTuple

from ..reading import Reader
from .kind import NONE, Condition, OfferKind, condition


class AddOnTerms(NamedTuple):
    """What may be added at which price, at most so many, and from when on."""

    sku: str
    price_fen: int
    max_pieces: int = 1
    condition: Condition = NONE


class AddOn(OfferKind):
    """It is neither settled nor laid in a lane: when the lanes of goods are through, the one that was chosen is added."""

    name = "add_on"
    lanes = frozenset({"shop", "campaign"})
    example = {"sku": "S0000000000000000000000000002", "price_fen": 990, "min_fen": 9900}

    def read(self, terms: Reader, lane: str) -> AddOnTerms:
        sku, price_fen = terms.text("sku"), terms.fen("price_fen")
        return AddOnTerms(sku, price_fen, terms.maybe("max_pieces") or 1, condition(terms))

    def brings(self, terms: AddOnTerms) -> tuple[str, ...]:
        return (terms.sku,)
