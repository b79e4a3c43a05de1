"""The payment providers by name. A new one is a module that fulfils `port.PaymentProvider` and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.kernel.clock import Clock

from .alipay import Alipay
from .port import HttpPort, Nonce, PaymentProvider
from .unionpay import UnionPay
from .wechat import WeChat

Factory = Callable[[Mapping[str, Any], HttpPort, Clock, Nonce], PaymentProvider]

PROVIDERS: dict[str, Factory] = {
    "wechat": WeChat,
    "alipay": Alipay,
    "unionpay": UnionPay,
}
