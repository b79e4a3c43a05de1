"""Sending a paid order where that costs less, under every fault: what was paid too much goes back with the address, once."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service import readdress_order
from chalicelib.processes.refunding.rules import goes_back
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.identity.model import Address, address_part, packed
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import StaleOrder
from chalicelib.records.payments.model import Refund
from chalicelib.records.payments.rules import StaleRefund
from chalicelib.records.payments.service import attempts
from chalicelib.runtime import table, vault
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step
from tests.hardening.proof.scenarios.fulfilment import PAID
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import BUYERS, ask_back, order_id, relay, settle
from tests.hardening.proof.yard import HOME, Yard, audit_yard, reached_yard, ship

NEAR, BACK = "A01KJPB7WG0000000000000000B", Fen(300)


class NearYard(Yard):
    """A yard whose first buyer has a second address."""

    def register(self) -> None:
        super().register()
        buyer = BUYERS["a"].id
        legal = vault.seal_legal(packed(list(HOME)), addresses._place_of(buyer, NEAR))
        work = Work(BUYERS["a"], "setup")
        work.add(table.put(Address(buyer, address_part(NEAR), region=HOME.region, made_at=START, legal=legal)))
        work.commit()


def nearer(who: str, name: str = "") -> Step:
    """It is to go where sending costs less: known as such, it stays."""
    scope = "PUT /v1/orders/{order_id}/address"

    def once(work: Work) -> None:
        order = orders.own(order_id(who), BUYERS[who].id)
        payment = attempts.find(order.payment) if order.payment else None
        if (
            order.address == NEAR
            or order.state != "paid"
            or payment is None
            or readdress_order._given_back(order, payment)
        ):
            return
        readdress_order._give_back(order, payment, NEAR, BACK, work)

    def act(stage: Any) -> Any:
        return ask(BUYERS[who], scope, once, raced=(StaleOrder, StaleRefund))

    return Step(name or f"nearer {who}", act, moody=True)


def audit_nearer(stage: Any, final: bool) -> list[str]:
    """The books, and that of the freight as much goes back as the order says, with its new address."""
    found = audit_yard(stage, final)
    back = sum(int(row.amount) for row in stage.rows(Refund) if row.cause == "freight")
    for order in stage.rows(Order):
        if int(order.freight_back or 0) != back or (order.address == NEAR) != bool(back):
            found.append(f"I4 {order.id}: goes to {order.address}, {order.freight_back} went back, and {back} is owed")
        for row in stage.rows(Refund) if back else ():
            if row.cause == "asked":
                none = [0] * len(order.lines)
                worth = goes_back(order.bill, none, row.unit_counts, order.payable - Fen(back), Fen(back)).worth
                if row.amount != worth:
                    found.append(
                        f"I4 {row.id}: {int(row.amount)} are asked back, which are worth {int(worth)} without freight"
                    )
    return found


SCENARIOS = [
    Scenario(
        "nearer.paid back", NearYard, (*PAID, nearer("a"), relay(), nearer("a", "again"), ship("a"), relay("post 2")),
        audit_nearer, settle, ("I4",),
        heavy=True, reaches=partial(reached_yard, ends={"a": "shipped"}, parcels={"a1": "labelled"}),
        races=[["nearer a", "nearer a"], ["nearer a", "ship a"], ["nearer a", "again"], ["post", "again"]],
    ),
    Scenario(
        "nearer.asked back", NearYard, (*PAID, nearer("a"), ask_back("a", "ask one", [(0, 1)]), relay()), audit_nearer, settle,
        ("I4",),
        heavy=True, reaches=partial(reached_yard, ends={"a": "paid"}, parcels={}),
        races=[["nearer a", "ask one"], ["ask one", "post"]],
    ),
]  # fmt: skip
