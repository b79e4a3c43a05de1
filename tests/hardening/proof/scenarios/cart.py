"""Carts on several devices, a guest's cart that is taken over, and buying out of the cart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.processes.storefront.service import filling
from chalicelib.records.carts.rules import StaleCart
from chalicelib.runtime.caller import Caller
from tests.hardening.proof import trade
from tests.hardening.proof.scenario import Scenario, Step, refused
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import BUYERS, SKU_A, SKU_B, Trade, cart_of, place, relay

BUYER, GUEST = BUYERS["a"], Caller("G01KJPB7WG0000000000000000G", "guest")
SKU_C = "P01KJPB7WG0000000000000000C01"
LETTERS = {SKU_A: "A", SKU_B: "B", SKU_C: "C"}


def put(who: Caller, sku: str, quantity: int, device: str = "") -> Step:
    """Set a line's quantity: a PUT, repeatable without a key. Once acknowledged, the line is there."""

    def act(stage: Any) -> Any:
        stage.notes["put again"] = "receipts" in stage.notes
        told = ask(who, "PUT /v1/cart/items/{sku}", filling.put_item, sku, quantity)
        if not refused(told):
            stage.notes.setdefault("lines", {}).setdefault((who.id, sku), []).append(quantity)
        return told if refused(told) else "set"

    return Step(f"{'guest' if who is GUEST else 'buyer'} puts {quantity} {LETTERS[sku]}{device}", act)


def merge(name: str = "merge") -> Step:
    """The guest signs in: the guest's lines move over; sent again it is answered from the journal."""

    def act(stage: Any) -> Any:
        return ask(BUYER, "POST /v1/cart/merge", _merge, key="merge", raced=(StaleCart,))

    return Step(name, act)


def _merge(work: Any) -> Any:
    return {"left_out": filling.merge(GUEST, work)}


def audit(stage: Any, final: bool) -> list[str]:
    """No acknowledged line is lost: it stands as last set, or was bought, or moved over with the guest's cart."""
    found = trade.audit(stage, final)
    lines = {owner.id: cart_of(stage, owner.id) for owner in (BUYER, GUEST)}
    left = {SKU_A, SKU_B} & set(lines[BUYER.id])
    if stage.notes.get("receipts") and left and not stage.notes["put again"]:
        found.append(f"cart: {sorted(left)} were bought and are still in it")
    bought = (
        {SKU_A, SKU_B} if any(row["u"]["S"] == BUYER.id for row in stage.cloud.engine.rows("jishi-orders")) else set()
    )
    for (owner, sku), quantities in stage.notes.get("lines", {}).items():
        here = lines[owner].get(sku, 0)
        if owner == GUEST.id:
            moved = lines[BUYER.id].get(sku, 0)
            if not here and moved < min(quantities):
                found.append(f"cart: the guest's {sku} was acknowledged and is nowhere")
        elif not here and sku not in bought:
            found.append(f"cart: the buyer's {sku} was acknowledged and is gone")
        elif here and here < min(quantities):
            found.append(f"cart: {here} of {sku}, but it was set to {quantities}")
    return found


def story(
    name: str,
    *steps: Step,
    races: Sequence[Sequence[str]],
    triples: Sequence[Sequence[str]] = (),
    rows: Sequence[str],
    ends: dict[str, int],
) -> Scenario:
    """`ends`: the lines of the buyer's cart after a clean run; the guest's is empty then."""

    def reaches(stage: Any) -> list[str]:
        lines = {LETTERS[sku]: count for sku, count in cart_of(stage, BUYER.id).items()}
        return (
            [] if (lines, cart_of(stage, GUEST.id)) == (ends, {}) else [f"clean run: the cart is {lines}, not {ends}"]
        )

    return Scenario(f"cart.{name}", Trade, steps, audit, trade.settle, rows, races, triples, reaches=reaches)


SCENARIOS = [
    story(
        "devices", put(BUYER, SKU_A, 2), put(BUYER, SKU_B, 1), put(BUYER, SKU_C, 4), rows=("F01",),
        ends={"A": 2, "B": 1, "C": 4}, races=[["buyer puts 2 A", "buyer puts 2 A"], ["buyer puts 2 A", "buyer puts 1 B"]],
        triples=[["buyer puts 2 A", "buyer puts 1 B", "buyer puts 4 C"]],
    ),
    story(
        "bought", put(BUYER, SKU_A, 2), put(BUYER, SKU_B, 1), place("a", " from cart", cart=True), put(BUYER, SKU_C, 4), relay(),
        rows=("F01", "F04"), ends={"C": 4}, 
        races=[["place a from cart", "place a from cart"], ["place a from cart", "buyer puts 4 C"]],
    ),
    story(
        "guest", put(GUEST, SKU_A, 2), put(BUYER, SKU_B, 1), merge(), put(BUYER, SKU_C, 4), merge("merge later"), rows=("F01",),
        ends={"A": 2, "B": 1, "C": 4},
        races=[["merge", "merge"], ["merge", "buyer puts 4 C"], ["guest puts 2 A", "merge"], ["buyer puts 1 B", "merge"]],
        triples=[["merge", "merge", "buyer puts 4 C"]],
    ),
]  # fmt: skip
