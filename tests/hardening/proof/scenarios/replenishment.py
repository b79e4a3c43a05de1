"""Shelves under every fault: what is paid counts once, a crossing is told once, and a night reaches every shelf."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from chalicelib.kernel.facts import Fact
from chalicelib.processes.replenishing import consumers
from chalicelib.processes.replenishing import service as replenishing
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderPaid
from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment.events import ShelvesDue
from chalicelib.records.replenishment.model import DaySold, ShelfRow, shard_of
from chalicelib.records.replenishment.rules import ShelfMoved
from chalicelib.records.replenishment.rules.alerts import FINE, TOLD
from chalicelib.records.replenishment.rules.reorder import SupplyTerms
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.hardening.proof.hook import HOOK
from tests.hardening.proof.scenario import START, Scenario, Step, expected
from tests.hardening.proof.shop import Shop, ask, hand_over
from tests.hardening.proof.trade import BUYERS, CLERK, SKU_A, SKU_B, order_id
from tests.support.trade import line, promised

A, B = f"{SKU_A}@MAIN", f"{SKU_B}@MAIN"
STOCK = {SKU_A: 10, SKU_B: 40}
POINT = 6  # below which a person wants to hear of SKU_A
BEFORE, DAY, NEXT = "2026-02-23", "2026-03-02", "2026-03-09"


def build() -> Shop:
    """Two shelves that are known, one of them with a reorder point, and an order that waits to be paid."""
    shop = Shop(consumers={consumers.worker.name: consumers.worker})
    with shop.standing(), HOOK.aside():
        for sku, count in STOCK.items():
            work = Work(CLERK, "setup")
            work.add(*stock_steps.receive(sku, count))
            work.commit()
            _tell(shop, sku)
        quote = promised(order_id("a"), BUYERS["a"].id, [line(SKU_A, 2, 1999), line(SKU_B, 1, 501)])
        counted = [
            ShelfRow.weeks.set("0,0"),
            ShelfRow.until.set(BEFORE),
            ShelfRow.mean.set(0),
            ShelfRow.variance.set(0),
        ]
        for act in (
            lambda work: work.add(update(ShelfRow, A, "shelf", actions=counted)),
            lambda work: work.add(order_steps.open(quote, START, START)),
            lambda work: replenishing.supply(A, SupplyTerms(least=POINT), work),
        ):
            work = Work(CLERK, "setup")
            act(work)
            work.commit()
    return shop


def _hand(stage: Any, name: str, fact: Fact) -> None:
    detail = {"id": name, "at": 0, "actor": "", "version": 1, "data": fact.data()}
    hand_over(consumers.worker, {"id": name, "detail-type": fact.wire, "detail": detail})


def _tell(stage: Any, sku: str) -> None:
    with HOOK.aside():
        level = inventory.read_levels([sku])[sku]
    fact = StockLevelChanged(sku, "MAIN", level.available, level.on_hand, level.closed, 0, level.kept)
    _hand(stage, f"level {sku} {level.available} {level.kept}", fact)


def tell(name: str = "tell", sku: str = SKU_A) -> Step:
    """The feed of levels says where a SKU stands."""
    return Step(name, lambda stage: _tell(stage, sku), moody=True)


def paid() -> Step:
    return Step("paid", lambda stage: _hand(stage, "E01.0", OrderPaid(order_id("a"), "")))


def adjust(name: str, delta: int, sku: str = SKU_A) -> Step:
    """The stock moves under everybody's hands."""

    def act(stage: Any) -> Any:
        scope = "POST /v1/admin/stock/{sku}/adjustments"
        return ask(CLERK, scope, inventory.adjust, sku, delta, "counted", key=name, asked=delta, raced=(StaleStock,))

    return Step(name, act)


def drifted(*, looked_at: bool = False) -> Shop:
    """The same, where seven pieces are safety stock and three are kept back, as after a change of the shop's setting; perhaps
    looked at this night already, so that nothing else is to be noted."""
    shop = build()
    with shop.standing(), HOOK.aside():
        if looked_at:
            _hand(shop, "E looked", ShelvesDue(DAY, shard_of(A)))
        for act in (
            lambda work: replenishing.supply(A, SupplyTerms(least=7, withheld=True), work),
            lambda work: work.add(*stock_steps.keep_back(A, inventory.read_levels([SKU_A])[SKU_A].buckets, 7, 3)),
        ):
            work = Work(CLERK, "setup")
            act(work)
            work.commit()
    return shop


def begin() -> Step:
    return Step("night", lambda stage: consumers.begin_night({}))


