"""Whose signatures of a provider count now: the keys of the contract, and the certificates that were fetched since.

Guarantees: a certificate counts only within its dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from chalicelib.kernel.clock import Clock

from .port import Keyring, SignerCertificate
from .wire import certificate, ours


class Signers:
    """Whose signatures count: the keys and certificates of the contract, then those that were fetched since."""

    def __init__(self, pinned: Mapping[str, str], fetched: Keyring, clock: Clock) -> None:
        self._pinned, self._fetched, self._clock = pinned, fetched, clock

    def get(self, serial: str) -> str | None:
        """The key or certificate of this name, if it counts now."""
        pem = self._pinned.get(serial)
        if pem is None:
            return self._fetched.find(serial)
        return pem if counts(pem, self._clock.now()) else None

    def __iter__(self) -> Iterator[str]:
        """All that count now; at last those that were stored since one last looked."""
        yield from (pem for pem in self._pinned.values() if counts(pem, self._clock.now()))
        yield from self._fetched.held()
        yield from self._fetched.newer()


def counts(pem: str, now: datetime) -> bool:
    """Whether this may sign now: a bare key always, a certificate within its dates."""
    if "BEGIN CERTIFICATE" not in pem:
        return True
    found = ours(certificate, pem)
    return found.not_valid_before_utc <= now <= found.not_valid_after_utc


def ends(pem: str) -> datetime:
    """When a certificate ends."""
    return certificate(pem).not_valid_after_utc


def dated(serial: str, pem: str) -> SignerCertificate:
    found = certificate(pem)
    return SignerCertificate(serial, pem, found.not_valid_before_utc, found.not_valid_after_utc)
