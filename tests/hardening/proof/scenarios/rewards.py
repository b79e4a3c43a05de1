"""Orders with a coupon, a limit and a new customer's benefit: each stands in one order, and comes back with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.kernel.bill import CounterUse, CouponUse
from chalicelib.kernel.clock import millis
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.records.coupons import steps as coupon_steps
from chalicelib.records.coupons.rules import Terms
from chalicelib.records.coupons.service import NEWCOMER
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import (
    ADDRESS,
    BASKETS,
    BUYERS,
    CLERK,
    FREIGHT,
    PRICE,
    Trade,
    ask_back,
    audit,
    cancel,
    deaf,
    decide,
    expire,
    notice,
    order_id,
    pays,
    reached,
    relay,
    settle,
    start,
    went_back,
)
from tests.support.trade import line, promised

WHO = BUYERS["p"].id  # q is the same person
COUPON, OFFER = "K01KJPB7WG0000000000000000A00", "F01KJPB7WG0000000000000000A"
LIMIT = CounterUse(f"offer#{OFFER}#{WHO}", 1, 1)
TERMS = Terms({}, None, 1, None, None, None, None, None, 0, 10, public=True, newcomer=False)
TAKEN = "LIMIT_REACHED"  # the first of all that it is refused for


class Rewarded(Trade):
    """The trading shop, in which one person has a coupon."""

    def __init__(self) -> None:
        super().__init__()
        with self.standing():
            work = Work(CLERK, "setup")
            work.add(coupon_steps.issue(WHO, COUPON, 1, TERMS, "claim", START))
            work.commit()


def spend(who: str, *, new: bool = True) -> Step:
    """Place an order with the coupon, the last use of a limit and the benefit of a new customer."""
    lines = [line(sku, count, PRICE[sku]) for sku, count in BASKETS[who]]
    expires = millis(START + timedelta(hours=3))
    plain = promised(order_id(who), WHO, lines, FREIGHT, [100], expires=expires, address=ADDRESS)
    benefit = (CouponUse(NEWCOMER),) if new else ()
    quote = plain._replace(coupons=(CouponUse(COUPON, 0), *benefit), counters=(LIMIT,))

    def act(_: Any) -> Any:
        return ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=quotes.seal(quote)))

    return Step(f"spend {who}", act)


def story(name: str, *steps: Step, ends: dict[str, str], rows: Sequence[str], **more: Any) -> Scenario:
    return Scenario(
        f"rewards.{name}", Rewarded, steps, audit, settle, rows, reaches=partial(reached, ends=ends), **more
    )


SCENARIOS = [
    story(
        "one",
        spend("p"),
        spend("q"),
        cancel("p"),
        relay(),
        ends={"p": "cancelled"},
        refuses={"spend q": TAKEN},
        rows=("F03", "F04", "F05", "F24"),
        races=[["spend p", "spend q"], ["spend q", "cancel p"], ["spend p", "spend p"]],
        triples=[["spend p", "spend p", "spend q"]],
    ),
    story(
        "late",
        spend("p", new=False),
        start("p"),
        deaf(True),
        expire("p"),
        deaf(False),
        pays("p"),
        notice("p"),
        spend("q", new=False),
        relay(),
        ends={"p": "paid", "p01": "paid"},
        refuses={"spend q": TAKEN},
        rows=("F12", "F14"),
        races=[["notice p 1", "spend q"], ["notice p 1", "notice p 1"]],
    ),
    story(
        "gone",
        spend("p"),
        start("p"),
        deaf(True),
        expire("p"),
        deaf(False),
        spend("q"),
        pays("p"),
        notice("p"),
        relay(),
        relay("post 2"),
        ends={"p": "expired", "p01": "paid", "q": "expired"},
        rows=("F12", "F16"),
        races=[["notice p 1", "notice p 1"]],
    ),
    story(
        "refund",
        spend("p"),
        start("p"),
        pays("p"),
        notice("p"),
        ask_back("p", "ask all"),
        decide("ask all", "approve all"),
        relay(),
        went_back("ask all"),
        relay("post 2"),
        spend("q"),
        ends={"p": "annulled", "p01": "paid", "q": "expired"},
        rows=("F16", "F18"),
        races=[["post", "post"]],
    ),
]
