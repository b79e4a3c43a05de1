"""The shop's document of UnionPay, as its adapter reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..credentials import safe


@dataclass(frozen=True, slots=True, repr=False)
class UnionPayCredentials:
    """What the merchant has from UnionPay; never printed."""

    base_url: str
    file_url: str
    mer_id: str
    private_key: str
    certificate: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> UnionPayCredentials:
        return cls(
            safe(config["base_url"]).rstrip("/") + "/",
            safe(config["file_url"]) if config.get("file_url") else "",
            config["mer_id"],
            config["private_key"],
            config["merchant_cert"],
        )