def go_on(place: str, name: str) -> Step:
    """The shard of a place tonight."""
    return Step(name, lambda stage: _hand(stage, f"E {name}", ShelvesDue(DAY, shard_of(place))))


def supply(name: str, least: int) -> Step:
    def act(stage: Any) -> Any:
        scope = "PUT /v1/admin/shelves/{location}/{sku}/terms"
        return ask(CLERK, scope, replenishing.supply, A, SupplyTerms(least=least), raced=(ShelfMoved,))

    return Step(name, act, moody=True)


def withhold(name: str, least: int, yes: bool = True) -> Step:
    """So many pieces are safety stock, and are not sold; or are."""

    def act(stage: Any) -> Any:
        scope = "PUT /v1/admin/shelves/{location}/{sku}/terms"
        terms = SupplyTerms(least=least, withheld=yes)
        return ask(CLERK, scope, replenishing.supply, A, terms, raced=(ShelfMoved, StaleStock))

    return Step(name, act, moody=True)


def hold(name: str, pieces: int) -> Step:
    """A customer wants so many pieces."""

    def act(stage: Any) -> Any:
        scope = f"POST /v1/orders {name}"
        return ask(
            BUYERS["a"], scope, lambda work: work.add(*stock_steps.hold([(SKU_A, 0, pieces)])), key=name, asked=name
        )

    return Step(name, act)


def audit_withheld(stage: Any, final: bool) -> list[str]:
    """The same; what is kept back, what is held and what is to be had are what lies there, and no customer has of the first."""
    with HOOK.aside():
        level, lying = inventory.read_levels([SKU_A])[SKU_A], inventory.on_hand(SKU_A)
    (row,) = [one for one in stage.rows(ShelfRow) if one.place == A and one.part == "shelf"]
    found = audit(stage, final)
    if level.on_hand != lying:
        found.append(f"I3: {lying} lie there, and {level} says {level.on_hand}")
    if level.free < 0:
        found.append(f"I3: orders hold {-level.free} pieces more than there are")
    if final and level.kept != shelves.withheld(row):
        found.append(f"S109: {shelves.withheld(row)} are safety stock, and {level.kept} are kept back")
    return found


def _shelves(stage: Any) -> dict[str, Any]:
    return {row.place: row for row in stage.rows(ShelfRow) if row.part == "shelf"}


def _alerts(stage: Any) -> list[dict[str, Any]]:
    facts = [(row.at, *fact) for row in stage.rows(Journal) if row.facts for fact in json.loads(row.facts)]
    return [{**said, "at": int(at)} for at, wire, _, _, said, *_ in facts if wire == "shelf.alerted"]


def _sold(stage: Any) -> dict[str, int]:
    return {row.place: row.pieces for row in stage.rows(DaySold) if row.part.startswith("d#") and row.pieces}


def audit(stage: Any, final: bool) -> list[str]:
    """In the end what is known of a shelf is what lies there, and what was to be told of it was told; never twice."""
    found, told = list[str](), _alerts(stage)
    for place in (A, B):
        mine = sorted((one["at"], one["level"]) for one in told if f"{one['sku']}@{one['location']}" == place)
        if any(later - earlier < 24 * 3600_000 for (earlier, _), (later, _) in pairwise(mine)):
            found.append(f"S110 {place}: {mine} told within a day")
    if _sold(stage) not in ({}, {A: 2, B: 1}):
        found.append(f"S109: one order was paid, and {_sold(stage)} were sold")
    if not final:
        return found
    with HOOK.aside():
        lying = inventory.levels_at([A, B])
    for place, row in _shelves(stage).items():
        state = shelves.state_of(row)
        if shelves.moves(row, shelves.Lying(place, lying[place].free, False, False), START):
            found.append(f"S110 {place}: {state.level}, and {lying[place].free} lie there")
        if state.told in TOLD and state.told not in [one["level"] for one in told if place.startswith(one["sku"])]:
            found.append(f"S110 {place}: {state.told} is noted as told, and nobody was told")
        if state.level in TOLD and not state.told_at:
            found.append(f"S110 {place}: {state.level}, and nobody was told")
    return [*found, *stage.unpublished()]


def old_word(available: int) -> Step:
    """What the feed said of another instant comes late."""
    fact = StockLevelChanged(SKU_A, "MAIN", available, available, False, 0)
    return Step(f"old word {available}", lambda stage: _hand(stage, f"old {available}", fact))


def audit_late(stage: Any, final: bool) -> list[str]:
    """The same; and of what was never low nobody is told."""
    return [*audit(stage, final), *(f"S110: {one['level']} was told and never so" for one in _alerts(stage))]


