"""The lines of transactions by which somebody will be looked at, or will not be."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.table import Step, put

from .model import Swept, Touch
from .rules import Appointment


def arm(kind: str, person: str, at: datetime, subject: str = "", episode: str = "") -> list[Step]:
    """Look at somebody then. The row is its key, so that armed twice is armed once; no text of these holds a `#` but the
    episode."""
    wanted = Appointment(kind, person, at, subject, episode)
    return [put(Touch(wanted.slot, wanted.order))]


def disarm(kind: str, person: str, at: datetime, subject: str = "", episode: str = "") -> list[Step]:
    """Do not, after all: also where nobody was to."""
    wanted = Appointment(kind, person, at, subject, episode)
    return [table.delete(Touch, wanted.slot, wanted.order)]


def note_swept(at: datetime) -> Step:
    """All before this instant was looked at."""
    return put(Swept("swept", "swept", at=at))
