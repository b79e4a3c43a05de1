"""What inventory tells."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class StockChanged(Fact, context="inventory", audit=Audit("shop", "sku")):
    """On-hand stock changed by `delta` pieces, for a reason of the shop's own (a count, a receipt, damage)."""

    sku: str
    delta: int
    reason: str


class StockLevelChanged(
    Fact, context="inventory", audit=Left("follows from an order, a count or a parcel, which are kept themselves")
):
    """What can be had of a SKU at a location, as it stood at an instant (epoch ms), after it moved however often in the seconds
    before; `kept` more are safety stock that is not sold. Subscribers outside know it as `stock.changed`."""

    sku: str
    location: str
    available: int
    on_hand: int
    closed: bool
    at: int
    kept: int = 0


class BackordersAllowed(Fact, context="inventory", audit=Audit("shop", "sku")):
    """So many pieces of a SKU may be sold beyond what lies there (0: none), to be sent until then (epoch ms)."""

    sku: str
    pieces: int
    until: int


class StockClosed(Fact, context="inventory", audit=Audit("shop", "sku")):
    """A SKU may not be sold from this instant on, whatever else is said of it."""

    sku: str
    reason: str


class StockOpened(Fact, context="inventory", audit=Audit("shop", "sku")):
    """The stop of a SKU's sale is lifted: it may be sold again wherever it is on sale."""

    sku: str


class LocationChanged(Fact, context="inventory", audit=Audit("shop", "location")):
    """A place where goods lie was described, or described otherwise."""

    location: str
    active: bool
    sells: bool = False


class SourceChanged(Fact, context="inventory", audit=Audit("shop", "source")):
    """Somebody may tell how much lies somewhere, or may no more; `generation` rises with each new secret."""

    source: str
    active: bool
    generation: int


class CountsReceived(Fact, context="inventory", audit=Left("the ledger keeps what came of it")):
    """A source told of so many SKUs: counts and differences as they are to be taken, a row of plain values each."""

    source: str
    rows: list[list[Any]]


class FeedNumbersSkipped(Fact, context="inventory", audit=Audit("shop", "source")):
    """A source that skips no number told of a later one: those from `first` to `last` have not come, or not yet."""

    source: str
    first: int
    last: int


class StockCounted(Fact, context="inventory", audit=Left("the ledger keeps each change and who told it")):
    """A source's counts changed what is on hand: (SKU, location, on hand, by how much) each."""

    source: str
    changes: list[list[Any]]


class StockOversold(Fact, context="inventory", audit=Audit("shop", "sku")):
    """After a count there is less of a SKU than orders hold: so many pieces are lacking."""

    sku: str
    location: str
    lacking: int


class FileArrived(Fact, context="inventory", audit=Audit("shop", "file")):
    """A source's file is there: it is read, compared and taken."""

    file: str
    source: str


class FilePartDue(Fact, context="inventory", audit=REMINDER):
    """The next part of a file is to be compared, or taken."""

    file: str
    state: str
    part: int


class FileParked(Fact, context="inventory", audit=Audit("shop", "file")):
    """A file would take away too much at once: a person has to say whether it is right. Of `stocked` shelves `down` would have
    less, of `units` pieces `less` would go."""

    file: str
    source: str
    stocked: int
    down: int
    units: int
    less: int


class FileDecided(Fact, context="inventory", audit=Audit("shop", "file")):
    """Somebody looked at a parked file, and released or dropped it."""

    file: str
    action: str
    reason: str


class FileTaken(Fact, context="inventory", audit=Audit("shop", "file")):
    """A file is taken: `taken` shelves changed, of those listed and of those `missing` where they were to be zeroed."""

    file: str
    source: str
    taken: int
    missing: int
