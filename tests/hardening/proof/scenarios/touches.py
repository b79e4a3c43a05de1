"""Who is due under every fault: a person is looked at once they are silent, and has one row however often anybody died or
was told twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.processes.campaigns import consumers
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service import due
from chalicelib.records.identity.events import UserAwaited, UserRegistered
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.touches.model import Touch
from chalicelib.records.touches.rules import Appointment, read_row, shard_of
from chalicelib.runtime import table
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.table import Action
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step, expected
from tests.hardening.proof.shop import Shop, ask, relaying, working

PERSON = "U01KJPB7WG0000000000000000A"
SILENT = timedelta(days=30, hours=1)
GONE = "U01KJPB7WG0000000000000000B"
WORKERS = {one.name: one for one in (consumers.worker, sending.worker)}


class Sleepers(Shop):
    """A shop with one customer, and one who is gone."""

    def __init__(self) -> None:
        super().__init__(consumers=WORKERS)
        self.horizon = timedelta(hours=1)
        with self.standing():
            work = Work(ANYONE, "setup")
            work.add(
                table.insert(Account(PERSON, ACCOUNT, state="active", version=1, roles="customer", seen_at=_at(START)))
            )
            work.commit()


def _at(at: Any) -> int:
    return int(at.timestamp())


def touches(shop: Any) -> list[Appointment]:
    return [read_row(row.slot, row.order) for row in shop.rows(Touch) if row.order != "swept"]


def own_shards(stage: Any) -> None:
    """Of the tasks of all shards those that can hold somebody: the others are alike, and find nothing."""
    wanted = {str(shard_of(PERSON)), str(shard_of(GONE))}
    stage.route()
    queue = stage.post.queues.setdefault("campaigns", [])
    queue[:] = [one for one in queue if one["detail"]["data"]["slot"].partition("#")[2] in wanted]


def registers(stage: Any) -> Any:
    return ask(ANYONE, "register", lambda work: work.publish(UserRegistered(PERSON, "phone")), key="r", asked="r")


def comes_first(stage: Any) -> Any:
    return ask(ANYONE, "login", lambda work: work.publish(UserAwaited(GONE)), key="w", asked="w")


def visits(days: float) -> Step:
    """They came on this day."""

    def act(stage: Any) -> Any:
        changes: list[Action] = [Account.seen_at.set(_at(START + timedelta(days=days)))]
        step = table.update(Account, PERSON, ACCOUNT, actions=changes)
        return ask(ANYONE, "visit", lambda work: work.add(step), key=f"v{days}", asked=days)

    return Step(f"visits on day {days}", act)


def plans(name: str, days: float) -> Step:
    """The rhythm on this day."""

    def act(stage: Any) -> None:
        stage.at = max(stage.at, START + timedelta(days=days))
        consumers.plan({}, None)
        own_shards(stage)

    return Step(name, act, moody=True)


def sweeps(name: str, days: float) -> Step:
    def act(stage: Any) -> None:
        stage.at = max(stage.at, START + timedelta(days=days))
        consumers.sweep({}, None)
        own_shards(stage)

    return Step(name, act, moody=True)


def settle(stage: Any) -> None:
    """The sweeper makes up for what was lost."""
    stage.settle()
    due.sweep(Work(ANYONE, "sweep"))
    own_shards(stage)
    stage.settle()


def audit(shop: Any, final: bool) -> list[str]:
    rows = touches(shop)
    found = [f"F29: {one} is looked at before they are silent" for one in rows if one.at < START + SILENT]
    if final:
        people = [one.person for one in rows]
        found += [] if people == [PERSON] else [f"F29: {people} are looked at, not one row of one person"]
        found += [f"F29: {one.at} is past, and nobody looked" for one in rows if one.at < shop.at - timedelta(days=3)]
        found += shop.unpublished()
    return found


def reaches(shop: Any) -> list[str]:
    return expected({"due": [row.at for row in touches(shop)]}, {"due": [START + timedelta(days=20) + SILENT]})


def reaches_again(shop: Any) -> list[str]:
    """No planner came in time, and still somebody looked: they are looked at again when they are silent for another stretch."""
    (row,) = touches(shop)
    return [] if row.at > START + SILENT + timedelta(days=30) else [f"F29: the row of {row.at} was never looked at"]


def reaches_nobody(shop: Any) -> list[str]:
    return expected({"rows": touches(shop)}, {"rows": []})


def audit_gone(shop: Any, final: bool) -> list[str]:
    past = shop.at > START + SILENT
    return [f"F29: {one.person} is gone, and still looked at" for one in touches(shop) if final and past]


STEPS = [
    Step("registers", registers), relaying("relay registered"), working("meeting", "is awaited"),
    visits(20), plans("plans", 30.045), working("campaigns", "expands"), working("campaigns", "expands again"),
    working("meeting", "looks"), working("meeting", "looks again"), sweeps("sweeps", 30.06),
    working("campaigns", "expands swept"),
]  # fmt: skip
AWAITED = [
    Step("comes first", comes_first), relaying("relay came"), working("meeting", "is awaited too"),
    plans("plans", 30.045), working("campaigns", "expands"), working("campaigns", "expands again"),
    working("meeting", "looks"),
]  # fmt: skip
LEFT = [
    Step("registers", registers), relaying("relay registered"), working("meeting", "is awaited"), sweeps("sweeps", 30.2),
    working("campaigns", "expands swept"), working("meeting", "looks"),
]  # fmt: skip
SCENARIOS = [
    Scenario(
        "touches.silence",
        Sleepers,
        STEPS,
        audit,
        settle,
        ("F29",),
        races=[["plans", "plans"], ["looks", "looks again"], ["looks", "visits on day 20"]],
        reaches=reaches,
    ),
    Scenario("touches.left", Sleepers, LEFT, audit, settle, ("F29",), reaches=reaches_again),
    Scenario("touches.gone", Sleepers, AWAITED, audit_gone, settle, ("F29",), reaches=reaches_nobody),
]
