"""How Alipay speaks: RSA2 over sorted parameters, answers signed as they stand, notices as forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from .book import CLOSED, OPEN, PAID, Notice, Payment, Refund
from .keys import alipay_sn
from .till import Till
from .wire import Reply, Request, moment, shanghai, sign, signed_by, yuan

METHODS = {  # method: (call, kind of trade)
    "alipay.trade.page.pay": ("create", "page"),
    "alipay.trade.wap.pay": ("create", "wap"),
    "alipay.trade.app.pay": ("create", "app"),
    "alipay.trade.precreate": ("create", "qr"),
    "alipay.trade.create": ("create", "mini"),
    "alipay.trade.query": ("query", ""),
    "alipay.trade.close": ("close", ""),
    "alipay.trade.cancel": ("cancel", ""),
    "alipay.trade.refund": ("refund", ""),
    "alipay.trade.fastpay.refund.query": ("query_refund", ""),
    "alipay.data.dataservice.bill.downloadurl.query": ("bill", ""),
    "alipay.open.app.alipaycert.download": ("certificate", ""),
}
MESSAGES = {
    "10000": "Success",
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40003": "Insufficient Conditions",
    "40004": "Business Failed",
    "40006": "Insufficient Permissions",
}


class Fault(Exception):
    """An answer whose code is not 10000; 40004 is the business saying no, the others are the gateway's."""

    def __init__(self, code: str, sub_code: str, sub_msg: str) -> None:
        super().__init__(sub_code)
        self.code, self.sub_code, self.sub_msg = code, sub_code, sub_msg
        self.body = {"code": code, "msg": MESSAGES.get(code, "Failed"), "sub_code": sub_code, "sub_msg": sub_msg}


