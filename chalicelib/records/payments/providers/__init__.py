"""The payment providers by name. A new one is a module that fulfils `port.PaymentProvider` and a line here.

An adapter is imported when its provider is first spoken to: most functions speak to none or one before their first answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from chalicelib.kernel.clock import Clock

from .port import NONE_FETCHED, HttpPort, Keyring, Nonce, PaymentProvider


class Factory(Protocol):
    """Makes an adapter of a merchant's document."""

    def __call__(
        self, document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring = ...
    ) -> PaymentProvider: ...


def _made_by(module: str, adapter: str) -> Factory:
    def make(
        document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring = NONE_FETCHED
    ) -> PaymentProvider:
        kind = getattr(import_module(f"{__name__}.{module}"), adapter)
        made: PaymentProvider = kind(document, http, clock, nonce, fetched)
        return made

    return make


PROVIDERS: dict[str, Factory] = {
    "wechat": _made_by("wechat", "WeChat"),
    "alipay": _made_by("alipay", "Alipay"),
    "unionpay": _made_by("unionpay", "UnionPay"),
}
