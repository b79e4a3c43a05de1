"""Ways to sign in elsewhere; one file each. A provider turns the code a client got into who that is."""

from __future__ import annotations

from collections.abc import Callable

from . import wechat
from .port import Confirmed

PROVIDERS: dict[str, Callable[[str], Confirmed]] = {"wechat": wechat.confirm}

__all__ = ["PROVIDERS", "Confirmed"]
