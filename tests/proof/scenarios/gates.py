"""Gates under every fault: of attempts that come at one moment, from one network or from two, none is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chalicelib.records.identity.model import Latch
from chalicelib.records.identity.service import gates
from chalicelib.runtime import keys
from chalicelib.runtime.caller import ANYONE, Caller
from tests.proof.scenario import Scenario, Step
from tests.proof.shop import Shop, ask

HERE, THERE = replace(ANYONE, ip="203.0.113.9"), replace(ANYONE, ip="198.51.100.7")


def build() -> Shop:
    shop = Shop(consumers={})
    shop.secrets |= keys.complete({})
    return shop


def knocks(who: Caller) -> Callable[[Any], Any]:
    return lambda stage: ask(who, "login", lambda work: gates.pass_login("somebody", (), work).closed)


def audit(shop: Any, final: bool) -> list[str]:
    """Each attempt is one more than there were before it."""
    return [
        f"S17: {written.key} counts {written.new['n']['N']} after {_number(written.old)}"
        for written in shop.cloud.engine.log
        if written.table == Latch.Meta.table_name and written.new and _number(written.new) != _number(written.old) + 1
    ]


def _number(row: Any) -> int:
    return int(row["n"]["N"]) if row else 0


def reached(shop: Any) -> list[str]:
    return [] if shop.cloud.engine.rows(Latch.Meta.table_name) else ["nobody knocked"]


SCENARIOS = [
    Scenario(
        "identity.gate", build, [Step("here", knocks(HERE), moody=True), Step("there", knocks(THERE), moody=True)], audit,
        rows=("S17",), races=[["here", "here"], ["here", "there"]], reaches=reached,
    ),
]  # fmt: skip
