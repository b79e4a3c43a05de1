"""How WeChat Pay speaks: who may call, the words for a trade and a refund, and the sealed notice."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .book import CLOSED, OPEN, PAID, Notice, Payment, Refund
from .keys import FRONTS
from .till import Till
from .wire import Request, rfc3339, sign, signed_by

KIND = {"jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB", "app": "APP"}
SCHEME = "WECHATPAY2-SHA256-RSA2048"
SEVEN_DAYS = 7 * 86400
STATE = {OPEN: ("NOTPAY", "订单未支付"), PAID: ("SUCCESS", "支付成功"), CLOSED: ("CLOSED", "订单已关闭")}


class Wrong(Exception):
    """An answer that is not 200: status, code, message and, where WeChat gives it, the detail."""

    def __init__(self, status: int, code: str, message: str, **detail: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message} | ({"detail": detail} if detail else {})


class Voice:
    name = "wechat"
    retries = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
    patience = 5.0
    settling = 3.0

    def __init__(self, till: Till) -> None:
        self.till = till
        self.keys = till.keys
        self.mchid = till.keys.text["mchid"]
        self.appids = {front: till.keys.text[f"wechat_{front}"] for front in FRONTS}

    def check(self, request: Request) -> None:
        """Refuse a request the merchant has not signed, as WeChat does: 401 SIGN_ERROR."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        given = dict(re.findall(r'(\w+)="([^"]*)"', text))
        if scheme != SCHEME or set(given) != {"mchid", "nonce_str", "timestamp", "serial_no", "signature"}:
            raise _sign_error("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
        if given["mchid"] != self.mchid:
            raise _sign_error("商户号不存在或与证书不匹配")
        if given["serial_no"] != self.keys.hex_serial("wechat_merchant"):
            raise _sign_error("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
        stamp = given["timestamp"]
        if not stamp.isdigit() or abs(self.till.clock.wall() - int(stamp)) > 300:
            raise _sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        message = f"{request.method}\n{request.target}\n{stamp}\n{given['nonce_str']}\n{request.body.decode()}\n"
        if not signed_by(self.keys.private("wechat_merchant").public_key(), message, given["signature"]):
            raise _sign_error("签名错误，请检查后再试")
        for name in ("accept", "user-agent"):
            if not request.headers.get(name):
                raise Wrong(400, "PARAM_ERROR", f"Http头缺少{name}", location="header", field=name, issue="missing")

    def seal(self, raw: bytes, signer: str, at: int, *, key: str = "") -> dict[str, str]:
        """Return the five headers that sign these bytes; `key` signs with another key under the same name."""
        now, public = self.till.clock.wall(), self.keys.text["public_key_id"]
        known = {public: "wechat_public"} | {
            self.keys.hex_serial(name): name for name in self.keys.signers("wechat", now)
        }
        if signer not in known:
            present = self.keys.hex_serial(self.keys.signer("wechat", now))
            signer = present if self.till.modes["wechat"] == "certificate" else public
        nonce = secrets.token_hex(16)
        held = key or known[signer]
        return {
            "Wechatpay-Timestamp": str(at),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": signer,
            "Wechatpay-Signature": sign(self.keys.private(held), f"{at}\n{nonce}\n{raw.decode()}\n"),
            "Wechatpay-Signature-Type": SCHEME,
            "Request-ID": secrets.token_hex(16).upper(),
        }

    def encrypt(self, plain: str, about: str) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        key = AESGCM(self.keys.text["apiv3"].encode())
        text = base64.b64encode(key.encrypt(nonce.encode(), plain.encode(), about.encode())).decode()
        return {"algorithm": "AEAD_AES_256_GCM", "ciphertext": text, "associated_data": about, "nonce": nonce}

    def word(self, payment: Payment) -> dict[str, Any]:
        """Word a trade as the query answers it; an unpaid one closes by itself after seven days."""
        state = payment.state
        if state == OPEN and self.till.clock.now() >= payment.created + SEVEN_DAYS:
            state = CLOSED
        told, text = STATE[state]
        if state == PAID and self.till.book.refunds(payment):
            told, text = "REFUND", "订单发生过退款"
        answer: dict[str, Any] = {
            "appid": payment.asked["appid"],
            "mchid": self.mchid,
            "out_trade_no": payment.number,
            "trade_state": told,
            "trade_state_desc": text,
            "attach": payment.asked.get("attach", ""),
            "amount": {"total": payment.amount, "currency": "CNY"},
            "promotion_detail": [],
        }
        if state == PAID and payment.paid is not None:
            answer |= {
                "transaction_id": payment.trade_no,
                "trade_type": KIND[payment.kind],
                "bank_type": "OTHERS",
                "success_time": rfc3339(payment.paid),
                "payer": {"openid": payment.extra["payer"]},
            }
            answer["amount"] |= {"payer_total": payment.amount, "payer_currency": "CNY"}
        return answer

    def word_refund(self, payment: Payment, refund: Refund) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "refund_id": refund.refund_id,
            "out_refund_no": refund.refund_no,
            "transaction_id": payment.trade_no,
            "out_trade_no": payment.number,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": rfc3339(refund.created),
            "status": refund.state.upper(),
            "funds_account": "AVAILABLE",
            "amount": _refund_amount(payment, refund)
            | {"settlement_refund": refund.amount, "settlement_total": payment.amount, "currency": "CNY"},
            "promotion_detail": [],
        }
        return answer | ({"success_time": rfc3339(refund.done)} if refund.done and refund.state == "success" else {})

    def notice(self, payment: Payment, refund: Refund | None) -> dict[str, Any]:
        if refund is None:
            return {"event": "TRANSACTION.SUCCESS", "about": "transaction", "plain": self.word(payment)}
        plain: dict[str, Any] = {
            "mchid": self.mchid,
            "out_trade_no": payment.number,
            "transaction_id": payment.trade_no,
            "out_refund_no": refund.refund_no,
            "refund_id": refund.refund_id,
            "refund_status": refund.state.upper(),
            "user_received_account": "支付用户零钱",
            "amount": _refund_amount(payment, refund),
        }
        if refund.state == "success" and refund.done is not None:
            plain["success_time"] = rfc3339(refund.done)
        return {"event": f"REFUND.{refund.state.upper()}", "about": "refund", "plain": plain}

    def pack(self, notice: Notice, twists: set[str]) -> tuple[dict[str, str], bytes]:
        """Encrypt and sign one delivery; the id and the content stay the same over all of them."""
        about, plain = notice.message["about"], bend(notice.message["plain"], twists)
        if "other_front" in twists and "appid" in plain:
            plain["appid"] = next(appid for appid in self.appids.values() if appid != plain["appid"])
        body = {
            "id": notice.notice_id,
            "create_time": rfc3339(notice.made),
            "resource_type": "encrypt-resource",
            "event_type": notice.message["event"],
            "summary": "支付成功" if about == "transaction" else "退款通知",
            "resource": {"original_type": about} | self.encrypt(json.dumps(plain, ensure_ascii=False), about),
        }
        raw = json.dumps(body, ensure_ascii=False).encode()
        at = int(self.till.clock.wall()) - (600 if "stale" in twists else 0)
        headers = self.seal(raw, "", at, key="wechat_merchant" if "wrong_signature" in twists else "")
        if "signtest" in twists:
            headers["Wechatpay-Signature"] = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"][19:]
        return headers | {"Content-Type": "application/json"}, raw

    def accepted(self, status: int, body: bytes) -> bool:
        return status in (200, 204)

    def way_back(self, payment: Payment) -> tuple[str, str, Mapping[str, str]] | None:
        return ("GET", payment.return_url, {}) if payment.return_url else None


def bend(plain: dict[str, Any], twists: set[str]) -> dict[str, Any]:
    """Return the content with the faults that make it untrue."""
    plain = plain | {"amount": dict(plain["amount"])}
    if "wrong_amount" in twists:
        name = "refund" if "refund" in plain["amount"] else "total"
        plain["amount"][name] += 1
    if "wrong_currency" in twists:
        plain["amount"]["currency"] = "USD"
    if "other_app" in twists:
        plain["mchid"] = "1900000001"
    if "unknown_number" in twists:
        plain["out_trade_no"] = "UNKNOWN" + plain["out_trade_no"][7:]
    return plain


def need(good: object, name: str, value: Any, issue: str) -> None:
    """Refuse a parameter: 400 PARAM_ERROR with where and why."""
    if not good:
        message = f"参数错误：{name} {issue}"
        raise Wrong(
            400, "PARAM_ERROR", message, field=f"/{name.replace('.', '/')}", value=value, issue=issue, location="body"
        )


def time_of(text: Any) -> float | None:
    """Read an RFC 3339 time with a zone, or None."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at.timestamp() if at.tzinfo else None


def good_url(text: Any) -> bool:
    """Tell whether WeChat would call this address; loopback may go without TLS, for there is no other here."""
    if not isinstance(text, str) or len(text) > 255:
        return False
    parts = urlsplit(text)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool((parts.scheme == "https" or local) and parts.hostname) and not parse_qs(parts.query)


def _refund_amount(payment: Payment, refund: Refund) -> dict[str, Any]:
    total, given = payment.amount, refund.amount
    return {"total": total, "refund": given, "payer_total": total, "payer_refund": given}


def _sign_error(message: str) -> Wrong:
    return Wrong(401, "SIGN_ERROR", message, location="authorization", issue="sign not match")
