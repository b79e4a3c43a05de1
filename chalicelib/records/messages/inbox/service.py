"""Reading one's inbox."""

from __future__ import annotations

from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ..model import InboxMessage
from . import steps
from .rules import COUNTED


def page(person: str, limit: int, cursor: str | None) -> tuple[list[InboxMessage], str | None]:
    """What lies in somebody's inbox, the latest first."""
    return table.query(
        InboxMessage, person, begins=("r", "inbox#"), limit=limit, cursor=cursor, newest_first=True, consistent=True
    )


def unread(person: str) -> int:
    """How many of the latest hundred are not read."""
    rows, _ = table.query(InboxMessage, person, begins=("r", "inbox#"), limit=COUNTED, newest_first=True)
    return sum(row.read_at is None for row in rows)


def read(message_id: str, work: Work) -> None:
    """The caller has read one."""
    work.add(steps.mark_read(work.caller.id, message_id, work.now))
