"""How a person is reached: a contact that was shown to be theirs, opened to tell them something; who they are to WeChat,
opened to be told to WeChat Pay; and for nothing else. What they agreed to is read beside it, for who writes to many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.runtime import table
from chalicelib.runtime.table import Key

from ...model import Account, Consent
from ..rules import PURPOSES, UserNotFound
from . import accounts

WECHAT, MINI = "wechat", "mini"  # an open id is the mini program's, at which people sign in
OPTIONAL = tuple(purpose for purpose in PURPOSES if purpose != "terms")


class Contact(NamedTuple):
    """A kind of address (phone, email), the address, and the language its owner reads."""

    kind: str
    address: str
    language: str


class Reachable(NamedTuple):
    """Whether and how a person may be written to: their language, what they agreed to, and by which mark (a blind index) the
    address of each kind is known that was shown to be theirs. Nothing of it is opened yet: see `address_of`."""

    account: Account
    language: str
    minor: bool
    leaving: bool
    agreed: frozenset[str]
    marks: Mapping[str, str]


def reachable(people: Sequence[str]) -> dict[str, Reachable]:
    """Those of these people who are customers of the shop, as they stand now; 100 keys a round trip."""
    keys = [accounts.key(one) for one in people]
    keys += [Key(Consent, one, f"consent#{purpose}") for one in people for purpose in OPTIONAL]
    rows = table.batch(keys, consistent=True)
    found, given = rows[: len(people)], rows[len(people) :]
    agreed: dict[str, set[str]] = {one: set() for one in people}
    for row in given:
        if row is not None and row.granted:
            agreed[row.owner].add(row.part.partition("#")[2])
    return {row.owner: _reachable(row, agreed[row.owner]) for row in found if row is not None and row.state == "active"}


def _reachable(row: Account, agreed: set[str]) -> Reachable:
    known = dict(key.split("#", 1) for key in row.identifier_keys)
    proven = [*accounts.contacts(row), *([WECHAT] if row.wechat is not None else [])]
    marks = {kind: f"{kind}#{known[kind]}" for kind in proven if kind in known}
    marks |= {MINI: f"{MINI}#{known[WECHAT]}"} if WECHAT in marks else {}
    return Reachable(row, row.language or "zh", bool(row.minor), row.leaving_at is not None, frozenset(agreed), marks)


def address_of(who: Reachable, kind: str) -> str | None:
    """The address of a kind, opened to write there now; None when there is none."""
    return accounts.opened(who.account, WECHAT if kind == MINI else kind)


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
    return accounts.opened(account, WECHAT)
