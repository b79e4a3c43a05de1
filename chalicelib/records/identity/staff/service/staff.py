"""The shop's own people: invited by an administrator, activated with a password and a second factor."""

from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import suppress
from typing import NamedTuple

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.kernel.permits import STAFF_ROLES
from chalicelib.kernel.texts import email as mailbox
from chalicelib.runtime import keys, settings, table
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import AlreadyCommitted, Work

from ...access.service import invitations, mfa, passwords, verification_codes
from ...accounts.rules import Identifier
from ...accounts.service import accounts
from ...accounts.steps import open_account
from ...events import StaffInvited, StaffRescued
from ...model import Account, Staff
from .. import texts
from ..rules import AdminsEnough, DemoOnly
from ..steps import list_staff
from . import directory
from .directory import Seen

FIRST_ADMINS = 2


class Invitation(NamedTuple):
    """Who was invited, and the code to hand over; it is shown once and kept nowhere."""

    account: str
    email: str
    code: str


class Demo(NamedTuple):
    """A demonstration login of a local shop."""

    role: str
    account: str
    email: str
    password: str
    totp_secret: str


def create_admin(email: str) -> Invitation:
    """One of the first two administrators, from the shop's own terminal; or a way in for the last one, whom nobody else
    could invite again, blocked or not. Commits, since no door does. Raises AdminsEnough.
    """
    work = _terminal("make_admin")
    made = _admin(accounts.identifier("email", mailbox(email)), work)
    work.commit()
    return made


def _admin(by: Identifier, work: Work) -> Invitation:
    demonstration = accounts.find(accounts.identifier("email", _demo_email("admin")))
    shown = demonstration.owner if demonstration is not None else ""
    admins = [member for member in members() if "admin" in member.roles and member.account != shown]
    mine = accounts.find(by)
    if mine is None:
        if len(admins) >= FIRST_ADMINS:
            raise AdminsEnough()
        return _invite(by, ["admin"], work)
    if "admin" in mine.role_names and mine.state == "invited":
        return _invite_again(mine, by, work)
    if all(one.account == mine.owner for one in admins if one.state == "active") and "admin" in mine.role_names:
        return _rescue(mine, by, work)
    raise AdminsEnough()


def invite(email: str, work: Work) -> str:
    """A new member of staff, without roles yet; the code is mailed. Commits before that. Returns the account's id.

    Raises IdentityTaken, EmailInvalid; ContactUnreachable, CodeTooOften, CodeNotSent with the member who stands all the
    same; asked again under the same key, it mails what has not gone out.
    """
    by = accounts.identifier("email", mailbox(email))
    made = _invite(by, [], work)
    _commit({"user_id": made.account}, by, work)
    _mail(made, by, work)
    return made.account


def invite_again(account: str, work: Work) -> None:
    """A new invitation for who lost password or second factor; the old ones work until it is taken up. Commits before it is
    mailed. Raises as `invite`."""
    row = directory.member(account)
    by = accounts.identifier("email", accounts.opened(row, "email") or "")
    made = _invite_again(row, by, work)
    _commit(None, by, work)
    _mail(made, by, work)


def members() -> list[Seen]:
    """All members of staff."""
    keys = [accounts.key(row.part) for row in table.every(Staff, "staff", consistent=True)]
    rows = table.batch(keys, consistent=True)
    return [directory.masked(row) for row in rows if row is not None and row.state != "erased"]


def demo(role: str) -> Demo:
    """A demonstration login for a role (or `customer`), made once; its password and second factor follow from the
    shop's own keys, so that they stand in no repository. Commits, since no door does. Raises DemoOnly.
    """
    if settings.value(settings.STAGE) != "local":
        raise DemoOnly()
    email, password, secret = _demo_email(role), _derived(f"password|{role}")[:16], _derived_bytes(f"totp|{role}")
    by = accounts.identifier("email", email)
    row = accounts.find(by)
    if row is None:
        work = _terminal("demo")
        prefix = "U" if role == "customer" else "A"
        row = accounts.new_account(
            prefix, [by], [role], work, name=role.capitalize(), password=passwords.hashed(password)
        )
        if role in STAFF_ROLES:
            row.totp = mfa.sealed(row, secret)
            work.add(list_staff(row.owner))
        work.add(*open_account(row, [by]))
        work.commit()
    totp = base64.b32encode(secret).decode().rstrip("=") if role in STAFF_ROLES else ""
    return Demo(role, row.owner, email, password, totp)


def _invite(by: Identifier, roles: list[str], work: Work) -> Invitation:
    row = accounts.new_account("A", [by], roles, work, state="invited")
    work.add(*open_account(row, [by]), list_staff(row.owner))
    code = invitations.write(by, work)
    work.publish(StaffInvited(row.owner))
    return Invitation(row.owner, by.text, code)


def _commit(answer: dict[str, str] | None, by: Identifier, work: Work) -> None:
    """Commits with what the door will answer; asked again, another code goes where none is known to have gone out."""
    try:
        work.commit(answer)
    except AlreadyCommitted:
        _mail_unsent(by, work)
        raise


def _mail(made: Invitation, by: Identifier, work: Work) -> None:
    """Mail a code, and note that it went out. Commits that apart. Raises what `verification_codes.deliver` raises, naming who
    stands invited and how to send another code."""
    work.key = None  # a refusal from here on is not to be covered by the stored reply
    try:
        verification_codes.deliver(texts.INVITATION, "email", made.email, work.caller.language, code=made.code)
    except Refusal as trouble:
        trouble.beside |= {"user_id": made.account, "next": f"POST /v1/admin/users/{made.account}/invitations"}
        raise
    noted = work.separate()
    invitations.note_sent(by, made.code, noted)
    with suppress(CommitRejected):  # a newer code has taken its place, or it was taken up already
        noted.commit()


def _mail_unsent(by: Identifier, work: Work) -> None:
    """Asked again: where no code is known to have gone out, another one is made, and goes. Commits it. Raises as `_mail`."""
    work.key = None
    row, held = accounts.find(by), invitations.find(by)
    if row is not None and held is not None and held.digest is not None and held.sent_at is None:
        work = work.separate()
        made = _invite_again(row, by, work)
        work.commit()
        _mail(made, by, work)


def _invite_again(row: Account, by: Identifier, work: Work) -> Invitation:
    code = invitations.write(by, work)
    work.publish(StaffInvited(row.owner))
    return Invitation(row.owner, by.text, code)


def _rescue(row: Account, by: Identifier, work: Work) -> Invitation:
    """A way in for the last administrator: what they had works until it is taken up, but a block ends at once and with it
    what was signed in, so that only who takes it up gets in."""
    if row.state == "blocked":
        accounts.change(row, {"state": "invited", "version": row.version + 1}, work, state="blocked")
    work.publish(StaffRescued(row.owner))
    return _invite_again(row, by, work)


def _terminal(what: str) -> Work:
    return Work(worker(f"terminal.{what}"), what)


def _demo_email(role: str) -> str:
    return f"{role}@demo.example"


def _derived_bytes(what: str) -> bytes:
    return hmac.new(keys.index_key(), f"demo|{what}".encode(), hashlib.sha256).digest()[: mfa.SECRET_BYTES]


def _derived(what: str) -> str:
    return base64.urlsafe_b64encode(_derived_bytes(what)).decode()
