"""UnionPay's online gateway 5.1.0 as the merchant meets it: front page, APP, QR; query, refund, cancel, day file.

A message is `k=v&k=v` sorted, hashed, and the hash signed. The simulator signs with a leaf certificate under its own
root and middle and sends the leaf along; a transaction is (merchant, orderId, txnTime).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from . import bills
from .book import OPEN, PAID, SUCCESS, Payment, Refund
from .till import Refused
from .unionpay_voice import HOUR, Bad, Voice, query_id
from .wire import Reply, Request, as_page, go_to, moment, shanghai

FRESH = 300.0  # seconds by which a refund's txnTime may differ from the time it comes at
NUMBER = re.compile(r"[0-9A-Za-z]{8,40}")
CALLS = {"frontTransReq": "create", "appTransReq": "create", "backTransReq": "", "queryTrans": "query", "file": "bill"}
BACK = {"01": "create", "04": "refund", "31": "refund"}
SIGNING = ("certId", "signature")
REFUSALS = {
    "unpaid": ("35", "原交易不存在或状态不正确"),
    "too_much": ("36", "交易金额超限"),
    "not_enough": ("61", "商户可退余额不足"),
}


class UnionPay(Voice):
    def describe(self, request: Request) -> tuple[str, str]:
        given = request.form
        call = CALLS.get(_door(request), "") or BACK.get(given.get("txnType", ""), "")
        number = given.get("orderId", "")
        if call == "refund":
            paid = self.till.book.find(Payment, provider=self.name, trade_no=given.get("origQryId", ""))
            number = paid[0].number if paid else number
        return call, number

    def handle(self, request: Request) -> Reply | None:
        door = _door(request)
        if door not in CALLS:
            return None
        given = {name: value.strip() for name, value in request.form.items() if value.strip()}
        front = door == "frontTransReq"
        try:
            self.check(given)
            call = CALLS[door] or BACK.get(given.get("txnType", ""), "")
            if not call:
                raise Bad("11", "无此交易类型")
            if front:
                return go_to(self.till.cashier(self._order(given, "front")))
            answer = getattr(self, f"_{call}")(door, given)
        except Bad as bad:
            answer = {"respCode": bad.code, "respMsg": bad.message}
        except Refused as refused:
            code, message = REFUSALS[refused.code]
            answer = {"respCode": code, "respMsg": message}
        if front:
            return as_page("<!doctype html><title>UnionPay</title><h1>{respCode} {respMsg}</h1>".format_map(answer))
        return self.said(given, {"respCode": "00", "respMsg": "成功[0000000]"} | answer)

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
        if given.get("currencyCode") != "156" or given["txnType"] != "01" or not _web(given.get("backUrl", "")):
            raise Bad("10", "报文格式错误[currencyCode、txnType、backUrl]")
        if kind == "front" and not _web(given.get("frontUrl", "")):
            raise Bad("10", "报文格式错误[frontUrl]")
        expires = moment(given["payTimeout"], "%Y%m%d%H%M%S") if "payTimeout" in given else None
        if "payTimeout" in given and expires is None:
            raise Bad("10", "报文格式错误[payTimeout]")
        asked = {name: value for name, value in given.items() if name not in SIGNING}
        with self.till.book as book:
            payment = book.payment(self.name, number)
            if payment is None:
                return self.till.open(
                    self.name, number, kind, int(amount), subject=given.get("orderDesc", ""), asked=asked,
                    notify_url=given["backUrl"], return_url=given.get("frontUrl", ""), expires=expires,
                    extra={"txn_time": given["txnTime"]},
                )  # fmt: skip
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
        return found | (self.settlement(row) if found["origRespCode"] == "00" else {})

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
                raise Bad("36", "与原交易信息不符[bizType]")
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


def _door(request: Request) -> str:
    if request.method != "POST":
        return ""
    if request.path in ("/", "/file/"):
        return "file"
    found = re.fullmatch(r"/gateway/api/(\w+)\.do", request.path)
    return found[1] if found else ""


def _web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")
