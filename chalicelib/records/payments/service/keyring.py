"""The certificates that providers sign with, as they were stored and as this process remembers them.

Guarantees: what is remembered is five minutes old at most. A serial that nobody here knows is looked for in the table at
once, but for unknown ones one looks once in twenty seconds at most, so that a new certificate counts as soon as it is
stored, and made-up serials cost next to nothing. Outside its dates a certificate counts for nothing. While the table does
not answer, what is remembered goes on counting.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from chalicelib.kernel.errors import Overloaded
from chalicelib.runtime import table, world
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import AlreadyCommitted, Work

from ..events import CertificateWanted
from ..model import ProviderKey

REMEMBERED, SOUGHT = timedelta(minutes=5), timedelta(seconds=20)
MOST = 100


class Ring:
    """What this process remembers of one provider; a `port.Keyring`."""

    def __init__(self, provider: str, read: Callable[[str], list[ProviderKey]] | None = None) -> None:
        self._provider, self._stored = provider, read or stored
        self._rows: dict[str, ProviderKey] = {}
        self._read: datetime | None = None
        self._sought: datetime | None = None

    def find(self, serial: str) -> str | None:
        """The certificate of this serial, if it counts now."""
        fresh = self._remember()
        if serial not in self._rows and not fresh:
            self._seek()
        row = self._rows.get(serial)
        return row.pem if row is not None and _counts(row) else None

    def held(self) -> list[str]:
        """All that count now."""
        self._remember()
        return [row.pem for row in self._rows.values() if _counts(row)]

    def newer(self) -> list[str]:
        """Those that count now and were not remembered before."""
        before = set(self._rows)
        self._seek()
        return [row.pem for serial, row in self._rows.items() if serial not in before and _counts(row)]

    def _remember(self) -> bool:
        """Read when what is remembered is too old; whether it was."""
        if self._read is not None and world.now() - self._read < REMEMBERED:
            return False
        self._load()
        return True

    def _seek(self) -> None:
        """Read for the sake of one that is not known, unless one has just done so."""
        if self._sought is None or world.now() - self._sought >= SOUGHT:
            self._sought = world.now()
            self._load()

    def _load(self) -> None:
        try:
            self._rows = {row.serial: row for row in self._stored(self._provider)}
        except Overloaded:
            if self._read is None:
                raise
        self._read = world.now()


def stored(provider: str) -> list[ProviderKey]:
    """The certificates of a provider, whatever their dates."""
    rows, _ = table.query(ProviderKey, provider, limit=MOST, consistent=True)
    return rows


def _counts(row: ProviderKey) -> bool:
    return row.begins <= world.now() <= row.ends


def want(provider: str, serial: str) -> None:
    """Have a provider's certificates fetched now, since it has signed under a name that is not stored; once a minute.
    Commits."""
    work = Work(worker("payments"), "certificates")
    work.with_key(f"{provider}|{serial}|{int(work.now.timestamp()) // 60}")
    work.publish(CertificateWanted(provider))
    with suppress(AlreadyCommitted, Overloaded):  # the next call says so again
        work.commit()
