"""What inventory tells."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact, Left


class StockChanged(Fact, context="inventory", audit=Audit("shop", "sku")):
    """On-hand stock changed by `delta` pieces, for a reason of the shop's own (a count, a receipt, damage)."""

    sku: str
    delta: int
    reason: str


class StockLevelChanged(
    Fact, context="inventory", audit=Left("follows from an order, a count or a parcel, which are kept themselves")
):
    """What can be had of a SKU, as it stood at an instant (epoch ms), after it moved however often in the seconds before.
    Subscribers outside know it as `stock.changed`."""

    sku: str
    available: int
    on_hand: int
    closed: bool
    at: int


class StockClosed(Fact, context="inventory", audit=Audit("shop", "sku")):
    """A SKU may not be sold from this instant on, whatever else is said of it."""

    sku: str
    reason: str


class StockOpened(Fact, context="inventory", audit=Audit("shop", "sku")):
    """The stop of a SKU's sale is lifted: it may be sold again wherever it is on sale."""

    sku: str
