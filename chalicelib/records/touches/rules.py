"""Where a touch lies: by the day and shard of its person, ordered by its second."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

SHARDS = 64
BATCH = 100  # people of one work message
LAST = "~"  # behind every time of a day


class Appointment(NamedTuple):
    """Somebody is looked at, for a reason (`kind`), about something (`subject`), in one stretch of it (`episode`)."""

    kind: str
    person: str
    at: datetime
    subject: str = ""
    episode: str = ""

    @property
    def slot(self) -> str:
        return slot_of(self.at, shard_of(self.person))

    @property
    def order(self) -> str:
        return "#".join((f"{rounded(self.at):%H%M%S}", self.kind, self.person, self.subject, self.episode))


def shard_of(person: str) -> int:
    """Always the same for a person, and people are spread evenly."""
    return int.from_bytes(hashlib.sha256(person.encode()).digest()[:4]) % SHARDS


def rounded(at: datetime) -> datetime:
    """The next whole second: nobody is looked at too early."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    return whole if whole == at else whole + timedelta(seconds=1)


def slot_of(at: datetime, shard: int) -> str:
    return f"{rounded(at):%Y%m%d}#{shard}"


def slots(first: datetime, last: datetime) -> list[str]:
    """Every slot of the days of a stretch, day by day."""
    days = (rounded(last).date() - rounded(first).date()).days
    begun = rounded(first)
    return [slot_of(begun + timedelta(days=n), shard) for n in range(days + 1) for shard in range(SHARDS)]


def read_row(slot: str, order: str) -> Appointment:
    """The appointment that lies at a place. Raises ValueError."""
    time, kind, person, subject, episode = order.split("#", 4)
    at = datetime.strptime(slot.partition("#")[0] + time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return Appointment(kind, person, at, subject, episode)
