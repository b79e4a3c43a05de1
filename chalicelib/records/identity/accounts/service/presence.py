"""Who is signed in, as this process saw it lately: what both rows said of a session, remembered for ten seconds.

Guarantees: what this process ends or changes itself is looked up anew at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chalicelib.runtime import table
from chalicelib.runtime.memory import Memory
from chalicelib.runtime.table import Key

from ...model import ACCOUNT, Account, Session, session_part

REMEMBERED_SECONDS, REMEMBERED = 10, 10_000


class _Seen(NamedTuple):
    """An account as it was found with a session: when, its version, the session it kept, its roles."""

    at: float
    version: int
    keeps: str | None
    roles: tuple[str, ...]


_seen: Memory[tuple[str, str], _Seen] = Memory(REMEMBERED)  # by account and session


def forget() -> None:
    """Look everybody up again next time: sessions are being ended, or rights changed, in this process."""
    _seen.forget()


def roles(account: str, session: str, version: int, now: datetime) -> list[str] | None:
    """The roles of an account with a session that stands, as of ten seconds ago at most; None where it does not."""
    at = now.timestamp()
    seen = _seen.get((account, session))
    if seen is None or version > seen.version or not 0 <= at - seen.at < REMEMBERED_SECONDS:
        wanted = [Key(Account, account, ACCOUNT), Key(Session, account, session_part(session))]
        row, begun = table.batch(wanted, consistent=True)
        if row is None or row.state != "active" or begun is None or begun.ends_at <= at:
            return None
        seen = _Seen(at, row.version, row.keeps, tuple(row.role_names))
        _seen.put((account, session), seen)
    if version != seen.version and session != seen.keeps:
        return None
    return list(seen.roles)
