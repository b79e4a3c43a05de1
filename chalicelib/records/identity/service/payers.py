"""Who pays, as WeChat knows them: opened for one purpose only, so that a client need not bring its own open id."""

from __future__ import annotations

from ..rules import UserUnknown
from . import accounts


def wechat_payer(customer: str) -> str | None:
    """The open id of a customer who signs in by WeChat, to be told to WeChat Pay and nobody else; None for others."""
    try:
        account = accounts.get(customer)
    except UserUnknown:
        return None
    return accounts.opened(account, "wechat")
