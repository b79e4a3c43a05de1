"""The shop's document of Alipay, as its adapter reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..credentials import safe


@dataclass(frozen=True, slots=True, repr=False)
class AlipayCredentials:
    """What the merchant has from Alipay; never printed."""

    gateway: str
    app_id: str
    seller_id: str
    private_key: str
    provider_keys: tuple[str, ...]
    certificates: bool
    app_cert: str
    root_cert: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> AlipayCredentials:
        certificates = config.get("mode", "key") == "cert"
        told = config["alipay_cert" if certificates else "alipay_public_key"]
        provider_keys = tuple(
            [told] if isinstance(told, str) else told
        )  # two, newest last, while Alipay changes its key
        return cls(
            safe(config["gateway"]),
            config["app_id"],
            config["seller_id"],
            config["private_key"],
            provider_keys,
            certificates,
            config["app_cert"] if certificates else "",
            config["alipay_root_cert"] if certificates else "",
        )
