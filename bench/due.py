"""What looking at who is due costs: a row that fires and moves, a tick over empty shards; and the arithmetic of ten million
people, replayed at one to a hundred by `make due`."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.facts import Fact
from chalicelib.processes.campaigns import consumers
from chalicelib.processes.campaigns.events import TouchBatchDue
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service.due import stretches
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.touches import rules, steps
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime import tasks, world
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work

from .stage import Stage

PEOPLE, DAYS, SCALE = 10_000_000, 30, 100
TICKS = 288


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    yield "a due row fires and moves", somebody, sending.worker.deliver
    yield "a tick over empty shards", lambda: None, tick


def envelope(fact: Fact) -> dict[str, Any]:
    """A task as the bus brings it."""
    return {"detail-type": fact.wire, "detail": {"id": "E", "at": 0, "actor": "bench", "data": fact.data()}}


def somebody() -> dict[str, Any]:
    """Who came yesterday, and is due by what was known before."""
    work = Work(ANYONE, "bench")
    person, seen = work.new_id("U"), int((work.now - timedelta(days=1)).timestamp())
    due = Appointment("silence", person, rules.rounded(work.now))
    row = Account(person, ACCOUNT, state="active", version=1, roles="customer", identifiers="[]", seen_at=seen)
    work.add(put(row), *steps.arm(due.kind, person, due.at))
    work.commit()
    return envelope(TouchBatchDue(due.slot, due.kind, due.order))


def tick(_: Any) -> None:
    """The planner, and every shard's expander."""
    handed: list[dict[str, Any]] = []
    tasks.use_bus(handed.extend)
    try:
        consumers.plan({}, None)
        for entry in list(handed):
            detail = json.loads(entry["Detail"])
            consumers.worker.deliver({"detail-type": entry["DetailType"], "detail": detail})
    finally:
        tasks.use_bus(None)


def replayed(reads_a_row: float, writes_a_row: float, reads_a_tick: float) -> dict[str, int]:
    """A day of ten million people at one to a hundred, counted shard by shard, and told at full size: rows that fire, batches
    of a hundred, units."""
    day = world.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows: Counter[str] = Counter(
        rules.slot_of(day + timedelta(seconds=n * 86_400 * DAYS * SCALE // PEOPLE), rules.shard_of(f"U{n}"))
        for n in range(PEOPLE // DAYS // SCALE)
    )
    fired = sum(rows.values()) * SCALE
    shards = len(stretches(day, day + timedelta(hours=23)))
    sweeps = 24 * 4 * shards * 0.5
    return {
        "rows": fired,
        "fullest_shard": max(rows.values()) * SCALE,
        "write_units": round(fired * writes_a_row) + 24,
        "read_units": round(fired * reads_a_row + TICKS * reads_a_tick + sweeps),
        "at": millis(day),
    }


def main() -> int:
    found = replayed(0.5, 2, 32)
    print(json.dumps(found))
    return int(found["write_units"] > 700_000 or found["read_units"] > 200_000)


if __name__ == "__main__":
    raise SystemExit(main())
