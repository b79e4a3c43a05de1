"""The payment providers by name, in the order in which they are offered. A new one is a package of its name, with a
manifest and an adapter that fulfils `port.PaymentProvider`, and a line here.

An adapter is imported when its provider is first spoken to: most functions speak to none or one before their first answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from .manifest import PaymentMethod, Provider

if TYPE_CHECKING:
    from chalicelib.kernel.clock import Clock

    from .port import HttpPort, Keyring, Nonce, PaymentProvider

PROVIDERS: dict[str, Provider] = {
    name: import_module(f"{__name__}.{name}").PROVIDER
    for name in (
        "wechat",
        "alipay",
        "unionpay",
    )
}
METHODS: dict[tuple[str, str], PaymentMethod] = {
    (one.name, row.name): row._replace(provider=one.name) for one in PROVIDERS.values() for row in one.methods
}


class Factory(Protocol):
    """Makes an adapter of a merchant's document; `fetched` are the provider's certificates, where it hands them out."""

    def __call__(
        self, document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring | None = None
    ) -> PaymentProvider: ...


def _factory(one: Provider) -> Factory:
    def make(
        document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce, fetched: Keyring | None = None
    ) -> PaymentProvider:
        module, _, kind = one.adapter.partition(":")
        adapter = getattr(import_module(f"{__name__}.{one.name}.{module}"), kind)
        given = import_module(f"{__name__}.port").NONE_FETCHED if fetched is None else fetched
        made: PaymentProvider = adapter(document, http, clock, nonce, given)
        return made

    return make


ADAPTERS: dict[str, Factory] = {name: _factory(one) for name, one in PROVIDERS.items()}


def offered(terminal: str) -> list[PaymentMethod]:
    """The methods that a terminal can use, in the order of the table."""
    return [row for row in METHODS.values() if terminal in row.terminals]
