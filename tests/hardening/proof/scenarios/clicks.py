"""One click: quote, order and payment in one request; the same key again, and another key for the same wish; and a quote
that has run out."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from chalicelib.kernel.clock import instant
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service.make_quote import make_quote
from chalicelib.processes.ordering.service.one_click import one_click
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import AskQuote, OneClick, PlaceOrder, WantedLine
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.model import Sku
from chalicelib.records.identity.model import BOOK, Address, Book
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders.model import Order
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from tests.hardening.proof import trade
from tests.hardening.proof.scenario import Scenario, Step
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import ADDRESS, BUYERS, CLERK, Trade, deaf, relay, ripen

MINUTE = timedelta(minutes=1)
BUYER, LAMP = BUYERS["a"], "P01KJPB7WG0000000000000000C01"


class Lamps(Trade):
    """The shop sells lamps, and the buyer has a default address."""

    def __init__(self) -> None:
        super().__init__()
        key = catalog.key(LAMP)
        lamp = Sku(
            key.hash_key,
            key.range_key,
            version=1,
            title_zh="灯",
            title_en="Lamp",
            price=Fen(1999),
            code="L",
            weight=1,
            volume=1,
            options="{}",
            shelf="on",
        )
        with self.standing():
            work = Work(CLERK, "setup")
            home = Address(BUYER.id, f"address#{ADDRESS}", made_at=instant(0))
            work.add(put(lamp), put(home), put(Book(BUYER.id, BOOK, default=ADDRESS)), *stock_steps.receive(LAMP, 3))
            work.commit()


def click(key: str, again: str = "") -> Step:
    """The buyer wants a lamp at once; who is answered holds a receipt."""

    def act(stage: Any) -> Any:
        told = ask(BUYER, "POST /v1/orders/one-click", one_click, OneClick(sku=LAMP), key=key, asked="a lamp")
        if isinstance(told, dict):
            receipt = told["order"]
            stage.notes.setdefault("receipts", {})[receipt["order_id"]] = receipt
            return receipt["order_id"]
        return told

    return Step(f"click {key}{again}", act, moody=True)


def quote(name: str = "quote") -> Step:
    """The buyer asks what a lamp costs, and keeps the first answer."""

    def act(stage: Any) -> str:
        told = ask(BUYER, "POST /v1/quotes", make_quote, AskQuote(items=[WantedLine(sku=LAMP, quantity=1)]))
        stage.notes.setdefault(name, told["quote"])
        return str(told["payable"]["fen"])

    return Step(name, act, moody=True)


def place(said: str, again: str = "") -> Step:
    """The buyer orders what was quoted then, also where that quote has run out."""

    def act(stage: Any) -> Any:
        told = ask(BUYER, "POST /v1/orders", place_order, PlaceOrder(quote=stage.notes[said]))
        if isinstance(told, dict):
            stage.notes.setdefault("receipts", {})[told["order_id"]] = told
        return told

    return Step(f"place by {said}{again}", act, ready=lambda stage: said in stage.notes)


def audit(stage: Any, final: bool) -> list[str]:
    """Whatever keys it comes under, one wish is one order; one that comes a minute later is another."""
    at = sorted(row.placed_at for row in stage.rows(Order))
    slips = sum(later - earlier < MINUTE for earlier, later in pairwise(at))
    return [*trade.audit(stage, final), *([f"F03 one wish became {1 + slips} orders"] if slips else [])]


def reached(stage: Any) -> list[str]:
    made = len(stage.rows(Order))
    return [] if made == 1 else [f"clean run: {made} orders, not one"]


def story(name: str, *steps: Step, races: list[list[str]], refuses: dict[str, str]) -> Scenario:
    return Scenario(
        f"click.{name}", Lamps, steps, audit, trade.settle, ("F03", "F06"), races, reaches=reached, refuses=refuses
    )


SCENARIOS = [
    story(
        "twice",
        click("k1"),
        click("k1", " again"),
        click("k2"),
        relay(),
        races=[["click k1", "click k1"], ["click k1", "click k2"]],
        refuses={"click k2": "JUST_ORDERED"},
    ),
    story(
        "silent",
        deaf(True),
        click("k1"),
        click("k2"),
        deaf(False),
        click("k1", " again"),
        ripen(seconds=20),
        races=[["click k1", "click k2"], ["click k1 again", "click k2"]],
        refuses={"click k2": "JUST_ORDERED"},
    ),
    story(
        "stale",
        quote(),
        ripen(hours=1),
        place("quote"),
        quote("quote anew"),
        place("quote anew"),
        races=[["place by quote anew", "place by quote anew"]],
        refuses={"place by quote": "PRICE_CHANGED"},
    ),
]
