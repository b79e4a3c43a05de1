"""The lines of transactions that write codes: those that were sent, and those that invitations carry."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Otherwise, Step, update

from ...model import Code
from ..rules import (
    CODE_PAUSE_SECONDS,
    CODE_SECONDS,
    CODE_TRIES,
    STRANGERS_TRIES,
    CodeTooSoon,
    CodeWrong,
    InvitationInvalid,
    Shown,
)
from .gates import DAY

INVITATION_SECONDS = 72 * 3600


def write_code(key: str, digest: str, asker: str, now: datetime) -> Step:
    """Put a new code in the place of the one before, a while after that."""
    at = int(now.timestamp())

    def too_soon(old: Code | None) -> Refusal:
        return CodeTooSoon(seconds=CODE_PAUSE_SECONDS - (at - old.sent_at if old else 0))

    return update(
        Code,
        key,
        actions=[
            Code.digest.set(digest),
            Code.tries.set(0),
            Code.own.set(0),
            Code.asker.set(asker),
            Code.sent_at.set(at),
            Code.ends_at.set(at + CODE_SECONDS),
            Code.expires.set(at + DAY),
        ],
        when=Code.sent_at.does_not_exist() | (Code.sent_at <= at - CODE_PAUSE_SECONDS),
        otherwise=too_soon,
    )


def count_own_try(key: str, asker: str, now: datetime, otherwise: Otherwise) -> Step:
    """Count a try from where the code was asked for, while it lives."""
    lives = Code.digest.exists() & (Code.ends_at > int(now.timestamp()))
    return update(
        Code,
        key,
        actions=[Code.own.add(1)],
        when=lives & (Code.asker == asker) & (Code.own < CODE_TRIES),
        otherwise=otherwise,
    )


def count_other_try(key: str, digest: str, now: datetime) -> Step:
    """Count a try of a code from elsewhere, while it lives."""
    when = (Code.digest == digest) & (Code.ends_at > int(now.timestamp())) & (Code.tries < STRANGERS_TRIES)
    return update(Code, key, actions=[Code.tries.add(1)], when=when, otherwise=CodeWrong())


def spend_code(shown: Shown) -> Step:
    """Use a code up; its row stays, since it also spaces the sending."""
    return update(
        Code, shown.key, actions=[Code.digest.remove()], when=Code.digest == shown.digest, otherwise=CodeWrong()
    )


def write_invitation(key: str, digest: str, now: datetime) -> Step:
    """Put an invitation's code in the place of the one before; it did not go out yet."""
    ends = int(now.timestamp()) + INVITATION_SECONDS
    changes = [Code.digest.set(digest), Code.ends_at.set(ends), Code.expires.set(ends), Code.sent_at.remove()]
    return update(Code, key, actions=changes)


def note_invitation_sent(key: str, digest: str, now: datetime) -> Step:
    """Note that an invitation's code went out, if no newer one took its place."""
    sent = Code.sent_at.set(int(now.timestamp()))
    return update(Code, key, actions=[sent], when=Code.digest == digest, otherwise=InvitationInvalid())


def spend_invitation(key: str, digest: str) -> Step:
    """Use an invitation's code up."""
    return update(Code, key, actions=[Code.digest.remove()], when=Code.digest == digest, otherwise=InvitationInvalid())
