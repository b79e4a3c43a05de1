"""Alipay, open API v2 with RSA2, in key mode and in certificate mode: page, wap, QR, app and mini program.

Page, wap and app need no call: their hand-over is a signed text. An unverified answer is never news. A notice that
speaks of a refund is never read as a payment, although its trade status says success.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.kernel.clock import Clock

from .. import METHODS
from ..certificates import Signers, dated, ends
from ..error_codes import Operation, opening, provider_error
from ..manifest import PaymentMethod
from ..port import (
    NONE_FETCHED,
    AlreadyDone,
    AttemptRef,
    AttemptRequest,
    BillRow,
    CloseOutcome,
    CreateResult,
    Declined,
    GoodsLine,
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
    ProviderError,
    RawNotify,
    RefundRef,
    RefundRequest,
    RefundSnapshot,
    SignerCertificate,
    Throttled,
    TradeNotFound,
    Unknown,
    UnknownSigner,
)
from ..wire import (
    FORM,
    above_nothing,
    canonical_base64,
    compact,
    digest,
    exchange,
    from_shanghai,
    meant,
    moment,
    needed,
    ours,
    public_key,
    sign,
    signed_by,
    yuan,
)
from . import signing
from .credentials import AlipayCredentials
from .error_codes import CODES

MOST_GOODS, LONGEST_NAME, LONGEST_ID, LONGEST_BODY = 10, 32, 64, 128  # they travel in an address: keep it short
_PAY: dict[str, PaymentStatus] = {
    "WAIT_BUYER_PAY": "PENDING",
    "TRADE_SUCCESS": "PAID",
    "TRADE_FINISHED": "PAID",
    "TRADE_CLOSED": "CLOSED",
}


class Alipay:
    name, dated = "alipay", False

    def __init__(
        self, config: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring = NONE_FETCHED
    ) -> None:
        self._m = AlipayCredentials.of(config)
        self._http, self._clock = http, clock
        name = signing.certificate_sn if self._m.certificates else str
        pinned = {name(key): key for key in self._m.provider_keys}
        self._signers = Signers(pinned, fetched if self._m.certificates else NONE_FETCHED, clock)

    # ---- paying -----------------------------------------------------------------------------------------------------
    def words(self, a: AttemptRequest) -> dict[str, str]:
        row = METHODS["alipay", a.product]
        back = {"return_url": a.return_url} if row.next_action == "redirect" else {}
        return self._fields(row.call, self._order(row, a), {"notify_url": a.notify_url, **back})

    def create(self, a: AttemptRequest) -> CreateResult:
        row, words = METHODS["alipay", a.product], self.words(a)
        if row.next_action == "redirect":
            text = _encoded(self._signed(words))
            return CreateResult(NextAction("redirect", f"{self._m.gateway}?{text}"), a.expires_at)
        if row.name == "app":
            text = _encoded(self._signed(words))
            return CreateResult(NextAction("client", fields={"order_string": text}), a.expires_at)
        answer = self._sent(opening(row, a), words)
        if row.next_action == "qr":
            return CreateResult(NextAction("qr", needed(answer, "qr_code")), a.expires_at)
        trade = needed(answer, "trade_no")
        return CreateResult(NextAction("client", fields={"tradeNO": trade}), a.expires_at, trade)

    def _order(self, row: PaymentMethod, a: AttemptRequest) -> dict[str, Any]:
        order: dict[str, Any] = {
            "out_trade_no": a.number,
            "total_amount": a.amount.yuan,
            "subject": _plain(a.subject)[:256],
            "product_code": row.code,
            "time_expire": moment(a.expires_at),
        }
        if a.goods:
            order["body"] = _plain(", ".join(good.name for good in a.goods))[:LONGEST_BODY]
            order["goods_detail"] = [_good(good) for good in a.goods[:MOST_GOODS]]
        if row.name == "wap":
            order["quit_url"] = a.return_url
        elif row.name == "qr":
            minutes = max(1, int((a.expires_at - a.created_at).total_seconds()) // 60)
            order["qr_code_timeout_express"] = f"{minutes}m"
        elif row.name == "mini":
            order |= {"buyer_open_id": a.payer_ref, "op_app_id": self._m.app_id}
        return order

    def query(self, ref: AttemptRef) -> PaymentSnapshot:
        try:
            told = self._call("query", "alipay.trade.query", {"out_trade_no": ref.number})
        except TradeNotFound:
            return PaymentSnapshot(ref.number, "NOT_FOUND")
        if told.get("out_trade_no") != ref.number:
            raise ProtocolViolation("another_number")
        paid_at = from_shanghai(told.get("send_pay_date"))
        status = _PAY.get(meant(told.get("trade_status")), "UNKNOWN")
        if status == "CLOSED" and paid_at is not None:
            status = "PAID"  # closed because all of it was given back
        wrong: Mismatch = "currency" if _foreign(told) else ""
        return PaymentSnapshot(
            ref.number,
            status,
            yuan(told.get("total_amount")),
            paid_at,
            meant(told.get("trade_no")),
            wrong,
            str(told["_evidence"]),
        )

    def close(self, ref: AttemptRef) -> CloseOutcome:
        try:
            self._call("close", "alipay.trade.close", {"out_trade_no": ref.number})
        except AlreadyDone:
            return "ALREADY_PAID"
        except TradeNotFound:
            return "NOT_FOUND"
        except (Unknown, Throttled):
            return "UNKNOWN"
        except Declined:
            return "CLOSED"  # it was before
        return "CLOSED"

    # ---- giving back ------------------------------------------------------------------------------------------------
    def refund(self, r: RefundRequest) -> RefundSnapshot:
        told = self._call(
            "refund",
            "alipay.trade.refund",
            {
                "out_trade_no": r.attempt.number,
                "refund_amount": r.amount.yuan,
                "out_request_no": r.number,
                "refund_reason": _plain(r.reason)[:80],
            },
        )
        if told.get("out_trade_no") != r.attempt.number:
            raise ProtocolViolation("another_number")
        if told.get("fund_change") != "Y":
            return RefundSnapshot(r.number, "PROCESSING", evidence=str(told["_evidence"]))  # a query tells
        return RefundSnapshot(
            r.number,
            "SUCCEEDED",
            None,
            from_shanghai(told.get("gmt_refund_pay")),
            meant(told.get("trade_no")),
            evidence=str(told["_evidence"]),
        )

    def query_refund(self, r: RefundRef) -> RefundSnapshot:
        try:
            asked = {"out_trade_no": r.attempt.number, "out_request_no": r.number}
            told = self._call("query_refund", "alipay.trade.fastpay.refund.query", asked)
        except TradeNotFound:
            return RefundSnapshot(r.number, "UNKNOWN")
        state, evidence = meant(told.get("refund_status")), str(told["_evidence"])
        if not state:
            return RefundSnapshot(r.number, "UNKNOWN", evidence=evidence)
        if state != "REFUND_SUCCESS":
            return RefundSnapshot(r.number, "PROCESSING", evidence=evidence, code=state)
        if meant(told.get("out_request_no")) not in ("", r.number) or told.get("out_trade_no") != r.attempt.number:
            raise ProtocolViolation("another_number")
        return RefundSnapshot(
            r.number,
            "SUCCEEDED",
            yuan(told.get("refund_amount")),
            from_shanghai(told.get("gmt_refund_pay")),
            meant(told.get("trade_no")),
            evidence=evidence,
        )

    # ---- notices ----------------------------------------------------------------------------------------------------
    def parse_notify(self, n: RawNotify) -> NotifyEvent:
        told, signed = signing.read_notice(self._signers, n.body)
        event_id, evidence = meant(told.get("notify_id")), digest(signed.encode())
        status = meant(told.get("trade_status"))
        if meant(told.get("notify_type")) not in ("", "trade_status_sync") or not status:
            return NotifyEvent(event_id, "IGNORED")
        wrong: Mismatch = ""
        if told.get("app_id") != self._m.app_id or told.get("seller_id") != self._m.seller_id:
            wrong = "merchant"
        elif _foreign(told):
            wrong = "currency"
        number, trade = told.get("out_trade_no", ""), meant(told.get("trade_no"))
        if _of_a_refund(told):
            refund = meant(told.get("out_biz_no"))
            if not refund:
                return NotifyEvent(event_id, "IGNORED")
            return NotifyEvent(
                event_id,
                "REFUND",
                refund=RefundSnapshot(
                    refund,
                    "SUCCEEDED",
                    None,
                    _refunded_at(told),
                    trade,
                    wrong,
                    evidence,
                ),
            )
        return NotifyEvent(
            event_id,
            "PAYMENT",
            payment=PaymentSnapshot(
                number,
                _PAY.get(status, "UNKNOWN"),
                yuan(told.get("total_amount")),
                from_shanghai(told.get("gmt_payment")),
                trade,
                wrong,
                evidence,
            ),
        )

    def ack(self, ok: bool) -> HttpReply:
        return HttpReply(200, "success" if ok else "fail")

    # ---- bills ------------------------------------------------------------------------------------------------------
    def fetch_bill(self, day: date) -> Iterator[BillRow]:
        from .bills import rows  # zip and csv, which only bills need

        asked = {"bill_type": "trade", "bill_date": day.isoformat()}
        told = self._call("bill", "alipay.data.dataservice.bill.downloadurl.query", asked)
        status, _, packed = exchange(self._http, "GET", needed(told, "bill_download_url"), {}, b"")
        if status != 200:
            raise Unknown(f"download_{status}")
        return rows(packed)

    # ---- certificates -----------------------------------------------------------------------------------------------
    def certificates(self) -> list[SignerCertificate] | None:
        """The one that Alipay signs with: asked for by the name that its answers carry, and proven; none in key mode."""
        if not self._m.certificates:
            return None
        signed, told, beside = self._answered(
            "certificates", self._download(signing.certificate_sn(self._m.provider_keys[-1]))
        )
        name = meant(beside.get("alipay_cert_sn"))
        if not name:
            raise _refused(told)
        pem = self._signers.get(name) or self._downloaded(name)
        if signing.certificate_sn(pem) != name or not _signs(pem, signed, beside):
            raise ProtocolViolation("untrusted_certificate")
        return [dated(name, pem)]

    def _downloaded(self, name: str) -> str:
        from .chain import proven  # which only a new certificate needs

        _, told, _ = self._answered("certificates", self._download(name))
        if meant(told.get("code")) != "10000":
            raise _refused(told)
        text = canonical_base64(needed(told, "alipay_cert_content"))
        try:
            return proven((text or b"").decode(), self._m.root_cert, self._m.provider_keys[-1], self._clock.now())
        except UnicodeDecodeError:
            raise ProtocolViolation("untrusted_certificate") from None

    def _download(self, name: str) -> dict[str, str]:
        return self._fields("alipay.open.app.alipaycert.download", {"alipay_cert_sn": name}, {})

    def own_ends(self) -> list[datetime]:
        return [ours(ends, self._m.app_cert)] if self._m.certificates else []

    # ---- the wire ---------------------------------------------------------------------------------------------------
    def _fields(self, method: str, order: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, str]:
        return {
            "app_id": self._m.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "version": "1.0",
            "biz_content": compact(order),
            **more,
        }

    def _signed(self, words: Mapping[str, str]) -> dict[str, str]:
        fields = {**words, "timestamp": moment(self._clock.now())}
        if self._m.certificates:
            fields["app_cert_sn"] = ours(signing.certificate_sn, self._m.app_cert)
            fields["alipay_root_cert_sn"] = ours(signing.root_sn, self._m.root_cert)
        fields = {name: value for name, value in fields.items() if value}
        return {**fields, "sign": sign(self._m.private_key, signing.content(fields).encode())}

    def _call(self, operation: Operation, method: str, order: Mapping[str, str]) -> dict[str, Any]:
        return self._sent(operation, self._fields(method, order, {}))

    def _sent(self, operation: Operation, words: Mapping[str, str]) -> dict[str, Any]:
        signed, told, beside = self._answered(operation, words)
        code = meant(told.get("code"))
        if code == "10000" or (signed and meant(beside.get("sign"))):
            self._believe(signed, beside)
        if code != "10000":
            raise provider_error(CODES, operation, meant(told.get("sub_code")), code)
        return {**told, "_evidence": digest(signed.encode())}

    def _answered(self, operation: Operation, words: Mapping[str, str]) -> tuple[str, dict[str, Any], dict[str, str]]:
        """What was answered: the signed text, the object in it, and what stands beside; nothing is believed yet."""
        form = _encoded(self._signed(words)).encode()
        status, _, raw = exchange(self._http, "POST", self._m.gateway, {"Content-Type": FORM}, form)
        if status != 200:
            raise provider_error(CODES, operation, status=status)
        try:
            return signing.read_answer(raw.decode(), words["method"].replace(".", "_") + "_response")
        except (Malformed, UnicodeDecodeError):
            raise ProtocolViolation("not_an_answer") from None

    def _believe(self, signed: str, beside: Mapping[str, str]) -> None:
        keys: Iterable[str] = self._signers
        if self._m.certificates and (name := meant(beside.get("alipay_cert_sn"))):
            named = self._signers.get(name)
            if named is None:
                raise UnknownSigner(name)
            keys = (named,)
        if not any(_signs(key, signed, beside) for key in keys):
            raise ProtocolViolation("unsigned_answer")


def _refused(told: Mapping[str, Any]) -> ProviderError:
    return provider_error(CODES, "certificates", meant(told.get("sub_code")), meant(told.get("code")))


def _signs(key: str, signed: str, beside: Mapping[str, str]) -> bool:
    return bool(signed) and signed_by(ours(public_key, key), signed.encode(), beside.get("sign", ""))


def _of_a_refund(told: Mapping[str, str]) -> bool:
    """Whether a notice speaks of money given back: of a sum above nothing, or of a time. Raises Malformed.

    "refund_fee=0.00" stands in ordinary notices, too, and in those of trades that nobody paid.
    """
    fee, at = above_nothing(told.get("refund_fee")), above_nothing(told.get("gmt_refund"))
    if (fee and yuan(fee) is None) or (at and _refunded_at(told) is None):
        raise Malformed("a refund that cannot be read")
    return bool(fee or at)


def _refunded_at(told: Mapping[str, str]) -> datetime | None:
    return from_shanghai(meant(told.get("gmt_refund"))[:19])  # without its milliseconds


def _foreign(told: Mapping[str, Any]) -> bool:
    """Whether a trade says that it is of another currency."""
    return meant(told.get("trans_currency")) not in ("", "CNY")


def _encoded(fields: Mapping[str, str]) -> str:
    return urlencode(fields, quote_via=quote, safe="")


def _good(good: GoodsLine) -> dict[str, Any]:
    return {
        "goods_id": good.id[:LONGEST_ID],
        "goods_name": _plain(good.name)[:LONGEST_NAME],
        "quantity": good.quantity,
        "price": good.unit.yuan,
    }


def _plain(text: str) -> str:
    """Free text without the two marks that join signed fields; it comes back in notices."""
    return text.replace("&", "+").replace("=", "-")
