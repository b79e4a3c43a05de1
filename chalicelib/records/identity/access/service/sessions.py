"""Sessions: an access token for ten minutes and a refresh token that is changed at every use.

Guarantees: a refresh token works once; shown again it ends its whole session, unless within ten seconds, when it gets
the very answer that was lost (the next token is derived, not drawn). Ending all sessions is one number on the account.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import keys, settings, table, world
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ...accounts.service import accounts, presence
from ...events import StaffSignedOut, UserAwaited, UserLoggedIn, UserSessionsEnded
from ...model import ACCOUNT, Account, Session, session_part
from ..rules import GRACE_SECONDS, SEEN_SECONDS, SessionEnded
from ..steps.sessions import end_session, end_sessions, note_proof, open_session, rotate_session
from . import tokens

SESSION_DAYS = settings.declare("SESSION_DAYS", "30", "days after its last use that a session lives")


class Tokens(NamedTuple):
    """What a person who signed in is given; `seconds` is the access token's life."""

    account: str
    roles: list[str]
    access: str
    refresh: str
    seconds: int = tokens.ACCESS_SECONDS


def guest(work: Work) -> Tokens:
    """A guest: an id and a token that opens nothing but a cart; nothing is stored."""
    who = work.new_id("G")
    access = tokens.issue(who, ["guest"], work.now, seconds=tokens.GUEST_SECONDS)
    return Tokens(who, ["guest"], access, "", tokens.GUEST_SECONDS)


def begin(account: str, roles: list[str], version: int, work: Work, *, proven: bool = False) -> Tokens:
    """Open a session. `proven`: a second factor was shown."""
    session, at = work.new_id("L"), int(work.now.timestamp())
    secret = world.current().entropy(32)
    row = Session(
        account,
        session_part(session),
        current=_digest(secret),
        version=version,
        begun_at=at,
        rotated_at=at,
        ends_at=_ends(work.now),
        fresh_at=at if proven else 0,
        terminal=work.caller.terminal,
    )
    access = tokens.issue(account, roles, work.now, session=session, version=version, fresh_at=at if proven else 0)
    work.add(open_session(row))
    return Tokens(account, roles, access, _text(account, session, secret))


def note_visit(account: Account, way: str, work: Work) -> dict[str, object]:
    """What changes on an account because somebody came: the time, told as a fact.

    At most once an hour, except when one of the shop's own signs in: that is told each time.
    """
    at = int(work.now.timestamp())
    told_each_time = is_id(account.owner, "A") and way != "refresh"
    if at - (account.seen_at or 0) < SEEN_SECONDS and not told_each_time:
        return {}
    work.publish(UserLoggedIn(account.owner, way))
    if account.awaited or is_id(account.owner, "A"):
        return {"seen_at": at}
    work.publish(UserAwaited(account.owner))
    return {"seen_at": at, "awaited": 1}


def refresh(token: str, work: Work) -> Tokens:
    """New tokens for a refresh token. Commits: whoever was slower with the same token gets what the faster one got.

    Raises SessionEnded: unknown, ended, too old, or used before (then all end).
    """
    account_id, session, secret = _read(token)
    account, row = table.batch(
        [Key(Account, account_id, ACCOUNT), Key(Session, account_id, session_part(session))], consistent=True
    )
    if not _stands(account, row, session, work.now):
        raise SessionEnded()
    if row.current != _digest(secret):
        return _answer_again(account, row, session, secret, work)

    coming = _next(secret)
    work.add(rotate_session(row, _digest(coming), _ends(work.now), work.now))
    if noted := note_visit(account, "refresh", work):
        accounts.change(account, noted, work)
    try:
        work.commit()
    except CommitRejected:
        row = table.get(Session, account_id, session_part(session), consistent=True)
        if row is None:
            raise SessionEnded() from None
        if row.current != _digest(secret):
            return _answer_again(account, row, session, secret, work.retry())
        raise
    return _tokens(account, row, session, coming, work.now)


def end(account: str, session: str, work: Work) -> None:
    """Sign out of this session; an ended one stays ended."""
    if not session:
        return
    presence.forget()
    work.add(end_session(account, session))
    if is_id(account, "A"):
        work.publish(StaffSignedOut(account))


def end_all(account_id: str, why: str, work: Work) -> None:
    """Sign out everywhere. Only a session that stands may: an ended one shuts nobody else out. Raises SessionEnded."""
    work.demand()
    presence.forget()
    work.add(end_sessions(account_id))
    work.publish(UserSessionsEnded(account_id, why))


def names(account: str) -> list[str]:
    """The sessions of an account, also those that have run out."""
    rows = table.every(Session, account, begins=("r", session_part("")))
    return [row.part.removeprefix(session_part("")) for row in rows]


def prove(account: Account, session: str, work: Work) -> Tokens:
    """Note a second factor in this session if it still stands; answers an access token that says so.

    Raises SessionEnded when the account is not active; whether it stays so is for the account's own step to demand.
    """
    if account.state != "active":
        raise SessionEnded()
    work.add(note_proof(account.owner, session, work.now))
    access = tokens.issue(
        account.owner,
        account.role_names,
        work.now,
        session=session,
        version=account.version,
        fresh_at=int(work.now.timestamp()),
    )
    return Tokens(account.owner, account.role_names, access, "")


def _answer_again(account: Account, row: Session, session: str, secret: bytes, work: Work) -> Tokens:
    """A token that is not the present one: the answer that was lost, or the end of the session. Commits that end."""
    lost = row.previous == _digest(secret) and int(work.now.timestamp()) - row.rotated_at <= GRACE_SECONDS
    if lost:
        return _tokens(account, row, session, _next(secret), instant(row.rotated_at * 1000))
    presence.forget()
    work.add(end_session(account.owner, session))
    work.publish(UserSessionsEnded(row.owner, "reuse"))
    work.commit()
    raise SessionEnded()


def _tokens(account: Account, row: Session, session: str, secret: bytes, at: datetime) -> Tokens:
    access = tokens.issue(
        account.owner,
        account.role_names,
        at,
        session=session,
        version=account.version,
        fresh_at=row.fresh_at or 0,
    )
    return Tokens(account.owner, account.role_names, access, _text(account.owner, session, secret))


def _stands(account: Account | None, row: Session | None, session: str, now: datetime) -> bool:
    return (
        account is not None
        and row is not None
        and account.state == "active"
        and now.timestamp() < row.ends_at
        and (row.version == account.version or account.keeps == session)
    )


def _ends(now: datetime) -> int:
    return int(now.timestamp()) + settings.number(SESSION_DAYS) * 86_400


def _next(secret: bytes) -> bytes:
    return hmac.new(keys.index_key(), b"refresh|" + secret, hashlib.sha256).digest()


def _digest(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()


def _text(account: str, session: str, secret: bytes) -> str:
    return f"{account}.{session}.{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"


def _read(token: str) -> tuple[str, str, bytes]:
    try:
        account, session, text = token.split(".")
        secret = base64.urlsafe_b64decode(text + "=")
    except ValueError as error:
        raise SessionEnded() from error
    if len(secret) != 32 or not account or not session:
        raise SessionEnded()
    return account, session, secret
