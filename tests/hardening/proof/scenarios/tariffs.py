"""Freight templates and services under several operators at once: nobody's word is lost, and what is quoted was published."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from chalicelib.records.tariffs import rules
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import SERVICES, TEMPLATES, TariffEditedMeanwhile, TariffsMoved
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import Scenario, Step, expected, refused
from tests.hardening.proof.shop import Shop, ask
from tests.hardening.proof.trade import CLERK

RACED = (TariffsMoved, TariffEditedMeanwhile)
SORT = {"a": TEMPLATES, "b": TEMPLATES, "s": SERVICES}
ZONE = {
    "areas": [], "first": 1, "first_fen": 800, "step": 0, "step_fen": 0, "surcharge_fen": 0, "free": True,
}  # fmt: skip
SAID = {
    "by": "piece", "default": True, "zones": [ZONE], "free_from_fen": None, "free_pieces": None, "not_delivered": [],
}  # fmt: skip
PATHS = {TEMPLATES: "freight-templates", SERVICES: "delivery-services"}


SERVICE = {"service": "next_day", "days": 1, "areas": ["31"], "not_areas": []}


def said(which: str) -> dict[str, Any]:
    return {**SAID, **SERVICE, "name": {"zh": which, "en": which}}


def draft(which: str) -> Step:
    def act(stage: Any) -> Any:
        told = ask(
            CLERK,
            f"POST /v1/admin/{PATHS[SORT[which]]}",
            lambda work: {"id": tariffs.draft(SORT[which], said(which), work)},
            key=f"draft {which}",
            asked=which,
        )
        if not refused(told):
            stage.notes[which] = told["id"]
        return told

    return Step(f"draft {which}", act)


def to(of: str, name: str, use_case: Callable[[str, str, Work], Any]) -> Step:
    """What an operator does to a tariff, under a key of its own; what he was told is remembered."""

    def act(stage: Any) -> Any:
        def once(work: Work) -> None:
            use_case(SORT[of], stage.notes[of], work)

        told = ask(CLERK, f"POST /v1/admin/{PATHS[SORT[of]]}/{name}", once, key=name, asked=name, raced=RACED)
        if refused(told):
            return told
        stage.notes[name] = "done"
        return "done"

    return Step(name, act, ready=lambda stage: of in stage.notes)


def publish(of: str, version: int) -> Step:
    return to(of, f"publish {of}{version}", lambda sort, name, work: tariffs.publish(sort, name, version, work))


def _edit(sort: str, name: str, work: Work) -> None:
    tariffs.edit(sort, name, tariffs.find(sort, name).version, said("again"), work)


def look(stage: Any) -> Any:
    """A process that quotes: what it knows was published together."""
    known = tariffs.book()
    return [known.version, sorted(known.templates), sorted(known.services)]


def _rows(stage: Any, of: str) -> list[dict[str, Any]]:
    return [row for row in stage.cloud.engine.rows("jishi-tariffs") if row["i"]["S"] == of]


def books(stage: Any) -> dict[str, rules.TariffBook]:
    """What holds and what ever held, by the range of its row."""
    return {
        row["r"]["S"]: rules.unpacked(int(row["v"]["N"]), base64.b64decode(row["c"]["B"]))
        for row in _rows(stage, "book")
    }


def audit(stage: Any, final: bool) -> list[str]:
    """What holds is what is published, as its live version says; no version of the book is missing, and none changed."""
    held, found = books(stage), []
    now = held.pop("now", rules.TariffBook())
    for sort in (TEMPLATES, SERVICES):
        heads = {row["r"]["S"]: row for row in _rows(stage, sort)}
        published = {name: int(row["w"]["N"]) for name, row in heads.items() if row["s"]["S"] == "published"}
        shown = {name: document["version"] for name, document in getattr(now, sort).items()}
        if shown != published:
            found.append(f"F02: {shown} hold, and {published} are published")
        for name, row in heads.items():
            if len(_rows(stage, name)) != int(row["v"]["N"]):
                found.append(f"F05: {name} has not its {row['v']['N']} versions")
    if sorted(one.version for one in held.values()) != list(range(1, now.version + 1)):
        found.append(f"F05: of {now.version} books there are {sorted(held)}")
    if now.version and max(held.values()) != now:
        found.append("F04: what holds is not the last book")
    if (
        "withdraw s" in stage.notes and stage.notes["s"] in now.services
    ):  # what is withdrawn may be published again: a is
        found.append("F05: a withdrawal was acknowledged and did not happen")
    return [*found, *(stage.unpublished() if final else [])]


def reaches(stage: Any) -> list[str]:
    now = books(stage)["now"]
    told = {
        "templates": [one["name"]["zh"] for one in now.templates.values()],
        "services": len(now.services),
        "default": now.default == stage.notes["b"],
    }
    return expected(told, {"templates": ["b"], "services": 0, "default": True})


SCENARIOS = [
    Scenario(
        "tariffs.book", lambda: Shop(consumers={}),
        [
            draft("a"), draft("b"), draft("s"), publish("a", 1), publish("s", 1), to("a", "edit a", _edit), publish("a", 2),
            publish("b", 1), Step("look", look, moody=True), to("a", "withdraw a", tariffs.withdraw),
            to("s", "withdraw s", tariffs.withdraw),
        ],
        audit, lambda stage: stage.settle(), ("F02", "F04", "F05"),
        races=[["publish a1", "publish s1"], ["publish s1", "edit a"], ["publish a1", "edit a"], ["edit a", "edit a"],
               ["publish b1", "look"], ["withdraw a", "withdraw s"], ["publish b1", "withdraw a"],
               ["publish a2", "withdraw a"]],
        triples=[["publish a1", "publish s1", "look"]],
        reaches=reaches,
    ),
]  # fmt: skip
