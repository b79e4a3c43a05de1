"""People as the shop's own see them: masked, and opened only for a reason that is told as a fact."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.clock import instant
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.permits import permits
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

from ...access.service.verification_codes import Target
from ...accounts.rules import Identifier, UserNotFound, masked_email, masked_name, masked_phone
from ...accounts.service import accounts, addresses
from ...accounts.service.accounts import Person
from ...accounts.service.addresses import Kept
from ...events import UserBlocked, UserUnblocked
from ...model import Account
from ..rules import OwnRoles, StaffClosed
from . import disclosures


class Seen(NamedTuple):
    """A person without what would name them: contact masked, or None where it was not opened."""

    account: str
    roles: list[str]
    state: str
    joined_at: datetime
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    proposed: tuple[str, ...] = ()
    key_changing: bool = False
    language: str = "zh"


def look(account: str, by: Caller) -> Seen:
    """A person, masked. Raises UserNotFound, StaffClosed."""
    if not open_to(account, by):
        raise StaffClosed()
    return masked(accounts.get(account))


def search(to: Target, by: Caller) -> list[Seen]:
    """Who has this phone or e-mail: nobody or one, masked."""
    row = accounts.find(Identifier(to.channel, to.text, to.blind))
    return [masked(row)] if row is not None and open_to(row.owner, by) else []


def open_to(account: str, by: Caller) -> bool:
    """Whether somebody may see this account at all: staff are shown to those alone who make them."""
    return not is_id(account, "A") or by.may("users:edit")


def of_day(day: str, limit: int, cursor: str | None) -> tuple[list[Seen], str | None]:
    """The customers who registered on a business day (YYYYMMDD), newest first, without their contact."""
    rows, more = table.listed(
        Account, day, index="by_day", hash_name="g", limit=limit, cursor=cursor, newest_first=True
    )
    return [_bare(row) for row in rows], more


def disclose(account: str, reason: str, matter: str, work: Work) -> tuple[Person, list[Kept]]:
    """A customer's contact and addresses, in clear, for a reason; the fact of it is audited.

    Commits that first. Of somebody who was forgotten, what the law keeps: where their orders went. Raises UserNotFound,
    DisclosedTooOften.
    """
    row = accounts.once(account)
    disclosures.tell(account, reason, matter, work)  # first told, then shown
    if row.state == "erased":
        return Person(None, None, None), addresses.kept_for_law(account)
    return accounts.person(row), addresses.all_of(account)


def member(account: str) -> Account:
    """One of the shop's own. Raises UserNotFound."""
    row = accounts.get(account)
    if not account.startswith("A"):
        raise UserNotFound()
    return row


def who_may(account: str, permit: str) -> Account | None:
    """Somebody who is active with roles that let them do this; None when they may not. `accounts.steps.require_active` of it
    demands that it stays so."""
    row = accounts.once(account)
    return row if row.state == "active" and permit in permits(row.role_names) else None


def block(account: str, work: Work) -> None:
    """Nobody signs in to this account any more, and its sessions end."""
    if account == work.caller.id:
        raise OwnRoles()
    row = accounts.get(account)
    if row.state == "active":
        accounts.change(row, {"state": "blocked", "version": row.version + 1}, work)
        work.publish(UserBlocked(account))


def unblock(account: str, work: Work) -> None:
    """A blocked account is open again."""
    row = accounts.get(account)
    if row.state == "blocked":
        accounts.change(row, {"state": "active"}, work, state="blocked")
        work.publish(UserUnblocked(account))


def masked(row: Account) -> Seen:
    """A row as staff see it without a reason to see more."""
    person = accounts.person(row)
    return _bare(row)._replace(
        name=masked_name(person.name) if person.name else None,
        phone=masked_phone(person.phone) if person.phone else None,
        email=masked_email(person.email) if person.email else None,
    )


def _bare(row: Account) -> Seen:
    proposed = tuple((row.proposed or "").split())
    return Seen(
        row.owner,
        row.role_names,
        str(row.state),
        row.joined_at or instant(0),
        proposed=proposed,
        key_changing=row.former is not None,
        language=row.language or "zh",
    )
