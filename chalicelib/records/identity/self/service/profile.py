"""A person's own account: what it says, changed piece by piece; a phone or e-mail only by who can read it.

Guarantees: who has a proven contact changes contacts, and sets a first password, only by a fresh code to it; a change of
contacts is told to those there were, and ends all other sessions.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.kernel.clock import business_day
from chalicelib.runtime.work import Work

from ...access.proofs import strong_password
from ...access.rules import STRANGERS_FAILURES, CodeNotSent, CodeTooOften, ContactUnreachable, CredentialsWrong
from ...access.service import mfa, passwords, throttle, verification_codes
from ...access.service.verification_codes import Target
from ...access.steps.codes import spend_code
from ...access.steps.gates import take_back
from ...accounts.rules import BIRTHDAY_STANDS, BirthdayKept, Identifier, IdentityTaken, born_on
from ...accounts.service import accounts
from ...accounts.service.accounts import Person
from ...accounts.steps import claim_identifier, release_identifier
from ...events import UserProfileChanged, UserSessionsEnded
from ...model import Account, packed
from .. import texts
from ..rules import EmailUnproven


def show(account: str) -> tuple[Account, Person]:
    """A person's account, opened for themselves. Raises UserNotFound."""
    row = accounts.get(account)
    return row, accounts.person(row)


def birthday(row: Account) -> str | None:
    """Month and day, as its owner said."""
    return accounts.opened(row, "birthday")


def edit(
    work: Work,
    *,
    name: str | None = None,
    language: str | None = None,
    minor: bool | None = None,
    birthday: str | None = None,
) -> None:
    """Change what is given; an empty birthday is forgotten. Raises BirthdayWrong, BirthdayKept."""
    row = accounts.get(work.caller.id)
    changed: dict[str, object] = {}
    if name is not None:
        changed["name"] = accounts.sealed(row, "name", name)
    if language is not None:
        changed["language"] = language
    if minor is not None:
        changed["minor"] = int(minor)
    if birthday is not None and birthday != (accounts.opened(row, "birthday") or ""):
        changed |= _born(row, birthday, work)
    if changed:
        _change(row, changed, work)


def _born(row: Account, text: str, work: Work) -> dict[str, object]:
    """Another birthday, or none; when it was last said stays known, so that leaving it out between two says nothing new."""
    if not text:
        return {"birthday": None}
    said = born_on(text).text
    if row.birthday_at is not None and work.now < row.birthday_at + BIRTHDAY_STANDS:
        raise BirthdayKept(day=f"{business_day(row.birthday_at + BIRTHDAY_STANDS):%Y-%m-%d}")
    return {"birthday": accounts.sealed(row, "birthday", said), "birthday_at": work.now}


def put_contact(to: Target, code: str, work: Work) -> None:
    """Be known by another phone or e-mail from now on. Commits, and tells the contacts there were.

    Raises FreshCodeNeeded, CodeWrong, IdentityTaken, EmailUnproven, SessionEnded.
    """
    row = accounts.get(work.caller.id)
    mfa.demand(row, work)
    shown = verification_codes.check("bind", to, code, work)
    new = Identifier(to.channel, to.text, to.blind)
    if new.key in row.identifier_keys:
        if row.unproven == to.channel:
            work.add(spend_code(shown))
            _change(row, {"unproven": None}, work)
        return
    if row.unproven not in (None, to.channel):
        raise EmailUnproven()
    before = {channel: accounts.opened(row, channel) or "" for channel in accounts.contacts(row)}

    work.add(spend_code(shown))
    _take(new, row, work)
    gone = [key for key in row.identifier_keys if key.startswith(f"{to.channel}#")] + accounts.by_password_alone(row)
    kept = [key for key in row.identifier_keys if key not in gone]
    work.add(*(release_identifier(key) for key in gone))
    changed: dict[str, object] = {
        to.channel: accounts.sealed(row, to.channel, to.text),
        "identifiers": packed([*kept, new.key]),
        "version": row.version + 1,
        "keeps": work.caller.session,
    }
    if row.unproven is not None:
        changed["unproven"] = None
    work.publish(UserSessionsEnded(row.owner, "contact"))
    _change(row, changed, work)
    work.commit()
    _tell(before, work)


def _take(new: Identifier, row: Account, work: Work) -> None:
    """A phone or e-mail leads to this account from now on. Raises IdentityTaken."""
    held = accounts.find(new)
    if held is None:
        work.add(claim_identifier(new, row.owner))
    elif accounts.squats(held, new):
        accounts.take_over(held, new, row.owner, work)
    else:
        raise IdentityTaken()


def put_password(password: str, old: str | None, work: Work) -> None:
    """A new password; all sessions end.

    Raises FreshCodeNeeded for a first one, CredentialsWrong when the old one does not fit, LoginLocked, PasswordWeak;
    IdentityTaken where another account is found by the same unproven address with this password.
    """
    row = accounts.get(work.caller.id)
    if row.password is None:
        mfa.demand(row, work)
    else:
        counted = throttle.admit(f"login|old|{row.owner}", row.device_marks, STRANGERS_FAILURES, work)
        if not passwords.fits(old or "", row.password):
            raise CredentialsWrong()
        work.add(*take_back(counted))
    email = accounts.opened(row, "email") or ""
    plain = strong_password(password, not_like=email)

    changed: dict[str, object] = {"password": passwords.hashed(plain), "version": row.version + 1}
    gone = accounts.by_password_alone(row)
    if gone and (new := passwords.identifier(email, plain)).key not in gone:
        changed["identifiers"] = packed([*(key for key in row.identifier_keys if key not in gone), new.key])
        work.add(*(release_identifier(key) for key in gone), claim_identifier(new, row.owner))
    work.publish(UserSessionsEnded(row.owner, "password"))
    _change(row, changed, work)


def _tell(contacts: dict[str, str], work: Work) -> None:
    """Say to the contacts there were that they changed; a message that cannot be sent is logged and undoes nothing."""
    for channel, text in contacts.items():
        with suppress(CodeNotSent, ContactUnreachable, CodeTooOften):
            verification_codes.deliver(texts.CONTACT_CHANGED, channel, text, work.caller.language)


def _change(row: Account, changed: dict[str, object], work: Work) -> None:
    told = {"email" if name == "unproven" else name for name in changed} - {
        "identifiers",
        "version",
        "keeps",
        "birthday_at",
    }
    accounts.change(row, changed, work)
    work.publish(UserProfileChanged(row.owner, " ".join(sorted(told))))
