"""What the shop asks of a payment provider, in the shop's own words.

Every amount is whole fen, every instant aware UTC. A provider never decides what an order is worth: it hands over
snapshots (from a verified notice or a verified query, the same shape), and `rules.fold` decides.
Troubles carry a short code of the provider and never its text, so neither keys nor personal data can leak by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from chalicelib.kernel.money import Fen
from chalicelib.runtime.outside import HttpPort, NoAnswer

from ..rules import Mismatch, PaymentSnapshot, PaymentStatus, RefundSnapshot, RefundStatus
from .manifest import NextActionKind

__all__ = ["HttpPort", "Mismatch", "NoAnswer", "PaymentSnapshot", "PaymentStatus", "RefundSnapshot", "RefundStatus"]

CloseOutcome = Literal["CLOSED", "ALREADY_PAID", "NOT_SUPPORTED", "NOT_FOUND", "UNKNOWN"]
ShippingState = Literal["unsent", "sent", "received", "over"]
NoticeKind = Literal["PAYMENT", "REFUND", "IGNORED"]
Calls = Literal["nobody", "keys", "configuration", "table"]  # table: a code that it does not know must be put into it
Nonce = Callable[[], str]


# ---- errors: why a call gave nothing to act on ----------------------------------------------------------------------
class ProviderError(Exception):
    """Base of all errors of a call; `code` is the provider's short code, `calls` whom it calls."""

    def __init__(self, code: str = "", *, calls: Calls = "nobody") -> None:
        self.calls: Calls = calls
        self.code = re.sub("[^0-9A-Za-z._-]", "", code)[:64]
        super().__init__(self.code)


class Declined(ProviderError):
    """A final no."""


class TradeNotFound(ProviderError):
    """The provider does not know the number (not always final)."""


class AlreadyDone(ProviderError):
    """It was done before: query to learn the outcome."""


class Unknown(ProviderError):
    """Nobody can say whether it happened, or what the answer means: query with the same number, or ask again."""


class Throttled(ProviderError):
    """Too many calls: the same call again, later."""


class AuthConfig(ProviderError):
    """Keys, merchant or parameters are wrong: it goes on when somebody has put them right, so somebody is called."""

    def __init__(self, code: str = "", *, calls: Calls = "configuration") -> None:
        super().__init__(code, calls=calls)


class PayerWrong(ProviderError):
    """What the payer told of themselves is wrong: nothing was opened, and they can put it right."""


class ProtocolViolation(Unknown):
    """An answer whose signature or shape is wrong: nothing in it may be believed."""


class UnknownSigner(ProtocolViolation):
    """An answer signed under a name that is not known here, which is the code: perhaps a new certificate."""


class Untimely(AuthConfig):
    """It was refused for its time of sending before anything was done: it can be sent anew, with the time of now."""


class BillNotReady(ProviderError):
    """The day's bill is not made yet."""


class BillEmpty(ProviderError):
    """The day had no trades."""


class NoticeRefused(Exception):
    """A notice that must change nothing."""


class SignatureInvalid(NoticeRefused):
    """Not signed by the provider, or not now."""


class SignerUnknown(SignatureInvalid):
    """Signed under a name that is not known here."""


class Malformed(NoticeRefused):
    """Signed perhaps, but not a notice that we can read without doubt."""


class Unopened(Malformed):
    """Said by the provider, and not to be opened: the contract's key is perhaps another one by now."""


# ---- what goes in ---------------------------------------------------------------------------------------------------
class GoodsLine(NamedTuple):
    """One line of what is bought; `unit` is what a piece costs after discounts."""

    id: str
    name: str
    quantity: int
    unit: Fen


class AttemptRequest(NamedTuple):
    """One attempt to be opened; calling twice with an equal request opens it once, with another one is refused."""

    number: str
    product: str
    amount: Fen
    subject: str
    created_at: datetime
    expires_at: datetime
    notify_url: str
    return_url: str
    payer_ref: str = ""
    client_ip: str = ""
    goods: tuple[GoodsLine, ...] = ()
    payer_known: bool = False  # we know them by their signing in; else it is what somebody told us

    def __repr__(self) -> str:
        """Without what tells of a person: a log may hold it."""
        return f"AttemptRequest({self.number}, {self.product}, {self.amount})"


class AttemptRef(NamedTuple):
    number: str
    created_at: datetime
    expires_at: datetime
    provider_ref: str = ""
    product: str = ""


class RefundRequest(NamedTuple):
    """`number` is the idempotency key at the provider: a retry must reuse it; where a provider is `dated`, `sent_at` too."""

    number: str
    attempt: AttemptRef
    amount: Fen
    total: Fen
    reason: str
    sent_at: datetime
    notify_url: str


class Sending(NamedTuple):
    """One sending of a refund to a dated provider; `over` when it ended with a no, after which another was sent."""

    at: datetime
    over: bool = False


class RefundRef(NamedTuple):
    """`sendings` are all that may stand at a dated provider; the number names it everywhere else."""

    number: str
    attempt: AttemptRef
    sendings: tuple[Sending, ...] = ()


class RawNotify(NamedTuple):
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"RawNotify({len(self.body)} bytes)"


class ReportedParcel(NamedTuple):
    """A parcel as a provider hears of it: its carrier as the aggregator names it ("" for none that gives waybills), what is in
    it, and the receiver's last four digits where the carrier wants them."""

    company: str
    waybill: str
    goods: str
    phone: str = ""

    def __repr__(self) -> str:
        return f"ReportedParcel({self.company}, {self.waybill})"


