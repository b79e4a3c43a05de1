"""What was sent as a payment's provider is told, under every fault: never the same twice, and at last just what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from chalicelib.processes.paying.service.start_payment import start_payment
from chalicelib.processes.paying.shapes import StartPayment
from chalicelib.records.payments.events import ShippingReportDue
from chalicelib.records.payments.model import PaymentException
from chalicelib.records.shipping.model import Shipment
from tests.hardening.proof.scenario import Scenario, Step
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import BUYERS, deaf, notice, order_id, pays, place, relay, ripen, settle, tell
from tests.hardening.proof.yard import Yard, audit_yard, call_off, correct, reached_yard, ship

CASE = ("shipping_untold", "open")


class Desk(Yard):
    """A yard whose buyers pay in a mini program, of which the provider wants to know what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets["payments/wechat"] = {"merchant": "wechat", "mini_secret": "S"}


# ---- steps ----------------------------------------------------------------------------------------------------------
def start_mini(who: str) -> Step:
    def act(stage: Any) -> Any:
        command = StartPayment(provider="wechat", product="mini", payer="o-payer")
        scope = "POST /v1/orders/{order_id}/payments"
        told = ask(BUYERS[who], scope, start_payment, order_id(who), command, key="mini", asked="mini")
        return told["id"] if isinstance(told, dict) else told

    return Step(f"start {who} mini", act, moody=True)


def report(who: str, name: str = "report", after: int = 0, **at: float) -> Step:
    """It is looked at what is to be told."""
    fact = ShippingReportDue(f"{order_id(who)}01", order_id(who), after=after)
    return tell("fulfilment", fact, name, timedelta(**at))


def stubborn(yes: bool) -> Step:
    told = "the provider takes no word" if yes else "the provider takes words again"
    return Step(told, lambda stage: setattr(stage.till, "stubborn", yes))


# ---- audit ----------------------------------------------------------------------------------------------------------
def settle_desk(stage: Any) -> None:
    settle(stage)


def audit_desk(stage: Any, final: bool) -> list[str]:
    """The books, and what the provider was told."""
    found = audit_yard(stage, final)
    parcels: dict[str, list[Any]] = {}
    for row in stage.rows(Shipment):
        if row.part.startswith("p#") and row.waybill and row.state != "cancelled":
            parcels.setdefault(row.order, []).append(row)
    open_cases = {row.payment for row in stage.rows(PaymentException) if (row.kind, row.state) == CASE}
    for number, told in stage.till.told.items():
        found += [f"R01 {number}: was told the same again" for one, two in pairwise(told) if one == two]
        if sum(whole for whole, _ in told) > 2:
            found.append(f"R01 {number}: was told all more often than the provider takes")
    if final:
        for number in stage.till.captured:
            sent = tuple(sorted(row.waybill for row in parcels.get(number[:-2], [])))
            last = stage.till.told.get(number, [(False, ())])[-1]
            if sent and number not in open_cases and last != (True, sent):
                found.append(f"R02 {number}: {sent} were sent, and the provider was told {last} at last")
    return found


def desk(
    name: str, *steps: Step, ends: str, of: dict[str, str], told: Sequence[bool], cases: int = 0, **more: Any
) -> Scenario:
    """An order that is paid in the mini program and sent; `told` is of each report whether it was all."""

    def reaches(stage: Any) -> list[str]:
        found = reached_yard(stage, ends={"a": ends}, parcels=of)
        said = [whole for rows in stage.till.told.values() for whole, _ in rows]
        open_ = sum((row.kind, row.state) == CASE for row in stage.rows(PaymentException))
        return found + (
            [] if (said, open_) == (list(told), cases) else [f"it was told {said}, {open_} lie before a person"]
        )

    paid = (place("a"), start_mini("a"), pays("a"), notice("a"))
    return Scenario(
        f"reports.{name}",
        Desk,
        (*paid, *steps),
        audit_desk,
        settle_desk,
        ("F06", "F11"),
        heavy=True,
        reaches=reaches,
        **more,
    )


SCENARIOS = [
    desk(
        "settled", ship("a"), relay(), report("a", minutes=61), report("a", "look after it", after=1, days=3),
        ends="shipped", of={"a1": "labelled"}, told=[True],
        races=[["report", "report"], ["report", "look after it"]],
    ),
    desk(
        "in parts", ship("a", (0, 1)), relay(), report("a", hours=49), ship("a", key="the rest"), relay("post 2"),
        report("a", "report all", hours=51),
        ends="shipped", of={"a1": "labelled", "a2": "labelled"}, told=[False, True],
        races=[["report", "the rest"], ["report", "report"], ["report all", "report all"]],
    ),
    desk(
        "corrected", ship("a"), relay(), report("a", minutes=61), correct("a", "SF1000000000777"), relay("post 2"),
        report("a", "look after it", after=1, days=3),
        ends="shipped", of={"a1": "labelled"}, told=[True, True],
        races=[["report", "correct a 1"], ["look after it", "look after it"]],
    ),
    desk(
        "packed anew", ship("a"), relay(), report("a", minutes=61), call_off("a"), relay("post 2"), ship("a", key="anew"),
        relay("post 3"), report("a", "report anew", hours=3),
        ends="shipped", of={"a1": "cancelled", "a2": "labelled"}, told=[True, True],
        races=[["report", "call off a 1"], ["report anew", "report anew"]],
    ),
    desk(
        "silent", ship("a"), relay(), deaf(True), ripen(minutes=61), deaf(False), ripen(hours=1),
        ends="shipped", of={"a1": "labelled"}, told=[True],
    ),
    desk(
        "refused", ship("a"), relay(), stubborn(True), report("a", minutes=61), stubborn(False),
        ends="shipped", of={"a1": "labelled"}, told=[True], races=[["report", "report"]],
    ),
]  # fmt: skip
