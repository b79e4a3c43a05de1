"""The lines of transactions that write accounts, what they are known by, consents and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import table
from chalicelib.runtime.table import Action, Condition, Step, check, delete, insert, put, update

from ..model import ACCOUNT, BOOK, IDENTIFIER, Account, Address, Book, Consent, IdentifierRow, address_part
from .rules import ConsentWithdrawn, Identifier, IdentityTaken, StaleAccount

UNSEEN = frozenset({"state", "version", "keeps", "seen_at", "devices", "key"})  # changed whatever was read of them


def open_account(account: Account, by: Iterable[Identifier] = ()) -> list[Step]:
    """Make an account stand, and by these it is known."""
    return [insert(account, StaleAccount()), *(claim_identifier(one, account.owner) for one in by)]


def claim_identifier(one: Identifier, owner: str) -> Step:
    """Give a phone number, e-mail address or WeChat id to an account, if nobody has it."""
    return insert(IdentifierRow(one.key, IDENTIFIER, account=owner), IdentityTaken())


def release_identifier(key: str) -> Step:
    """Let nobody be known by it any more."""
    return delete(IdentifierRow, key, IDENTIFIER)


def move_identifier(one: Identifier, former: str, owner: str) -> Step:
    """Give what led to one account to another, if it still leads to the former."""
    return update(
        IdentifierRow,
        one.key,
        IDENTIFIER,
        actions=[IdentifierRow.account.set(owner)],
        when=IdentifierRow.account == former,
        otherwise=IdentityTaken(),
    )


def change_account(
    account: Account, values: Mapping[str, object], otherwise: Refusal | None = None, *, state: str = "active"
) -> Step:
    """Set fields of an account (None removes one) if it is active, or in another state that is meant, and its version, its
    data key and those fields are as they were read.

    One step for all changes of one transaction: DynamoDB takes one action an item. A new version ends all sessions but
    the one that `keeps` names.
    """
    if "version" in values:
        values = {"keeps": None, **values}
    when = _stands(account, state) & (Account.key == account.key)  # what is set may be sealed under this key
    actions: list[Action] = []
    for name, value in values.items():
        field, old = getattr(Account, name), getattr(account, name)
        if name not in UNSEEN:  # whoever came last was seen last
            when &= field.does_not_exist() if old is None else field == old
        actions.append(field.remove() if value is None else field.set(value))
    return update(Account, account.owner, ACCOUNT, actions=actions, when=when, otherwise=otherwise or StaleAccount())


def require_active(account: Account) -> Step:
    """Demand that an account is active and that its sessions were not ended since it was read."""
    return check(Account, account.owner, ACCOUNT, when=_stands(account, "active"), otherwise=StaleAccount())


def require_key(account: Account) -> Step:
    """Demand of an account the data key that it had when something was sealed under it."""
    return check(Account, account.owner, ACCOUNT, when=Account.key == account.key, otherwise=StaleAccount())


def _stands(account: Account, state: str) -> Condition:
    when: Condition = (Account.state == state) & (Account.version == account.version)
    return when


def write_consent(customer: str, purpose: str, change: str, values: Mapping[str, Any]) -> list[Step]:
    """Put the present state of a purpose, and keep this change of it for good."""
    return [
        put(Consent(customer, f"consent#{purpose}", **values)),
        put(Consent(customer, f"consented#{purpose}#{change}", **values)),
    ]


def require_consent(customer: str, purpose: str) -> Step:
    """Demand that somebody still agrees to a purpose."""
    return check(
        Consent, customer, f"consent#{purpose}", when=Consent.granted == 1, otherwise=ConsentWithdrawn(purpose=purpose)
    )


def put_address(row: Address) -> Step:
    """Put a new version of an address."""
    return insert(row, StaleAccount())


def hide_address(customer: str, version: str, at: datetime) -> Step:
    """Take a version out of use."""
    return update(
        Address,
        customer,
        address_part(version),
        actions=[Address.hidden_at.set(at)],
        when=Address.made_at.exists() & Address.hidden_at.does_not_exist(),
        otherwise=StaleAccount(),
    )


def reseal_address(row: Address, sealed: bytes) -> Step:
    """Put a version's text as it is sealed anew, if it is sealed as it was read."""
    return update(
        Address,
        row.owner,
        row.part,
        actions=[Address.sealed.set(sealed)],
        when=Address.sealed == row.sealed,
        otherwise=StaleAccount(),
    )


def forget_addresses(customer: str, used: frozenset[str], versions: Iterable[str]) -> list[Step]:
    """Forget these versions: they go, or, where an order used one, only what the law keeps of it stays."""
    return [
        update(Address, customer, address_part(one), actions=[Address.sealed.remove()])
        if one in used
        else delete(Address, customer, address_part(one))
        for one in versions
    ]


def delete_addresses(rows: Iterable[Address]) -> list[Step]:
    """Delete versions that nothing names."""
    return [delete(Address, row.owner, row.part) for row in rows]


def put_book(book: Book, former: Book) -> Step:
    """Put a customer's book of addresses in the place of the one that was read."""
    return put(book, _unchanged(former), StaleAccount())


def count_hidden(book: Book, left: int) -> Step:
    """So many versions out of use are left, if the book is as it was read."""
    return update(
        Book,
        book.owner,
        BOOK,
        actions=[Book.hidden.set(left), Book.version.add(1)],
        when=_unchanged(book),
        otherwise=StaleAccount(),
    )


def delete_book(customer: str) -> Step:
    """Delete a customer's book of addresses."""
    return table.delete(Book, customer, BOOK)


def _unchanged(book: Book) -> Condition:
    return Book.version == book.version if book.version else Book.version.does_not_exist()
