"""WeChat Pay APIv3 as the merchant meets it: native, JSAPI, H5, APP; query, close, refund, bill, certificates.

Every call is verified like the real one (Authorization, clock within five minutes) and every answer is signed, with
the platform certificate or the public key: whichever the request's `Wechatpay-Serial` names, else the mode chosen.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from . import bills, login
from .book import CLOSED, PAID, PROCESSING, Payment, Refund
from .keys import FRONTS
from .till import Refused
from .wechat_voice import KIND, Voice, Wrong, good_url, need, time_of
from .wire import Reply, Request, moment, rfc3339, shanghai, sign

NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
OPENID = re.compile(r"o[0-9A-Za-z_-]{5,127}")
PAID_AT = {"jsapi": ("official", "mini"), "app": ("app",), "native": FRONTS, "h5": FRONTS}
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")
ROUTES = tuple(
    (method, re.compile(path), call)
    for method, path, call in (
        ("POST", r"/v3/pay/transactions/(jsapi|native|h5|app)", "create"),
        ("GET", r"/v3/pay/transactions/out-trade-no/([^/]+)", "query"),
        ("GET", r"/v3/pay/transactions/id/([^/]+)", "query_id"),
        ("POST", r"/v3/pay/transactions/out-trade-no/([^/]+)/close", "close"),
        ("POST", r"/v3/refund/domestic/refunds", "refund"),
        ("GET", r"/v3/refund/domestic/refunds/([^/]+)", "query_refund"),
        ("POST", r"/v3/refund/domestic/refunds/([^/]+)/apply-abnormal-refund", "abnormal"),
        ("GET", r"/v3/bill/tradebill", "bill"),
        ("GET", r"/v3/billdownload/file", "download"),
        ("GET", r"/v3/certificates", "certificates"),
    )
)
REFUSALS = {
    "unpaid": (400, "INVALID_REQUEST", "订单未支付，不可退款"),
    "too_much": (400, "INVALID_REQUEST", "申请退款金额大于订单可退金额"),
    "not_enough": (403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"),
    "paid": (400, "ORDER_PAID", "该订单已支付"),
}


class WeChat(Voice):
    def describe(self, request: Request) -> tuple[str, str]:
        call, part = _route(request)
        body = request.json() or {}
        if call in ("query", "close"):
            return call, part
        if call == "query_id":
            paid = self.till.book.find(Payment, provider=self.name, trade_no=part)
            return "query", paid[0].number if paid else ""
        if call == "query_refund":
            refund = self.till.book.refund(self.name, part)
            return call, refund.number if refund else ""
        return call, str(body.get("out_trade_no", ""))

    def handle(self, request: Request) -> Reply | None:
        if not request.path.startswith("/v3/"):
            return None
        call, part = _route(request)
        try:
            self.check(request)
            if call == "download":
                return self._download(request)
            if not call:
                raise Wrong(404, "NOT_FOUND", "请求的资源不存在")
            body = request.json()
            if body is None:
                raise Wrong(400, "PARAM_ERROR", "请求体不是合法的JSON", location="body", issue="not json")
            status, answer = getattr(self, f"_{call}")(request, part, body)
        except Wrong as wrong:
            status, answer = wrong.status, wrong.body
        except Refused as refused:
            code, word, message = REFUSALS[refused.code]
            status, answer = code, {"code": word, "message": message}
        return self._said(request, status, answer)

    def _said(self, request: Request, status: int, answer: dict[str, Any] | None) -> Reply:
        raw = b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
        signer = request.headers.get("wechatpay-serial", "")
        return Reply(status, raw, headers=self.seal(raw, signer, int(self.till.clock.wall())))

    def broken(self, request: Request, status: int) -> Reply:
        code, message = ("FREQUENCY_LIMITED", "频率超限") if status == 429 else ("SYSTEM_ERROR", "系统异常，请稍后重试")
        return Reply(status, json.dumps({"code": code, "message": message}, ensure_ascii=False).encode())

    def refuse(self, request: Request, code: str) -> Reply:
        return self._said(request, 400, {"code": code, "message": "请求失败"})

    def spoil(self, reply: Reply) -> Reply:
        if "Wechatpay-Signature" not in reply.headers:
            return reply
        forged = sign(self.keys.private("wechat_merchant"), "somebody else")
        return replace(reply, headers={**reply.headers, "Wechatpay-Signature": forged})

    def _create(self, request: Request, kind: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        number, amount = self._check_order(kind, body)
        asked = body | {"trade_type": KIND[kind]}
        with self.till.book as book:
            payment = book.payment(self.name, number)
            if payment is None:
                payment = self.till.open(
                    self.name,
                    number,
                    kind,
                    amount,
                    subject=body["description"],
                    notify_url=body["notify_url"],
                    asked=asked,
                    expires=time_of(body.get("time_expire")),
                    extra={"payer": body["payer"]["openid"]} if kind == "jsapi" else {},
                )
            elif payment.state == PAID:
                raise Wrong(400, "ORDERPAID", "该订单已支付")
            elif payment.state == CLOSED:
                raise Wrong(400, "ORDER_CLOSED", "该订单已关闭")
            elif payment.asked != asked:
                raise Wrong(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        if kind == "native":
            return 200, {"code_url": self.till.cashier(payment)}
        if kind == "h5":
            return 200, {"h5_url": f"{self.till.cashier(payment)}?prepay_id={prepay(payment)}"}
        return 200, {"prepay_id": prepay(payment)}

    def _check_order(self, kind: str, body: dict[str, Any]) -> tuple[str, int]:
        need(body.get("mchid") == self.mchid, "mchid", body.get("mchid"), "商户号与签名的商户不一致")
        appid = body.get("appid")
        if appid not in {self.appids[front] for front in PAID_AT[kind]}:
            raise Wrong(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
        number, money = body.get("out_trade_no"), body.get("amount")
        money = money if isinstance(money, dict) else {}
        need(isinstance(number, str) and NUMBER.fullmatch(number), "out_trade_no", number, "6-32 [0-9A-Za-z_-|*]")
        text = body.get("description")
        need(isinstance(text, str) and 0 < len(text) <= 127, "description", text, "长度1-127")
        need(good_url(body.get("notify_url")), "notify_url", body.get("notify_url"), "须为不带参数的https地址")
        total = money.get("total")
        need(type(total) is int and total >= 1, "amount.total", total, "须为正整数")
        need(money.get("currency", "CNY") == "CNY", "amount.currency", money.get("currency"), "须为CNY")
        text, now = body.get("time_expire"), self.till.clock.now()
        need(text is None or (time_of(text) or 0) > now, "time_expire", text, "须为将来的RFC3339时间")
        need(len(body.get("attach") or "") <= 128, "attach", body.get("attach"), "长度不超过128")
        payer = body.get("payer")
        openid = payer.get("openid") if isinstance(payer, dict) else None
        good = (
            isinstance(openid, str) and OPENID.fullmatch(openid) and login.given_at(self.till, openid) in (None, appid)
        )
        need(kind != "jsapi" or good, "payer.openid", openid, "无效的openid，或与appid不匹配")
        scene = body.get("scene_info")
        known = isinstance(scene, dict) and scene.get("payer_client_ip") and isinstance(scene.get("h5_info"), dict)
        need(kind != "h5" or known, "scene_info", scene, "H5须有payer_client_ip与h5_info")
        return str(number), int(total or 0)

    def _query(self, request: Request, number: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self._own(request.query.get("mchid"))
        told = self.till.faults.take("state", self.name, number, "query")
        return 200, self.word(self._found(number)) | ({"trade_state": told} if told else {})

    def _query_id(self, request: Request, trade_no: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self._own(request.query.get("mchid"))
        return 200, self.word(self._found(trade_no=trade_no))

    def _close(self, request: Request, number: str, body: dict[str, Any]) -> tuple[int, None]:
        self._own(body.get("mchid"))
        with self.till.book:
            self.till.close(self._found(number))
        return 204, None

    def _refund(self, request: Request, part: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        refund_no, money = body.get("out_refund_no"), body.get("amount")
        good = isinstance(refund_no, str) and REFUND_NUMBER.fullmatch(refund_no)
        need(good, "out_refund_no", refund_no, "长度1-64")
        money = money if isinstance(money, dict) else {}
        for name in ("refund", "total"):
            need(type(money.get(name)) is int and money[name] >= 1, f"amount.{name}", money.get(name), "须为正整数")
        need(money.get("currency") == "CNY", "amount.currency", money.get("currency"), "须为CNY")
        with self.till.book as book:
            payment = self._found(body.get("out_trade_no"), body.get("transaction_id"), "RESOURCE_NOT_EXISTS")
            known = book.refund(self.name, str(refund_no))
            if known is not None:
                if (known.number, known.amount) != (payment.number, money["refund"]):
                    raise Wrong(400, "INVALID_REQUEST", "商户退款单号已被使用，参数与原请求不一致")
                return 200, self.word_refund(payment, known)
            if money["total"] != payment.amount:
                raise Wrong(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
            if len(book.refunds(payment)) >= 50:
                raise Wrong(400, "INVALID_REQUEST", "退款次数超过50次")
            notify = body.get("notify_url") or ""
            need(not notify or good_url(notify), "notify_url", notify, "须为不带参数的https地址")
            refund = self.till.give_back(payment, str(refund_no), money["refund"], notify_url=notify)
        return 200, self.word_refund(payment, refund)

    def _query_refund(self, request: Request, refund_no: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        refund = self.till.book.refund(self.name, refund_no)
        if refund is None:
            raise Wrong(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        told = self.till.faults.take("state", self.name, refund.number, "query_refund")
        return 200, self.word_refund(self._found(refund.number), refund) | ({"status": told} if told else {})

    def _abnormal(self, request: Request, refund_id: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self.till.book as book:
            refund = next(iter(book.find(Refund, provider=self.name, refund_id=refund_id)), None)
            if refund is None or refund.refund_no != body.get("out_refund_no"):
                raise Wrong(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
            if refund.state != "abnormal":
                raise Wrong(400, "INVALID_REQUEST", "退款单状态不为ABNORMAL")
            now = self.till.clock.now()
            again = replace(refund, state=PROCESSING, settles=now + self.settling / self.till.speedup)
            book.put(again)
        self.till.wake.set()
        return 200, self.word_refund(self._found(refund.number), again)

    def _bill(self, request: Request, part: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        day, now = request.query.get("bill_date", ""), self.till.clock.now()
        begin = moment(day, "%Y-%m-%d")
        if begin is None:
            raise Wrong(400, "PARAM_ERROR", "bill_date格式为YYYY-MM-DD")
        need(request.query.get("bill_type", "ALL") == "ALL", "bill_type", request.query.get("bill_type"), "仅支持ALL")
        today = moment(shanghai(now, "%Y-%m-%d"), "%Y-%m-%d") or now
        need(today - 92 * 86400 <= begin < today, "bill_date", day, "只能下载三个月内、今天之前的账单")
        if now < begin + 86400 + 10 * 3600:
            raise Wrong(400, "STATEMENT_CREATING", "账单生成中")
        text = bills.wechat(self.till, day)
        if text is None:
            raise Wrong(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        packed = "GZIP" if request.query.get("tar_type") == "GZIP" else ""
        ticket = self.till.book.luck("bill", day, packed, int(now))
        self.till.book.remember("bill " + ticket, json.dumps([text.decode(), packed, now + 300]))
        url = f"{self.till.url}/v3/billdownload/file?token={ticket}"
        told = hashlib.sha1(text, usedforsecurity=False).hexdigest()
        return 200, {"hash_type": "SHA1", "hash_value": told, "download_url": url}

    def _download(self, request: Request) -> Reply:
        kept = self.till.book.recall("bill " + request.query.get("token", ""))
        text, packed, until = json.loads(kept or '["", "", 0]')
        if until <= self.till.clock.now():
            raise Wrong(400, "PARAM_ERROR", "下载地址已失效")
        return Reply(200, bills.gzipped(text.encode()) if packed else text.encode(), "application/octet-stream")

    def _certificates(self, request: Request, part: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        names = self.keys.signers(self.name, self.till.clock.wall())
        certs = [(name, self.keys.cert(name)) for name in names]
        return 200, {
            "data": [
                {
                    "serial_no": self.keys.hex_serial(name),
                    "effective_time": rfc3339(cert.not_valid_before_utc.timestamp()),
                    "expire_time": rfc3339(cert.not_valid_after_utc.timestamp()),
                    "encrypt_certificate": self.encrypt(self.keys.text[f"{name}_cert"], "certificate"),
                }
                for name, cert in certs
            ]
        }

    def _found(self, number: Any = None, trade_no: Any = None, missing: str = "ORDER_NOT_EXIST") -> Payment:
        equal = {"trade_no": trade_no} if trade_no else {"number": number}
        found = self.till.book.find(Payment, provider=self.name, **equal)
        if not found or (number and found[0].number != number):
            raise Wrong(404, missing, "订单不存在")
        return found[0]

    def _own(self, mchid: Any) -> None:
        need(mchid == self.mchid, "mchid", mchid, "商户号与签名的商户不一致")


def _route(request: Request) -> tuple[str, str]:
    for method, path, call in ROUTES:
        found = path.fullmatch(request.path)
        if found and method == request.method:
            return call, unquote(found[1]) if found.groups() else ""
    return "", ""


def prepay(payment: Payment) -> str:
    """Return the prepay id: wx, the time of the order, and what no other order has."""
    return f"wx{shanghai(payment.created, '%Y%m%d%H%M%S')}{payment.token}"
