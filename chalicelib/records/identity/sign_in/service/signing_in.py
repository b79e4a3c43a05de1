"""Registering and signing in: by a code to a phone or e-mail, by e-mail and password, by a provider such as WeChat.

Guarantees: registered once, however often it was sent; a wrong password and an unknown account look and take alike, and so
do registering with an e-mail address that somebody has and with one that nobody has; who
comes by a code to an e-mail address that somebody registered without a proof gets an account of their own, to which nothing
leads that was done before; who has a second factor shows it at every one of these doors.
"""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.errors import Refused
from chalicelib.runtime import settings
from chalicelib.runtime.table import Step
from chalicelib.runtime.work import Work

from ...access.proofs import strong_password
from ...access.rules import STRANGERS_FAILURES, LoginFailed, LoginLocked, TotpWrong
from ...access.service import devices, mfa, passwords, sessions, throttle, verification_codes
from ...access.service.sessions import Tokens
from ...access.service.throttle import AROUND, HOUR, address, around, counted, scaled
from ...access.service.verification_codes import Target
from ...accounts.rules import IdentityTaken
from ...accounts.service import accounts, consents
from ...accounts.service.accounts import Known
from ...events import UserLoggedIn, UserRegistered, UserRegistrationTried, UserSessionsEnded
from ...model import Account, packed
from ..providers import PROVIDERS
from ..rules import AccountUnknown, LoginProviderUnknown, RegisteredTooOften, TermsNeeded

PER_ADDRESS = settings.declare(
    "REGISTRATIONS_PER_IP_HOUR",
    "60",
    "registrations an hour from one network address; ten times as many from around it",
)


def register(
    to: Target, terms: str, work: Work, *, code: str | None = None, password: str | None = None, name: str | None = None
) -> Tokens:
    """A new customer by code, or by e-mail and password. Raises CodeWrong, PasswordWeak, IdentityTaken, PolicyUnknown,
    LoginLocked."""
    by = Known(to.channel, to.text, to.blind)
    if code is None:
        return _said(by, terms, strong_password(password or "", not_like=to.text), name, work)
    proof = [verification_codes.spend("register", to, code, work)]
    phc = passwords.hashed(strong_password(password, not_like=to.text)) if password is not None else None
    held = accounts.find(by)
    if held is not None and not accounts.squats(held, by):
        raise IdentityTaken()  # seen early, before a data key is made; the condition below is what counts
    return _registered([by], to.channel, terms, work, proof, phc, name, squatter=held)


def _said(by: Known, terms: str, password: str, name: str | None, work: Work) -> Tokens:
    """A new customer who only says that an e-mail address is theirs: alike whether or not somebody has it.

    Where somebody has, the account is found by address and password together, and the owner is told. IdentityTaken only to
    who knows the password; so that nobody finds it out here, guesses are counted, also when a new account answers them.
    """
    throttle.pass_one(f"login|register|{by.blind}", (), STRANGERS_FAILURES, work)
    phc, located = passwords.hashed(password), passwords.identifier(by.text, password)

    def beside(held: Account | None, work: Work) -> Tokens:
        if passwords.fits(password, held.password if held is not None else None):
            raise IdentityTaken()
        if held is not None and held.unproven != by.kind and held.state == "active":
            work.publish(UserRegistrationTried(held.owner))
        claim = located if held is not None else by
        return _registered([by], by.kind, terms, work, [], phc, name, claim=claim)

    held = accounts.find_alike(by)
    try:
        return beside(held, work)
    except Refused as refused:
        if held is not None or not refused.only(IdentityTaken):
            raise
    return beside(accounts.find_alike(by), work.again())  # somebody said the same at the same time


def by_code(to: Target, code: str, totp: str | None, work: Work) -> Tokens:
    """Sign in with a code. Raises CodeWrong, AccountUnknown (only to who has shown that the phone or e-mail is theirs), and
    as `factors.shown`.
    """
    by = Known(to.channel, to.text, to.blind)
    spent = verification_codes.spend("login", to, code, work)
    account = accounts.find(by)
    if account is not None and accounts.squats(account, by):
        return _registered([by], to.channel, None, work, [spent], None, None, squatter=account)
    if account is None or account.state != "active":
        raise AccountUnknown()
    return _begun(account, to.channel, totp, work, [spent], {})


def by_password(to: Target, password: str, totp: str | None, work: Work) -> Tokens:
    """Sign in with a password; at a closed gate only with a second factor, too. Raises LoginFailed, LoginLocked, and as
    `factors.shown`.
    """
    by = Known(to.channel, to.text, to.blind)
    account = accounts.find_alike(by)
    other = accounts.find_alike(passwords.identifier(to.text, password)) if to.channel == "email" else None
    marks = [mark for one in (account, other) if one is not None for mark in one.device_marks]
    heard = throttle.pass_login(by.blind, marks, work, both=totp is not None)
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
        return _begun(account, "password", totp, work, heard.back, newer)
    except (TotpWrong, LoginLocked) as refused:
        if not heard.closed:
            raise
        if isinstance(refused, LoginLocked):  # nor that it was right
            throttle.as_if(mfa.gate(by.blind), work)
            throttle.tell_failure(account.owner, "totp", work)
        raise heard.wrong from None


