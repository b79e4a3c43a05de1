"""Offers that are edited and killed while people hold quotes of them: a quote is of one version, whole; ten seconds after an
offer was killed no quote of it becomes an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.kernel.clock import instant, millis
from chalicelib.processes.merchandising.offers.service import setting_up
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.make_quote import make_quote
from chalicelib.processes.ordering.shapes import AskQuote, WantedLine
from chalicelib.records.orders.model import Order
from chalicelib.records.promotions.offers import service as offers
from chalicelib.runtime.work import Work
from tests.hardening.proof import trade
from tests.hardening.proof.scenario import Scenario, Step, expected
from tests.hardening.proof.scenarios.clicks import BUYER, LAMP, Lamps, place
from tests.hardening.proof.scenarios.promotions import RACED, SAID
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import CLERK, ripen

KNOWN = timedelta(seconds=10)  # by then every process knows of a kill
OFF = {1: 100, 2: 200}  # by version of the offer, fen
RENAMED = {**SAID, "name": {"zh": "券", "en": "Off"}}


class Marked(Lamps):
    """The shop of lamps, with an offer that was published long ago."""

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(CLERK, "setup")
            self.offer = setting_up.draft(RENAMED, work)
            work.commit()
            work = Work(CLERK, "setup")
            setting_up.publish(self.offer, 1, work)
            work.commit()


def _edit(offer_id: str, work: Work) -> None:
    setting_up.edit(offer_id, 1, {**RENAMED, "terms": {"off_fen": OFF[2], "min_fen": 1000}}, work)


def act_on(name: str, use_case: Any) -> Step:
    """What an operator does to the offer; when it was acknowledged is remembered."""

    def act(stage: Any) -> Any:
        route = f"POST /v1/admin/offers/{{offer_id}}/{name}"
        told = ask(CLERK, route, use_case, stage.offer, key=name, asked=name, raced=RACED)
        if told is None:
            stage.notes.setdefault(f"{name} at", millis(stage.now()))
        return told

    return Step(name, act)


def quote(name: str) -> Step:
    """The buyer asks what a lamp costs now, and keeps the answer and what it promised."""

    def act(stage: Any) -> Any:
        told = ask(BUYER, "POST /v1/quotes", make_quote, AskQuote(items=[WantedLine(sku=LAMP, quantity=1)]))
        if name not in stage.notes:
            held = quotes.read(told["quote"], BUYER.id)
            stage.notes[name] = told["quote"]
            stage.notes[f"{name} promised"] = [[one.version, int(one.off)] for one in held.layers]
        return "asked"

    return Step(name, act, moody=True)


def audit(stage: Any, final: bool) -> list[str]:
    found = trade.audit(stage, final)
    for name, promised in stage.notes.items():
        if name.endswith("promised") and any(OFF[version] != off for version, off in promised):
            found.append(f"F04: {name} {promised}, which is no version of the offer")
    killed = stage.notes.get("kill at")
    for row in stage.rows(Order):
        marked = any(layer.offer == stage.offer for layer in row.bill.layers)
        if killed is not None and marked and _late(row.placed_at, killed):
            found.append(f"F02: {row.id} has an offer that was killed {row.placed_at - instant(killed)} before")
    return found


def _late(placed: datetime, killed: int) -> bool:
    return placed >= instant(killed) + KNOWN


def reached(stage: Any) -> list[str]:
    offs = sorted(int(layer.off) for row in stage.rows(Order) for layer in row.bill.layers)
    return expected({"off": offs, "third": stage.notes["third promised"]}, {"off": [OFF[1]], "third": [[2, OFF[2]]]})


SCENARIOS = [
    Scenario(
        "recalls.killed", Marked,
        [
            quote("first"), quote("second"), act_on("edit", _edit), place("first"),
            act_on("publication", lambda offer_id, work: setting_up.publish(offer_id, 2, work)), ripen(seconds=11),
            quote("third"),
            act_on("kill", lambda offer_id, work: offers.kill(offer_id, "wrong", work)), ripen("it is known", seconds=11),
            place("second"), place("third"),
        ],
        audit, trade.settle, ("F02", "F04"),
        races=[["edit", "third"], ["publication", "third"], ["kill", "place by second"], ["kill", "third"],
               ["publication", "place by second"]],
        reaches=reached, refuses={"place by second": "PRICE_CHANGED", "place by third": "PRICE_CHANGED"},
    ),
]  # fmt: skip
