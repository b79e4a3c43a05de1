"""Journeys under every fault: one pack and one message a silence, never a message without its pack, nothing after the end, and
each person counted once, whoever dies, comes back or is told twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.processes.campaigns.events import TouchBatchDue
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service import planning, silence
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.coupons.service import templates
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys.model import Enrolment, JourneyTally
from chalicelib.records.touches.model import Touch
from chalicelib.records.touches.rules import Appointment, read_row
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.scenarios.messages import Street
from tests.hardening.proof.shop import ask, hand_over
from tests.records.coupons.wallets import terms

CLERK = Caller("A01KJPB7WG0000000000000000A", "staff")
NAME = "come_back"
DUE = timedelta(days=30, hours=1, minutes=5)


class Sleeper(Street):
    """A shop with the return pack, and a customer who came last at the start."""

    plan = staticmethod(lambda template: _pack(template))

    def __init__(self) -> None:
        super().__init__("marketing_sms", askable=False)
        self.consumers = {sending.worker.name: sending.worker}
        with self.standing():
            work = Work(CLERK, "setup")
            template = templates.add(terms(), work)
            work.commit()
            for act in (
                lambda own: templates.move(template, 1, "open", own),
                lambda own: planning.plan(NAME, 0, self.plan(template), own),
                lambda own: planning.move(NAME, "start", own),
                lambda own: accounts.change(accounts.get(self.notes["who"]), {"seen_at": int(START.timestamp())}, own),
                lambda own: silence.await_visit(self.notes["who"], own),
            ):
                work = Work(CLERK, "setup")
                act(work)
                work.commit()
            self.notes["template"] = template


class Given(Sleeper):
    """The same, where the pack is given a minute before it is spoken of."""

    plan = staticmethod(lambda template: _given(template))


def _given(template: str) -> dict[str, Any]:
    plan = planning.shipped()["return_pack"]
    spoken = {name: told for name, told in plan["steps"][0].items() if name != "gift"}
    return {**plan, "steps": [{"wait": {"minutes": 1}}, {"gift": [template]}, spoken]}


def _pack(template: str) -> dict[str, Any]:
    plan = planning.shipped()["return_pack"]
    return {**plan, "steps": [{**plan["steps"][0], "gift": [template]}]}


def due(shop: Any, kind: str = "") -> list[Appointment]:
    """The rows whose time has come."""
    rows = [read_row(row.slot, row.order) for row in shop.rows(Touch) if row.order != "swept"]
    return [one for one in rows if one.at <= shop.at and one.kind.startswith(kind)]


def fires(name: str, kind: str, later: timedelta) -> Step:
    """The rows of a kind that are due by then are looked at, as a task of a hundred."""

    def act(stage: Any) -> None:
        stage.at = max(stage.at, START + later)
        _fire(stage, kind)

    return Step(name, act, moody=True)


def _fire(stage: Any, kind: str) -> bool:
    found = due(stage, kind)
    for one in found:
        fact = TouchBatchDue(one.slot, one.kind, one.order)
        detail = {"id": "task", "at": 0, "actor": "test", "data": fact.data()}
        hand_over(sending.worker, {"id": "m", "detail-type": fact.wire, "detail": detail})
    return bool(found)


def returns(stage: Any) -> Any:
    """They come again."""

    def act(work: Work) -> None:
        row = accounts.get(stage.notes["who"])
        accounts.change(row, {"seen_at": int(stage.at.timestamp())}, work)

    told = ask(Caller(stage.notes["who"], "customer"), "login", act, key="back", asked="back")
    if not refused(told):
        stage.notes["back"] = True
    return told


def ends(stage: Any) -> Any:
    told = ask(CLERK, "PUT status", planning.move, NAME, "end", key="end", asked="end")
    if not refused(told):
        stage.notes["ended"] = len(stage.line.came)
    return told


def replans(stage: Any) -> Any:
    plan = {**_pack(stage.notes["template"]), "serves": "returned"}
    return ask(CLERK, "PUT plan", lambda work: planning.plan(NAME, 1, plan, work), key="plan", asked="plan")


def settle(stage: Any) -> None:
    """What is due is looked at again, for half a month."""
    for _ in range(4):
        for kind in ("silence", "journey", "outcome"):
            _fire(stage, kind)
        stage.advance(minutes=20)
    stage.advance(days=15)
    for kind in ("journey", "outcome", "outcome"):
        _fire(stage, kind)


def counted(shop: Any, what: str) -> int:
    return sum(row.number or 0 for row in shop.rows(JourneyTally) if row.part.startswith(f"tally#{what}#"))


def audit(shop: Any, final: bool) -> list[str]:
    who = shop.notes["who"]
    packs = [row for row in shop.rows(Coupon) if row.customer == who]
    rows, came = shop.rows(Enrolment), len(shop.line.came)
    found = [f"I10: {len(packs)} packs of one silence"] if len(packs) > 1 else []
    found += [f"F29: {came} messages of one silence"] if came > 1 else []
    found += [f"I10: in {len(rows)} journeys of one silence"] if len(rows) > 1 else []
    found += ["F29: told of a pack that is not there"] if came and not packs else []
    for what in ("entered", "treated", "treated_seen", "done"):
        if counted(shop, what) > 1:
            found.append(f"F29: one person counts {counted(shop, what)} times as {what}")
    if final:
        found += [f"F29: {row.place} goes on for ever" for row in rows if row.state == "under_way"]
        found += [f"F29: {one} is due and nobody looks" for one in due(shop) if one.kind != "silence"]
        if rows and not shop.notes.get("back") and "ended" not in shop.notes:
            found += [] if packs and counted(shop, "treated") else ["I10: silent, and no pack"]
    return found


def audit_ended(shop: Any, final: bool) -> list[str]:
    late = "ended" in shop.notes and len(shop.line.came) > shop.notes["ended"]
    return [*audit(shop, final), *(["F29: sent after it was ended"] if late else [])]


def forget(stage: Any) -> str:
    """What the worker of privacy does, until it is done."""
    journeys.forget(stage.notes["who"], Work(Caller("privacy", "worker"), "privacy"))
    stage.notes["ended"] = len(stage.line.came)
    return "gone"


def audit_forgotten(shop: Any, final: bool) -> list[str]:
    """Whoever is forgotten in the midst of a journey walks on no more."""
    left = [row.place for row in shop.rows(Enrolment)] if final and "ended" in shop.notes else []
    return [f"F29: {one} of somebody who is forgotten" for one in left]


def reaches(**wanted: Any) -> Callable[[Any], list[str]]:
    def reached(shop: Any) -> list[str]:
        rows = shop.rows(Enrolment)
        return expected(
            {
                "states": [(row.state, row.back) for row in rows],
                "came": len(shop.line.came),
                "packs": len([row for row in shop.rows(Coupon) if row.customer == shop.notes["who"]]),
            },
            wanted,
        )

    return reached


SELECTS = [fires("selects", "silence", DUE), fires("selects again", "silence", DUE)]
WALKS = [
    fires("walks", "journey", DUE + timedelta(minutes=5)),
    fires("walks again", "journey", DUE + timedelta(minutes=6)),
]
BACK, END, EDIT = Step("returns", returns), Step("ends", ends), Step("replans", replans)
MEASURES = [
    fires("measures", "outcome", DUE + timedelta(days=14, hours=1)),
    fires("measures again", "outcome", DUE + timedelta(days=14, hours=2)),
]
SCENARIOS = [
    Scenario(
        "journeys.met", Sleeper, [*SELECTS, *WALKS, BACK, *MEASURES], audit, settle, ("F29",),
        races=[["selects", "selects again"], ["walks", "walks again"], ["selects", "returns"], ["walks", "returns"],
               ["measures", "measures again"]],
        reaches=reaches(states=[("done", 1)], came=1, packs=1),
    ),
    Scenario(
        "journeys.ended", Sleeper, [*SELECTS, EDIT, END, *WALKS], audit_ended, settle, ("F29",),
        races=[["walks", "replans"]], reaches=reaches(states=[("stopped", None)], came=0, packs=0),
    ),
    Scenario(
        "journeys.ended before the gift", Given, [*SELECTS, END, *WALKS], audit_ended, settle, ("F29",),
        reaches=reaches(states=[("stopped", None)], came=0, packs=0),
    ),
    Scenario(
        "journeys.forgotten", Sleeper, [*SELECTS, Step("forget", forget, moody=True), *WALKS], audit_forgotten, settle, ("F29",),
        races=[["forget", "forget"]], reaches=lambda shop: expected({"rows": shop.rows(Enrolment)}, {"rows": []}),
    ),
    Scenario(
        "journeys.killed", Sleeper, [*SELECTS, *WALKS, END], audit, settle, ("F29",),
        races=[["walks", "ends"]], reaches=reaches(came=1, packs=1),
    ),
]  # fmt: skip
