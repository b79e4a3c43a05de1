"""Registering and signing in: by a code to a phone or e-mail, by e-mail and password, by a provider such as WeChat.

Guarantees: registered once, however often it was sent; a wrong password and an unknown account look and take alike, and so
do registering with an e-mail address that somebody has and with one that nobody has; who
comes by a code to an e-mail address that somebody registered without a proof gets an account of their own, to which nothing
leads that was done before; who has a second factor shows it at every one of these doors.
"""

from __future__ import annotations

from typing import Any

from chalicelib.runtime import settings, vault
from chalicelib.runtime.work import Work

from ...access.proofs import strong_password
from ...access.rules import STRANGERS_FAILURES, CredentialsWrong, LoginLocked, Shown, TotpWrong
from ...access.service import devices, mfa, passwords, sessions, throttle, verification_codes
from ...access.service.sessions import Tokens
from ...access.service.throttle import AROUND, address, around, scaled
from ...access.service.verification_codes import Target
from ...access.steps.codes import spend_code
from ...access.steps.gates import HOUR, count, take_back
from ...accounts.rules import Identifier, IdentityTaken
from ...accounts.service import accounts, consents
from ...accounts.steps import claim_identifier, open_account
from ...events import UserLoggedIn, UserRegistered, UserRegistrationTried, UserSessionsEnded
from ...model import Account, packed
from ..providers import PROVIDERS
from ..rules import AccountNotFound, LoginProviderNotFound, RegisteredTooOften, TermsNeeded

MARK_LETTERS = 32
PER_ADDRESS = settings.declare(
    "REGISTRATIONS_PER_IP_HOUR",
    "60",
    "registrations an hour from one network address; ten times as many from around it",
)


def register(
    to: Target, terms: str, work: Work, *, code: str | None = None, password: str | None = None, name: str | None = None
) -> Tokens:
    """A new customer by code, or by e-mail and password. Raises CodeWrong, PasswordWeak, IdentityTaken, PolicyNotFound,
    LoginLocked."""
    by = Identifier(to.channel, to.text, to.blind)
    if code is None:
        return _register_unproven(by, terms, strong_password(password or "", not_like=to.text), name, work)
    shown = verification_codes.check("register", to, code, work)
    phc = passwords.hashed(strong_password(password, not_like=to.text)) if password is not None else None
    held = accounts.find(by)
    if held is not None and not accounts.squats(held, by):
        raise IdentityTaken()  # seen early, before a data key is made; the condition below is what counts
    return _register([by], to.channel, terms, work, shown=shown, phc=phc, name=name, squatter=held)


def _register_unproven(by: Identifier, terms: str, password: str, name: str | None, work: Work) -> Tokens:
    """A new customer who only says that an e-mail address is theirs: alike whether or not somebody has it. Commits, and looks
    again where somebody said the same at the same time.

    Where somebody has, the account is found by address and password together, and the owner is told. IdentityTaken only to
    who knows the password; so that nobody finds it out here, guesses are counted, also when a new account answers them.
    """
    throttle.admit(f"login|register|{by.blind}", (), STRANGERS_FAILURES, work)
    phc, located = passwords.hashed(password), passwords.identifier(by.text, password)

    def register_beside(work: Work) -> Tokens:
        held = accounts.find_alike(by)
        if passwords.fits(password, held.password if held is not None else None):
            raise IdentityTaken()
        if held is not None and held.unproven != by.kind and held.state == "active":
            work.publish(UserRegistrationTried(held.owner))
        found_by = located if held is not None else by
        return _register([by], by.kind, terms, work, phc=phc, name=name, found_by=found_by)

    return work.attempts(2, register_beside, IdentityTaken)


def by_code(to: Target, code: str, totp: str | None, work: Work) -> Tokens:
    """Sign in with a code. Raises CodeWrong, AccountNotFound (only to who has shown that the phone or e-mail is theirs), and
    as `mfa.require`.
    """
    by = Identifier(to.channel, to.text, to.blind)
    shown = verification_codes.check("login", to, code, work)
    account = accounts.find(by)
    if account is not None and accounts.squats(account, by):
        return _register([by], to.channel, None, work, shown=shown, squatter=account)
    if account is None or account.state != "active":
        raise AccountNotFound()
    work.add(spend_code(shown))
    return _sign_in(account, to.channel, totp, work, {})


def by_password(to: Target, password: str, totp: str | None, work: Work) -> Tokens:
    """Sign in with a password; at a closed gate only with a second factor, too. Raises CredentialsWrong, LoginLocked, and as
    `mfa.require`.
    """
    by = Identifier(to.channel, to.text, to.blind)
    account = accounts.find_alike(by)
    other = accounts.find_alike(passwords.identifier(to.text, password)) if to.channel == "email" else None
    marks = [mark for one in (account, other) if one is not None for mark in one.device_marks]
    heard = throttle.admit_login(by.blind, marks, work, both=totp is not None)
    fits = passwords.fits(password, account.password if account else None)
    if not fits and other is not None:
        account, fits = other, True
    heard = heard.by(account)
    both = account is not None and account.totp is not None and totp is not None
    if account is None or account.state != "active" or not fits or (heard.closed and not both):
        if heard.closed and totp is not None:
            throttle.as_if(mfa.gate(by.blind), work)  # nobody learns that it was the password
        throttle.tell_failure(account.owner if account else accounts.NOBODY, "password", work)
        raise heard.wrong

    newer = {"password": passwords.hashed(password)} if passwords.outdated(account.password) else {}
    try:
        told = _sign_in(account, "password", totp, work, newer)
    except (TotpWrong, LoginLocked) as refused:
        if not heard.closed:
            raise
        if isinstance(refused, LoginLocked):  # nor that it was right
            throttle.as_if(mfa.gate(by.blind), work)
            throttle.tell_failure(account.owner, "totp", work)
        raise heard.wrong from None
    work.add(*take_back(heard.counted))
    return told


