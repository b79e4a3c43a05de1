"""WeChat Pay, APIv3: native QR, JSAPI, H5 and app.

Every request is signed, every answer that is acted upon is verified; an error body is only ever taken as a reason to
ask again or to stop, never as news of money. The merchant's keys live in a record that does not print.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from chalicelib.kernel.clock import Clock

from .. import METHODS
from ..certificates import Signers
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
    RefundStatus,
    ReportedParcel,
    ShippingReport,
    ShippingStanding,
    SignatureInvalid,
    SignerCertificate,
    SignerUnknown,
    Throttled,
    TradeNotFound,
    Unknown,
    UnknownSigner,
    Unopened,
)
from ..wire import compact, digest, exchange, fen, from_shanghai, lower, meant, needed, parsed, shanghai, sign
from . import signing
from .credentials import WeChatCredentials
from .error_codes import CODES

if TYPE_CHECKING:
    from .shipping import MiniShipping

_PRODUCTS = [row for row in METHODS.values() if row.provider == "wechat"]
_PREPAY_LIFE = timedelta(hours=2)
MOST_GOODS, LONGEST_NAME, LONGEST_ID = 50, 64, 32  # of each good; WeChat takes names of up to 256
_H5_LIFE = timedelta(minutes=5)
_PAY: dict[str, PaymentStatus] = {
    "SUCCESS": "PAID",
    "REFUND": "PAID",
    "NOTPAY": "PENDING",
    "USERPAYING": "PENDING",
    "ACCEPT": "PENDING",
    "PAYERROR": "PENDING",
    "CLOSED": "CLOSED",
    "REVOKED": "CLOSED",
}
_REFUND: dict[str, RefundStatus] = {
    "SUCCESS": "SUCCEEDED",
    "PROCESSING": "PROCESSING",
    "CLOSED": "FAILED",
    "ABNORMAL": "ABNORMAL",
}


class WeChat:
    name, dated = "wechat", False

    def __init__(
        self, config: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring = NONE_FETCHED
    ) -> None:
        self._m = WeChatCredentials.of(config)
        self._http, self._clock, self._nonce = http, clock, nonce
        self._signers = Signers(self._m.platform_keys, fetched, clock)

    # ---- paying -----------------------------------------------------------------------------------------------------
    def words(self, a: AttemptRequest) -> dict[str, Any]:
        row = METHODS["wechat", a.product]
        body: dict[str, Any] = {
            "appid": self._m.appids[row.front],
            "mchid": self._m.mchid,
            "description": a.subject[:127],
            "out_trade_no": a.number,
            "time_expire": shanghai(a.expires_at).isoformat(timespec="seconds"),
            "notify_url": a.notify_url,
            "amount": {"total": int(a.amount), "currency": "CNY"},
        }
        if a.goods:
            body["detail"] = {"goods_detail": [_good(good) for good in a.goods[:MOST_GOODS]]}
        if "payer" in row.needs:
            body["payer"] = {"openid": a.payer_ref}
        if "client_ip" in row.needs:
            terminal = row.terminals[0]
            scene = {"payer_client_ip": a.client_ip, "device_id": terminal, "h5_info": {"type": row.code}}
            body["scene_info"] = scene
        return body

    def create(self, a: AttemptRequest) -> CreateResult:
        row = METHODS["wechat", a.product]
        answer = self._call(opening(row, a), "POST", f"/v3/pay/transactions/{row.call}", self.words(a))
        return self._handed_over(row, a, answer)

    def _handed_over(self, row: PaymentMethod, a: AttemptRequest, answer: Mapping[str, Any]) -> CreateResult:
        now, appid = self._clock.now(), self._m.appids[row.front]
        until = min(a.expires_at, now + (_H5_LIFE if row.call == "h5" else _PREPAY_LIFE))
        if row.call == "native":
            return CreateResult(NextAction("qr", needed(answer, "code_url")), until)
        if row.call == "h5":
            url = needed(answer, "h5_url")
            joint = "&" if "?" in url else "?"
            return CreateResult(
                NextAction("redirect", f"{url}{joint}redirect_url={quote(a.return_url, safe='')}"), until
            )
        prepay_id, stamp, nonce = needed(answer, "prepay_id"), str(int(now.timestamp())), self._nonce()
        if row.call == "jsapi":
            message = signing.jsapi_message(appid, stamp, nonce, prepay_id)
            fields = {
                "appId": appid,
                "timeStamp": stamp,
                "nonceStr": nonce,
                "package": f"prepay_id={prepay_id}",
                "signType": "RSA",
                "paySign": sign(self._m.private_key, message.encode()),
            }
        else:
            message = signing.app_message(appid, stamp, nonce, prepay_id)
            fields = {
                "appid": appid,
                "partnerid": self._m.mchid,
                "prepayid": prepay_id,
                "package": "Sign=WXPay",
                "noncestr": nonce,
                "timestamp": stamp,
                "sign": sign(self._m.private_key, message.encode()),
            }
        return CreateResult(NextAction("client", fields=fields), until)

    def query(self, ref: AttemptRef) -> PaymentSnapshot:
        try:
            answer = self._call("query", "GET", f"/v3/pay/transactions/out-trade-no/{ref.number}?mchid={self._m.mchid}")
        except TradeNotFound:
            return PaymentSnapshot(ref.number, "NOT_FOUND")
        found = self._payment(answer)
        if found.number != ref.number:
            raise ProtocolViolation("another_number")
        return found

    def close(self, ref: AttemptRef) -> CloseOutcome:
        try:
            path = f"/v3/pay/transactions/out-trade-no/{ref.number}/close"
            self._call("close", "POST", path, {"mchid": self._m.mchid})
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
        answer = self._call(
            "refund",
            "POST",
            "/v3/refund/domestic/refunds",
            {
                "out_trade_no": r.attempt.number,
                "out_refund_no": r.number,
                "reason": r.reason[:80],
                "notify_url": r.notify_url,
                "amount": {"refund": int(r.amount), "total": int(r.total), "currency": "CNY"},
            },
        )
        return self._refunded(answer, answer.get("status"), r.number)

    def query_refund(self, r: RefundRef) -> RefundSnapshot:
        try:
            answer = self._call("query_refund", "GET", f"/v3/refund/domestic/refunds/{r.number}")
        except TradeNotFound:
            return RefundSnapshot(r.number, "UNKNOWN")
        return self._refunded(answer, answer.get("status"), r.number)

    # ---- notices ----------------------------------------------------------------------------------------------------
    def parse_notify(self, n: RawNotify) -> NotifyEvent:
        signing.check(self._signers, lower(n.headers), n.body, self._clock.now())
        notice = parsed(n.body)
        event_id, event = meant(notice.get("id")), meant(notice.get("event_type"))
        if event == "TRANSACTION.SUCCESS":
            return NotifyEvent(event_id, "PAYMENT", payment=self._payment(self._opened(notice)))
        if event.startswith("REFUND."):
            content = self._opened(notice)
            return NotifyEvent(event_id, "REFUND", refund=self._refunded(content, content.get("refund_status"), None))
        return NotifyEvent(event_id, "IGNORED")

    def _opened(self, notice: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return signing.opened_resource(self._m.apiv3_key, notice)
        except Malformed as trouble:  # by what it is signed, WeChat has said so
            raise Unopened(*trouble.args) from None

    def ack(self, ok: bool) -> HttpReply:
        return HttpReply(204) if ok else HttpReply(401, '{"code":"FAIL","message":"失败"}', "application/json")

    # ---- bills ------------------------------------------------------------------------------------------------------
    def fetch_bill(self, day: date) -> Iterator[BillRow]:
        from .bills import rows  # zip and csv, which only bills need

        path = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL&tar_type=GZIP"
        answer = self._call("bill", "GET", path)
        url = urlsplit(needed(answer, "download_url"))
        path = f"{url.path}?{url.query}" if url.query else url.path
        headers = self._headers("GET", path, b"")
        ours = urlsplit(self._m.base_url)
        status, _, packed = exchange(self._http, "GET", f"{ours.scheme}://{ours.netloc}{path}", headers, b"")
        if status != 200:
            raise Unknown(f"download_{status}")
        return rows(packed, needed(answer, "hash_value"))

    # ---- what was sent ----------------------------------------------------------------------------------------------
    def fitting(self, parcels: Sequence[ReportedParcel]) -> tuple[ReportedParcel, ...]:
        from .shipping import fitting

        return fitting(parcels)

    def shipping(self, ref: AttemptRef) -> ShippingStanding:
        return self._mini().standing(ref.number)

    def report_shipping(self, report: ShippingReport, standing: ShippingStanding) -> None:
        self._mini().report(report, standing.payer)

    def _mini(self) -> MiniShipping:
        from .shipping import MiniShipping  # which hardly any function needs

        return MiniShipping(self._m, self._http, self._clock)

    # ---- certificates -----------------------------------------------------------------------------------------------
    def certificates(self) -> list[SignerCertificate] | None:
        """Those that WeChat hands out, signed by one of them that counts now; none to a shop with its public key."""
        if self._m.public_key_id:
            return None
        headers, answer = self._exchange("certificates", "GET", "/v3/certificates", b"")
        try:
            found = signing.opened_certificates(self._m.apiv3_key, parsed(answer))
        except Malformed:
            raise ProtocolViolation("no_certificates") from None
        told = {one.serial: one.pem for one in found}
        self._believe(Signers({**self._m.platform_keys, **told}, NONE_FETCHED, self._clock), headers, answer)
        return found

    def own_ends(self) -> list[datetime]:
        return []

    # ---- the wire ---------------------------------------------------------------------------------------------------
    def _headers(self, method: str, path: str, body: bytes) -> dict[str, str]:
        stamp, nonce = str(int(self._clock.now().timestamp())), self._nonce()
        message = signing.request_message(method, path, stamp, nonce, body)
        headers = {
            "Authorization": signing.authorization(
                self._m.mchid, self._m.serial, self._m.private_key, message, stamp, nonce
            ),
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "jishi/1",
        }
        if self._m.public_key_id:
            headers["Wechatpay-Serial"] = self._m.public_key_id
        return headers

    def _call(
        self, operation: Operation, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = b"" if body is None else compact(body).encode()
        headers, answer = self._exchange(operation, method, path, raw)
        self._believe(self._signers, headers, answer)
        try:
            return {**parsed(answer), "_evidence": digest(answer)} if answer else {}
        except Malformed:
            raise ProtocolViolation("not_json") from None

    def _exchange(self, operation: Operation, method: str, path: str, raw: bytes) -> tuple[dict[str, str], bytes]:
        url = f"{self._m.base_url}{path}"
        parts = urlsplit(url)
        signed_path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        status, headers, answer = exchange(self._http, method, url, self._headers(method, signed_path, raw), raw)
        if not 200 <= status < 300:
            raise self._trouble(operation, status, headers, answer)
        return headers, answer

    def _believe(self, keys: signing.Keys, headers: Mapping[str, str], answer: bytes) -> None:
        try:
            signing.check(keys, headers, answer, self._clock.now())
        except SignerUnknown:
            raise UnknownSigner(headers.get("wechatpay-serial", "")) from None
        except SignatureInvalid:
            raise ProtocolViolation("unsigned_answer") from None

    def _trouble(self, operation: Operation, status: int, headers: Mapping[str, str], answer: bytes) -> ProviderError:
        if meant(headers.get("wechatpay-signature")):
            self._believe(self._signers, headers, answer)
        try:
            told = parsed(answer)
        except Malformed:
            told = {}
        code, detail = meant(told.get("code")), told.get("detail")
        field = meant(detail.get("field")) if isinstance(detail, dict) else ""
        if operation == "create_told" and field and "payer" not in field:
            operation = "create"  # what is wrong is not of the payer
        return provider_error(CODES, operation, code, status=status)

    # ---- reading ----------------------------------------------------------------------------------------------------
    def _payment(self, told: Mapping[str, Any]) -> PaymentSnapshot:
        amount = told.get("amount")
        money = amount if isinstance(amount, dict) else {}
        wrong: Mismatch = ""
        appid = meant(told.get("appid"))
        products = tuple(row.name for row in _PRODUCTS if appid and self._m.appids.get(row.front) == appid)
        if told.get("mchid") != self._m.mchid or not products:
            wrong = "merchant"
        elif _foreign(money):
            wrong = "currency"
        return PaymentSnapshot(
            str(told.get("out_trade_no", "")),
            _PAY.get(meant(told.get("trade_state")), "UNKNOWN"),
            fen(money.get("total")),
            from_shanghai(told.get("success_time")),
            meant(told.get("transaction_id")),
            wrong,
            _evidence(told),
            products,
        )

    def _refunded(self, told: Mapping[str, Any], status: object, number: str | None) -> RefundSnapshot:
        amount = told.get("amount")
        money = amount if isinstance(amount, dict) else {}
        wrong: Mismatch = ""
        if meant(told.get("mchid")) not in ("", self._m.mchid):
            wrong = "merchant"
        elif _foreign(money):
            wrong = "currency"
        found, state = str(told.get("out_refund_no", "")), meant(status)
        if number is not None and found != number:
            raise ProtocolViolation("another_number")
        return RefundSnapshot(
            found,
            _REFUND.get(state, "PROCESSING"),
            fen(money.get("refund")),
            from_shanghai(told.get("success_time")),
            meant(told.get("refund_id")),
            wrong,
            _evidence(told),
            "" if state in _REFUND else state or "no_state",
        )


def _foreign(money: Mapping[str, Any]) -> bool:
    """Whether an amount says that it is of another currency."""
    return meant(money.get("currency")) not in ("", "CNY")


def _evidence(told: Mapping[str, Any]) -> str:
    return str(told.get("_evidence") or digest(compact(told).encode()))


def _good(good: GoodsLine) -> dict[str, Any]:
    return {
        "merchant_goods_id": good.id[:LONGEST_ID],
        "goods_name": good.name[:LONGEST_NAME],
        "quantity": good.quantity,
        "unit_price": int(good.unit),
    }