def audit_once(stage: Any, final: bool) -> list[str]:
    """The same; and what is still so is told no second time, however long it is so."""
    return [*audit(stage, final), *(["S110: one crossing was told twice"] if len(_alerts(stage)) > 1 else [])]


def days(count: int) -> Step:
    return Step(f"{count} days pass", lambda stage: stage.advance(days=count))


def settle(stage: Any) -> None:
    """The feed tells where everything stands in the end."""
    for sku in STOCK:
        _tell(stage, sku)
    stage.settle()


def _reaches(stage: Any) -> list[str]:
    rows = _shelves(stage)
    told = {
        "sold": _sold(stage),
        "levels": {place: shelves.state_of(row).level for place, row in rows.items()},
        "until": {place: row.until for place, row in rows.items()},
        "told": [one["level"] for one in _alerts(stage)],
    }
    return expected(
        told, {"sold": {A: 2, B: 1}, "levels": {A: "low", B: FINE}, "until": {A: DAY, B: NEXT}, "told": ["low"]}
    )


def _stands(stage: Any) -> dict[str, Any]:
    with HOOK.aside():
        level = inventory.read_levels([SKU_A])[SKU_A]
    return {"stands": (level.available, level.held, level.kept)}


def _told(level: str) -> Callable[[Any], list[str]]:
    return lambda stage: expected({"told": [one["level"] for one in _alerts(stage)]}, {"told": [level]})


SCENARIOS = [
    Scenario(
        "replenishment.night", build,
        [paid(), adjust("take away", -5), tell(), begin(), go_on(A, "shelf a"), go_on(B, "shelf b"), supply("want nine", 9)],
        audit, settle, ("F03", "F04"),
        races=[["paid", "paid"], ["tell", "tell"], ["night", "night"], ["shelf a", "shelf a"], ["tell", "shelf a"],
               ["take away", "tell"], ["take away", "shelf a"], ["want nine", "tell"], ["want nine", "shelf a"]],
        triples=[["tell", "shelf a", "want nine"]],
        reaches=_reaches,
    ),
    Scenario(
        "replenishment.crossing", build,
        [adjust("to the edge", -4), tell("edge"), adjust("one back", 1), tell("back"), adjust("all gone", -7), tell("gone"),
         go_on(A, "shelf a")],
        audit, settle, ("F04",),
        races=[["edge", "one back"], ["back", "all gone"], ["gone", "shelf a"], ["edge", "shelf a"]],
        reaches=_told("low"),
    ),
    Scenario(
        "replenishment.withheld", build,
        [withhold("keep seven", 7), hold("want four", 4), hold("want three", 3), adjust("two gone", -2),
         withhold("keep one", 1), hold("want one", 1), withhold("keep none", 9, yes=False), go_on(A, "shelf a")],
        audit_withheld, settle, ("F04",),
        races=[["keep seven", "want three"], ["keep seven", "two gone"], ["want three", "two gone"], ["keep seven", "keep one"],
               ["want three", "want one"], ["keep none", "shelf a"]],
        refuses={"want four": "OUT_OF_STOCK"},
        reaches=lambda stage: expected(_stands(stage), {"stands": (4, 4, 0)}),
    ),
    Scenario(
        "replenishment.withheld by night", drifted,
        [go_on(A, "shelf a"), hold("want three", 3)],
        audit_withheld, settle, ("F04",), reaches=lambda stage: expected(_stands(stage), {"stands": (0, 3, 7)}),
    ),
    Scenario(
        "replenishment.withheld meanwhile", partial(drifted, looked_at=True),
        [go_on(A, "shelf a"), withhold("keep two", 2)],
        audit_withheld, settle, ("F04",), races=[["shelf a", "keep two"]],
        reaches=lambda stage: expected(_stands(stage), {"stands": (8, 0, 2)}),
    ),
    Scenario(
        "replenishment.again", build, [adjust("to the edge", -4), tell("edge"), days(2), tell("still"), go_on(A, "shelf a")],
        audit_once, settle, ("F04",), races=[["edge", "still"]], reaches=_told("low"),
    ),
    Scenario(
        "replenishment.late", build, [adjust("one away", -1), old_word(3), tell(), old_word(0)], audit_late, settle, ("F04",),
        races=[["old word 3", "tell"], ["one away", "old word 3"]],
        reaches=lambda stage: expected({"told": len(_alerts(stage))}, {"told": 0}),
    ),
]  # fmt: skip