def by_provider(name: str, code: str, terms: str | None, totp: str | None, work: Work) -> Tokens:
    """Sign in with a provider's code; who comes first time is registered. Commits, and looks again where they were just
    registered.

    Raises LoginProviderNotFound, LoginProviderRefused, LoginProviderDown, TermsNeeded, PolicyNotFound, and as `mfa.require`.
    """
    if name not in PROVIDERS:
        raise LoginProviderNotFound()
    who = PROVIDERS[name](code)
    by = [accounts.identifier(name, who.id)]
    if who.union:
        by.append(accounts.identifier(f"{name}_union", who.union))
    return work.attempts(2, lambda work: _enter_by_provider(by, name, terms, totp, work), IdentityTaken)


def reset_password(to: Target, code: str, password: str, totp: str | None, work: Work) -> Tokens:
    """A new password for who can read the phone or e-mail; all sessions end.

    Raises CodeWrong, AccountNotFound, PasswordWeak, and as `mfa.require`.
    """
    by = Identifier(to.channel, to.text, to.blind)
    shown = verification_codes.check("password", to, code, work)
    account = accounts.find(by)
    if account is None or (account.state != "active" and not accounts.squats(account, by)):
        raise AccountNotFound()
    phc = passwords.hashed(strong_password(password, not_like=to.text))
    if accounts.squats(account, by):
        return _register([by], to.channel, None, work, shown=shown, phc=phc, squatter=account)

    work.add(spend_code(shown))
    work.publish(UserSessionsEnded(account.owner, "password"))
    return _sign_in(account, "reset", totp, work, {"password": phc, "version": account.version + 1})


def _enter_by_provider(by: list[Identifier], name: str, terms: str | None, totp: str | None, work: Work) -> Tokens:
    """Sign in whom one of these leads to, else register."""
    account = next((found for found in map(accounts.find, by) if found is not None), None)
    if account is None:
        return _register(by, name, terms or "", work)
    if account.state != "active":
        raise CredentialsWrong()
    new = [one for one in by if one.key not in account.identifier_keys]
    changed = {"identifiers": packed([*account.identifier_keys, *(one.key for one in new)])} if new else {}
    work.add(*(claim_identifier(one, account.owner) for one in new))
    return _sign_in(account, name, totp, work, changed)


def _register(
    by: list[Identifier],
    way: str,
    terms: str | None,
    work: Work,
    *,
    shown: Shown | None = None,
    phc: str | None = None,
    name: str | None = None,
    squatter: Account | None = None,
    found_by: Identifier | None = None,
) -> Tokens:
    """A new account. `terms` is None where nobody was asked: then nothing is agreed to. `shown` is the code that proved what
    it is known by. It takes over from a squatter what was shown to be its owner's; `found_by` is what it is found by, if not by
    all that is known of it.
    """
    if terms is not None:
        if not terms:
            raise TermsNeeded()
        consents.published(terms)
    account = accounts.new_account("U", by, ["customer"], work, name=name, password=phc)
    account.seen_at, account.awaited, account.devices = int(work.now.timestamp()), 1, devices.mark(work)
    account.beside = devices.note_place(account, work).get("beside")
    if way == "email" and shown is None:
        account.unproven = "email"
    identifiers = [found_by] if found_by is not None else by
    account.identifiers = packed([one.key for one in identifiers])
    if squatter is None:
        _count_registration(work)
        work.add(*open_account(account, identifiers))
    else:
        work.add(*open_account(account))
        accounts.take_over(squatter, by[0], account.owner, work)
    if terms is not None:
        consents.record(account.owner, consents.TERMS, True, terms, work)
    if shown is not None:
        work.add(spend_code(shown))

    known_by = [] if account.unproven else [one.key for one in by]
    work.publish(UserRegistered(account.owner, way, _marks([*known_by, devices.own(work)])))
    work.publish(UserLoggedIn(account.owner, way))
    return sessions.begin(account.owner, ["customer"], 1, work)


def _marks(known_by: list[str]) -> str:
    """Keyed digests of what somebody is known by, for this use alone: they lead to no account, and from them nothing can be
    read but that two registrations were of one phone, WeChat id or device."""
    return " ".join(vault.blind("newcomer", one)[:MARK_LETTERS] for one in known_by if one)


def _sign_in(account: Account, way: str, totp: str | None, work: Work, changed: dict[str, Any]) -> Tokens:
    """Whoever signs in comes through here, so here the second factor is asked for."""
    shown = mfa.require(account, totp, work)
    changes = {**changed, **shown, **sessions.note_visit(account, way, work), **devices.note(account, work)}
    if changes:
        accounts.change(account, changes, work)
    version = changes.get("version", account.version)
    return sessions.begin(account.owner, account.role_names, version, work, proven=bool(shown))


def _count_registration(work: Work) -> None:
    """Count a registration from this network address and from around it."""
    if not work.caller.ip:
        return
    most, beyond = scaled(PER_ADDRESS), RegisteredTooOften()
    work.add(count(f"registered|{address(work)}", HOUR, most, work.now, beyond))
    work.add(count(f"registered|around|{around(work)}", HOUR, most * AROUND, work.now, beyond))
