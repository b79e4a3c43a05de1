"""The lines of transactions that write codes, counts, gates, sessions and where staff were seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import limits
from chalicelib.runtime.table import Condition, Otherwise, Step, delete, fresh, put, update

from ..accounts.rules import AccountMoved
from ..model import ACCOUNT, STAFF, Account, Code, Count, Latch, Session, StaffPlace, session_part
from .rules import (
    CODE_PAUSE_SECONDS,
    CODE_SECONDS,
    CODE_TRIES,
    STRANGERS_TRIES,
    CodeTooSoon,
    CodeWrong,
    Gate,
    Gated,
    InvitationInvalid,
    LoginLocked,
    SessionEnded,
    Shown,
)

HOUR, DAY = 3600, 86_400
SHOP_OFFSET = limits.SHOP_OFFSET_MS // 1000
INVITATION_SECONDS = 72 * 3600


# codes


def write_code(key: str, digest: str, asker: str, now: datetime) -> Step:
    """Put a new code in the place of the one before, a while after that."""
    at = int(now.timestamp())

    def too_soon(old: Code | None) -> Refusal:
        return CodeTooSoon(seconds=CODE_PAUSE_SECONDS - (at - old.sent_at if old else 0))

    return update(
        Code, key,
        actions=[
            Code.digest.set(digest), Code.tries.set(0), Code.own.set(0), Code.asker.set(asker),
            Code.sent_at.set(at), Code.ends_at.set(at + CODE_SECONDS), Code.expires.set(at + DAY),
        ],
        when=Code.sent_at.does_not_exist() | (Code.sent_at <= at - CODE_PAUSE_SECONDS), otherwise=too_soon,
    )  # fmt: skip


def count_own_try(key: str, asker: str, now: datetime, otherwise: Otherwise) -> Step:
    """Count a try from where the code was asked for, while it lives."""
    lives = Code.digest.exists() & (Code.ends_at > int(now.timestamp()))
    return update(
        Code, key, actions=[Code.own.add(1)], when=lives & (Code.asker == asker) & (Code.own < CODE_TRIES),
        otherwise=otherwise,
    )  # fmt: skip


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


# counts and gates


def count(what: str, window: int, most: int, now: datetime, beyond: Refusal) -> Step:
    """One more of something in this window (seconds; days begin at the shop's midnight), while there were fewer than `most`."""
    begun = (int(now.timestamp()) + SHOP_OFFSET) // window * window - SHOP_OFFSET
    return update(
        Count, f"{what}|{begun}", actions=[Count.number.add(1), Count.expires.set(begun + window + DAY)],
        when=Count.number.does_not_exist() | (Count.number < most), otherwise=beyond,
    )  # fmt: skip


def put_gate(key: str, held: Latch | None, after: Gate) -> Step:
    """Put what a gate has counted, if it is as it was read."""
    return update(
        Latch, key,
        actions=[
            Latch.failures.set(after.failures), Latch.closed_until.set(after.closed_until),
            Latch.forgotten_at.set(after.forgotten_at), Latch.expires.set(after.forgotten_at + DAY),
        ],
        when=_unchanged(held), otherwise=LoginLocked(seconds=1),
    )  # fmt: skip


def take_back(counted: Mapping[Gated, int]) -> list[Step]:
    """Take back what an attempt counted that succeeds: at the account all that came from this very line or device, at the
    address its own."""
    forgiven = max(number for row, number in counted.items() if row.forgets)
    return [
        delete(Latch, row.key) if row.forgets
        else update(Latch, row.key, actions=[Latch.failures.add(-forgiven if row.what == "account" else -1)])
        for row in counted
    ]  # fmt: skip


def open_gates(keys: Iterable[str]) -> list[Step]:
    """Forget what these gates counted."""
    return [delete(Latch, key) for key in sorted(set(keys))]


def _unchanged(row: Latch | None) -> Condition:
    return Latch.failures.does_not_exist() if row is None else Latch.failures == (row.failures or 0)


# sessions


def open_session(row: Session) -> Step:
    """Make a session stand."""
    return fresh(row, AccountMoved())


def rotate_session(row: Session, coming: str, ends_at: int, now: datetime) -> Step:
    """Give a session its next refresh token, if it still has the one that was read."""
    return update(
        Session, row.owner, row.part,
        actions=[
            Session.current.set(coming), Session.previous.set(row.current),
            Session.rotated_at.set(int(now.timestamp())), Session.ends_at.set(ends_at),
        ],
        when=Session.current == row.current, otherwise=SessionEnded(),
    )  # fmt: skip


def note_proof(account: str, session: str, now: datetime) -> Step:
    """Note a second factor in a session that still stands."""
    at = int(now.timestamp())
    return update(
        Session, account, session_part(session), actions=[Session.fresh_at.set(at)], when=Session.ends_at > at,
        otherwise=SessionEnded(),
    )  # fmt: skip


def end_session(account: str, session: str) -> Step:
    """End a session; an ended one stays ended."""
    return delete(Session, account, session_part(session))


def end_sessions(account: str) -> Step:
    """End all sessions of an active account."""
    return update(
        Account, account, ACCOUNT, actions=[Account.version.add(1), Account.keeps.remove()],
        when=Account.state == "active", otherwise=AccountMoved(),
    )  # fmt: skip


def note_staff(place: str, account: str, at: int) -> Step:
    """One of the shop's own signed in from this device or network."""
    return put(StaffPlace(place, STAFF, account=account, at=at))
