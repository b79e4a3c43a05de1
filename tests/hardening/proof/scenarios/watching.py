"""Who waits for goods, under every fault: each wish is heard once at most, and once for certain where it came true."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.money import Fen
from chalicelib.processes.care import consumers
from chalicelib.processes.care.watches.service import wishes
from chalicelib.processes.privacy.service import sections
from chalicelib.records.catalog.events import SkuPriceChanged
from chalicelib.records.catalog.model import Sku, sku_part
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.model import COUNTS, Watch, WatchCount
from chalicelib.records.watching.rules import WatchedAlready
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.caller import worker as worker_caller
from chalicelib.runtime.table import put, update
from chalicelib.runtime.work import AlreadyCommitted, Work
from tests.hardening.proof.scenario import START, Scenario, Step, expected
from tests.hardening.proof.shop import Shop, ask
from tests.hardening.proof.trade import CLERK, PRODUCT, SKU_A, relay

PEOPLE = {letter: Caller(f"U01KJPB7WG0000000000000000{letter.upper()}", "customer") for letter in "ab"}
CHEAP = 1500
TOLD = {"stock": "watching.back_in_stock", "price": "watching.price_dropped"}


def build() -> Shop:
    """One SKU of which nothing is left."""
    shop = Shop(consumers={"care": consumers.worker})
    with shop.standing():
        work = Work(CLERK, "setup")
        row = Sku(PRODUCT, sku_part(SKU_A), version=1, title_zh="衫", title_en="Shirt", price=Fen(1999), code="C")
        row.weight, row.volume, row.options, row.shelf = 0, 0, "{}", "on"
        work.add(put(row), *stock_steps.receive(SKU_A, 1))
        work.commit()
        _hold(1)
    return shop


def _hold(pieces: int) -> None:
    """Done once, however often it is tried."""
    work = Work(CLERK, "setup")
    work.with_key(f"hold {pieces}")
    work.add(*(stock_steps.hold if pieces > 0 else stock_steps.release)([(SKU_A, 0, abs(pieces))]))
    with suppress(AlreadyCommitted):
        work.commit()


def watch(who: str, kind: str, again: str = "") -> Step:
    def act(stage: Any) -> Any:
        add = lambda work: {"turn": wishes.add(kind, SKU_A, None, work).turn}
        told = ask(PEOPLE[who], "PUT /v1/me/watching/{kind}/{sku}", add, raced=(WatchedAlready,))
        return "watched" if isinstance(told, dict) else told

    return Step(f"watch {kind} {who}{again}", act, moody=True)


def unwatch(who: str, kind: str) -> Step:
    def act(stage: Any) -> Any:
        return ask(PEOPLE[who], "DELETE /v1/me/watching/{kind}/{sku}", lambda work: watching.remove(kind, SKU_A, work))

    return Step(f"unwatch {kind} {who}", act, moody=True)


def _hand(fact: Fact, event: str) -> None:
    detail = {"id": event, "at": millis(START), "actor": "U", "version": 1, "data": fact.data()}
    consumers.worker.deliver({"detail-type": fact.wire, "detail": detail})


def come_back(stage: Any) -> None:
    """A piece is free again, once however often it is tried."""
    _hold(-1)
    stage.notes["free"] = True  # once it is so: where it could not be done, nobody waits for it to be told


def level(name: str) -> Step:
    """The feed of levels tells that there is some."""

    def act(stage: Any) -> Any:
        come_back(stage)
        _hand(StockLevelChanged(SKU_A, "MAIN", 1, 1, False, 0), f"J{name}.0")
        return "told"

    return Step(f"level {name}", act)


def cheaper(name: str) -> Step:
    def act(stage: Any) -> Any:
        work = Work(CLERK, "setup")
        work.add(update(Sku, PRODUCT, sku_part(SKU_A), actions=[Sku.price.set(Fen(CHEAP))]))
        work.commit()
        stage.notes["cheap"] = True
        _hand(SkuPriceChanged(SKU_A, 1999, CHEAP), f"J{name}.0")
        return "told"

    return Step(f"cheaper {name}", act)


def look(stage: Any) -> Any:
    who = PEOPLE["a"].id
    return len(wishes.listed(who, "stock", 20, None)[0]), len(sections.SECTIONS["watching"](who))


def forget(stage: Any) -> Any:
    stage.notes["forgotten"] = True
    watching.forget(PEOPLE["b"].id, Work(worker_caller("privacy"), "privacy"))
    return "gone"


def told_of(shop: Any) -> list[tuple[str, str]]:
    """(fact, wish) of each that was told; the bus may bring one more often."""
    details = [(one["DetailType"], json.loads(one["Detail"])) for one in shop.cloud.bus]
    told = {detail["id"]: (wire, detail["data"]["watch"]) for wire, detail in details if wire in TOLD.values()}
    return list(told.values())


def audit(shop: Any, final: bool) -> list[str]:
    """As many are watched as are counted; nobody is told of one wish twice; what came true waits no longer."""
    rows = [row for row in shop.rows(Watch) if row.mark != COUNTS]
    counts = {row.person: row for row in shop.rows(WatchCount) if row.mark == COUNTS}
    found = [
        f"W1: {person} watches {n} of {kind}, counted {getattr(counts.get(person), kind, None) or 0}"
        for person in {*counts, *(row.person for row in rows)}
        for kind in ("favourite", "stock", "price")
        if (n := sum(row.person == person and row.kind == kind for row in rows))
        != (getattr(counts.get(person), kind, None) or 0)
        and not shop.notes.get("forgotten")
    ]
    told = told_of(shop)
    found += ["W2: a wish was heard twice"] if len(told) > len(set(told)) else []
    if final:
        left = [row.kind for row in rows if row.kind in FREED and shop.notes.get(FREED[row.kind]) and row.price > CHEAP]
        found += [f"W3: a wish of {left} came true, and nobody was told"] if left else []
        found += shop.unpublished()
    return found


FREED = {"stock": "free", "price": "cheap"}


def reached(**wanted: int) -> Any:
    def reaches(shop: Any) -> list[str]:
        return expected({kind: sum(wire == name for name, _ in told_of(shop)) for kind, wire in TOLD.items()}, wanted)

    return reaches


def settle(stage: Any) -> None:
    stage.settle()


LOOK = Step("look", look, moody=True)
SCENARIOS = [
    Scenario(
        "watching.stock", build,
        [watch("a", "stock"), watch("a", "stock", " again"), watch("b", "stock"), LOOK, level("one"), level("two"), relay()],
        audit, settle, ("W1", "W2", "W3"),
        races=[["watch stock a", "watch stock a again"], ["level one", "level two"], ["watch stock b", "level one"],
               ["level one", "level one"]],
        triples=[["watch stock b", "level one", "level two"]], reaches=reached(stock=2, price=0),
    ),
    Scenario(
        "watching.price", build,
        [watch("a", "price"), watch("b", "price"), unwatch("b", "price"), cheaper("one"), cheaper("two"), relay()],
        audit, settle, ("W1", "W2", "W3"),
        races=[["unwatch price b", "cheaper one"], ["cheaper one", "cheaper two"], ["watch price b", "cheaper one"]],
        reaches=reached(stock=0, price=1),
    ),
    Scenario(
        "watching.forgotten", build,
        [watch("a", "favourite"), watch("b", "price"), Step("forget", forget), cheaper("one"), LOOK],
        audit, settle, ("W2", "W3"), races=[["forget", "cheaper one"], ["forget", "forget"]],
        reaches=reached(stock=0, price=0),
    ),
]  # fmt: skip