def by_provider(name: str, code: str, terms: str | None, totp: str | None, work: Work) -> Tokens:
    """Sign in with a provider's code; who comes first time is registered.

    Raises LoginProviderUnknown, LoginProviderRefused, ProviderDown, TermsNeeded, PolicyUnknown, and as `factors.shown`.
    """
    if name not in PROVIDERS:
        raise LoginProviderUnknown()
    who = PROVIDERS[name](code)
    by = [accounts.known(name, who.id)]
    if who.union:
        by.append(accounts.known(f"{name}_union", who.union))
    return _by_provider(by, name, terms, totp, work)


def reset_password(to: Target, code: str, password: str, totp: str | None, work: Work) -> Tokens:
    """A new password for who can read the phone or e-mail; all sessions end.

    Raises CodeWrong, AccountUnknown, PasswordWeak, and as `factors.shown`.
    """
    by = Known(to.channel, to.text, to.blind)
    spent = verification_codes.spend("password", to, code, work)
    account = accounts.find(by)
    if account is None or (account.state != "active" and not accounts.squats(account, by)):
        raise AccountUnknown()
    phc = passwords.hashed(strong_password(password, not_like=to.text))
    if accounts.squats(account, by):
        return _registered([by], to.channel, None, work, [spent], phc, None, squatter=account)

    changed = {"password": phc, "version": account.version + 1}
    work.publish(UserSessionsEnded(account.owner, "password"))
    return _begun(account, "reset", totp, work, [spent], changed)


def _by_provider(by: list[Known], name: str, terms: str | None, totp: str | None, work: Work) -> Tokens:
    found = next((account for account in map(accounts.find, by) if account is not None), None)
    if found is None:
        try:
            return _registered(by, name, terms or "", work, [], None, None)
        except Refused as refused:
            if not refused.only(IdentityTaken):
                raise
            found = next((account for account in map(accounts.find, by) if account is not None), None)
            work = work.again()
    if found is None or found.state != "active":
        raise LoginFailed()
    new = [one for one in by if one.key not in found.claim_keys]
    changed: dict[str, Any] = {}
    if new:
        changed["claims"] = packed([*found.claim_keys, *(one.key for one in new)])
    return _begun(found, name, totp, work, [accounts.claiming(one, found.owner) for one in new], changed)


def _registered(
    by: list[Known], way: str, terms: str | None, work: Work, proof: list[Step], phc: str | None, name: str | None, *,
    squatter: Account | None = None, claim: Known | None = None,
) -> Tokens:  # fmt: skip
    """A new account. `terms` is None where nobody was asked: then nothing is agreed to. It takes over from a squatter what
    was shown to be its owner's; `claim` is what it is found by, if not by all that is known of it.
    """
    if terms is not None:
        if not terms:
            raise TermsNeeded()
        consents.published(terms)
    account = accounts.new_account("U", by, ["customer"], work, name=name, password=phc)
    account.seen_at, account.devices = int(work.now.timestamp()), devices.mark(work)
    account.beside = devices.met(account, work).get("beside")
    if way == "email" and not proof:
        account.unproven = "email"
    claims = [claim] if claim is not None else by
    account.claims = packed([one.key for one in claims])
    if squatter is None:
        work.add(*_within_limit(work), *accounts.opening(account, claims))
    else:
        work.add(accounts.making(account), *accounts.taking_over(squatter, by[0], account.owner, work))
    if terms is not None:
        work.add(*consents.changing(account.owner, consents.TERMS, True, terms, work))
    work.add(*proof)
    opened, told = sessions.begin(account.owner, ["customer"], 1, work)
    work.add(*opened)

    work.publish(UserRegistered(account.owner, way))
    work.publish(UserLoggedIn(account.owner, way))
    work.commit()
    return told


def _begun(
    account: Account, way: str, totp: str | None, work: Work, steps: list[Step], changed: dict[str, Any]
) -> Tokens:  # fmt: skip
    """Whoever signs in comes through here, so here the second factor is asked for."""
    back, shown = mfa.shown(account, totp, work)
    changes = {**changed, **shown, **sessions.seen(account, way, work), **devices.noted(account, work)}
    version = changes.get("version", account.version)
    opened, told = sessions.begin(account.owner, account.role_names, version, work, proven=bool(shown))
    work.add(*steps, *back, *opened)
    if changes:
        work.add(accounts.change(account, changes))
    work.commit()
    return told


def _within_limit(work: Work) -> list[Step]:
    """The steps that count a registration from this network address and from around it."""
    if not work.caller.ip:
        return []
    most, beyond = scaled(PER_ADDRESS), RegisteredTooOften()
    return [
        counted(f"registered|{address(work)}", HOUR, most, work, beyond),
        counted(f"registered|around|{around(work)}", HOUR, most * AROUND, work, beyond),
    ]
