"""The shop's contracts with its providers: one record each, read from the secret `payments/<name>`, never printed.

Guarantees: nothing goes to a provider unencrypted, but on a shop on one machine with its simulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.runtime import settings

from .port import AuthConfig
from .products import FRONTS


def fronts(config: Mapping[str, Any]) -> dict[str, str]:
    """The appid that a contract pays under at each front, and at none in particular ("").

    WeChat gives the official account, the mini program and the app one each: `appids` names them, and a front that it does
    not name is not offered. A contract without `appids` has its one `appid` for all.
    """
    own = str(config.get("appid", ""))
    each = config.get("appids") or dict.fromkeys(FRONTS, own)
    return {"": own or next(iter(each.values())), **each}


@dataclass(frozen=True, slots=True, repr=False)
class WeChatContract:
    """The merchant's side of the contract with WeChat Pay; never printed."""

    base_url: str
    mchid: str
    appids: Mapping[str, str]
    serial: str
    private_key: str
    apiv3_key: str
    platform_keys: Mapping[str, str]
    public_key_id: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> WeChatContract:
        return cls(
            _safe(config["base_url"]).rstrip("/"),
            config["mchid"],
            fronts(config),
            config["serial"],
            config["private_key"],
            config["apiv3_key"],
            dict(config.get("platform_keys") or {}),
            config.get("public_key_id") or "",
        )


@dataclass(frozen=True, slots=True, repr=False)
class AlipayContract:
    """The merchant's side of the contract with Alipay; never printed."""

    gateway: str
    app_id: str
    seller_id: str
    private_key: str
    provider_keys: tuple[str, ...]
    certificates: bool
    app_cert: str
    root_cert: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> AlipayContract:
        certificates = config.get("mode", "key") == "cert"
        told = config["alipay_cert" if certificates else "alipay_public_key"]
        provider_keys = tuple(
            [told] if isinstance(told, str) else told
        )  # two, newest last, while Alipay changes its key
        return cls(
            _safe(config["gateway"]),
            config["app_id"],
            config["seller_id"],
            config["private_key"],
            provider_keys,
            certificates,
            config["app_cert"] if certificates else "",
            config["alipay_root_cert"] if certificates else "",
        )


@dataclass(frozen=True, slots=True, repr=False)
class UnionPayContract:
    """The merchant's side of the contract with UnionPay; never printed."""

    base_url: str
    file_url: str
    mer_id: str
    private_key: str
    certificate: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> UnionPayContract:
        return cls(
            _safe(config["base_url"]).rstrip("/") + "/",
            _safe(config["file_url"]) if config.get("file_url") else "",
            config["mer_id"],
            config["private_key"],
            config["merchant_cert"],
        )


def _safe(url: str) -> str:
    """A provider's address. Raises AuthConfig when what is sent there could be read or changed on the way."""
    if not url.startswith("https://") and settings.value(settings.STAGE) != "local":
        raise AuthConfig("PLAIN_HTTP")
    return url
