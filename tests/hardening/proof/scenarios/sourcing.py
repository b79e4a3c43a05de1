"""Two locations under every fault: pieces are held, sent and given back where they lie, also while a line moves between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from chalicelib.kernel.money import Fen
from chalicelib.processes.fulfilment.service.send_from import send_from
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import LocationDay, Stock
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import Site
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import Scenario, Step
from tests.hardening.proof.scenarios.fulfilment import PAID
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import (
    BUYERS,
    CLERK,
    SKU_A,
    SKU_B,
    ask_back,
    cancel,
    decide,
    expire,
    order_id,
    relay,
    settle,
    token,
    went_back,
)
from tests.hardening.proof.yard import PACKER, Yard, audit_yard, call_off, reached_yard, ship

THERE = {SKU_A: 3, SKU_B: 3}


class TwoYards(Yard):
    """A yard with a second location, SH, that sells what lies there; both count the orders of a day."""

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(CLERK, "setup")
            places.describe(Site("SH", "SH", "warehouse", "310000", 5, True, True, capacity=9), work)
            places.describe(Site("MAIN", "MAIN", "warehouse", "", 0, True, True, capacity=9), work)
            for sku, pieces in THERE.items():
                work.add(*stock_steps.receive(sku, pieces, location="SH"))
                work.add(stock_steps.open_elsewhere(inventory.bucket_rows(sku)[sku][0], "SH"))
            work.commit()


# ---- steps ----------------------------------------------------------------------------------------------------------
def move(who: str, location: str, *lines: int, name: str = "") -> Step:
    """Lines of an order are to be sent from a location."""
    scope = "PUT /v1/admin/orders/{order_id}/shipments"

    def act(stage: Any) -> Any:
        return ask(PACKER, scope, send_from, order_id(who), lines, location)

    return Step(name or f"move {who} {location}", act, moody=True)


def place_there(who: str, *, free: bool = False) -> Step:
    """A basket is placed whose quote sends everything from SH; `free`: it costs nothing."""

    def act(stage: Any) -> Any:
        quote = quotes.read(token(who), BUYERS[who].id)
        lines = [line._replace(location="SH") for line in quote.lines]
        if free:
            runs = [tuple(run._replace(goods=Fen(0), freight=Fen(0)) for run in line.runs) for line in lines]
            lines = [line._replace(unit=Fen(0), runs=each) for line, each in zip(lines, runs, strict=True)]
            quote = quote._replace(freights=())
        quote = quote._replace(lines=tuple(lines))
        return ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=quotes.seal(quote)))

    return Step(f"place {who} there", act, moody=True)


def reached_both(
    stage: Any,
    ends: dict[str, str],
    parcels: dict[str, str],
    lying: Mapping[str, tuple[int, int]],
    counted: Mapping[str, int] | None,
) -> list[str]:
    """The states after a clean run, (available, held) on some shelves, and how many orders each location counted."""
    days = [row for row in stage.cloud.engine.rows(LocationDay.Meta.table_name) if row["k"]["S"].startswith("orders#")]
    orders = {row["r"]["S"].split("#")[0]: int(row["n"]["N"]) for row in days}
    rows = {row.place: (row.available, row.held) for row in stage.rows(Stock) if row.part == "b0"}
    found = {place: rows[place] for place in lying}
    return [
        *reached_yard(stage, ends=ends, parcels=parcels),
        *([] if found == lying else [f"on the shelves lies {found}, not {dict(lying)}"]),
        *([] if counted is None or orders == counted else [f"counted were {orders}, not {dict(counted)}"]),
    ]


def two_yards(
    name: str,
    *steps: Step,
    ends: dict[str, str],
    at: Mapping[str, tuple[int, int]],
    of: Mapping[str, str] | None = None,
    rows: Sequence[str] = ("I3",),
    counted: Mapping[str, int] | None = None,
    **more: Any,
) -> Scenario:
    reaches = partial(reached_both, ends=ends, parcels=dict(of or {}), lying=at, counted=counted)
    return Scenario(
        f"sourcing.{name}", TwoYards, steps, audit_yard, settle, tuple(rows), heavy=True, reaches=reaches, **more
    )


MAIN_A, MAIN_B, SH_A, SH_B = f"{SKU_A}@MAIN", f"{SKU_B}@MAIN", f"{SKU_A}@SH", f"{SKU_B}@SH"

SCENARIOS = [
    two_yards(
        "moved", *PAID, move("a", "SH", 0), ship("a"), ship("a", key="the rest"), relay(),
        ends={"a": "shipped"}, of={"a1": "labelled", "a2": "labelled"},
        at={MAIN_A: (3, 0), SH_A: (1, 0), MAIN_B: (4, 0), SH_B: (3, 0)}, counted={"MAIN": 1, "SH": 1},
        races=[["move a SH", "ship a"], ["move a SH", "move a SH"], ["ship a", "the rest"]],
        triples=[["move a SH", "ship a", "the rest"]],
    ),
    two_yards(
        "moved to and fro", *PAID, move("a", "SH", 0, 1), move("a", "MAIN", 0, name="back"), ship("a", (1, 1)),
        move("a", "MAIN", 1, name="too late"), call_off("a"), move("a", "MAIN", 1, name="now"),
        ends={"a": "paid"}, of={"a1": "cancelled"}, refuses={"too late": "LINE_UNDER_WAY"},
        at={MAIN_A: (1, 2), SH_A: (3, 0), MAIN_B: (4, 1), SH_B: (3, 0)},
        races=[["move a SH", "back"], ["back", "ship a 1:1"], ["ship a 1:1", "too late"], ["call off a 1", "now"]],
    ),
    two_yards(
        "moved and held", *PAID, move("a", "SH", 0), place_there("b"), cancel("b"),
        ends={"a": "paid"}, refuses={"place b there": "OUT_OF_STOCK", "cancel b": "ORDER_NOT_FOUND"},
        at={MAIN_A: (3, 0), SH_A: (1, 2)},
        races=[["move a SH", "place b there"], ["place b there", "place b there"]],
    ),
    two_yards(
        "moved and paid back", *PAID, move("a", "SH", 0), ask_back("a", "ask one", [(0, 1)]), decide("ask one", "approve one"),
        relay(), went_back("ask one"), move("a", "MAIN", 0, name="back"), ship("a"),
        ends={"a": "shipped"}, of={"a1": "labelled"}, at={MAIN_A: (2, 0), SH_A: (3, 0), MAIN_B: (4, 0)},
        races=[["move a SH", "ask one"], ["post", "back"], ["ask one went back", "back"], ["back", "ship a"]],
    ),
    two_yards(
        "given up", place_there("c"), cancel("c"), place_there("g"), expire("g"),
        ends={"c": "cancelled", "g": "expired"}, at={MAIN_B: (5, 0), SH_B: (3, 0)},
        races=[["place c there", "place g there"], ["cancel c", "cancel c"], ["expire g", "expire g"]],
    ),
    two_yards(
        "cost nothing", place_there("c", free=True), move("c", "MAIN", 0), move("c", "SH", 0, name="back"), cancel("c"),
        ends={"c": "annulled"}, at={MAIN_B: (5, 0), SH_B: (3, 0)},
        races=[["move c MAIN", "cancel c"], ["back", "cancel c"], ["cancel c", "cancel c"], ["move c MAIN", "move c MAIN"]],
    ),
]  # fmt: skip
