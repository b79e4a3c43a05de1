"""When somebody must be told of a shelf. Pure.

A level is left only when it is past by a tenth, so that a shelf at its edge does not tell the same again and again; and of
one shelf at most one thing is told in 24 hours: what is still so after them is told then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from .forecast import WEEK, Forecast

OUT, LOW, FINE, OVER = "out", "low", "fine", "overstock"
LEVELS = (OUT, LOW, FINE, OVER)
TOLD = (OUT, LOW, OVER)
OVERSTOCK_DAYS = 90
SLACK = 10  # percent
QUIET = timedelta(hours=24)


class AlertState(NamedTuple):
    """Where a shelf is: its level, the level that was told last (fine once it was left), and when something was told."""

    level: str = FINE
    told: str = FINE
    told_at: datetime | None = None


def level_of(before: str, available: int, reorder_point: int, expected: Forecast) -> str:
    """The level of so many pieces, where it was `before`. What has sold nothing for as long as stock may last is overstock."""
    if available <= 0:
        return OUT
    low_to = reorder_point * (100 + (SLACK if before in (OUT, LOW) else 0))
    if reorder_point > 0 and available * 100 <= low_to:
        return LOW
    if expected.mean <= 0:
        return OVER if expected.weeks * WEEK > OVERSTOCK_DAYS else FINE
    most = OVERSTOCK_DAYS * (100 - (SLACK if before == OVER else 0))
    return OVER if available * WEEK * 100 > most * expected.mean else FINE


def cover_days(available: int, weekly: float) -> int | None:
    """For how many days what is there is enough; None where nothing is known to sell."""
    return int(max(0, available) * WEEK / weekly) if weekly > 0 else None


def judged(standing: AlertState, level: str, now: datetime) -> tuple[AlertState, bool]:
    """Where the shelf is now, and whether that is told: once a crossing, and 24 hours after what was told before."""
    told = _still_told(standing.told, level)
    if level not in TOLD or level == told:
        return AlertState(level, told, standing.told_at), False
    if standing.told_at is not None and now < standing.told_at + QUIET:
        return AlertState(level, told, standing.told_at), False
    return AlertState(level, level, now), True


def _still_told(told: str, level: str) -> str:
    """What was told and is still so: who is out is low as well, and who is low again after that was told so."""
    if told == level or (told, level) == (LOW, OUT):
        return told
    return LOW if (told, level) == (OUT, LOW) else FINE
