"""How a person is reached: a contact that was shown to be theirs, opened to tell them something and for nothing else."""

from __future__ import annotations

from typing import NamedTuple

from ..rules import UserUnknown
from . import accounts


class Reach(NamedTuple):
    """A kind of address (phone, email), the address, and the language its owner reads."""

    kind: str
    address: str
    language: str


def reach(customer: str) -> Reach | None:
    """Where to tell a customer something, their phone first; None for whoever has no proven contact or was forgotten."""
    try:
        account = accounts.get(customer)
    except UserUnknown:
        return None
    for kind in accounts.contacts(account):
        if address := accounts.opened(account, kind):
            return Reach(kind, address, account.language or "zh")
    return None
