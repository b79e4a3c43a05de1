"""The second factor: TOTP for staff, a fresh code to their phone or e-mail for customers.

Guarantees: a TOTP code counts once; wrong ones are limited like wrong passwords; nothing that could take an account over
or carry it away is done on an access token alone, once its owner has a contact by which to confirm it.
"""

from __future__ import annotations

import base64

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import world
from chalicelib.runtime.work import Work

from .. import texts
from ..events import StaffFactorShown
from ..model import Account
from ..rules import CodeWrong, FreshCodeNeeded, LoginFailed
from . import accounts, codes, gates, sessions
from .codes import Target
from .sessions import Tokens

SECRET_BYTES = 20


def made() -> bytes:
    """A fresh TOTP secret."""
    return world.current().entropy(SECRET_BYTES)


def sealed(account: Account, secret: bytes) -> bytes:
    """A TOTP secret as the account keeps it."""
    return accounts.sealed(account, "totp", base64.b32encode(secret).decode())


def spend(account: Account, code: str, work: Work, wrong: Refusal) -> int:
    """The 30-second step of a code, to be written with what the code is for; a later one than the last.

    Raises `wrong`, which is told.
    """
    held = accounts.opened(account, "totp")
    if held is None:
        raise wrong
    step = texts.totp_step(base64.b32decode(held), code, int(work.now.timestamp()), int(account.totp_step or 0))
    if step is None:
        gates.tell_failure(account.owner, "totp", work)
        raise wrong
    return step


def prove_by_totp(code: str, work: Work) -> Tokens:
    """Staff shows a code: for ten minutes this session may do what needs a fresh one.

    Raises LoginFailed, LoginLocked, SessionEnded.
    """
    account = accounts.get(work.caller.id)
    back = gates.pass_login(f"totp|{account.owner}", work)
    step = spend(account, code, work, LoginFailed())
    proof, told = sessions.prove(account, work.caller.session, work)
    work.add(*back, proof, accounts.change(account, {"totp_step": step}))
    work.publish(StaffFactorShown(account.owner))
    work.commit()
    return told


def prove_by_code(to: Target, code: str, work: Work) -> Tokens:
    """A customer shows a code that was sent to a phone or e-mail of theirs. Raises CodeWrong, SessionEnded."""
    account = accounts.get(work.caller.id)
    if f"{to.channel}#{to.blind}" not in account.claim_keys:
        raise CodeWrong()
    spent = codes.spend("step_up", to, code, work)
    proof, told = sessions.prove(account, work.caller.session, work)
    work.add(spent, proof, accounts.standing(account))
    work.commit()
    return told


def demand(account: Account, work: Work) -> None:
    """Raises FreshCodeNeeded unless a code was shown in this session lately, or there is no contact to send one to."""
    if accounts.contacts(account) and not work.caller.fresh:
        raise FreshCodeNeeded()
