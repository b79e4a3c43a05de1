"""Offers under several operators at once, and limits that many orders use at once: nobody's word is lost, no cap is passed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from chalicelib.kernel.bill import CounterUse
from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.merchandising.consumers import worker
from chalicelib.processes.merchandising.offers.service import setting_up
from chalicelib.records.promotions.limits import rules as limit_rules
from chalicelib.records.promotions.limits import service as limits
from chalicelib.records.promotions.limits import steps as limit_steps
from chalicelib.records.promotions.limits.rules import LimitReached
from chalicelib.records.promotions.limits.service import LimitWish, PromotionCounter
from chalicelib.records.promotions.offers import rules as offer_rules
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.promotions.offers.rules import OfferEditedMeanwhile, OffersMoved
from chalicelib.runtime.work import Work
from tests.hardening.proof import trade
from tests.hardening.proof.scenario import Scenario, Step, expected, refused
from tests.hardening.proof.scenarios.stock import Shelved
from tests.hardening.proof.shop import Shop, ask, relaying, sweeping, working
from tests.hardening.proof.trade import BUYERS, CLERK, PRICE, SKU_A

RACED = (OffersMoved, OfferEditedMeanwhile)
NONE = {"categories": [], "products": [], "skus": []}
SAID = {
    "lane": "shop", "kind": "amount", "terms": {"off_fen": 100, "min_fen": 1000}, "scope": {**NONE, "all": True, "not": NONE},
    "needs": {"basket_has": None, "nth_order": None}, "audience": {"segments": []}, "reference": "lowest",
    "limits": {"total": None, "budget_fen": None}, "starts_at": "2026-03-01T00:00:00.000Z", "ends_at": None,
}  # fmt: skip
CUT = {
    "lane": "price", "kind": "percent", "terms": {"pay_bp": 9000}, "starts_at": "2026-03-02T04:01:00.000Z",
    "scope": {**NONE, "skus": [SKU_A], "all": False, "not": NONE},
}  # fmt: skip


class Offered(Shelved):
    """A shop with goods on the shelf, whose worker hears of offers that begin."""

    def __init__(self) -> None:
        super().__init__()
        self.consumers = {worker.name: worker}


# ---- operators ------------------------------------------------------------------------------------------------------
def draft(which: str, **more: Any) -> Step:
    def act(stage: Any) -> Any:
        document = {**SAID, **more, "name": {"zh": which, "en": which}}
        told = ask(
            CLERK,
            "POST /v1/admin/offers",
            lambda work: {"id": setting_up.draft(document, work)},
            key=f"draft {which}",
            asked=which,
        )
        if not refused(told):
            stage.notes[which] = told["id"]
        return told

    return Step(f"draft {which}", act)


def to(of: str, name: str, use_case: Callable[[str, Work], None]) -> Step:
    """What an operator does to an offer, under a key of its own; what he was told is remembered."""

    def act(stage: Any) -> Any:
        route = f"POST /v1/admin/offers/{{offer_id}}/{name.partition(' ')[0]}"
        told = ask(CLERK, route, use_case, stage.notes[of], key=name, asked=name, raced=RACED)
        if refused(told):
            return told
        stage.notes[name] = "done"
        return "done"

    return Step(name, act, ready=lambda stage: of in stage.notes)


def publish(of: str, version: int) -> Step:
    return to(of, f"publish {of}{version}", lambda offer_id, work: setting_up.publish(offer_id, version, work))


def _edit(offer_id: str, work: Work) -> None:
    head = offers.find(offer_id)
    setting_up.edit(offer_id, head.version, {**SAID, "name": {"zh": "b", "en": "b"}}, work)


def look(stage: Any) -> Any:
    """A process that quotes: what it knows is a snapshot that there was, never a mixture of two."""
    known = offers.active()
    return [known.version, [[one["id"], one["version"]] for one in known.documents]]


# ---- what there is --------------------------------------------------------------------------------------------------
def _parts(stage: Any, begins: str) -> list[dict[str, Any]]:
    return [row for row in stage.cloud.engine.rows("jishi-offers") if row["r"]["S"].startswith(begins)]


def heads(stage: Any) -> dict[str, dict[str, Any]]:
    return {row["i"]["S"]: row for row in _parts(stage, "head") if row["i"]["S"] != "active"}


def snapshot(stage: Any) -> offer_rules.ActiveOffers:
    """What every process would read now."""
    mark = [row for row in _parts(stage, "head") if row["i"]["S"] == "active"]
    if not mark:
        return offer_rules.ActiveOffers()
    version, killed = int(mark[0]["v"]["N"]), json.loads(mark[0]["x"]["S"])
    parts = sorted(_parts(stage, "p"), key=lambda row: row["r"]["S"])
    if len(parts) != int(mark[0]["n"]["N"]) or {int(row["v"]["N"]) for row in parts} != {version}:
        return offer_rules.ActiveOffers(-1)
    return offer_rules.unpacked(version, [base64.b64decode(row["c"]["B"]) for row in parts], killed)


def audit(stage: Any, final: bool) -> list[str]:
    """What holds is what is published, as its live version says; what was acknowledged happened; no version is missing."""
    shown, found = snapshot(stage), []
    if shown.version < 0:
        return ["F04: the parts of the snapshot are not of one version"]
    held = {one["id"]: one["version"] for one in shown.documents}
    published = {name: int(row["w"]["N"]) for name, row in heads(stage).items() if row["s"]["S"] == "published"}
    if held != published:
        found.append(f"F02: {held} hold, and {published} are published")
    for name, row in heads(stage).items():
        versions = {one["r"]["S"] for one in _parts(stage, "v#") if one["i"]["S"] == name}
        if len(versions) != int(row["v"]["N"]):
            found.append(f"F05: {name} has {len(versions)} of {row['v']['N']} versions")
        if row["s"]["S"] == "killed" and name not in shown.killed:
            found.append(f"F02: {name} was killed, and nobody knows")
    if not set(shown.references) <= set(held) or not all(
        prices == {SKU_A: PRICE[SKU_A]} for prices in shown.references.values()
    ):
        found.append(f"E12: {shown.references} are struck through, while {held} hold")
    for did, state in (("end a", "ended"), ("kill b", "killed"), ("kill p", "killed")):
        if did in stage.notes and heads(stage)[stage.notes[did[-1]]]["s"]["S"] != state:
            found.append(f"F05: {did} was acknowledged and did not happen")
    return [*found, *(stage.unpublished() if final else [])]


def reaches(**wanted: Any) -> Callable[[Any], list[str]]:
    """States of offers by their names, and which names hold; what is struck through."""

    def told(stage: Any) -> list[str]:
        found = {name: heads(stage)[stage.notes[name]]["s"]["S"] for name in "abpq" if name in stage.notes}
        shown = snapshot(stage)
        found |= {"holds": [one["name"]["zh"] for one in shown.documents], "struck": [*shown.references.values()]}
        return expected(found, wanted)

    return told


# ---- limits ---------------------------------------------------------------------------------------------------------
def take(who: str, cap: int = 2) -> Step:
    """An order as placing does it: priced when nobody had used anything; anew when what it chose is gone."""
    wishes = [
        LimitWish(limit_rules.key_of("F1", "total"), 1, cap),
        LimitWish(limit_rules.key_of("F1", "per_person", who), 1, 1),
    ]

    def use(work: Work) -> Any:
        uses = limits.choose(wishes, [None] * len(limits.keys(wishes)), who)
        for last in (False, True):
            work.add(*limit_steps.take(uses))
            try:
                return work.commit({"uses": [list(one) for one in uses]})
            except CommitRejected as rejected:
                if last or not rejected.only(LimitReached):
                    raise
            work = work.retry()
            uses = limits.reshard(uses, who)
        return None

    def act(stage: Any) -> Any:
        told = ask(BUYERS[who], "POST /v1/orders", use, key=f"take {who}", asked=who)
        if not refused(told):
            stage.notes[f"took {who}"] = told["uses"]
        return told

    return Step(f"take {who}", act)


def give_back(who: str) -> Step:
    def give(uses: list[Any], work: Work) -> None:
        work.add(*limit_steps.give_back(CounterUse(*one) for one in uses))

    def act(stage: Any) -> Any:
        uses = stage.notes[f"took {who}"]
        told = ask(BUYERS[who], "POST /v1/orders/cancellation", give, uses, key=f"give {who}", asked=who)
        if not refused(told):
            stage.notes[f"gave {who}"] = True
        return told

    return Step(f"give back {who}", act, ready=lambda stage: f"took {who}" in stage.notes)


def counted(stage: Any, final: bool) -> list[str]:
    """No shard gives more than its share, or gets back what it did not give; in the end as many are used as orders stand."""
    used = {row.key: row.used for row in stage.rows(PromotionCounter)}
    total = {int(key.rpartition("@")[2]): n for key, n in used.items() if key.startswith("offer#F1@")}
    found = [
        f"F04: shard {shard} gave {n} of its {limit_rules.share('offer#F1', 2, shard)}"
        for shard, n in total.items()
        if not 0 <= n <= limit_rules.share("offer#F1", 2, shard)
    ]
    if sum(total.values()) > 2:
        found.append(f"F04: {sum(total.values())} were given of 2")
    if any(not 0 <= n <= 1 for key, n in used.items() if "#" in key.removeprefix("offer#")):
        found.append(f"F23: a person used more than one: {used}")
    standing = sum(name.startswith("took") for name in stage.notes) - sum(
        name.startswith("gave") for name in stage.notes
    )
    if final and sum(total.values()) != standing:
        found.append(f"F05: {standing} orders stand, {sum(total.values())} uses are counted")
    return found


def used_up(stage: Any) -> list[str]:
    return expected({"used": sum(row.used for row in stage.rows(PromotionCounter))}, {"used": 4})


SCENARIOS = [
    Scenario(
        "promotions.offers", Offered,
        [
            draft("a"), draft("b"), publish("a", 1), publish("b", 1), to("a", "edit a", _edit), publish("a", 2),
            Step("look", look, moody=True), to("a", "end a", offers.end),
            to("b", "kill b", lambda offer_id, work: offers.kill(offer_id, "wrong", work)),
        ],
        audit, trade.settle, ("F02", "F04", "F05"),
        races=[["publish a1", "publish b1"], ["publish b1", "edit a"], ["publish a1", "edit a"], ["edit a", "edit a"],
               ["publish b1", "look"], ["end a", "kill b"], ["publish a2", "kill b"], ["publish a2", "end a"]],
        triples=[["publish a1", "publish b1", "look"]],
        reaches=reaches(a="ended", b="killed", holds=[], struck=[]),
    ),
    Scenario(
        "promotions.starts", Offered,
        [
            draft("p", **CUT), draft("q", **CUT), publish("p", 1), publish("q", 1), relaying(), sweeping("sweep", minutes=2),
            working("merchandising", "begin"), working("merchandising", "begin another"),
            to("p", "kill p", lambda offer_id, work: offers.kill(offer_id, "wrong", work)),
        ],
        audit, trade.settle, ("F02", "F04", "F05"),
        races=[["begin", "begin another"], ["begin", "kill p"], ["begin another", "kill p"]],
        heavy=True, reaches=reaches(p="killed", q="published", holds=["q"], struck=[{SKU_A: PRICE[SKU_A]}]),
    ),
    Scenario(
        "promotions.limits", lambda: Shop(consumers={}),
        [take("b"), take("d"), take("h"), give_back("b"), take("f")],
        counted, lambda stage: stage.settle(), ("F04", "F23", "F05"),
        races=[["take b", "take d"], ["take b", "take b"], ["take d", "give back b"], ["take h", "give back b"],
               ["give back b", "give back b"]],
        triples=[["take b", "take d", "take h"], ["take d", "take h", "give back b"]],
        reaches=used_up, refuses={"take h": "LIMIT_REACHED"},
    ),
]  # fmt: skip
