"""The shop's document of WeChat Pay, as its adapter reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..credentials import fronts, safe


@dataclass(frozen=True, slots=True, repr=False)
class WeChatCredentials:
    """What the merchant has from WeChat Pay; never printed."""

    base_url: str
    mchid: str
    appids: Mapping[str, str]
    serial: str
    private_key: str
    apiv3_key: str
    platform_keys: Mapping[str, str]
    public_key_id: str
    mini_secret: str
    mini_url: str
    companies: Mapping[str, str]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> WeChatCredentials:
        return cls(
            safe(config["base_url"]).rstrip("/"),
            config["mchid"],
            fronts(config),
            config["serial"],
            config["private_key"],
            config["apiv3_key"],
            dict(config.get("platform_keys") or {}),
            config.get("public_key_id") or "",
            config.get("mini_secret") or "",
            safe(config.get("mini_url") or "https://api.weixin.qq.com").rstrip("/"),
            dict(config.get("companies") or {}),
        )
