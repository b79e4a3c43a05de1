"""The price of an order: baskets worked out by hand cost what they cost. Nothing is called here, so nothing can die; what
the engine gets wrong is noticed by its first answer."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.course import GiftInfo
from tests.hardening.proof.scenario import Scenario, Stage, Step
from tests.records.pricing.shelf import NOW, basket, buy, offer, offs
from tests.records.pricing.test_cases import CASES, HEAVY
from tests.records.pricing.test_golden import BASKETS


def by_hand() -> dict[str, str]:
    """By basket, what is off each line and what is paid, as the engine says."""
    found = {}
    for name, one in BASKETS.items():
        priced = buy(basket(one.basket, **one.items), *one.offers, coupons=one.coupons, points=one.points, **one.more)
        found[name] = f"{offs(priced)[: len(one.lines)]} {int(priced.payable)}"
    return found


def collected() -> dict[str, str]:
    """The same of baskets collected elsewhere."""
    found = {}
    for name, one in CASES.items():
        heavy = HEAVY if name in ("P019", "P020") else {}
        priced = buy(basket(one.basket, **heavy), *one.offers, coupons=one.coupons, points=one.points, **one.more)
        found[name] = f"{int(priced.off)} {int(priced.payable)}"
    return found


def given() -> dict[str, str]:
    """Gifts, of a SKU that is bought, too; and an offer at the instant of its end."""
    gift, over = offer("gift", "shop", sku="G", pieces=2), offer("amount", "shop", off_fen=1, top={"ends_at": NOW})
    lines = buy(basket("A@900 G@300"), gift, gifts={"G": GiftInfo(Fen(300), 2)}).lines
    return {"a gift": str(lines[2:] and lines[2].quantity), "an end": str(int(buy(basket("A@900"), over).payable))}


def asking(stage: Stage) -> int:
    """How many baskets were priced."""
    stage.notes["told"] = by_hand() | collected() | given()
    return len(stage.notes["told"])


WANTED = {name: f"{one.lines} {one.payable}" for name, one in BASKETS.items()} | {
    name: f"{one.off} {one.payable}" for name, one in CASES.items()
}
WANTED |= {"a gift": "1", "an end": "900"}


def audit(stage: Any, final: bool) -> list[str]:
    """The baskets that cost something else."""
    told = stage.notes.get("told", {})
    return [f"price: {name} is {told[name]}, not {WANTED[name]}" for name in told if told[name] != WANTED[name]]


def reaches(stage: Any) -> list[str]:
    """Every basket was priced."""
    return [name for name in WANTED if name not in stage.notes.get("told", {})]


SCENARIOS = [Scenario("pricing.baskets", Stage, [Step("ask", asking)], audit, reaches=reaches)]
