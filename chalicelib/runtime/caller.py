"""Who is asking. The id of a guest, customer or member of staff; the name of a worker; empty for anyone."""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple


class Caller(NamedTuple):
    """A caller, what it may do, and how it came. `fresh` says that a second factor was shown in this session lately;
    `version` is how often all sessions of the account had been ended when the token was given."""

    id: str
    role: str
    permits: Set[str] = frozenset()
    session: str = ""
    version: int = 0
    fresh: bool = False
    ip: str = ""
    device: str = ""
    terminal: str = "pc"
    language: str = "zh"

    def may(self, permit: str) -> bool:
        return permit in self.permits


ANYONE = Caller("", "anyone")


def worker(name: str) -> Caller:
    """The caller of consumers and schedules."""
    return Caller(name, "worker")
