"""The lines of transactions that write sessions, and where staff were seen."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime.table import Step, delete, insert, put, update

from ...accounts.rules import StaleAccount
from ...model import ACCOUNT, STAFF, Account, Session, StaffPlace, session_part
from ..rules import (
    SessionEnded,
)


def open_session(row: Session) -> Step:
    """Make a session stand."""
    return insert(row, StaleAccount())


def rotate_session(row: Session, coming: str, ends_at: int, now: datetime) -> Step:
    """Give a session its next refresh token, if it still has the one that was read."""
    return update(
        Session,
        row.owner,
        row.part,
        actions=[
            Session.current.set(coming),
            Session.previous.set(row.current),
            Session.rotated_at.set(int(now.timestamp())),
            Session.ends_at.set(ends_at),
        ],
        when=Session.current == row.current,
        otherwise=SessionEnded(),
    )


def note_proof(account: str, session: str, now: datetime) -> Step:
    """Note a second factor in a session that still stands."""
    at = int(now.timestamp())
    return update(
        Session,
        account,
        session_part(session),
        actions=[Session.fresh_at.set(at)],
        when=Session.ends_at > at,
        otherwise=SessionEnded(),
    )


def end_session(account: str, session: str) -> Step:
    """End a session; an ended one stays ended."""
    return delete(Session, account, session_part(session))


def end_sessions(account: str) -> Step:
    """End all sessions of an active account."""
    return update(
        Account,
        account,
        ACCOUNT,
        actions=[Account.version.add(1), Account.keeps.remove()],
        when=Account.state == "active",
        otherwise=StaleAccount(),
    )


def note_staff(place: str, account: str, at: int) -> Step:
    """One of the shop's own signed in from this device or network."""
    return put(StaffPlace(place, STAFF, account=account, at=at))
