"""Toy Pay: JSON both ways, each signed in the header X-Signature."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.kernel.clock import Clock

from ..bills import sure, time_of
from ..credentials import safe
from ..error_codes import Operation, provider_error
from ..port import (
    NONE_FETCHED,
    AlreadyDone,
    AttemptRef,
    AttemptRequest,
    BillRow,
    CloseOutcome,
    CreateResult,
    HttpPort,
    HttpReply,
    Keyring,
    Malformed,
    Mismatch,
    NextAction,
    Nonce,
    NotifyEvent,
    PaymentSnapshot,
    ProtocolViolation,
    RawNotify,
    RefundRef,
    RefundRequest,
    RefundSnapshot,
    SignatureInvalid,
    SignerCertificate,
    Throttled,
    TradeNotFound,
    Unknown,
)
from ..wire import (
    compact,
    digest,
    exchange,
    fen,
    from_shanghai,
    lower,
    meant,
    needed,
    ours,
    parsed,
    public_key,
    sign,
    signed_by,
)
from .error_codes import CODES

_PAY = {"open": "PENDING", "paid": "PAID", "closed": "CLOSED"}


class _Credentials:
    """What the merchant has from Toy Pay; never printed."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.base_url, self.merchant = safe(config["base_url"]), config["merchant"]
        self.private_key, self.toy_key = config["private_key"], config["toy_key"]


class Toy:
    name, dated = "toy", False

    def __init__(
        self, config: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring = NONE_FETCHED
    ) -> None:
        self._m, self._http = _Credentials(config), http

    def words(self, a: AttemptRequest) -> dict[str, Any]:
        return {
            "merchant": self._m.merchant,
            "number": a.number,
            "amount": int(a.amount),
            "subject": a.subject,
            "until": a.expires_at.isoformat(),
            "notify": a.notify_url,
            "back": a.return_url,
            "goods": [[line.id, line.name, line.quantity, int(line.unit)] for line in a.goods],
        }

    def create(self, a: AttemptRequest) -> CreateResult:
        told = self._call("create", "open", self.words(a))
        return CreateResult(NextAction("qr", needed(told, "url")), a.expires_at)

    def query(self, ref: AttemptRef) -> PaymentSnapshot:
        try:
            return self._payment(self._call("query", "query", {"number": ref.number}))
        except TradeNotFound:
            return PaymentSnapshot(ref.number, "NOT_FOUND")

    def close(self, ref: AttemptRef) -> CloseOutcome:
        try:
            self._call("close", "close", {"number": ref.number})
        except AlreadyDone:
            return "ALREADY_PAID"
        except TradeNotFound:
            return "NOT_FOUND"
        except (Unknown, Throttled):
            return "UNKNOWN"
        return "CLOSED"

    def refund(self, r: RefundRequest) -> RefundSnapshot:
        asked = {"number": r.attempt.number, "refund": r.number, "amount": int(r.amount), "notify": r.notify_url}
        return self._refunded(self._call("refund", "refund", asked))

    def query_refund(self, r: RefundRef) -> RefundSnapshot:
        try:
            return self._refunded(
                self._call("query_refund", "refunded", {"number": r.attempt.number, "refund": r.number})
            )
        except TradeNotFound:
            return RefundSnapshot(r.number, "UNKNOWN")

    def parse_notify(self, n: RawNotify) -> NotifyEvent:
        self._check(lower(n.headers), n.body)
        told = {**parsed(n.body), "evidence": digest(n.body)}
        kind, event_id = meant(told.get("kind")), meant(told.get("id"))
        if kind == "refund":
            return NotifyEvent(event_id, "REFUND", refund=self._refunded(told))
        if kind != "pay":
            raise Malformed("another kind")
        return NotifyEvent(event_id, "PAYMENT", payment=self._payment(told))

    def ack(self, ok: bool) -> HttpReply:
        return HttpReply(200, "thanks") if ok else HttpReply(500, "again")

    def certificates(self) -> list[SignerCertificate] | None:
        return None

    def own_ends(self) -> list[datetime]:
        return []

    def fetch_bill(self, day: date) -> Iterator[BillRow]:
        rows = self._call("bill", "bill", {"day": day.isoformat()})["rows"]
        return iter(
            [
                BillRow(kind, number, refund, ref, sure(fen(amount)), None, "done", time_of(at))
                for kind, number, refund, ref, amount, at in rows
            ]
        )

    # ---- the wire ---------------------------------------------------------------------------------------------------
    def _call(self, operation: Operation, call: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        body = compact(asked).encode()
        headers = {"Content-Type": "application/json", "X-Signature": sign(self._m.private_key, body)}
        status, answered, answer = exchange(self._http, "POST", f"{self._m.base_url}/{call}", headers, body)
        try:
            self._check(answered, answer)
            told = {**parsed(answer), "evidence": digest(answer)}
        except (SignatureInvalid, Malformed):
            raise ProtocolViolation("unsigned_answer") from None
        if code := meant(told.get("code")):
            raise provider_error(CODES, operation, code, status=status)
        return told

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        if not signed_by(ours(public_key, self._m.toy_key), body, headers.get("x-signature", "")):
            raise SignatureInvalid("another signature")

    # ---- reading ----------------------------------------------------------------------------------------------------
    def _payment(self, told: Mapping[str, Any]) -> PaymentSnapshot:
        return PaymentSnapshot(
            str(told.get("number", "")),
            _PAY.get(meant(told.get("state")), "UNKNOWN"),
            fen(told.get("amount")),
            from_shanghai(told.get("at")),
            meant(told.get("ref")),
            self._mismatch(told),
            told.get("evidence", ""),
        )

    def _refunded(self, told: Mapping[str, Any]) -> RefundSnapshot:
        return RefundSnapshot(
            str(told.get("refund", "")),
            "SUCCEEDED",
            fen(told.get("amount")),
            from_shanghai(told.get("at")),
            meant(told.get("ref")),
            self._mismatch(told),
            told.get("evidence", ""),
        )

    def _mismatch(self, told: Mapping[str, Any]) -> Mismatch:
        if told.get("merchant") != self._m.merchant:
            return "merchant"
        return "currency" if told.get("currency") != "CNY" else ""
