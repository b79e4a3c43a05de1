"""Who sits at the desk, who is named for customers of high value, and who is away."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.clock import millis
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from .. import steps
from ..events import TicketAgentSet
from ..model import AGENTS, TicketAgent
from ..rules import Seat


def seats() -> list[Seat]:
    """All who sit there: they are few."""
    return [Seat(row.id, row.named, row.away_until) for row in table.every(TicketAgent, AGENTS, consistent=True)]


def seat(agent: str, work: Work, *, named: bool, away_until: datetime | None) -> None:
    """Somebody sits there, named or not, away or not."""
    work.add(steps.seat(agent, named=named, away_until=away_until))
    work.publish(TicketAgentSet(agent, named, 0 if away_until is None else millis(away_until)))
