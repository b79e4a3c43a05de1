"""Consultations that order lines brought: granted once, used one by one, ended with their line.

Guarantees: never more are used than were granted, none past its end or after its line was given back, however grant, use
and refund meet.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from .. import steps
from ..events import ConsultationEnded, ConsultationGranted
from ..model import RIGHT, right_part
from ..model import ConsultationRight as ConsultationRight  # what reads return
from ..rules import ConsultationNotFound


def grant(person: str, order_id: str, line: int, product: str, count: int, ends_at: datetime, work: Work) -> None:
    """An order line brings so many consultations; what it brought or lost already stays. Its refusal: ConsultationMoved."""
    if find(person, order_id, line) is None:
        work.add(steps.grant(person, order_id, line, product, count, ends_at))
        work.publish(ConsultationGranted(person, order_id, line, count))


def consume(person: str, name: str | None, work: Work) -> ConsultationRight:
    """Use one consultation: of a named order line, else of what ends first. Raises ConsultationNotFound; its refusals:
    ConsultationNotFound, ConsultationOver."""
    rows = [row for row in every(person) if row.name == name or (name is None and usable(row, work.now))]
    row = min(rows, key=lambda one: one.ends_at or work.now, default=None)
    if row is None:
        raise ConsultationNotFound()
    work.add(steps.consume(row, work.now))
    return row


def end(person: str, order_id: str, line: int, work: Work) -> None:
    """A line was given back: what is left of its consultations ends, and none is granted later. Its refusal:
    ConsultationMoved."""
    row = find(person, order_id, line)
    if row is None or row.ended_at is None:
        work.add(steps.end(person, order_id, line, work.now))
        work.publish(ConsultationEnded(person, order_id, line))


def usable(row: ConsultationRight, now: datetime) -> bool:
    """Whether one of it can be used now."""
    return row.left > 0 and row.ended_at is None and row.ends_at is not None and now < row.ends_at


def find(person: str, order_id: str, line: int) -> ConsultationRight | None:
    """What an order line brought, as it stands."""
    return table.get(ConsultationRight, person, right_part(order_id, line), consistent=True)


def every(person: str) -> list[ConsultationRight]:
    """All that a person's orders brought: few."""
    return list(table.every(ConsultationRight, person, begins=("r", RIGHT), consistent=True))


def forget(person: str, work: Work) -> None:
    """Leave nothing of somebody's consultations. Commits in stretches."""
    work.drop_all(ConsultationRight, person)
