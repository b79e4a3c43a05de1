"""UnionPay online gateway 5.1.0 with certificates: PC gateway, WAP, app and QR.

A trade is known by merchant, number and time together. An attempt's time is the instant our row was created, so the same
row always asks for the same trade; a refund's is that of its sending, of which there may be several: each is asked about,
since each may be a refund of its own. There is no close: an attempt ends at its payTimeout, and a query then is final.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.money import Fen, total
from chalicelib.kernel.texts import are_digits

from .. import METHODS
from ..certificates import ends
from ..error_codes import Operation, provider_error
from ..port import (
    NONE_FETCHED,
    AlreadyDone,
    AttemptRef,
    AttemptRequest,
    BillRow,
    CloseOutcome,
    CreateResult,
    Declined,
    HttpPort,
    HttpReply,
    Keyring,
    Malformed,
    Mismatch,
    NextAction,
    Nonce,
    NotifyEvent,
    PaymentSnapshot,
    PaymentStatus,
    ProtocolViolation,
    RawNotify,
    RefundRef,
    RefundRequest,
    RefundSnapshot,
    RefundStatus,
    SignatureInvalid,
    TradeNotFound,
)
from ..wire import FORM, digest, exchange, fen, from_shanghai, meant, needed, ours, stamp
from . import signing
from .credentials import UnionPayCredentials
from .error_codes import CODES

_DONE = ("00", "A6")
_UNDER_WAY = ("03", "04", "05")
_BUSINESS = {"qr": ("07", "000000")}  # txnSubType and bizType of a product, of its refunds too; others:
_GATEWAY = ("01", "000201")


class UnionPay:
    name, dated = "unionpay", True

    def __init__(
        self, config: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring = NONE_FETCHED
    ) -> None:
        self._m = UnionPayCredentials.of(config)
        self._trust = signing.Trust(config["middle_cert"], config["root_cert"], config["cn_owner"])
        self._http, self._clock = http, clock

    # ---- paying -----------------------------------------------------------------------------------------------------
    def words(self, a: AttemptRequest) -> dict[str, str]:
        row = METHODS["unionpay", a.product]
        sub_type, business = _BUSINESS.get(row.name, _GATEWAY)
        front = {"frontUrl": a.return_url} if row.next_action == "form" else {}
        return self._own() | {
            "txnType": "01",
            "txnSubType": sub_type,
            "bizType": business,
            "channelType": row.code,
            "orderId": a.number,
            "txnTime": stamp(a.created_at),
            "txnAmt": str(int(a.amount)),
            "currencyCode": "156",
            "backUrl": a.notify_url,
            "payTimeout": stamp(a.expires_at),
            "orderDesc": _described(a),
            **front,
        }

    def create(self, a: AttemptRequest) -> CreateResult:
        row, words = METHODS["unionpay", a.product], self.words(a)
        if row.next_action == "form":
            return CreateResult(NextAction("form", self._m.base_url + row.call, self._signed(words)), a.expires_at)
        told = self._call("create", row.call, words)
        if row.next_action == "qr":
            return CreateResult(NextAction("qr", needed(told, "qrCode")), a.expires_at)
        return CreateResult(NextAction("client", fields={"tn": needed(told, "tn")}), a.expires_at)

    def query(self, ref: AttemptRef) -> PaymentSnapshot:
        try:
            told = self._ask("query", ref.number, ref.created_at)
        except TradeNotFound:
            return PaymentSnapshot(ref.number, "NOT_FOUND")
        code, over = meant(told.get("origRespCode")), self._clock.now() >= ref.expires_at
        status: PaymentStatus = "PAID" if code in _DONE else "PENDING"
        if status == "PENDING":
            no = provider_error(CODES, "trade", code)
            status = "UNKNOWN" if no.calls == "table" else "FAILED" if over and isinstance(no, Declined) else "PENDING"
        return self._payment(told, status)

    def close(self, ref: AttemptRef) -> CloseOutcome:
        return "NOT_SUPPORTED"

    # ---- giving back ------------------------------------------------------------------------------------------------
    def refund(self, r: RefundRequest) -> RefundSnapshot:
        try:
            told = self._call(
                "refund",
                "backTransReq.do",
                {
                    "txnType": "04",
                    "txnSubType": "00",
                    "bizType": _BUSINESS.get(r.attempt.product, _GATEWAY)[1],
                    "channelType": "07",
                    "orderId": r.number,
                    "txnTime": stamp(r.sent_at),
                    "txnAmt": str(int(r.amount)),
                    "currencyCode": "156",
                    "origQryId": r.attempt.provider_ref,
                    "backUrl": r.notify_url,
                },
            )
        except AlreadyDone:  # sent before under the same number and time: only a query tells
            return RefundSnapshot(r.number, "PROCESSING", code="12")
        return RefundSnapshot(r.number, "PROCESSING", evidence=told["_evidence"])

    def query_refund(self, r: RefundRef) -> RefundSnapshot:
        found = [(self._sending(r.number, sending.at), sending.over) for sending in r.sendings]
        moving = [told for told, _ in found if told.status == "PROCESSING"]
        done = [told for told, _ in found if told.status == "SUCCEEDED"]
        failed = [told for told, over in found if told.status == "FAILED" and not over]
        if len(done) > 1 and not moving:  # which must not be, so that a person sees how much went back
            return done[-1]._replace(amount=total([told.amount or Fen(0) for told in done]))
        return next(iter((*moving, *done, *failed)), RefundSnapshot(r.number, "UNKNOWN"))

    def _sending(self, number: str, at: datetime) -> RefundSnapshot:
        try:
            told = self._ask("query_refund", number, at)
        except TradeNotFound:
            return RefundSnapshot(number, "UNKNOWN")
        code = meant(told.get("origRespCode"))
        status: RefundStatus = "SUCCEEDED" if code in _DONE else "PROCESSING"
        if status == "PROCESSING" and isinstance(provider_error(CODES, "returned", code), Declined):
            status = "FAILED"
        return self._refunded(told, status, code)

    def _ask(self, operation: Operation, number: str, created_at: datetime) -> dict[str, str]:
        told = self._call(
            operation,
            "queryTrans.do",
            {"txnType": "00", "txnSubType": "00", "bizType": "000000", "orderId": number, "txnTime": stamp(created_at)},
        )
        if told.get("orderId") != number:
            raise ProtocolViolation("another_number")
        return told

    # ---- notices ----------------------------------------------------------------------------------------------------
    def parse_notify(self, n: RawNotify) -> NotifyEvent:
        told = signing.notice_fields(n.body)
        signed = signing.check(told, self._trust, self._clock.now())
        told["_evidence"] = digest(signed.encode())
        code, kind = meant(told.get("respCode")), meant(told.get("txnType"))
        event_id = meant(told.get("queryId")) or told["_evidence"][:32]
        if kind == "01":
            # A6 is success with a defect: UnionPay asks to query before booking it.
            return NotifyEvent(event_id, "PAYMENT", payment=self._payment(told, "PAID" if code == "00" else "PENDING"))
        if kind == "04":
            state: RefundStatus = "SUCCEEDED" if code == "00" else "PROCESSING"
            return NotifyEvent(event_id, "REFUND", refund=self._refunded(told, state, code))
        return NotifyEvent(event_id, "IGNORED")

    def ack(self, ok: bool) -> HttpReply:
        return HttpReply(200, "ok") if ok else HttpReply(500, "fail")

    # ---- bills ------------------------------------------------------------------------------------------------------
    def fetch_bill(self, day: date) -> Iterator[BillRow]:
        from .bills import rows  # zip and csv, which only bills need

        told = self._call(
            "bill",
            self._m.file_url or "fileTransaction",
            {
                "txnType": "76",
                "txnSubType": "01",
                "bizType": "000000",
                "fileType": "00",
                "settleDate": day.strftime("%m%d"),
                "txnTime": stamp(self._clock.now()),
            },
        )
        return rows(needed(told, "fileContent"), day)

    # ---- certificates -----------------------------------------------------------------------------------------------
    def certificates(self) -> None:
        """Each message carries its own."""

    def own_ends(self) -> list[datetime]:
        return [ours(ends, pem) for pem in (self._m.certificate, *self._trust.pinned)]

    # ---- the wire ---------------------------------------------------------------------------------------------------
    def _signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        return signing.signed({**self._own(), **fields}, self._m.private_key, self._m.certificate)

    def _own(self) -> dict[str, str]:
        return {"merId": self._m.mer_id, "accessType": "0"}

    def _call(self, operation: Operation, call: str, fields: Mapping[str, str]) -> dict[str, str]:
        url = call if "://" in call else self._m.base_url + call
        form = urlencode(self._signed(fields), quote_via=quote, safe="").encode()
        status, _, raw = exchange(self._http, "POST", url, {"Content-Type": FORM}, form)
        if status != 200:
            raise provider_error(CODES, operation, status=status)
        try:
            told = signing.answer_fields(raw.decode())
            code = meant(told.get("respCode"))
            signed = ""
            if code == "00" or meant(told.get("signature")):
                signed = signing.check(told, self._trust, self._clock.now())
        except (SignatureInvalid, Malformed, UnicodeDecodeError):
            raise ProtocolViolation("unsigned_answer") from None
        if code != "00":
            raise provider_error(CODES, operation, code)
        if told.get("merId") != self._m.mer_id:
            raise ProtocolViolation("another_merchant")
        return {**told, "_evidence": digest(signed.encode())}

    # ---- reading ----------------------------------------------------------------------------------------------------
    def _payment(self, told: Mapping[str, str], status: PaymentStatus) -> PaymentSnapshot:
        return PaymentSnapshot(
            told.get("orderId", ""),
            status,
            fen(told.get("txnAmt")),
            _traced(told),
            meant(told.get("queryId")),
            self._mismatch(told),
            told["_evidence"],
        )

    def _refunded(self, told: Mapping[str, str], status: RefundStatus, code: str) -> RefundSnapshot:
        return RefundSnapshot(
            told.get("orderId", ""),
            status,
            fen(told.get("txnAmt")),
            _traced(told),
            meant(told.get("queryId")),
            self._mismatch(told),
            told["_evidence"],
            "" if status == "SUCCEEDED" or code in _UNDER_WAY else code or "no_state",
        )

    def _mismatch(self, told: Mapping[str, str]) -> Mismatch:
        if told.get("merId") != self._m.mer_id:
            return "merchant"
        return "currency" if meant(told.get("currencyCode")) not in ("", "156") else ""


def _traced(told: Mapping[str, str]) -> datetime | None:
    """When UnionPay booked it: traceTime has no year, so it takes the one that puts it at or after the order's time."""
    ordered, traced = told.get("txnTime", ""), told.get("traceTime", "")
    if len(ordered) != 14 or len(traced) != 10 or not are_digits(ordered + traced):
        return None
    year = int(ordered[:4])
    at, floor = from_shanghai(f"{year}{traced}"), from_shanghai(ordered)
    if at is not None and floor is not None and (floor - at).days > 180:
        return from_shanghai(f"{year + 1}{traced}")
    return at


def _described(a: AttemptRequest) -> str:
    """What is bought in 32 characters: the first good and how many pieces in all, or the order's own name."""
    if not a.goods:
        return _plain(a.subject)[:32]
    pieces = f" {sum(good.quantity for good in a.goods)}件"
    return _plain(a.goods[0].name)[: 32 - len(pieces)] + pieces


def _plain(text: str) -> str:
    """Free text without the marks that join or brace signed fields."""
    return "".join("-" if mark in "&={}[]" else mark for mark in text)
