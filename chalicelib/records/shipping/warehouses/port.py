"""What the shop asks of a warehouse's system, in the shop's own words.

Every question may be asked again: an order is told under its own id, a wish to keep something back under the refund's, and
what the system tells is read from a version on, as often as one likes. Troubles are those of carriers (`carriers.port`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from chalicelib.kernel.money import Fen

from ..carriers.port import CarrierError, Party

KeptBackSoFar = Literal["back", "gone", "open"]


class OrderDeclined(CarrierError):
    """A final no: the order is not packed there."""


class PiecesOut(NamedTuple):
    """Pieces of a line of an order, and what they cost together."""

    line: int
    sku: str
    quantity: int
    paid: Fen


class OrderOut(NamedTuple):
    """An order to be packed. Told twice under one id it is packed once."""

    id: str
    receiver: Party
    lines: tuple[PiecesOut, ...]
    paid: Fen
    placed_at: datetime

    def __repr__(self) -> str:
        """Without the person: a log may hold it."""
        return f"OrderOut({self.id})"


class SentParcel(NamedTuple):
    """A parcel that the warehouse sent, and when. `notice` is its number of it, `company` its carrier as the system names it."""

    order: str
    notice: str
    waybill: str
    company: str
    lines: tuple[tuple[int, int], ...]
    at: datetime


class LevelTold(NamedTuple):
    """What lies there of a SKU: in all, and set aside for orders, ours and others'."""

    sku: str
    pieces: int
    aside: int
    as_of: datetime
    version: int


class ParcelPage(NamedTuple):
    """`unread`: so many rows that nobody can read without doubt."""

    rows: Sequence[SentParcel]
    high: int
    more: bool
    unread: int


class LevelPage(NamedTuple):
    rows: Sequence[LevelTold]
    high: int
    more: bool


class WarehousePort(Protocol):
    """Calls raise a CarrierError."""

    name: str

    def tell(self, o: OrderOut) -> None:
        """Have an order packed; what returns is acknowledged. Raises OrderDeclined."""

    def keep_back(self, order: str, wish: str, lines: Sequence[PiecesOut]) -> KeptBackSoFar:
        """Have pieces of an order not sent, all of them or none; asked again under the same wish, what became of it."""

    def sent(self, since: int, page: int) -> ParcelPage:
        """A page of the parcels of this version and later, oldest version first; the first page is 1."""

    def levels(self, since: int, page: int) -> LevelPage:
        """The same of what lies there."""