class ShippingReport(NamedTuple):
    """What was sent for an attempt; `whole` when nothing more comes."""

    number: str
    parcels: tuple[ReportedParcel, ...]
    whole: bool
    at: datetime


class ShippingStanding(NamedTuple):
    """What a provider knows of what was sent: `state` is unsent, sent, received (the payer confirmed, or time did) or over (the
    money went back); `wholes` how often it was told all, `payer` whom it is told for."""

    state: ShippingState
    waybills: frozenset[str] = frozenset()
    wholes: int = 0
    payer: str = ""

    def __repr__(self) -> str:
        return f"ShippingStanding({self.state}, {self.wholes})"

    def knows(self, report: ShippingReport) -> bool:
        """Whether it has just this. An errand has no waybill: that it was told shows in the count, or in an empty row."""
        if self.waybills - {""} != {one.waybill for one in report.parcels} - {""}:
            return False
        return self.wholes > 0 or (not report.whole and bool(self.waybills))


# ---- what comes out -------------------------------------------------------------------------------------------------
class NextAction(NamedTuple):
    """What the buyer's terminal gets: a QR text or an address in `url`, fields to post to it, or client parameters."""

    kind: NextActionKind
    url: str = ""
    fields: Mapping[str, str] = MappingProxyType({})

    def __repr__(self) -> str:
        return f"NextAction({self.kind}, {self.url})"


class CreateResult(NamedTuple):
    next_action: NextAction
    valid_until: datetime
    provider_ref: str = ""


class NotifyEvent(NamedTuple):
    """A verified notice: exactly one of `payment` and `refund` is set unless the kind is IGNORED."""

    event_id: str
    kind: NoticeKind
    payment: PaymentSnapshot | None = None
    refund: RefundSnapshot | None = None


class HttpReply(NamedTuple):
    status: int
    body: str = ""
    content_type: str = "text/plain"


class BillRow(NamedTuple):
    """One line of a provider's daily bill; `fee` is None where the bill does not say."""

    kind: Literal["PAY", "REFUND"]
    number: str
    refund_number: str
    provider_ref: str
    amount: Fen
    fee: Fen | None
    status: str
    at: datetime


class SignerCertificate(NamedTuple):
    """A certificate that a provider signs with, under the name by which it tells so."""

    serial: str
    pem: str
    begins: datetime
    ends: datetime


class Keyring(Protocol):
    """A provider's certificates that were fetched and stored; only those that count now are answered."""

    def find(self, serial: str) -> str | None:
        """The certificate of this name."""

    def held(self) -> Sequence[str]:
        """All that are remembered."""

    def newer(self) -> Sequence[str]:
        """Those that came since one last looked; looking is bounded."""


class NoneFetched:
    """The keyring of a provider whose keys are given by hand."""

    def find(self, serial: str) -> str | None:
        return None

    def held(self) -> Sequence[str]:
        return ()

    newer = held


NONE_FETCHED = NoneFetched()


class PaymentProvider(Protocol):
    """Calls raise a ProviderError; `parse_notify` raises a NoticeRefused. `dated` is whether it names a refund by its
    number and the second of its sending together."""

    name: str
    dated: bool

    def words(self, a: AttemptRequest) -> Mapping[str, Any]:
        """All that it is told of the attempt, whenever it is asked: without the time of asking and without signature."""

    def create(self, a: AttemptRequest) -> CreateResult:
        """Open the attempt, or get the same one again; what is sent are the attempt's words."""

    def query(self, ref: AttemptRef) -> PaymentSnapshot:
        """What became of it; an unknown number is a snapshot NOT_FOUND."""

    def close(self, ref: AttemptRef) -> CloseOutcome:
        """Make it unpayable where the provider can."""

    def refund(self, r: RefundRequest) -> RefundSnapshot:
        """Give money back once per refund number. Only Declined is a no to it."""

    def query_refund(self, r: RefundRef) -> RefundSnapshot:
        """What became of a refund; UNKNOWN when the provider has never heard of it."""

    def parse_notify(self, n: RawNotify) -> NotifyEvent:
        """Verify first, read afterwards."""

    def ack(self, ok: bool) -> HttpReply:
        """The provider's own word for taken, or for try again."""

    def certificates(self) -> Sequence[SignerCertificate] | None:
        """What it signs with now, each proven; None where its keys are given by hand."""

    def own_ends(self) -> Sequence[datetime]:
        """When the certificates of the contract end that only a person can renew."""

    def fetch_bill(self, day: date) -> Iterator[BillRow]:
        """The trades of one day in Asia/Shanghai; raises BillNotReady or BillEmpty."""


class ShippingListener(Protocol):
    """What an adapter is, too, whose manifest has a method that `tells`. Calls raise a ProviderError."""

    def fitting(self, parcels: Sequence[ReportedParcel]) -> tuple[ReportedParcel, ...]:
        """Those of an order's parcels that it hears of, as it hears of them."""

    def shipping(self, ref: AttemptRef) -> ShippingStanding:
        """What it knows of what was sent for an attempt."""

    def report_shipping(self, report: ShippingReport, standing: ShippingStanding) -> None:
        """Tell it, after what it knew just now. Declined: it takes this no more, or not so."""
