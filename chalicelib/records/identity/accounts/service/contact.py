"""How a person is reached: a contact that was shown to be theirs, opened to tell them something; who they are to WeChat,
opened to be told to WeChat Pay; and for nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

from ..rules import UserNotFound
from . import accounts


class Contact(NamedTuple):
    """A kind of address (phone, email), the address, and the language its owner reads."""

    kind: str
    address: str
    language: str


def find_contact(customer: str) -> Contact | None:
    """Where to tell a customer something, their phone first; None for whoever has no proven contact or was forgotten."""
    return next(iter(find_contacts(customer)), None)


def find_contacts(account_id: str) -> list[Contact]:
    """Every proven contact of somebody, their phone first."""
    try:
        account = accounts.get(account_id)
    except UserNotFound:
        return []
    held = {kind: accounts.opened(account, kind) for kind in accounts.contacts(account)}
    return [Contact(kind, address, account.language or "zh") for kind, address in held.items() if address]


def wechat_payer(customer: str) -> str | None:
    """The open id of a customer who signs in by WeChat, so that a client need not bring its own; None for others."""
    try:
        account = accounts.get(customer)
    except UserNotFound:
        return None
    return accounts.opened(account, "wechat")
