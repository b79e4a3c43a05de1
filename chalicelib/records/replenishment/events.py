"""What replenishment tells."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class ShelfAlerted(
    Fact, context="replenishment", audit=Left("nobody's act: it follows from stock and demand, which are kept")
):
    """A shelf went out of stock, below its reorder point, or above what it sells in 90 days (`level`): once a crossing.
    `suggested`: how many pieces to order."""

    sku: str
    location: str
    level: str
    available: int
    reorder_at: int
    suggested: int


class ShelfTermsChanged(Fact, context="replenishment", audit=Audit("shop", "sku")):
    """Somebody said how a shelf is to be supplied, or that it is supplied as all are (`own` false)."""

    sku: str
    location: str
    own: bool


class ShelvesDue(Fact, context="replenishment", audit=REMINDER):
    """The shelves of a shard after this place are to be looked at on this day."""

    day: str
    shard: str
    after: str = ""
