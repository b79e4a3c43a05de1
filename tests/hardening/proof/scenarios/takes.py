"""Stock-takes under every fault: a sheet counts whole and once, beside sales, parcels and another sheet of the same shelves."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chalicelib.processes.replenishing.takes import service
from chalicelib.processes.replenishing.takes.service import SheetLine
from chalicelib.records.inventory.model import FIRST, Movement, Stock
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.records.proposals.model import Proposal
from tests.hardening.proof import yard
from tests.hardening.proof.scenario import Scenario, Step, expected, refused
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import CLERK, SKU_A, SKU_B, Trade, audit, cancel, notice, pays, place, settle, start
from tests.hardening.proof.yard import Yard, ship

SHEET = (SheetLine(SKU_A, 3, 2), SheetLine(SKU_B, 5, 4))
MANY = (SheetLine(SKU_B, 5, 5_000),)


def take(name: str, *lines: SheetLine) -> Step:
    """A sheet is handed in, and again until it is answered; what the shop said yes to is remembered."""

    def plain(work: Any) -> list[list[Any]]:
        return [list(line) for line in service.take(lines, "June", work)]

    def act(stage: Any) -> Any:
        told = ask(CLERK, "POST /v1/admin/stock-takes", plain, key=name, asked=name, raced=(StaleStock,))
        if not refused(told):
            stage.notes.setdefault("taken", []).append(name)
        return told

    return Step(name, act)


def _counted(stage: Any) -> Counter[str]:
    found = Counter[str]()
    for row in stage.rows(Movement):
        if row.part.startswith("m#"):
            found[row.place.split("@")[0]] += int(row.delta)
    return found


def _sheets(stage: Any, found: list[str]) -> list[str]:
    """A shelf that two sheets saw alike was put right once; what was acknowledged is in the ledger."""
    counted = _counted(stage)
    for line in SHEET:
        if counted[line.sku] not in (0, line.counted - line.seen):
            found.append(f"S24 {line.sku}: {line.seen - line.counted} lacked, and {-counted[line.sku]} were taken off")
    if len({counted[line.sku] != 0 for line in SHEET}) > 1:
        found.append(f"S24: half a sheet counted: {dict(counted)}")
    if {"sheet", "again"} & set(stage.notes.get("taken", ())) and not counted:
        found.append("S24: a sheet was taken, and counts nothing")
    if len(stage.rows(Proposal)) > 1:
        found.append("S24: one line was proposed twice")
    return found


def audit_taken(stage: Any, final: bool) -> list[str]:
    return _sheets(stage, audit(stage, final))


def audit_half(stage: Any, final: bool) -> list[str]:
    """Where another sheet was faster with one shelf, this one counts none."""
    found, counted = audit(stage, final), _counted(stage)
    if "part" in stage.notes.get("taken", ()) and counted[SKU_B]:
        found.append("S24: half a sheet counted")
    return found


def audit_sent(stage: Any, final: bool) -> list[str]:
    return _sheets(stage, yard.audit_yard(stage, final))


def _on_hand(stage: Any) -> dict[str, int]:
    return {row.place.split("@")[0]: int(row.on_hand) for row in stage.rows(Stock) if row.part == FIRST}


def reaches(proposed: int, **ends: int) -> Any:
    wanted = {SKU_A: ends["a"], SKU_B: ends["b"], "proposed": proposed}
    return lambda stage: expected({**_on_hand(stage), "proposed": len(stage.rows(Proposal))}, wanted)


SCENARIOS = [
    Scenario(
        "takes.sold", Trade, [place("d"), take("many", *MANY), take("sheet", *SHEET), take("again", *SHEET), cancel("d")],
        audit_taken, settle, ("F03", "F04", "F24"), refuses={"again": "STOCK_MOVED"},
        races=[["sheet", "place d"], ["sheet", "again"], ["sheet", "sheet"], ["sheet", "cancel d"], ["many", "many"],
               ["many", "sheet"]],
        triples=[["sheet", "again", "place d"]],
        reaches=reaches(1, a=2, b=4),
    ),
    Scenario(
        "takes.half", Trade, [take("part", SHEET[0]), take("sheet", *SHEET)], audit_half, settle, ("F03",),
        refuses={"sheet": "STOCK_MOVED"}, races=[["part", "sheet"]], reaches=reaches(0, a=2, b=5),
    ),
    Scenario(
        "takes.sent", Yard, [place("d"), start("d"), pays("d"), notice("d"), take("sheet", *SHEET), ship("d")],
        audit_sent, settle, ("F24",), races=[["sheet", "ship d"]], heavy=True, reaches=reaches(0, a=1, b=4),
    ),
]  # fmt: skip
