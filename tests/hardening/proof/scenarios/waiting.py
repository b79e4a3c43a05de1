"""The line of who waits for a SKU under every fault: whoever holds pieces that were to be waited for stands in it with just
these, and what comes is sent to the oldest first."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalicelib.records.inventory.model import Stock
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import FULFILLING, OPEN
from tests.hardening.proof.scenario import Scenario, Step
from tests.hardening.proof.scenarios.sourcing import TwoYards, move
from tests.hardening.proof.scenarios.stock import ALLOWED, adjust, allow, place_later
from tests.hardening.proof.trade import (
    SKU_A,
    ask_back,
    cancel,
    decide,
    expire,
    notice,
    pays,
    relay,
    settle,
    start,
    went_back,
)
from tests.hardening.proof.yard import Yard, audit_yard, call_off, reached_yard, ship


def audit_line(stage: Any, final: bool) -> list[str]:
    """The books, and that nobody was sent what an older order waits for."""
    found = audit_yard(stage, final)
    (first,) = [row for row in stage.rows(Stock) if row.place == f"{SKU_A}@MAIN" and row.part == "b0"]
    there = int(first.on_hand)
    for order in sorted(stage.rows(Order), key=lambda one: one.id):
        if order.state not in OPEN | FULFILLING or SKU_A not in order.bill.waits:
            continue
        older = sum(
            sum(one.bill.awaited(one.held).values())
            for one in stage.rows(Order)
            if one.id < order.id and one.state in OPEN | FULFILLING
        )
        sent = sum(count.shipped for line, count in zip(order.lines, order.ledger, strict=True) if line.shelf == SKU_A)
        if sent and older > there:
            found.append(f"S005 {order.id}: was sent {sent}, and {older} wait before it for {there}")
    return found


def line(
    name: str, *steps: Step, ends: dict[str, str], of: dict[str, str], build: type[Yard] = Yard, **more: Any
) -> Scenario:
    reaches = partial(reached_yard, ends=ends, parcels=of)
    return Scenario(
        f"waiting.{name}",
        build,
        (allow(ALLOWED), *steps),
        audit_line,
        settle,
        ("I3",),
        heavy=True,
        reaches=reaches,
        **more,
    )


BOTH_PAID = (
    place_later("a"), start("a"), pays("a"), notice("a"), place_later("j"), start("j"), pays("j"), notice("j"),
)  # fmt: skip

SCENARIOS = [
    line(
        "sent as it comes", *BOTH_PAID, ship("j"), ship("a", (0, 1)), call_off("a"), adjust("some came", 1), ship("j", key="now"),
        ends={"a": "paid", "j": "shipped"}, of={"a1": "cancelled", "j1": "labelled"}, refuses={"ship j": "OTHERS_WAITED_LONGER"},
        races=[["ship a 0:1", "ship j"], ["call off a 1", "now"], ["some came", "now"]],
    ),
    line(
        "paid back", *BOTH_PAID, ask_back("a", "ask one", [(0, 1)]), decide("ask one", "approve one"), relay(),
        went_back("ask one"), ship("j"), ship("a"),
        ends={"a": "shipped", "j": "shipped"}, of={"a1": "labelled", "j1": "labelled"},
        races=[["ask one went back", "ship j"], ["ship j", "ship a"]],
    ),
    line(
        "given up", place_later("j"), place_later("p"), cancel("j"), expire("p"),
        ends={"j": "cancelled", "p": "expired"}, of={}, races=[["place j", "place p"], ["cancel j", "expire p"]],
    ),
    line(
        "moved", *BOTH_PAID, move("a", "SH", 0), ship("j"), move("j", "SH", 0), adjust("some came", 2),
        move("a", "MAIN", 0, name="back"),
        ends={"a": "paid", "j": "shipped"}, of={"j1": "labelled"}, build=TwoYards, refuses={"move j SH": "ORDER_STATE_CONFLICT"},
        races=[["move a SH", "ship j"], ["back", "some came"]],
    ),
]  # fmt: skip
