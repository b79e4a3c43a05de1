"""Who is due: a stretch of one slot, page by page, and what becomes of a row.

Guarantees: nothing is searched for, a slot is one query; a row goes only when whoever looked says so. Looking at somebody
again is two writes of one unit each, the new row before the old one goes: one that dies between them looks twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from . import steps
from .model import Swept, Touch
from .rules import LAST, Appointment, read_row, rounded


def due(slot: str, since: str, until: str, limit: int) -> list[str]:
    """The next rows of a slot, in their order, behind `since` and up to `until` (times of its day, or a row)."""
    raw = table.every_raw(Touch, slot, between=("r", since, until + LAST), limit=limit + 1)
    found = [Touch.from_raw_data(item).order for item, _ in zip(raw, range(limit + 1), strict=False)]
    return [order for order in found if order != since][:limit]


def time_of(at: datetime) -> str:
    """An instant as rows of its day are ordered by it."""
    return f"{rounded(at):%H%M%S}"


def read(slot: str, orders: Iterable[str]) -> list[Appointment]:
    return [read_row(slot, order) for order in orders]


def settle(done: Appointment, work: Work) -> None:
    """It was looked at, and nothing is left to do: one write."""
    for step in steps.disarm(*done):
        work.drop_now(step)


def again(done: Appointment, at: datetime, work: Work) -> None:
    """It was looked at, and is to be looked at then: two writes."""
    later = done._replace(at=rounded(at))
    if (later.slot, later.order) == (done.slot, done.order):
        return
    for step in steps.arm(*later):
        work.put_now(step)
    settle(done, work)


def swept() -> datetime | None:
    """Up to when all slots were swept."""
    row = table.get(Swept, "swept", "swept", consistent=True)
    return row.at if row is not None else None


def note_swept(at: datetime, work: Work) -> None:
    work.put_now(steps.note_swept(at))
