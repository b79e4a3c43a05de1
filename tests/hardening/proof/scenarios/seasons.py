"""Season plans under every fault: a task is dealt with once, a week counts once, and what is left is proposed once a step."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

from chalicelib.kernel.facts import Fact
from chalicelib.processes.replenishing import consumers
from chalicelib.processes.replenishing.seasons import service as plans
from chalicelib.records.proposals.model import Proposal
from chalicelib.records.replenishment import steps as shelf_steps
from chalicelib.records.replenishment.events import SeasonClearDue, SeasonTaskDue, SeasonWeekDue
from chalicelib.records.replenishment.model import SeasonRow
from chalicelib.records.replenishment.seasons import service as seasons
from chalicelib.records.replenishment.seasons.rules import SeasonMoved
from chalicelib.records.replenishment.seasons.service import SeasonData
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.hardening.proof.hook import HOOK
from tests.hardening.proof.scenario import Scenario, Step, expected, refused
from tests.hardening.proof.scenarios.stock import Shelved
from tests.hardening.proof.shop import ask, hand_over
from tests.hardening.proof.trade import CLERK, SKU_A, SKU_B

SAID = SeasonData("Coats", (SKU_A, SKU_B), "MAIN", date(2026, 6, 8), date(2026, 6, 14), 100, 0, 30, 5000, 5000)
SOLD = 30  # in the season, of a hundred that were expected
DOOR = "/v1/admin/season-plans"


def build() -> Shelved:
    shop = Shelved()
    shop.consumers = {consumers.worker.name: consumers.worker}
    with shop.standing(), HOOK.aside():
        work = Work(CLERK, "setup")
        work.add(*shelf_steps.sold({f"{SKU_A}@MAIN": SOLD}, "2026-06-09"))
        work.commit()
    return shop


def _planned(stage: Any) -> bool:
    return "season" in stage.notes


def draft() -> Step:
    def act(stage: Any) -> Any:
        told = ask(CLERK, f"POST {DOOR}", lambda work: {"id": plans.draft(SAID, work).id}, key="draft", asked="draft")
        if not refused(told):
            stage.notes["season"] = told["id"]
        return told

    return Step("draft", act)


def move(name: str, scope: str, use_case: Any, *more: Any, moody: bool = True) -> Step:
    """What a person does to the plan; what the shop said yes to is remembered."""

    def act(stage: Any) -> Any:
        told = ask(CLERK, f"{scope} {DOOR}", use_case, stage.notes["season"], *more, raced=(SeasonMoved,))
        if told is None:
            stage.notes[name] = True
        return told

    return Step(name, act, moody=moody, ready=_planned)


def comes(name: str, fact: Any) -> Step:
    """What was filed for later comes."""

    def act(stage: Any) -> None:
        told: Fact = fact(stage.notes["season"])
        detail = {"id": f"E {name}", "at": 0, "actor": "", "version": 1, "data": told.data()}
        hand_over(consumers.worker, {"id": name, "detail-type": told.wire, "detail": detail})

    return Step(name, act, ready=_planned)


def _twice(stage: Any, *wires: str) -> list[str]:
    """The facts of these names that were told more than once."""
    rows = [fact for row in stage.rows(Journal) if row.facts for fact in json.loads(row.facts)]
    told = Counter(f"{wire} {data}" for wire, _, _, data, *_ in rows if wire in wires)
    return [one for one, times in told.items() if times > 1]


def _row(stage: Any) -> Any:
    return next(iter(stage.rows(SeasonRow)), None)


def audit(stage: Any, final: bool) -> list[str]:
    """A week counts once, nothing is told or proposed twice, and what the shop said yes to stands."""
    row, found = _row(stage), list[str]()
    if row is None:
        return stage.unpublished() if final else []
    if row.sold != (SOLD if row.weeks_over else 0):
        found.append(f"S111: {row.sold} sold in {row.weeks_over} weeks")
    told = _twice(stage, "season.strayed", "season.task_opened", "season.task_finished")
    found += [f"S111: {one} was told twice" for one in told]
    about = [one.about for one in stage.rows(Proposal)]
    if len(about) > len(set(about)):
        found.append(f"S112: {about} were proposed in one step")
    if about and row.state not in ("clearing", "cancelled"):
        found.append(f"S112: proposed while {row.state}")
    if stage.notes.get("finish") and json.loads(row.tasks)["confirm"] != "done":
        found.append("S111: a task was done, and is not")
    if stage.notes.get("cancel") and row.state != "cancelled":
        found.append(f"S111: a plan was cancelled, and is {row.state}")
    return [*found, *(stage.unpublished() if final else [])]


def _reaches(state: str, proposed: int) -> Any:
    def told(stage: Any) -> list[str]:
        row = _row(stage)
        now = {"state": row.state, "proposed": len(stage.rows(Proposal)), "strays": row.strays, "step": row.step}
        return expected(now, {"state": state, "proposed": proposed, "strays": "under", "step": 1})

    return told


CONFIRM = lambda season: SeasonTaskDue(season, "confirm")
WEEK = lambda season: SeasonWeekDue(season, 1)
STEPS = (
    draft(), move("activate", "POST activation", seasons.activate), comes("task", CONFIRM),
    move("finish", "PUT task", seasons.finish_task, "confirm", "done"), comes("week", WEEK),
    comes("clear", lambda season: SeasonClearDue(season, 0)),
)  # fmt: skip
SCENARIOS = [
    Scenario(
        "seasons.plan", build, STEPS, audit, lambda stage: stage.settle(), ("F03", "F04"),
        races=[["draft", "draft"], ["activate", "activate"], ["task", "task"], ["finish", "week"], ["week", "week"],
               ["clear", "clear"]],
        reaches=_reaches("clearing", 2),
    ),
    Scenario(
        "seasons.cancelled", build, [*STEPS, move("cancel", "POST cancellation", seasons.cancel)], audit,
        lambda stage: stage.settle(), ("F04",),
        races=[["activate", "cancel"], ["task", "cancel"], ["week", "cancel"], ["clear", "cancel"]],
        reaches=_reaches("cancelled", 2),
    ),
    Scenario(
        "seasons.reminded", build, [*STEPS[:4], comes("task once more", CONFIRM), *STEPS[4:], comes("week once more", WEEK)],
        audit, lambda stage: stage.settle(), ("F03", "F04"), races=[["finish", "task once more"], ["week", "week once more"]],
        reaches=_reaches("clearing", 2),
    ),
]  # fmt: skip
