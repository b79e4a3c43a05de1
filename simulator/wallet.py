"""The payer's phone: it checks what the shop's client was handed, as the real wallet does, and finds the payment.

Raises ValueError with the reason when the parameters are not what the merchant's key signed.
"""

from __future__ import annotations

from typing import Any

from .alipay import Alipay
from .alipay_voice import Fault
from .book import Payment
from .till import Till
from .wechat import prepay
from .wire import signed_by

JSAPI = ("appId", "timeStamp", "nonceStr", "package")
APP = ("appid", "timestamp", "noncestr", "prepayid")


def find(till: Till, asked: dict[str, Any]) -> Payment:
    """Find the payment meant by {provider, number}, {params}, {order_string}, {tn} or {token}."""
    if "order_string" in asked:
        alipay = till.providers["alipay"]
        if not isinstance(alipay, Alipay):
            raise ValueError("there is no Alipay here")
        try:
            return alipay.from_app(str(asked["order_string"]))
        except Fault as fault:
            raise ValueError(f"{fault.sub_code} {fault.sub_msg}") from fault
    if "params" in asked:
        return _wechat(till, asked["params"])
    if "tn" in asked:
        found = till.book.find(Payment, provider="unionpay", trade_no=asked["tn"])
    elif "token" in asked:
        found = till.book.find(Payment, token=asked["token"])
    else:
        found = till.book.find(Payment, provider=asked.get("provider"), number=asked.get("number"))
    if not found:
        raise ValueError("no such payment")
    return found[0]


def _wechat(till: Till, params: Any) -> Payment:
    given = params if isinstance(params, dict) else {}
    names, signature = (JSAPI, given.get("paySign")) if "paySign" in given else (APP, given.get("sign"))
    message = "".join(f"{given.get(name)}\n" for name in names)
    if not signed_by(till.keys.private("wechat_merchant").public_key(), message, str(signature)):
        raise ValueError("the signature does not fit the parameters")
    asked = str(given.get("package", "")).removeprefix("prepay_id=") if names is JSAPI else given["prepayid"]
    shape = given.get("signType") == "RSA" if names is JSAPI else given.get("package") == "Sign=WXPay"
    found = [payment for payment in till.book.find(Payment, provider="wechat") if prepay(payment) == asked]
    kind = "jsapi" if names is JSAPI else "app"
    if not found or found[0].kind != kind or not shape:
        raise ValueError("no such prepay_id, or not of this kind")
    if given.get(names[0]) != found[0].asked["appid"]:
        raise ValueError("the appid is not that of the prepay_id")
    return found[0]
