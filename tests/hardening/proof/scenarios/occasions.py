"""What else sets journeys off, under every fault: told once, and never of what is not so any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.kernel import holdout
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service import planning
from chalicelib.processes.storefront.service import filling
from chalicelib.records.carts import service as carts
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.journeys.model import Enrolment
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.scenarios.journeys import CLERK, _fire, due, fires
from tests.hardening.proof.scenarios.messages import Street
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import SKU_A, SKU_B

DAY = timedelta(days=1)


class Met(Street):
    """A shop with one journey that runs, and a customer who agreed to offers by text message."""

    journey = ""

    def __init__(self) -> None:
        super().__init__("marketing_sms", askable=False)
        self.consumers = {sending.worker.name: sending.worker}
        with self.standing():
            for act in (
                lambda own: planning.plan(self.journey, 0, planning.shipped()[self.journey], own),
                lambda own: planning.move(self.journey, "start", own),
                lambda own: accounts.change(accounts.get(self.notes["who"]), {"seen_at": int(START.timestamp())}, own),
            ):
                work = Work(CLERK, "setup")
                act(work)
                work.commit()

    def _customer(self, agreed: tuple[str, ...]) -> str:
        while holdout.in_holdout(who := super()._customer(agreed), self.journey):
            pass
        return who

    @property
    def buyer(self) -> Caller:
        return Caller(self.notes["who"], "customer")


# ---- a cart that was left --------------------------------------------------------------------------------------------
class Left(Met):
    journey = "abandoned_cart"


def puts(sku: str, name: str, **later: float) -> Step:
    def act(stage: Any) -> Any:
        stage.advance(**later)
        told = ask(stage.buyer, "PUT /v1/cart/items/{sku}", filling.put_item, sku, 1)
        if not refused(told):
            stage.notes.setdefault("put", set()).add(sku)
        return told if refused(told) else "set"

    return Step(name, act, moody=True)


def empties(stage: Any) -> Any:
    """Everything is taken out again."""
    told = "emptied"
    for sku in (SKU_A, SKU_B):
        answer = ask(stage.buyer, "DELETE /v1/cart/items/{sku}", carts.remove_item, sku)
        told = answer if refused(answer) else told
    if not refused(told):
        stage.notes["emptied"] = len(stage.line.came)
        stage.notes["put"] = set()
    return told


def audit_cart(stage: Any, final: bool) -> list[str]:
    came, rows = len(stage.line.came), stage.rows(Enrolment)
    found = [f"F29: {came} messages of one cart"] if came > 1 else []
    found += [f"I10: in {len(rows)} journeys of one cart"] if len(rows) > 1 else []
    if came > stage.notes.get("emptied", came):
        found.append("F29: told of a cart that was emptied")
    if final:
        kept = {line.sku for line in carts.lines(stage.notes["who"])}
        found += ["F29: a line that was acknowledged is gone"] if stage.notes.get("put", set()) - kept else []
        found += [f"F29: {one} is due and nobody looks" for one in due(stage)]
    return found


def settle(*kinds: str) -> Any:
    """What is due is looked at again, for a day."""

    def act(stage: Any) -> None:
        for _ in range(4):
            for kind in kinds:
                _fire(stage, kind)
            stage.advance(minutes=20)
        stage.advance(days=15)
        for kind in (*kinds, "outcome"):
            _fire(stage, kind)

    return act


def reaches(came: int, *states: str) -> Any:
    """So many messages, and so every enrolment ended."""

    def reached(shop: Any) -> list[str]:
        told = {"came": len(shop.line.came), "states": [row.state for row in shop.rows(Enrolment)]}
        return expected(told, {"came": came, "states": list(states)})

    return reached


LOOKS = [
    fires("looks too early", "cart_left", DAY - timedelta(minutes=1)),
    fires("looks", "cart_left", DAY + timedelta(hours=2, minutes=5)),
    fires("looks again", "cart_left", DAY + timedelta(hours=2, minutes=6)),
]
WALKS = [
    fires("walks", "journey", DAY + timedelta(hours=2, minutes=10)),
    fires("walks again", "journey", DAY + timedelta(hours=2, minutes=11)),
]
PUT_A, PUT_B, EMPTY = puts(SKU_A, "puts A"), puts(SKU_B, "puts B", hours=1), Step("empties", empties, moody=True)
SCENARIOS = [
    Scenario(
        "occasions.left", Left, [PUT_A, PUT_B, *LOOKS, *WALKS], audit_cart, settle("cart_left", "journey"), ("F29",),
        races=[["looks", "looks again"], ["walks", "walks again"], ["puts A", "puts A"]],
        reaches=reaches(1, "done"),
    ),
    Scenario(
        "occasions.emptied", Left, [PUT_A, *LOOKS, EMPTY, *WALKS], audit_cart, settle("cart_left", "journey"), ("F29",),
        races=[["looks", "empties"]],
        reaches=reaches(0, "stopped"),
    ),
]  # fmt: skip
