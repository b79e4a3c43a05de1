"""Taking up an invitation: a member of staff gets a password and a second factor."""

from __future__ import annotations

import base64
import hmac

from chalicelib.kernel.texts import email as mailbox
from chalicelib.runtime.work import Work

from ...access.proofs import strong_password, totp_uri
from ...access.rules import InvitationInvalid
from ...access.service import invitations, mfa, passwords, throttle
from ...access.steps.gates import take_back
from ...accounts.service import accounts
from ...events import StaffActivated


def activate(email: str, code: str, password: str, work: Work) -> tuple[str, str]:
    """Take up an invitation: sets the password, ends all sessions, opens the gates from here, answers a new second factor
    (secret, URI).

    Raises InvitationInvalid, LoginLocked, PasswordWeak.
    """
    plain = mailbox(email)
    by = accounts.identifier("email", plain)
    counted = throttle.admit(f"login|invite|{by.blind}", (), 0, work)
    row, held = accounts.find(by), invitations.find(by)
    if row is None or held is None or not hmac.compare_digest(held.digest or "", invitations.digest(by, code)):
        raise InvitationInvalid()
    if held.ends_at <= int(work.now.timestamp()) or row.state not in ("invited", "active"):
        raise InvitationInvalid()
    phc = passwords.hashed(strong_password(password, not_like=plain))
    secret = mfa.made()

    changed = {
        "state": "active", "password": phc, "totp": mfa.sealed(row, secret), "totp_step": 0,
        "version": row.version + 1,
    }  # fmt: skip
    work.add(*take_back(counted))
    throttle.reopen(by.blind, mfa.gate(row.owner), row.device_marks, work)
    invitations.spend(by, code, work)
    accounts.change(row, changed, work, state=row.state)
    work.publish(StaffActivated(row.owner))
    return base64.b32encode(secret).decode().rstrip("="), totp_uri(secret, plain)
