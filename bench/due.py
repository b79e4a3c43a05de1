"""What looking at who is due costs: a row that fires and moves, a birthday, what is new in a category, a tick over empty shards.
A day of it is `make crowd`."""

import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.kernel.facts import Fact
from chalicelib.processes.campaigns import consumers
from chalicelib.processes.campaigns.events import ArrivalsPageDue, TouchBatchDue
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.triggers import BIRTHDAY, NEW_ARRIVALS
from chalicelib.records.identity.accounts.rules import BIRTHDAY_SETTLES
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.journeys import service as journeys
from chalicelib.records.touches import rules, steps
from chalicelib.records.touches.rules import Appointment
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.rules import ARRIVAL
from chalicelib.runtime import tasks, world
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.table import put, update
from chalicelib.runtime.work import Work
from tests.support import people

from .messages import person
from .stage import Stage

WAITING = 40
_told, _planned = itertools.count(), set[str]()


def operations(stage: Stage) -> Iterator[tuple[str, Any, Any]]:
    """(name, what makes a request, what is measured)."""
    yield "a due row fires and moves", somebody, sending.worker.deliver
    yield "a birthday comes near", partial(born, stage), sending.worker.deliver
    yield f"{WAITING} who watch a category enter", watchers, sending.worker.deliver
    yield "a tick over empty shards", lambda: None, tick


def envelope(fact: Fact) -> dict[str, Any]:
    """A task as the bus brings it."""
    event = f"E{next(_told)}"
    return {"detail-type": fact.wire, "detail": {"id": event, "at": 0, "actor": "bench", "data": fact.data()}}


def running(trigger: str) -> None:
    """A journey that this sets off runs."""
    if trigger not in _planned:
        _planned.add(trigger)
        words = {"title": {"zh": "量", "en": "Measured"}, "serves": "active", "trigger": trigger}
        plan = {**words, "steps": [{"message": {"template": "new_arrivals", "purpose": "marketing"}}]}
        for change in (partial(journeys.plan, trigger, 0, plan), partial(journeys.move, trigger, "start")):
            work = Work(ANYONE, "bench")
            change(work)
            work.commit()


def born(stage: Stage) -> dict[str, Any]:
    """Somebody who said long ago that they were born in six days."""
    running(BIRTHDAY)
    who, work = person(), Work(ANYONE, "bench")
    day, since = work.now + timedelta(days=6), work.now - BIRTHDAY_SETTLES - timedelta(days=1)
    token = people.token(who, "customer")
    stage.send(stage.event("PATCH", "/v1/me", {"birthday": f"{day:%m-%d}"}, Authorization=f"Bearer {token}"))
    due = Appointment(BIRTHDAY, who, rules.rounded(work.now))
    said = [Account.birthday_at.set(since), Account.seen_at.set(int(since.timestamp()))]
    work.add(update(Account, who, ACCOUNT, actions=said), *steps.arm(due.kind, who, due.at))
    work.commit()
    return envelope(TouchBatchDue(due.slot, due.kind, due.order))


def watchers() -> dict[str, Any]:
    """So many people watch a category into which something new came."""
    running(NEW_ARRIVALS)
    category = world.new_id("C")
    for _ in range(WAITING):
        work = Work(Caller(world.new_id("U"), "customer"), "bench")
        watching.add(ARRIVAL, category, 0, work)
        work.commit()
    return envelope(ArrivalsPageDue(category, "20260601", ""))


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
