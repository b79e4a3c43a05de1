"""Time is aware UTC from one injected clock; rules about days are computed in the shop's own zone.

Intervals include their start and exclude their end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Where the time comes from; injected, so that a run can be repeated."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's time plus an offset (a local knob moves the shop forward)."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class ManualClock:
    """A clock that moves only when told."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


def business_day(at: datetime) -> date:
    """The shop's calendar day of an instant."""
    return at.astimezone(SHOP_ZONE).date()


def millis(at: datetime) -> int:
    """An instant as epoch milliseconds, the form rows and facts hold."""
    return int(at.timestamp() * 1000)


def instant(epoch_millis: int) -> datetime:
    """The reverse of `millis`."""
    return datetime.fromtimestamp(epoch_millis / 1000, UTC)


def iso(at: datetime) -> str:
    """An instant as RFC 3339 text in UTC with milliseconds, the form the API answers."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(at: datetime | None) -> str | None:
    """An instant as the API answers it, where there is one."""
    return None if at is None else iso(at)
