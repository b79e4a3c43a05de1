"""The bus: carries facts from the journal to the consumers, as relay, bus and queues do, in one thread and on demand."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.kernel.clock import ManualClock, millis
from chalicelib.runtime import relay, tasks, workers
from chalicelib.runtime.journal import Journal

from . import aws


class Bus:
    """Delivers each fact once (or `times`), facts for later when the clock has passed their instant."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.seen: set[str] = set()
        self.later: list[tuple[int, dict[str, Any]]] = []
        self.told: list[str] = []
        self.handed: list[dict[str, Any]] = []  # tasks, which no journal holds
        tasks.use_bus(self.handed.extend)

    def run(self, times: int = 1) -> list[str]:
        """Deliver all that is due, and what follows from it; answers the wire names delivered."""
        begun = len(self.told)
        while waiting := self._waiting():
            for entry in waiting:
                self.told.append(entry["DetailType"])
                for _ in range(times):
                    deliver(entry)
        return self.told[begun:]

    def _waiting(self) -> list[dict[str, Any]]:
        ready, self.handed[:] = list(self.handed), []
        for row in sorted(aws.rows(Journal), key=lambda row: row.id):
            if row.id in self.seen or not row.facts:
                continue
            self.seen.add(row.id)
            now, later = relay.entries(row)
            ready += now
            self.later += [(at, entry) for entry, at in later]
        now_ms = millis(self.clock.now())
        ready += [entry for at, entry in self.later if at <= now_ms]
        self.later = [(at, entry) for at, entry in self.later if at > now_ms]
        return ready


def envelope(entry: dict[str, Any]) -> dict[str, Any]:
    """A bus entry as EventBridge hands it to a queue."""
    detail = json.loads(entry["Detail"])
    return {
        "version": "0",
        "id": detail["id"],
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": "123456789012",
        "time": "2026-06-01T02:00:00Z",
        "region": aws.REGION,
        "resources": [],
        "detail": detail,
    }


def deliver(entry: dict[str, Any]) -> None:
    """Hand one entry to every consumer that wants it."""
    told = envelope(entry)
    for consumer in workers.CONSUMERS.values():
        if consumer.wants(told):
            consumer.deliver(told)