class Voice:
    name = "alipay"
    retries = (240, 600, 600, 3600, 7200, 21600, 54000)
    patience = 10.0
    settling = 0.0

    def __init__(self, till: Till) -> None:
        self.till = till
        self.keys = till.keys
        self.app_id = till.keys.text["alipay_app_id"]
        self.seller_id = till.keys.text["alipay_seller_id"]
        self.app_sn = alipay_sn(till.keys.cert("alipay_app"))
        self.root_sn = alipay_sn(till.keys.cert("alipay_root"))

    def given(self, request: Request) -> dict[str, str]:
        """Return the parameters of the address and of the form together."""
        return request.query | (request.form if request.method == "POST" else {})

    def check(self, given: Mapping[str, str]) -> None:
        """Refuse a request that the app's key has not signed, or that lacks what every request has."""
        for name in ("app_id", "method", "sign_type", "sign", "timestamp", "version"):
            if not given.get(name):
                raise Fault("40001", f"isv.missing-{name.replace('_', '-')}", f"缺少{name}参数")
        if given["app_id"] != self.app_id:
            raise Fault("40002", "isv.invalid-app-id", "无效的AppID参数")
        if given["sign_type"] != "RSA2":
            raise Fault("40002", "isv.invalid-signature-type", "无效的签名类型")
        if given["version"] != "1.0" or given.get("format", "JSON").upper() != "JSON":
            raise Fault("40002", "isv.invalid-version", "无效的版本或格式")
        if given.get("charset", "utf-8").lower() != "utf-8":
            raise Fault("40002", "isv.invalid-charset", "字符集错误")
        if moment(given["timestamp"], "%Y-%m-%d %H:%M:%S") is None:
            raise Fault("40002", "isv.invalid-timestamp", "非法的时间戳参数")
        if "app_cert_sn" in given or self.till.modes["alipay"] == "cert":
            if given.get("app_cert_sn") != self.app_sn:
                raise Fault("40002", "isv.invalid-app-cert-sn", "应用公钥证书序列号错误")
            if given.get("alipay_root_cert_sn") != self.root_sn:
                raise Fault("40002", "isv.invalid-alipay-root-cert-sn", "支付宝根证书序列号错误")
        message = content({name: value for name, value in given.items() if name != "sign"})
        if not signed_by(self.keys.private("alipay_app").public_key(), message, given["sign"]):
            raise Fault("40002", "isv.invalid-signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配")

    def answer(self, method: str, given: Mapping[str, str], inner: dict[str, Any]) -> Reply:
        """Sign an answer over the very text of its inner object; a fault of the gateway goes unsigned."""
        inner = {"code": "10000", "msg": MESSAGES["10000"]} | inner
        text = json.dumps(inner, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        if inner["code"] not in ("10000", "40004"):
            return Reply(200, f'{{"error_response":{text}}}'.encode(), "text/html;charset=utf-8")
        certified = "app_cert_sn" in given
        key = self.signer(certified)
        named = f'"alipay_cert_sn":"{alipay_sn(self.keys.cert(key))}",' if certified else ""
        name = method.replace(".", "_") + "_response"
        body = f'{{"{name}":{text},{named}"sign":"{sign(self.keys.private(key), text)}"}}'
        return Reply(200, body.encode(), "text/html;charset=utf-8")

    def signer(self, certified: bool) -> str:
        """The name of the key that signs now, in certificate mode or in key mode."""
        return self.keys.signer(self.name, self.till.clock.wall()) if certified else "alipay_plain"

    def broken(self, request: Request, status: int) -> Reply:
        if status == 429:
            fault = Fault("40002", "isv.app-call-limited", "应用调用次数超限").body
        else:
            fault = Fault("20000", "isp.unknow-error", "系统繁忙").body
        body = json.dumps({"error_response": fault}, ensure_ascii=False)
        return Reply(status if status == 503 else 200, body.encode(), "text/html;charset=utf-8")

    def refuse(self, request: Request, code: str) -> Reply:
        """The code is a sub_code of the business, or `code:sub_code` for another kind of no."""
        kind, mark, sub_code = code.rpartition(":")
        given = self.given(request)
        return self.answer(given.get("method", ""), given, Fault(kind if mark else "40004", sub_code, "请求失败").body)

    def spoil(self, reply: Reply) -> Reply:
        head, mark, _ = reply.body.decode().rpartition('"sign":"')
        forged = sign(self.keys.private("alipay_app"), "somebody else")
        return replace(reply, body=f'{head}{mark}{forged}"}}'.encode()) if mark else reply

    def state(self, payment: Payment) -> str:
        """Return open, paid or closed; an unpaid trade closes by itself at its time."""
        overdue = payment.expires is not None and payment.expires <= self.till.clock.now()
        return CLOSED if payment.state == OPEN and overdue else payment.state

    def status(self, payment: Payment) -> str:
        state = self.state(payment)
        if state == PAID:
            return "TRADE_CLOSED" if self.till.book.refunded(payment) == payment.amount else "TRADE_SUCCESS"
        return {OPEN: "WAIT_BUYER_PAY", CLOSED: "TRADE_CLOSED"}[state]

    def notice(self, payment: Payment, refund: Refund | None) -> dict[str, Any]:
        """Word a trade as it stands; after a refund with the sum of all that went back."""
        paid = payment.paid or 0.0
        amount = yuan(payment.amount)
        form = {
            "gmt_create": shanghai(payment.created),
            "gmt_payment": shanghai(paid),
            "notify_time": shanghai(self.till.clock.now()),
            "notify_type": "trade_status_sync",
            "charset": "utf-8",
            "version": "1.0",
            "app_id": self.app_id,
            "auth_app_id": self.app_id,
            "trade_no": payment.trade_no,
            "out_trade_no": payment.number,
            "trade_status": self.status(payment),
            "total_amount": amount,
            "receipt_amount": amount,
            "invoice_amount": amount,
            "buyer_pay_amount": amount,
            "point_amount": "0.00",
            "refund_fee": yuan(self.till.book.refunded(payment)),  # "0.00" while nothing went back, as in life
            "seller_id": self.seller_id,
            "seller_email": "shop@example.com",
            "buyer_id": "2088" + payment.trade_no[-12:],
            "buyer_logon_id": "sim***@example.com",
            "subject": payment.subject,
            "passback_params": payment.asked.get("passback_params", ""),
            "fund_bill_list": json.dumps([{"amount": amount, "fundChannel": "ALIPAYACCOUNT"}], separators=(",", ":")),
        }
        if refund is not None:
            form |= {
                "gmt_refund": shanghai(refund.done or refund.created) + ".000",
                "out_biz_no": refund.refund_no,
            }
        return {"form": form, "certificates": payment.extra["certificates"]}

    def pack(self, notice: Notice, twists: set[str]) -> tuple[dict[str, str], bytes]:
        """Sign one delivery, without `sign_type` in the signed text as trade notices are; the content never changes."""
        form = {name: value for name, value in notice.message["form"].items() if value}
        form["notify_id"] = notice.notice_id
        if "wrong_amount" in twists:
            form["total_amount"] = yuan(round(float(form["total_amount"]) * 100) + 1)
        if "other_app" in twists:
            form["app_id"] = form["auth_app_id"] = "2021000000000000"
        if "unknown_number" in twists:
            form["out_trade_no"] = "UNKNOWN" + form["out_trade_no"][7:]
        key = self.signer(notice.message["certificates"])
        key = "alipay_app" if "wrong_signature" in twists else key
        form |= {"sign": sign(self.keys.private(key), content(form)), "sign_type": "RSA2"}
        return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, urlencode(form).encode()

    def accepted(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def way_back(self, payment: Payment) -> tuple[str, str, Mapping[str, str]] | None:
        """Lead back by GET with signed parameters, which prove nothing and are treated so by a careful shop."""
        if not payment.return_url:
            return None
        form = {
            "charset": "utf-8",
            "out_trade_no": payment.number,
            "method": f"alipay.trade.{payment.kind}.pay.return",
            "total_amount": yuan(payment.amount),
            "trade_no": payment.trade_no,
            "auth_app_id": self.app_id,
            "version": "1.0",
            "app_id": self.app_id,
            "seller_id": self.seller_id,
            "timestamp": shanghai(self.till.clock.now()),
        }
        key = self.signer(payment.extra["certificates"])
        form |= {"sign": sign(self.keys.private(key), content(form)), "sign_type": "RSA2"}
        kept = dict(parse_qsl(urlsplit(payment.return_url).query))
        return "GET", payment.return_url.partition("?")[0], kept | form


def content(given: Mapping[str, str]) -> str:
    """Return what is signed: the parameters with a value, sorted by name, as they are."""
    return "&".join(f"{name}={value}" for name, value in sorted(given.items()) if value)


def plain_url(text: str) -> str:
    """Return an http(s) address, or refuse."""
    if text and urlsplit(text).scheme not in ("http", "https"):
        raise Fault("40002", "isv.invalid-parameter", "地址须以http或https开头")
    return text
