"""What inventory tells."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact


class StockChanged(Fact, context="inventory", audit=Audit("shop", "sku")):
    """On-hand stock changed by `delta` pieces, for a reason of the shop's own (a count, a receipt, damage)."""

    sku: str
    delta: int
    reason: str


class StockClosed(Fact, context="inventory", audit=Audit("shop", "sku")):
    """A SKU may not be sold from this instant on, whatever else is said of it."""

    sku: str
    reason: str


class StockOpened(Fact, context="inventory", audit=Audit("shop", "sku")):
    """The stop of a SKU's sale is lifted: it may be sold again wherever it is on sale."""

    sku: str
