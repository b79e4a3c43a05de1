"""What looking at who is due costs: a row that fires and moves, a tick over empty shards. A day of it is `make crowd`."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from chalicelib.kernel.facts import Fact
from chalicelib.processes.campaigns import consumers
from chalicelib.processes.campaigns.events import TouchBatchDue
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.touches import rules, steps
from chalicelib.records.touches.rules import Appointment
from chalicelib.runtime import tasks
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work

from .stage import Stage


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
