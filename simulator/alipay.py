"""Alipay's gateway as the merchant meets it: page, wap, app, QR; query, close, cancel, refund, refund query, bill.

RSA2 over the sorted parameters, in key mode or certificate mode (a request that names certificates is answered with
one). As in life a trade is unknown to query and close until the payer has opened it, whatever the merchant asked for.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from . import bills
from .alipay_voice import METHODS, Fault, Voice, plain_url
from .book import CLOSED, OPEN, PAID, SUCCESS, Payment
from .keys import alipay_sn
from .till import Refused
from .wire import Reply, Request, as_page, fen, go_to, moment, shanghai, yuan

NUMBER = re.compile(r"[0-9A-Za-z_]{1,64}")
STATUS = {OPEN: "WAIT_BUYER_PAY", PAID: "TRADE_SUCCESS", CLOSED: "TRADE_CLOSED"}
PRODUCT = {"page": "FAST_INSTANT_TRADE_PAY", "wap": "QUICK_WAP_WAY", "app": "QUICK_MSECURITY_PAY"}
REFUSALS = {
    "unpaid": ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
    "too_much": ("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"),
    "not_enough": ("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"),
    "paid": ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
}
UNKNOWN = Fault("40004", "ACQ.TRADE_NOT_EXIST", "交易不存在")


class Alipay(Voice):
    def describe(self, request: Request) -> tuple[str, str]:
        given = self.given(request)
        biz = _object(given.get("biz_content"))
        number = str(biz.get("out_trade_no", ""))
        if not number and biz.get("trade_no"):
            found = self.till.book.find(Payment, provider=self.name, trade_no=biz["trade_no"])
            number = found[0].number if found else ""
        return METHODS.get(given.get("method", ""), ("", ""))[0], number

    def handle(self, request: Request) -> Reply | None:
        if request.path == "/alipay/bill":
            return self._download(request)
        if request.path != "/gateway.do":
            return None
        given = self.given(request)
        method = given.get("method", "")
        call, kind = METHODS.get(method, ("", ""))
        browser = kind in ("page", "wap")
        try:
            self.check(given)
            if not call or kind == "app":
                raise Fault("40002", "isv.invalid-method", "不存在的方法名")
            biz = _object(given.get("biz_content"))
            if browser:
                return go_to(self.till.cashier(self._order(given, biz, kind, opened=True)))
            return self.answer(method, given, getattr(self, f"_{call}")(given, biz))
        except Fault as fault:
            refusal = fault
        except Refused as refused:
            refusal = Fault("40004", *REFUSALS[refused.code])
        if browser:
            words = f"{refusal.sub_code} {refusal.sub_msg}"
            return as_page(f"<!doctype html><meta charset=utf-8><title>Alipay</title><h1>{words}</h1>")
        return self.answer(method, given, refusal.body)

    def _create(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        kind = METHODS[given["method"]][1]
        if kind == "mini" and not (biz.get("buyer_open_id") or biz.get("buyer_id")):
            raise Fault("40004", "ACQ.INVALID_PARAMETER", "buyer_open_id或buyer_id不能同时为空")
        payment = self._order(given, biz, kind, opened=kind == "mini")
        if kind == "qr":
            return {"out_trade_no": payment.number, "qr_code": self.till.cashier(payment)}
        return {"out_trade_no": payment.number, "trade_no": payment.trade_no}

    def _order(self, given: dict[str, str], biz: dict[str, Any], kind: str, opened: bool) -> Payment:
        """Write the trade, or find it again when the same is asked; another trade under this number is refused."""
        number, amount, subject = biz.get("out_trade_no"), fen(biz.get("total_amount")), biz.get("subject")
        good = isinstance(number, str) and NUMBER.fullmatch(number) and isinstance(subject, str) and subject
        if not good or amount is None or amount > 10**10 or not isinstance(biz.get("total_amount"), str):
            raise Fault("40004", "ACQ.INVALID_PARAMETER", "参数无效：out_trade_no、total_amount、subject")
        if kind in PRODUCT and biz.get("product_code") != PRODUCT[kind]:
            raise Fault("40004", "ACQ.INVALID_PARAMETER", f"参数无效：product_code须为{PRODUCT[kind]}")
        expires = self._deadline(biz)
        asked = biz | {"kind": kind}
        with self.till.book as book:
            payment = book.payment(self.name, str(number))
            if payment is None:
                if expires is not None and expires <= self.till.clock.now():
                    raise Fault("40004", "ACQ.INVALID_PARAMETER", "time_expire已过")
                return self.till.open(
                    self.name,
                    str(number),
                    kind,
                    amount,
                    subject=subject,
                    asked=asked,
                    expires=expires,
                    notify_url=plain_url(given.get("notify_url", "")),
                    return_url=plain_url(given.get("return_url", "")),
                    extra={
                        "opened": opened,
                        "certificates": "app_cert_sn" in given,
                        "quit_url": biz.get("quit_url", ""),
                    },
                )
            if payment.asked != asked:
                raise Fault("40004", "ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
            if payment.state == PAID:
                raise Fault("40004", "ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
            if self.state(payment) == CLOSED:
                raise Fault("40004", "ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
            return payment

    def _deadline(self, biz: dict[str, Any]) -> float | None:
        if biz.get("time_expire"):
            at = moment(biz["time_expire"], "%Y-%m-%d %H:%M:%S")
            if at is None:
                raise Fault("40004", "ACQ.INVALID_PARAMETER", "time_expire格式错误")
            return at
        for name in ("timeout_express", "qr_code_timeout_express"):
            span = re.fullmatch(r"(\d+)([mhd])", str(biz.get(name, "")))
            if span:
                return self.till.clock.now() + int(span[1]) * {"m": 60, "h": 3600, "d": 86400}[span[2]]
        return None

    def _found(self, biz: dict[str, Any]) -> Payment:
        """Return the trade the payer has opened; one only asked for does not exist yet."""
        equal = {"trade_no": biz["trade_no"]} if biz.get("trade_no") else {"number": biz.get("out_trade_no")}
        found = self.till.book.find(Payment, provider=self.name, **equal)
        if not found or not (found[0].extra["opened"] or found[0].state == PAID):
            raise UNKNOWN
        return found[0]

    def _query(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        payment = self._found(biz)
        answer = {
            "out_trade_no": payment.number,
            "trade_no": payment.trade_no,
            "trade_status": self.status(payment),
            "total_amount": yuan(payment.amount),
            "buyer_logon_id": "sim***@example.com",
            "point_amount": "0.00",
            "invoice_amount": "0.00",
        }
        if payment.state == PAID and payment.paid is not None:
            answer |= {
                "buyer_pay_amount": yuan(payment.amount),
                "receipt_amount": yuan(payment.amount),
                "buyer_open_id": payment.extra["payer"],
                "send_pay_date": shanghai(payment.paid),
            }
        told = self.till.faults.take("state", self.name, payment.number, "query")
        return answer | ({"trade_status": told} if told else {})

    def _close(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        with self.till.book:
            payment = self._found(biz)
            if self.state(payment) == CLOSED:
                raise Fault("40004", "ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
            self.till.close(payment)
        return {"out_trade_no": payment.number, "trade_no": payment.trade_no}

    def _cancel(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        answer = {"out_trade_no": str(biz.get("out_trade_no", "")), "retry_flag": "N"}
        with self.till.book as book:
            try:
                payment = self._found(biz)
            except Fault:
                asked = book.payment(self.name, answer["out_trade_no"])
                if asked is not None and asked.state == OPEN:
                    self.till.close(asked)
                return answer
            answer |= {"out_trade_no": payment.number, "trade_no": payment.trade_no}
            left = payment.amount - book.refunded(payment)
            if payment.state == PAID and left:
                self._give(payment, "cancel" + payment.trade_no, left)
                return answer | {"action": "refund"}
            if payment.state == OPEN:
                self.till.close(payment)
                answer["action"] = "close"
        return answer

    def _refund(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        amount = fen(biz.get("refund_amount"))
        if amount is None:
            raise Fault("40004", "ACQ.INVALID_PARAMETER", "参数无效：refund_amount")
        with self.till.book as book:
            payment = self._found(biz)
            refund_no = str(biz.get("out_request_no") or payment.number)
            if "out_request_no" not in biz and amount != payment.amount:
                raise Fault("40004", "ACQ.INVALID_PARAMETER", "部分退款须传out_request_no")
            known = book.refund(self.name, refund_no, payment.number)
            if known is not None and known.amount != amount:
                raise Fault("40004", "ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
            if known is None:
                self._give(payment, refund_no, amount)
            given_back = book.refunded(payment)
        return {
            "out_trade_no": payment.number,
            "trade_no": payment.trade_no,
            "buyer_logon_id": "sim***@example.com",
            "buyer_open_id": payment.extra["payer"],
            "fund_change": "N" if known else "Y",
            "refund_fee": yuan(given_back),
            "send_back_fee": yuan(given_back),
        }

    def _give(self, payment: Payment, refund_no: str, amount: int) -> None:
        refund = self.till.give_back(payment, refund_no, amount)
        done = replace(refund, state=SUCCESS, done=refund.created)
        self.till.book.put(done)
        self.till.owe(payment, done)

    def _query_refund(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        payment = self._found(biz)
        refund = self.till.book.refund(self.name, str(biz.get("out_request_no", "")), payment.number)
        answer = {"out_trade_no": payment.number, "trade_no": payment.trade_no}
        if refund is not None:
            answer |= {
                "out_request_no": refund.refund_no,
                "total_amount": yuan(payment.amount),
                "refund_amount": yuan(refund.amount),
                "refund_status": "REFUND_SUCCESS",
                "gmt_refund_pay": shanghai(refund.done or refund.created),
            }
        told = self.till.faults.take("state", self.name, payment.number, "query_refund")
        return answer | ({"refund_status": told} if told else {})

    def _bill(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        day, now = str(biz.get("bill_date", "")), self.till.clock.now()
        if moment(day, "%Y-%m-%d") is None or biz.get("bill_type") not in ("trade", "signcustomer"):
            raise Fault("40004", "isv.invalid-arguments", "bill_type或bill_date不正确")
        content = bills.alipay(self.till, day) if day < shanghai(now, "%Y-%m-%d") else None
        if content is None:
            raise Fault("40004", "isp.bill_not_exist", "账单不存在")
        ticket = self.till.book.luck("bill", day, now)
        self.till.book.remember("bill " + ticket, json.dumps([base64.b64encode(content).decode(), now + 30]))
        return {"bill_download_url": f"{self.till.url}/alipay/bill?token={ticket}"}

    def _certificate(self, given: dict[str, str], biz: dict[str, Any]) -> dict[str, Any]:
        for name in self.keys.signers(self.name, self.till.clock.wall()):
            if alipay_sn(self.keys.cert(name)) == biz.get("alipay_cert_sn"):
                text = base64.b64encode(self.keys.text[f"{name}_cert"].encode()).decode()
                return {"alipay_cert_content": text}
        raise Fault("40004", "isv.cert-not-found", "证书不存在")

    def _download(self, request: Request) -> Reply:
        kept = self.till.book.recall("bill " + request.query.get("token", ""))
        content, until = json.loads(kept or '["", 0]')
        if until <= self.till.clock.now():
            return Reply(403, b"expired", "text/plain")
        return Reply(200, base64.b64decode(content), "application/zip")

    def opened(self, payment: Payment) -> Payment:
        """Note that the payer has the trade before their eyes: from now on it exists."""
        if payment.extra["opened"]:
            return payment
        return self.till.book.change(payment, lambda it: replace(it, extra=it.extra | {"opened": True}))

    def from_app(self, order: str) -> Payment:
        """Open the trade of an order string, as the app does with what the shop's client hands over.

        Raises `Fault` for a wrong signature or other parameters under a used number.
        """
        given = dict(parse_qsl(order, keep_blank_values=True))
        self.check(given)
        if given["method"] != "alipay.trade.app.pay":
            raise Fault("40002", "isv.invalid-method", "不存在的方法名")
        return self._order(given, _object(given.get("biz_content")), "app", opened=True)


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        raise Fault("40002", "isv.invalid-arguments", "biz_content不是合法的JSON")
    return dict(found)
