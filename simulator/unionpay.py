"""UnionPay's online gateway 5.1.0 as the merchant meets it: front page, APP, QR; query, refund, cancel, day file.

A message is `k=v&k=v` sorted, hashed, and the hash signed. The simulator signs with a leaf certificate under its own
root and middle and sends the leaf along; a transaction is (merchant, orderId, txnTime).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from . import bills
from .book import OPEN, PAID, SUCCESS, Notice, Payment, Refund
from .till import Refused, Till
from .unionpay_words import digest, door, query_id, web
from .wire import Reply, Request, as_page, go_to, moment, shanghai, sign, signed_by

HOUR = 3600.0
FRESH = 300.0  # seconds by which a refund's txnTime may differ from the time it comes at
NUMBER = re.compile(r"[0-9A-Za-z]{8,40}")
CALLS = {"frontTransReq": "create", "appTransReq": "create", "backTransReq": "", "queryTrans": "query", "file": "bill"}
BACK = {"01": "create", "04": "refund", "31": "refund"}
REFUSALS = {
    "unpaid": ("35", "原交易不存在或状态不正确"),
    "too_much": ("36", "交易金额超限"),
    "not_enough": ("61", "商户可退余额不足"),
}
SIGNING = ("certId", "signature")
ECHOED = ("accessType", "bizType", "currencyCode", "encoding", "merId", "orderId", "signMethod", "txnAmt",
          "txnSubType", "txnTime", "txnType", "version", "reqReserved")  # fmt: skip


class Bad(Exception):
    """An answer that is not 00."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class UnionPay:
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

    def describe(self, request: Request) -> tuple[str, str]:
        given = request.form
        call = CALLS.get(door(request), "") or BACK.get(given.get("txnType", ""), "")
        number = given.get("orderId", "")
        if call == "refund":
            paid = self.till.book.find(Payment, provider=self.name, trade_no=given.get("origQryId", ""))
            number = paid[0].number if paid else number
        return call, number

    def handle(self, request: Request) -> Reply | None:
        knocked = door(request)
        if knocked not in CALLS:
            return None
        given = {name: value.strip() for name, value in request.form.items() if value.strip()}
        front = knocked == "frontTransReq"
        try:
            self._check(given)
            call = CALLS[knocked] or BACK.get(given.get("txnType", ""), "")
            if not call:
                raise Bad("11", "无此交易类型")
            if front:
                return go_to(self.till.cashier(self._order(given, "front")))
            answer = getattr(self, f"_{call}")(knocked, given)
        except Bad as bad:
            answer = {"respCode": bad.code, "respMsg": bad.message}
        except Refused as refused:
            code, message = REFUSALS[refused.code]
            answer = {"respCode": code, "respMsg": message}
        if front:
            words = f"{answer['respCode']} {answer['respMsg']}"
            return as_page(f"<!doctype html><meta charset=utf-8><title>UnionPay</title><h1>{words}</h1>")
        return self._said(given, {"respCode": "00", "respMsg": "成功[0000000]"} | answer)

    def broken(self, request: Request, status: int) -> Reply:
        return Reply(503 if status == 429 else status, b"Service Unavailable", "text/plain")

    def refuse(self, request: Request, code: str) -> Reply:
        return self._said(request.form, {"respCode": code, "respMsg": "交易失败"})

    def spoil(self, reply: Reply) -> Reply:
        head, mark, _ = reply.body.decode().partition("&signature=")
        forged = sign(self.keys.private("unionpay_merchant"), "somebody else")
        tail = "&signPubKeyCert=" + self.own_cert
        return replace(reply, body=f"{head.replace(tail, '')}{mark}{forged}{tail}".encode()) if mark else reply

    def _check(self, given: Mapping[str, str]) -> None:
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

    def _said(self, given: Mapping[str, str], told: dict[str, str]) -> Reply:
        """Sign an answer and write it `k=v&k=v`, not percent-encoded, certificate and signature last."""
        fields = {name: given[name] for name in ECHOED if name in given} | told
        fields = {name: value for name, value in fields.items() if value}
        fields["signPubKeyCert"] = self.own_cert
        signature = sign(self.keys.private("unionpay_leaf"), digest(fields))
        own = fields.pop("signPubKeyCert")
        text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        return Reply(200, f"{text}&signature={signature}&signPubKeyCert={own}".encode(), "text/html;charset=UTF-8")

    def _create(self, door: str, given: dict[str, str]) -> dict[str, str]:
        if door == "appTransReq":
            return {"tn": self._order(given, "app").trade_no}
        if given["txnSubType"] != "07":
            raise Bad("11", "无此交易类型")
        return {"qrCode": self.till.cashier(self._order(given, "qr"))}

    def _order(self, given: Mapping[str, str], kind: str) -> Payment:
        """Write the transaction, or find it when the same is asked again; a used number is refused with 12."""
        number, amount = given.get("orderId", ""), given.get("txnAmt", "")
        if not NUMBER.fullmatch(number):
            raise Bad("10", "报文格式错误[orderId]")
        if not re.fullmatch(r"[1-9]\d{0,11}", amount):
            raise Bad("10", "报文格式错误[txnAmt]")
        if given.get("currencyCode") != "156" or given["txnType"] != "01" or not web(given.get("backUrl", "")):
            raise Bad("10", "报文格式错误[currencyCode、txnType、backUrl]")
        if kind == "front" and not web(given.get("frontUrl", "")):
            raise Bad("10", "报文格式错误[frontUrl]")
        expires = moment(given["payTimeout"], "%Y%m%d%H%M%S") if "payTimeout" in given else None
        if "payTimeout" in given and expires is None:
            raise Bad("10", "报文格式错误[payTimeout]")
        asked = {name: value for name, value in given.items() if name not in SIGNING}
        with self.till.book as book:
            payment = book.payment(self.name, number)
            if payment is None:
                return self.till.open(
                    self.name,
                    number,
                    kind,
                    int(amount),
                    subject=given.get("orderDesc", ""),
                    asked=asked,
                    notify_url=given["backUrl"],
                    return_url=given.get("frontUrl", ""),
                    expires=expires,
                    extra={"txn_time": given["txnTime"]},
                )
            if payment.asked != asked or payment.state != OPEN or book.refund(self.name, number):
                raise Bad("12", "重复交易")
            return payment

    def _query(self, door: str, given: dict[str, str]) -> dict[str, str]:
        """Answer about the transaction (orderId, txnTime): a payment or a refund."""
        number, book = given.get("orderId", ""), self.till.book
        row = book.payment(self.name, number) or self._sent(number, given["txnTime"])
        if row is None or row.extra["txn_time"] != given["txnTime"]:
            raise Bad("34", "查无此交易")
        if isinstance(row, Refund) and self.till.clock.now() - row.created < self._unseen(row):
            raise Bad("34", "查无此交易")
        found = {
            "txnAmt": str(row.amount), "currencyCode": "156", "queryId": query_id(row), "origRespCode": self._code(row),
            "txnType": "01" if isinstance(row, Payment) else row.extra["txn_type"],
            "txnSubType": row.asked["txnSubType"] if isinstance(row, Payment) else "00",
        }  # fmt: skip
        found["origRespMsg"] = {"00": "成功[0000000]", "05": "交易已受理，请稍后查询交易结果[2000005]"}.get(
            found["origRespCode"], "交易失败，详情请咨询95516[2000001]"
        )
        return found | (self._settlement(row) if found["origRespCode"] == "00" else {})

    def _code(self, row: Payment | Refund) -> str:
        """Say what became of a trade: accepted, done, or why not (its time is over, no balance, a card that is blocked)."""
        number = row.number if isinstance(row, Payment) else row.refund_no
        told = self.till.faults.take("state", self.name, number, "query")
        if told or isinstance(row, Refund):
            return str(told or {"processing": "05", SUCCESS: "00"}.get(row.state, "63"))
        if row.state == PAID:
            return "00"
        overdue = row.expires is not None and row.expires <= self.till.clock.now()
        return "69" if overdue or row.state != OPEN else "64" if row.extra.get("failed") else "05"

    def _refund(self, door: str, given: dict[str, str]) -> dict[str, str]:
        """Take a refund (04) or a same-day cancel of the whole (31); the same number under another time is another one."""
        number, amount = given.get("orderId", ""), given.get("txnAmt", "")
        if not NUMBER.fullmatch(number) or not re.fullmatch(r"[1-9]\d{0,11}", amount):
            raise Bad("10", "报文格式错误[orderId、txnAmt]")
        sent = moment(given["txnTime"], "%Y%m%d%H%M%S")
        if sent is None or abs(self.till.clock.now() - sent) > FRESH:
            raise Bad("10", "txnTime无效，必须取当前时间")
        with self.till.book as book:
            paid = book.find(Payment, provider=self.name, trade_no=given.get("origQryId", ""))
            if not paid:
                raise Bad("35", "原交易不存在或状态不正确")
            if given["bizType"] != paid[0].asked["bizType"]:
                raise Bad("11", "交易类型与原交易不符[bizType]")
            if self._sent(number, given["txnTime"]) or book.payment(self.name, number) is not None:
                raise Bad("12", "重复交易")
            if given["txnType"] == "31":
                now, then = self.till.clock.now() + HOUR, (paid[0].paid or 0.0) + HOUR
                if int(amount) != paid[0].amount or shanghai(now, "%m%d") != shanghai(then, "%m%d"):
                    raise Bad("36", "消费撤销须为当日全额")
            extra = {"txn_time": given["txnTime"], "txn_type": given["txnType"], "order_id": number}
            extra["reqReserved"] = given.get("reqReserved", "")
            name = number if book.refund(self.name, number) is None else f"{number}@{given['txnTime']}"
            refund = self.till.give_back(paid[0], name, int(amount), notify_url=given.get("backUrl", ""), extra=extra)
        return {"queryId": refund.refund_id, "origQryId": paid[0].trade_no}

    def _sent(self, number: str, txn_time: str) -> Refund | None:
        """Find the refund that was sent under this number at this second."""
        found = (row for row in self.till.book.find(Refund, provider=self.name) if row.extra["order_id"] == number)
        return next((row for row in found if row.extra["txn_time"] == txn_time), None)

    def _unseen(self, refund: Refund) -> float:
        return float(self.till.faults.take("unseen", self.name, refund.number, "query") or 0)

    def _bill(self, door: str, given: dict[str, str]) -> dict[str, str]:
        day = given.get("settleDate", "")
        today = shanghai(self.till.clock.now() + HOUR, "%m%d")
        found = bills.unionpay(self.till, day, HOUR) if day != today else None
        if found is None:
            raise Bad("98", "文件不存在")
        return {
            "settleDate": day,
            "fileType": given.get("fileType", "00"),
            "fileName": found[0],
            "fileContent": found[1],
        }

    def _settlement(self, row: Payment | Refund) -> dict[str, str]:
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
            "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "accessType": "0",
            "bizType": payment.asked["bizType"],
            "merId": self.mer_id, "currencyCode": "156", "txnAmt": str(row.amount), "txnTime": row.extra["txn_time"],
            "orderId": payment.number if refund is None else refund.extra["order_id"],
            "txnType": "01" if refund is None else refund.extra["txn_type"],
            "txnSubType": payment.asked["txnSubType"] if refund is None else "00",
            "respCode": "00", "respMsg": "成功[0000000]", "queryId": query_id(row),
            "reqReserved": payment.asked.get("reqReserved", "") if refund is None else refund.extra["reqReserved"],
            "origQryId": "" if refund is None else payment.trade_no,
            "accNo": "6216***********0018", "payCardType": "01",
        }  # fmt: skip
        return {"form": form | self._settlement(row)}

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
