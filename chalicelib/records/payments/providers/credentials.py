"""The shop's documents of its providers: the secret `payments/<name>` each, read by its adapter, never printed.

Guarantees: nothing goes to a provider unencrypted, but on a shop on one machine with its simulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.runtime import settings

from .manifest import FRONTS
from .port import AuthConfig


def fronts(config: Mapping[str, Any]) -> dict[str, str]:
    """The appid that a contract pays under at each front, and at none in particular ("").

    WeChat gives the official account, the mini program and the app one each: `appids` names them, and a front that it does
    not name is not offered. A contract without `appids` has its one `appid` for all.
    """
    own = str(config.get("appid", ""))
    each = config.get("appids") or dict.fromkeys(FRONTS, own)
    return {"": own or next(iter(each.values())), **each}


def safe(url: str) -> str:
    """A provider's address. Raises AuthConfig when what is sent there could be read or changed on the way."""
    if not url.startswith("https://") and settings.value(settings.STAGE) != "local":
        raise AuthConfig("PLAIN_HTTP")
    return url
