"""How UnionPay speaks: who may call, answers and notices signed by a leaf that comes along, a message hashed and signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from .book import Notice, Payment, Refund
from .till import Till
from .wire import Reply, Request, moment, shanghai, sign, signed_by

HOUR = 3600.0
ECHOED = ("accessType", "bizType", "currencyCode", "encoding", "merId", "orderId", "signMethod", "txnAmt",
          "txnSubType", "txnTime", "txnType", "version", "reqReserved")  # fmt: skip


class Bad(Exception):
    """An answer that is not 00."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class Voice:
    name = "unionpay"
    retries = (0, 60, 120, 240)
    patience = 10.0
    settling = 3.0

    def __init__(self, till: Till) -> None:
        self.till = till
        self.keys = till.keys
        self.mer_id = till.keys.text["mer_id"]
        self.cert_id = str(till.keys.cert("unionpay_merchant").serial_number)
        self.own_cert = till.keys.text["unionpay_leaf_cert"].strip().replace("\n", "\r\n")
        self.own_id = str(till.keys.cert("unionpay_leaf").serial_number)

    def broken(self, request: Request, status: int) -> Reply:
        return Reply(503 if status == 429 else status, b"Service Unavailable", "text/plain")

    def refuse(self, request: Request, code: str) -> Reply:
        return self.said(request.form, {"respCode": code, "respMsg": "交易失败"})

    def spoil(self, reply: Reply) -> Reply:
        head, mark, _ = reply.body.decode().partition("&signature=")
        forged = sign(self.keys.private("unionpay_merchant"), "somebody else")
        tail = "&signPubKeyCert=" + self.own_cert
        return replace(reply, body=f"{head.replace(tail, '')}{mark}{forged}{tail}".encode()) if mark else reply

    def check(self, given: Mapping[str, str]) -> None:
        """Refuse a message the merchant's certificate has not signed, or that lacks what every message has."""
        for name in ("version", "signMethod", "certId", "merId", "txnType", "txnSubType", "bizType", "txnTime"):
            if name not in given:
                raise Bad("10", f"报文格式错误[{name}]")
        if given["version"] != "5.1.0" or given.get("encoding", "").upper() != "UTF-8" or given["signMethod"] != "01":
            raise Bad("11", "version、encoding或signMethod不正确")
        genuine = signed_by(
            self.keys.private("unionpay_merchant").public_key(), digest(given), given.get("signature", "")
        )
        if given["certId"] != self.cert_id or not genuine:
            raise Bad("11", "验证签名失败[9100004]")
        if given["merId"] != self.mer_id or given.get("accessType") != "0":
            raise Bad("11", "商户信息不正确")
        if moment(given["txnTime"], "%Y%m%d%H%M%S") is None:
            raise Bad("10", "报文格式错误[txnTime]")

    def said(self, given: Mapping[str, str], told: dict[str, str]) -> Reply:
        """Sign an answer and write it `k=v&k=v`, not percent-encoded, certificate and signature last."""
        fields = {name: given[name] for name in ECHOED if name in given} | told
        fields = {name: value for name, value in fields.items() if value}
        fields["signPubKeyCert"] = self.own_cert
        signature = sign(self.keys.private("unionpay_leaf"), digest(fields))
        own = fields.pop("signPubKeyCert")
        text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return Reply(200, f"{text}&signature={signature}&signPubKeyCert={own}".encode(), "text/html;charset=UTF-8")

    def settlement(self, row: Payment | Refund) -> dict[str, str]:
        at = (row.paid if isinstance(row, Payment) else row.done) or row.created
        return {
            "settleAmt": str(row.amount),
            "settleCurrencyCode": "156",
            "settleDate": shanghai(at + HOUR, "%m%d"),  # a clearing day runs from 23:00 to 23:00
            "traceNo": query_id(row)[-6:],
            "traceTime": shanghai(at, "%m%d%H%M%S"),
        }

    def notice(self, payment: Payment, refund: Refund | None) -> dict[str, Any]:
        row: Payment | Refund = refund or payment
        form = {
            "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "accessType": "0", "merId": self.mer_id,
            "currencyCode": "156", "bizType": payment.asked["bizType"], "txnTime": row.extra["txn_time"],
            "orderId": payment.number if refund is None else refund.extra["order_id"], "txnAmt": str(row.amount),
            "txnType": "01" if refund is None else refund.extra["txn_type"],
            "txnSubType": payment.asked["txnSubType"] if refund is None else "00",
            "respCode": "00", "respMsg": "成功[0000000]", "queryId": query_id(row),
            "reqReserved": payment.asked.get("reqReserved", "") if refund is None else refund.extra["reqReserved"],
            "origQryId": "" if refund is None else payment.trade_no, "accNo": "6216***********0018", "payCardType": "01",
        }  # fmt: skip
        return {"form": form | self.settlement(row)}

    def pack(self, notice: Notice, twists: set[str]) -> tuple[dict[str, str], bytes]:
        """Sign one delivery as an urlencoded form; the content never changes."""
        form = dict(notice.message["form"])
        if "wrong_amount" in twists:
            form["txnAmt"] = str(int(form["txnAmt"]) + 1)
        if "wrong_currency" in twists:
            form["currencyCode"] = "840"
        if "other_app" in twists:
            form["merId"] = "777290058110048"
        if "unknown_number" in twists:
            form["orderId"] = "UNKNOWN" + form["orderId"][7:]
        key = "unionpay_merchant" if "wrong_signature" in twists else "unionpay_leaf"
        return {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}, urlencode(
            self._sealed(form, key)
        ).encode()

    def _sealed(self, form: Mapping[str, str], key: str = "unionpay_leaf") -> dict[str, str]:
        form = {name: value for name, value in form.items() if value} | {"signPubKeyCert": self.own_cert}
        return form | {"signature": sign(self.keys.private(key), digest(form))}

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200

    def way_back(self, payment: Payment) -> tuple[str, str, Mapping[str, str]] | None:
        """Lead back by a browser POST with the signed fields of the trade."""
        if not payment.return_url:
            return None
        return "POST", payment.return_url, self._sealed(self.notice(payment, None)["form"])


def digest(fields: Mapping[str, str]) -> str:
    """Return the text that is signed: the lower-case hex SHA-256 of the sorted fields."""
    text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value and name != "signature")
    return hashlib.sha256(text.encode()).hexdigest()


def query_id(row: Payment | Refund) -> str:
    return row.trade_no if isinstance(row, Payment) else row.refund_id
