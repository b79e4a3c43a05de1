"""A warehouse that packs, under every fault: told once, kept back before money goes, and what it sends is sent once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.processes.fulfilment.warehousing.admin_routes import list_dispatches, offer_dispatch
from chalicelib.processes.fulfilment.warehousing.service import listening
from chalicelib.processes.fulfilment.warehousing.shapes import AskDispatches, OfferDispatch
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.records.inventory import consumers as supplying
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.feeds.service.sources import SourceTerms
from chalicelib.records.inventory.model import FIRST, Stock, sku_of
from chalicelib.records.orders.model import Order
from chalicelib.records.shipping.model import DISPATCH_PART, Dispatch
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work
from tests.fakes.warehouses import FAKES
from tests.hardening.proof.hook import HOOK
from tests.hardening.proof.scenario import START, Scenario, Step
from tests.hardening.proof.scenarios.fulfilment import PAID
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import (
    ADDRESS,
    BASKETS,
    BUYERS,
    CLERK,
    SKU_A,
    STOCK,
    ask_back,
    cancel,
    decide,
    order_id,
    reached,
    relay,
    ripen,
    settle,
    went_back,
)
from tests.hardening.proof.yard import PACKER, Yard, audit_yard, ship
from tests.support.trade import line, promised

SOURCE = "JST-1"
GIVEN_UP = frozenset({"cancelled", "expired", "annulled"})


class House(Yard):
    """A yard whose goods lie at a warehouse with a system of its own, which leaves out of its counts what it has set aside."""

    def __init__(self) -> None:
        super().__init__()
        fake = self.fakes["jushuitan"] = FAKES["jushuitan"]()
        fake.now = self.now
        self.keepers.append(fake)
        self.secrets["shipping/jushuitan"] = fake.config
        self.consumers = {**self.consumers, supplying.worker.name: supplying.worker}
        with self.standing():
            work = Work(CLERK, "setup")
            sources.agree(SOURCE, SourceTerms("聚水潭", "free", "MAIN", 0, 30, True, "jushuitan"), work)
            work.commit()


# ---- steps ----------------------------------------------------------------------------------------------------------
def sends(who: str, *lines: tuple[int, int], name: str = "") -> Step:
    """The warehouse sends pieces of an order, of which nobody is told yet; all that it has left unless lines are told."""
    name = name or f"sends {who}" + "".join(f" {one}:{pieces}" for one, pieces in lines)

    def act(stage: Any) -> None:
        order = stage.fakes["jushuitan"].orders[order_id(who)]["left"]
        wanted = dict(lines) or {one: row[1] for one, row in order.items()}
        there = {one: min(pieces, order[one][1]) for one, pieces in wanted.items() if order[one][1]}
        if there and name not in stage.notes:
            stage.notes[name] = True
            stage.fakes["jushuitan"].send(order_id(who), there)

    return Step(name, act, moody=True, ready=lambda stage: order_id(who) in stage.fakes["jushuitan"].orders)


def listen(name: str = "listen", rounds: int = 1) -> Step:
    """Its system is asked what it tells, by so many rounds before anything is done about it."""

    def act(stage: Any) -> None:
        for _ in range(rounds):
            work = Work(worker("warehouse_round"), "warehouse_round")
            listening.begin(work)
            work.settled(None)
        for _ in range(3):
            relay().act(stage)

    return Step(name, act, moody=True)


def says(code: str, name: str = "") -> Step:
    def act(stage: Any) -> None:
        stage.fakes["jushuitan"].refuses = code

    return Step(name or f"the warehouse says {code or 'yes'}", act)


def counts(sku: str, pieces: int) -> Step:
    """So much lies there, all but what it has set aside for orders."""

    def act(stage: Any) -> None:
        stage.fakes["jushuitan"].count(sku, pieces, stage.now())

    return Step(f"counts {sku[-2:]}", act)


def offer(who: str) -> Step:
    def act(stage: Any) -> Any:
        wish = OfferDispatch(order_id=order_id(who))
        return ask(PACKER, "POST /v1/admin/dispatches", offer_dispatch, wish, key="offer", asked="offer")

    return Step(f"offer {who}", act, moody=True)


def look() -> Step:
    def act(stage: Any) -> Any:
        lists = ("unacknowledged", "out", "intercepting", "refused")
        return json.dumps([len(list_dispatches(AskDispatches(todo=each)).items) for each in lists])

    return Step("look at the lists", act, moody=True)


def place_free(who: str) -> Step:
    """Place a basket that costs nothing."""

    def act(stage: Any) -> Any:
        lines = [line(sku, count, 0) for sku, count in BASKETS[who]]
        quote = promised(order_id(who), BUYERS[who].id, lines, 0, expires=millis(START) + 10**7, address=ADDRESS)
        return ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=quotes.seal(quote)))

    return Step(f"place {who}", act, moody=True)


# ---- audit ----------------------------------------------------------------------------------------------------------
def settle_house(stage: Any) -> None:
    """Whatever comes by itself: the warehouse answers again, and is listened to each minute."""
    stage.fakes["jushuitan"].refuses = ""
    settle(stage)
    for _ in range(2):
        with HOOK.aside():
            listen().act(stage)
        settle(stage)


def audit_house(stage: Any, final: bool) -> list[str]:
    """The books, and what the warehouse has: nothing that is free by us, and in the end just what we know of it."""
    found = audit_yard(stage, final)
    fake, orders = stage.fakes["jushuitan"], {row.id: row for row in stage.rows(Order)}
    rows = {row.order: row for row in stage.rows(Dispatch) if row.part == DISPATCH_PART}
    for name, there in fake.orders.items():
        order, dispatch, sent = orders[name], rows.get(name), _sent(fake, name)
        if dispatch is None or order.supplier != "jushuitan":
            found.append(f"W01 {name}: the warehouse packs it, and nobody knows")
            continue
        for number, (_, left) in there["left"].items():
            quantity, count = order.lines[number].quantity, order.ledger[number]
            if left + sent.get(number, 0) + count.freed > quantity:
                found.append(f"W02 {name}: of line {number} pieces are free, and the warehouse has them to send")
            if left and order.state in GIVEN_UP:
                found.append(f"W02 {name}: it is {order.state}, and the warehouse has line {number} to send")
        if final:
            found += _agreed(name, dispatch, there["left"], sent)
    for row in rows.values():
        if final and row.state != "refused" and row.order not in fake.orders:
            found.append(f"W01 {row.order}: it was to go out, and the warehouse does not know it")
    return found + (_aside(stage) if final else [])


def _agreed(name: str, dispatch: Any, left: Mapping[int, Any], sent: Mapping[int, int]) -> list[str]:
    found = [f"W03 {name}: nobody asks the warehouse any more" for wish in dispatch.wishes if not wish.answer]
    if dispatch.state == "asked":
        found.append(f"W03 {name}: nobody tells the warehouse any more")
    for one in dispatch.lines:
        if (one.gone, one.left) != (sent.get(one.line, 0), left[one.line][1]):
            found.append(f"W04 {name}: of line {one.line} {one} stands, and {left[one.line]} is there, {sent} sent")
    return found


def _sent(fake: Any, name: str) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in fake.parcels_sent:
        for item in row["items"] if row["so_id"] == name else ():
            found[int(item["outer_oi_id"])] = found.get(int(item["outer_oi_id"]), 0) + item["qty"]
    return found


def _aside(stage: Any) -> list[str]:
    """What is set aside there is known here."""
    shelves = stage.fakes["jushuitan"].shelves
    ours = {sku_of(row.place): row.acked or 0 for row in stage.rows(Stock) if row.part == FIRST}
    theirs = {sku: shelves[sku]["ours"] if sku in shelves else 0 for sku in ours}
    return [] if ours == theirs else [f"W05: set aside is {theirs}, and {ours} is known"]


def reached_house(stage: Any, ends: dict[str, str], at: dict[str, str]) -> list[str]:
    """The states of orders and of dispatches after a clean run."""
    rows = {row.order: row.state for row in stage.rows(Dispatch) if row.part == DISPATCH_PART}
    states = {who: rows.get(order_id(who), "none") for who in at}
    return [*reached(stage, ends=ends), *([] if states == at else [f"dispatches are {states}, not {at}"])]


def packed(
    name: str, *steps: Step, ends: str, at: str, rows: Sequence[str], paid: Sequence[Step] = PAID, **more: Any
) -> Scenario:
    """A workflow of a paid order; it ends so, and at the warehouse as `at` says."""
    reaches = partial(reached_house, ends={"a": ends}, at={"a": at})
    return Scenario(
        f"warehouses.{name}",
        House,
        (*paid, *steps),
        audit_house,
        settle_house,
        tuple(rows),
        heavy=True,
        reaches=reaches,
        **more,
    )


OUT = (relay(), relay("out"))
THEN = (relay("post 2"), relay("ask the warehouse"), relay("post 3"))
ONE_BACK = (ask_back("a", "ask one", [(0, 1)]), decide("ask one", "approve one"))
ALL_BACK = (ask_back("a", "ask all"), decide("ask all", "approve all"))
SCENARIOS = [
    packed(
        "packed", *OUT, look(), sends("a", (0, 1)), listen(rounds=2), sends("a"), listen("listen on"),
        ends="shipped", at="ended", rows=("W01", "W04", "W05"),
        races=[["out", "out"], ["listen", "listen"], ["listen on", "listen on"]],
    ),
    packed(
        "by hand", *OUT, ship("a"), sends("a"), listen(), ends="shipped", at="ended", rows=("W02",),
        refuses={"ship a": "ORDER_AT_WAREHOUSE"}, races=[["out", "ship a"], ["ship a", "listen"]],
    ),
    packed(
        "kept back", *OUT, *ONE_BACK, *THEN, went_back("ask one"), sends("a"), listen(),
        ends="shipped", at="ended", rows=("W02", "W03", "W04", "W05"),
        races=[["post 2", "ask the warehouse"], ["approve one", "listen"], ["ask the warehouse", "listen"],
               ["sends a", "ask the warehouse"]],
    ),
    packed(
        "gone", *OUT, sends("a", (0, 2)), *ONE_BACK, *THEN, listen(), sends("a"), listen("listen on"),
        ends="shipped", at="ended", rows=("W02", "W03"),
        races=[["post 2", "post 2"], ["ask the warehouse", "listen"], ["ask one", "listen"], ["approve one", "listen"],
               ["post 2", "listen"]],
        triples=[["post 2", "ask the warehouse", "listen"]],
    ),
    packed(
        "all kept back", *OUT, *ALL_BACK, *THEN, went_back("ask all"),
        ends="annulled", at="ended", rows=("W02", "W05"), races=[["post 2", "post 2"], ["approve all", "post 2"]],
    ),
    packed(
        "paid back before", ask_back("a", "ask one", [(0, 1)]), relay(), relay("out"), decide("ask one", "approve one"),
        relay("post 2"),
        ripen(minutes=2), went_back("ask one"), sends("a"), listen(),
        ends="shipped", at="ended", rows=("W02",), races=[["ask one", "out"], ["approve one", "out"]],
    ),
    packed(
        "unsure", says("777"), *OUT, says(""), ripen(minutes=2), *ONE_BACK, says("99999"), *THEN, says("", "and yes"),
        ripen("more minutes", minutes=2), went_back("ask one"), sends("a"), listen(),
        ends="shipped", at="ended", rows=("W01", "W03"),
    ),
    packed(
        "refused", says("ADDRESS"), *OUT, look(), says(""), offer("a"), *THEN, sends("a"), listen(),
        ends="shipped", at="ended", rows=("W01",), races=[["offer a", "offer a"], ["post 2", "post 2"]],
    ),
    packed(
        "sent otherwise", says("ADDRESS"), *OUT, says(""), ship("a"), offer("a"), ends="shipped", at="refused", rows=("W02",),
        refuses={"offer a": "ORDER_STATE_CONFLICT"}, races=[["ship a", "offer a"]],
    ),
    packed(
        "counted", counts(SKU_A, STOCK[SKU_A]), listen(), *OUT, listen("listen on"), sends("a"), listen("listen at last"),
        ends="shipped", at="ended", rows=("W05",),
        races=[["out", "listen on"], ["listen on", "listen on"], ["listen at last", "listen at last"]],
    ),
    packed(
        "cost nothing", place_free("a"), *OUT, cancel("a"), sends("a"), listen(), paid=(), ends="shipped", at="ended",
        rows=("W02",), refuses={"cancel a": "ORDER_AT_WAREHOUSE"},
        races=[["post", "cancel a"], ["out", "cancel a"], ["cancel a", "listen"]],
    ),
]  # fmt: skip
