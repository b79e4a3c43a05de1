"""Accounts: made with their identifiers in one transaction, found by one of them, opened only where a use case says so.

Guarantees: a phone number, e-mail address or WeChat id leads to at most one account, by a conditional put in the very
transaction that makes the account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.kernel.clock import business_day
from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import table, vault
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ...events import UserSessionsEnded
from ...model import ACCOUNT, IDENTIFIER, Account, IdentifierRow, packed, place
from .. import steps
from ..rules import Identifier, UserNotFound
from . import presence

NOBODY = "nobody"  # the key that is read when there is no account, so that the reads are the same
LOCATED = "located"  # a kind of identifier


class Person(NamedTuple):
    """What an account says of its owner, opened."""

    name: str | None
    phone: str | None
    email: str | None


def identifier(kind: str, text: str) -> Identifier:
    """A thing to be known by; the text is normalised already."""
    return Identifier(kind, text, vault.blind(kind, text))


def find(by: Identifier) -> Account | None:
    """The account that this leads to, or None."""
    row = table.get(IdentifierRow, by.key, IDENTIFIER, consistent=True)
    return table.get(Account, row.account, ACCOUNT, consistent=True) if row is not None else None


def find_alike(by: Identifier) -> Account | None:
    """As `find`, in the same reads whether or not there is one: for who has not shown yet who they are."""
    row = table.get(IdentifierRow, by.key, IDENTIFIER, consistent=True)
    return table.get(Account, row.account if row is not None else NOBODY, ACCOUNT, consistent=True)


def get(account: str) -> Account:
    """An account that is not erased. Raises UserNotFound."""
    row = once(account)
    if row.state == "erased":
        raise UserNotFound()
    return row


def once(account: str) -> Account:
    """An account, also one that was erased. Raises UserNotFound."""
    row = table.get(Account, account, ACCOUNT, consistent=True)
    if row is None:
        raise UserNotFound()
    return row


def key(account: str) -> Key:
    """The key of an account, for a batch read."""
    return Key(Account, account, ACCOUNT)


def standing(accounts: Sequence[str]) -> set[str]:
    """Those of these accounts that are there and active, in one read for a hundred."""
    rows: list[Account | None] = table.batch([key(one) for one in accounts])
    return {row.owner for row in rows if row is not None and row.state == "active"}


def new_account(
    prefix: str,
    by: list[Identifier],
    roles: list[str],
    work: Work,
    *,
    state: str = "active",
    name: str | None = None,
    password: str | None = None,
) -> Account:
    """A new account with its data key and its sealed texts; `steps.open_account` makes it stand."""
    owner = work.new_id(prefix)
    key = vault.new_key(owner)
    row = Account(
        owner,
        ACCOUNT,
        state=state,
        roles=" ".join(roles),
        version=1,
        key=key,
        password=password,
        identifiers=packed([one.key for one in by]),
        language=work.caller.language,
        joined_at=work.now,
        day=f"{business_day(work.now):%Y%m%d}" if prefix == "U" else None,
    )
    texts: dict[str, str | None] = {one.kind: one.text for one in by if one.kind != "wechat_union"}
    for field, text in {**texts, "name": name}.items():
        if text is not None:
            setattr(row, field, sealed(row, field, text))
    return row


def squats(account: Account, one: Identifier) -> bool:
    """Whether an account has a phone or e-mail only because somebody said that it was theirs."""
    return account.unproven == one.kind and one.key in account.identifier_keys


def by_password_alone(account: Account) -> list[str]:
    """The identifiers that lead to an account by an unproven address and its password together."""
    return [key for key in account.identifier_keys if key.startswith(f"{LOCATED}#")]


def take_over(squatter: Account, one: Identifier, owner: str, work: Work) -> None:
    """A phone or e-mail goes from who only said that it was theirs to the account of who has shown it.

    The squatter's account stays, signed out and without it: nothing that was done there reaches its owner.
    """
    left = packed([key for key in squatter.identifier_keys if key != one.key])
    changed = {one.kind: None, "identifiers": left, "unproven": None, "version": squatter.version + 1}
    work.add(steps.move_identifier(one, squatter.owner, owner))
    change(squatter, changed, work, state=squatter.state)
    work.publish(UserSessionsEnded(squatter.owner, "claimed"))


def sealed(account: Account, field: str, text: str) -> bytes:
    """A text of an account, sealed for its field."""
    return vault.seal(account.owner, account.key, text, place(account.owner, field))


def opened(account: Account, field: str) -> str | None:
    """A sealed field of an account as text, or None when there is none."""
    held: bytes | None = getattr(account, field)
    return vault.unseal(account.owner, account.key, held, place(account.owner, field)) if held else None


def keyring(account: Account | None) -> tuple[bytes, ...]:
    """The keys under which something of an account is sealed: its own, and the former one while that is being replaced.
    None for whoever was forgotten."""
    return tuple(key for key in (account.key, account.former) if key) if account is not None else ()


def keys_of(account: str) -> tuple[bytes, ...]:
    """The same, read now."""
    return keyring(table.get(Account, account, ACCOUNT, consistent=True))


def person(account: Account) -> Person:
    """Name, phone and e-mail, opened: for the person themselves, for an export, for a disclosure with a reason."""
    return Person(opened(account, "name"), opened(account, "phone"), opened(account, "email"))


def contacts(account: Account) -> list[str]:
    """The contacts (phone, email) of an account that were shown to be its owner's."""
    return [field for field in ("phone", "email") if getattr(account, field) is not None and field != account.unproven]


def change(
    account: Account,
    values: Mapping[str, object],
    work: Work,
    *,
    otherwise: Refusal | None = None,
    state: str = "active",
) -> None:
    """Set fields of an account, as `steps.change_account`; all changes of one work at once. A new version ends its sessions."""
    if "version" in values:
        presence.forget()
    work.add(steps.change_account(account, values, otherwise, state=state))
