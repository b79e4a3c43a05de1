"""The second factor: TOTP for staff, a fresh code to their phone or e-mail for customers.

Guarantees: nobody gets in to an account that has a second factor without showing it, whatever the door; a TOTP code
counts once, and wrong ones close one gate for all doors, where they come from; nothing that could take an account over
or carry it away is done on an access token alone, once its owner has a contact by which to confirm it.
"""

from __future__ import annotations

import base64
from typing import Any

from chalicelib.kernel.permits import STAFF_ROLES
from chalicelib.runtime import world
from chalicelib.runtime.work import Work

from ...accounts.service import accounts
from ...accounts.steps import require_active
from ...events import StaffFactorShown
from ...model import Account
from ..proofs import totp_step
from ..rules import STRANGERS_FACTORS, CodeWrong, CredentialsWrong, FreshCodeNeeded, TotpNeeded, TotpWrong
from ..steps.codes import spend_code
from ..steps.gates import take_back
from . import sessions, throttle, verification_codes
from .sessions import Tokens
from .verification_codes import Target

SECRET_BYTES = 20


def made() -> bytes:
    """A fresh TOTP secret."""
    return world.current().entropy(SECRET_BYTES)


def sealed(account: Account, secret: bytes) -> bytes:
    """A TOTP secret as the account keeps it."""
    return accounts.sealed(account, "totp", base64.b32encode(secret).decode())


def gate(account: str) -> str:
    """What counts the attempts at a second factor, whatever the door."""
    return f"login|totp|{account}"


def require(account: Account, code: str | None, work: Work) -> dict[str, Any]:
    """Let somebody in to an account, besides what they have shown already, only with a code of its second factor where it
    has one. Returns what changes on the account, by which the code counts.

    Raises TotpNeeded, TotpWrong, LoginLocked; CredentialsWrong for staff who never got a second factor.
    """
    if account.totp is None:
        if STAFF_ROLES & set(account.role_names):
            raise CredentialsWrong()
        return {}
    if code is None:
        raise TotpNeeded()
    return _check(account, code, work)


def _check(account: Account, code: str, work: Work) -> dict[str, Any]:
    """The 30-second step of a code is written with what the code is for; only a later one counts after it."""
    counted = throttle.admit(gate(account.owner), account.device_marks, STRANGERS_FACTORS, work)
    secret = base64.b32decode(accounts.opened(account, "totp") or "")
    step = totp_step(secret, code, int(work.now.timestamp()), account.totp_step or 0)
    if step is None:
        throttle.tell_failure(account.owner, "totp", work)
        raise TotpWrong()
    work.add(*take_back(counted))
    return {"totp_step": step}


def prove_by_totp(code: str, work: Work) -> Tokens:
    """Staff shows a code: for ten minutes this session may do what needs a fresh one.

    Raises TotpWrong, LoginLocked, CredentialsWrong, SessionEnded.
    """
    account = accounts.get(work.caller.id)
    if account.totp is None:
        raise CredentialsWrong()
    changed = _check(account, code, work)
    told = sessions.prove(account, work.caller.session, work)
    accounts.change(account, changed, work)
    work.publish(StaffFactorShown(account.owner))
    return told


def prove_by_code(to: Target, code: str, totp: str | None, work: Work) -> Tokens:
    """A customer shows a code that was sent to a phone or e-mail of theirs. Raises CodeWrong, SessionEnded, as `require`."""
    account = accounts.get(work.caller.id)
    if f"{to.channel}#{to.blind}" not in account.identifier_keys:
        raise CodeWrong()
    shown = verification_codes.check("step_up", to, code, work)
    changed = require(account, totp, work)
    work.add(spend_code(shown))
    told = sessions.prove(account, work.caller.session, work)
    if changed:
        accounts.change(account, changed, work)
    else:
        work.add(require_active(account))
    return told


def demand(account: Account, work: Work) -> None:
    """Raises FreshCodeNeeded unless a code was shown in this session lately, or there is no contact to send one to."""
    if accounts.contacts(account) and not work.caller.fresh:
        raise FreshCodeNeeded()
