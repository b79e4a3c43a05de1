"""Stock under the shop's own hands while customers buy: counting, spreading over buckets, stopping a sale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders.model import Order
from tests.proof import trade
from tests.proof.scenario import Scenario, Step, refused
from tests.proof.shop import ask
from tests.proof.trade import CLERK, SKU_A, Trade, cancel, place, pump


def adjust(name: str, delta: int) -> Step:
    """A counted difference, under a key of its own."""

    def act(stage: Any) -> Any:
        return ask(
            CLERK,
            "POST /v1/admin/stock/{sku}/adjustments",
            inventory.adjust,
            SKU_A,
            delta,
            "counted",
            key=name,
            asked=delta,
        )

    return Step(name, act)


def spread(buckets: int) -> Step:
    """Keep the stock in so many buckets; asked again it is the same."""

    def act(stage: Any) -> Any:
        return ask(CLERK, "PUT /v1/admin/stock/{sku}/buckets", inventory.spread, SKU_A, buckets)

    return Step(f"spread {buckets}", act, moody=True)


def stop() -> Step:
    """Stop the sale. Once the shop was told so, nothing more is held until it is opened again."""

    def act(stage: Any) -> Any:
        told = ask(CLERK, "PUT /v1/admin/stock/{sku}/closed", inventory.close, SKU_A, "recall")
        stage.notes["stopped"] = told is None
        return told

    return Step("stop", act, moody=True)


def reopen() -> Step:
    def act(stage: Any) -> Any:
        stage.notes["stopped"] = False
        return ask(CLERK, "DELETE /v1/admin/stock/{sku}/closed", inventory.reopen, SKU_A)

    return Step("reopen", act, moody=True)


def try_place(who: str) -> Step:
    """A buyer comes while the sale may be stopped."""
    plain = place(who)

    def act(stage: Any) -> Any:
        stopped = stage.notes.get("stopped") and not stage.rows(Order)
        told = plain.act(stage)
        if stopped and not refused(told):
            stage.notes["sold"] = who
        return told

    return Step(plain.name, act)


def audit(stage: Any, final: bool) -> list[str]:
    """The trading line's audit; buckets are stopped together or not at all; a stopped sale is stopped in every bucket."""
    found = trade.audit(stage, final)
    parts = stage.cloud.engine.rows("jishi-stock")
    mine = [row for row in parts if row["s"]["S"].startswith(SKU_A) and row["b"]["S"].startswith("b")]
    live = sorted(row["b"]["S"] for row in mine if "c" not in row)
    if 0 < len(live) < len(mine):
        found.append(f"stock {SKU_A}: only some of its buckets are stopped, {live} still sell")
    if "sold" in stage.notes:
        found.append(f"stock {SKU_A}: {stage.notes['sold']} bought it after its sale was stopped")
    if stage.notes.get("stopped") and live:
        found.append(f"stock {SKU_A}: its sale was stopped, but {live} still sell")
    return found


def story(
    name: str, *steps: Step, rows: Sequence[str], races: Sequence[Sequence[str]], triples: Sequence[Sequence[str]] = ()
) -> Scenario:
    return Scenario(f"stock.{name}", Trade, steps, audit, trade.settle, rows, races, triples)


SCENARIOS = [
    story(
        "count", place("b"), adjust("lose two", -2), adjust("find four", 4), place("d"), cancel("b"), pump(),
        rows=("F04", "F24", "F27"),
        races=[["place b", "lose two"], ["lose two", "lose two"], ["lose two", "find four"], ["find four", "place d"]],
        triples=[["place b", "lose two", "find four"]],
    ),
    story(
        "spread", spread(2), place("d"), spread(1), place("h"), adjust("find four", 4), cancel("d"), pump(),
        rows=("F04", "F23"),
        races=[["spread 2", "place d"], ["place d", "spread 1"], ["spread 1", "place h"], ["spread 1", "find four"],
               ["spread 1", "cancel d"], ["spread 2", "spread 1"]],
        triples=[["spread 1", "place h", "find four"]],
    ),
    story(
        "stop", spread(2), stop(), try_place("h"), reopen(), place("d"), pump(), rows=("F02", "F04"),
        races=[["spread 2", "stop"], ["stop", "place h"]],
        triples=[["spread 2", "stop", "place h"]],
    ),
]  # fmt: skip
