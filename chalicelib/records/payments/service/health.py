"""Whether a provider answers: after three silences in a row it is left in peace for half a minute, then tried again.

Each process keeps its own memory of it; being wrong costs one call or one refusal, never money.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

SILENCES = 3
PEACE = timedelta(seconds=30)


@dataclass
class Health:
    silences: dict[str, int] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)

    def allows(self, provider: str, now: datetime) -> bool:
        """Whether it may be asked now."""
        until = self.until.get(provider)
        return until is None or now >= until

    def failed(self, provider: str, now: datetime) -> None:
        """It did not answer, or asked for fewer calls."""
        silences = self.silences[provider] = self.silences.get(provider, 0) + 1
        if silences >= SILENCES:  # read once: another thread may have heard it by now
            self.until[provider] = now + PEACE

    def answered(self, provider: str) -> None:
        self.silences.pop(provider, None)
        self.until.pop(provider, None)

    def forget(self) -> None:
        self.silences.clear()
        self.until.clear()
