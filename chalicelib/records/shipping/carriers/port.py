"""What the shop asks of a carrier, in the shop's own words.

Every amount is whole fen, every instant aware UTC. A carrier never decides where a parcel stands: it hands over traces
(from a push or a query, the same shape), and `rules.stand` decides. Troubles carry a short code of the carrier and never
its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from chalicelib.kernel.money import Fen

from ..rules import Trace

Calls = Literal["nobody", "configuration", "table"]  # table: a code that it does not know must be put into it
Nonce = Callable[[], str]


class CarrierError(Exception):
    """Base of all errors of a call; `code` is the carrier's short code, `calls` whom it calls."""

    def __init__(self, code: str = "", *, calls: Calls = "nobody") -> None:
        self.calls: Calls = calls
        self.code = re.sub("[^0-9A-Za-z._-]", "", code)[:64]
        super().__init__(self.code)


class CarriageDeclined(CarrierError):
    """A final no: it was not booked, and will not be under this number."""


class BookedBefore(CarrierError):
    """It was done before: ask for the outcome."""


class BookingUnknown(CarrierError):
    """The carrier has no such number."""


class FetchedAlready(CarrierError):
    """The parcel is on its way already."""


class CarrierUnsure(CarrierError):
    """Nobody can say whether it happened: ask under the same number."""


class CarrierThrottled(CarrierError):
    """Too many calls: the same call again, later."""


class CarrierMisconfigured(CarrierError):
    """Keys, account or parameters are wrong: somebody is called."""

    def __init__(self, code: str = "", *, calls: Calls = "configuration") -> None:
        super().__init__(code, calls=calls)


class PushRefused(Exception):
    """A push that must change nothing."""


class PushForged(PushRefused):
    """Not told by the carrier, as far as that can be seen."""


class PushMalformed(PushRefused):
    """Not a push that we can read without doubt."""


class Party(NamedTuple):
    """Who sends or receives, and where."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    line: str

    def __repr__(self) -> str:
        """Without the person: a log may hold it."""
        return f"Party({self.province})"


class Consignment(NamedTuple):
    """A parcel to be brought. `number` is ours: booking twice under one number books once. `sender` is where it is fetched; None:
    where the carrier's contract says."""

    number: str
    receiver: Party
    pieces: int
    grams: int
    at: datetime
    sender: Party | None = None


class Booked(NamedTuple):
    """The waybill of a booking, and the sorting code that is printed large on its label."""

    waybill: str
    sorting: str = ""


class Rate(NamedTuple):
    """What a service of a carrier costs, and when it delivers; None where it does not say."""

    service: str
    fee: Fen
    by: datetime | None


class WaybillRef(NamedTuple):
    """A waybill that is asked about; `phone` are the last four digits of the receiver's, where it is needed."""

    number: str
    waybill: str
    company: str = ""
    phone: str = ""


class RawPush(NamedTuple):
    """A push as it came: what stands in its address, the kind of its body, and the body."""

    token: str
    media: str
    body: bytes

    def __repr__(self) -> str:
        return f"RawPush({len(self.body)} bytes)"


class Report(NamedTuple):
    """What was told of one waybill; `number` is ours where the carrier names it, `company` the carrier as an aggregator
    says it."""

    waybill: str
    number: str
    company: str
    traces: tuple[Trace, ...]


class PushReply(NamedTuple):
    body: str
    media: str = "application/json"


class CarrierPort(Protocol):
    """Calls raise a CarrierError, `parse` a PushRefused."""

    name: str

    def rate(self, c: Consignment) -> Sequence[Rate]:
        """What its services would cost."""

    def book(self, c: Consignment) -> Booked:
        """Have it fetched. Raises BookedBefore for a number that is booked."""

    def booked(self, number: str) -> Booked:
        """What became of a booking. Raises BookingUnknown when there is none."""

    def cancel(self, number: str, waybill: str) -> None:
        """Call it off; twice is once. Raises FetchedAlready."""

    def traces(self, a: WaybillRef) -> Sequence[Trace]:
        """What the carrier knows of a waybill now; that is proven."""

    def follow(self, a: WaybillRef, url: str) -> None:
        """Have pushes sent for a waybill; twice is once."""

    def parse(self, p: RawPush) -> Sequence[Report]:
        """Verify what can be verified, then read."""

    def ack(self, ok: bool, media: str) -> PushReply:
        """The carrier's own word for taken, or for try again."""
