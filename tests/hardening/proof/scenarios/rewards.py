"""Orders with a coupon, a limit and a new customer's benefit: each stands in one order, and comes back with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.kernel.bill import KEEP_IF, CounterUse, CouponUse
from chalicelib.kernel.clock import millis
from chalicelib.processes.merchandising.coupons.consumers import worker as granting
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.records.coupons import steps as coupon_steps
from chalicelib.records.coupons.model import HEAD, Coupon, CouponTemplate, Shard
from chalicelib.records.coupons.rules import Terms, packed
from chalicelib.records.coupons.service import NEWCOMER
from chalicelib.records.payments.model import Refund
from chalicelib.runtime import table
from chalicelib.runtime.work import Work
from tests.hardening.proof.scenario import START, Scenario, Step, expected
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import (
    ADDRESS,
    BASKETS,
    BUYERS,
    CLERK,
    FREIGHT,
    PRICE,
    SKU_A,
    SKU_B,
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
GIFTED = "K01KJPB7WG0000000000000000G"
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


class Gifting(Trade):
    """The trading shop with one coupon left of those that orders gift."""

    def __init__(self) -> None:
        super().__init__()
        self.consumers |= {granting.name: granting}
        with self.standing():
            work = Work(CLERK, "setup")
            work.add(*coupon_steps.add_template(GIFTED, packed(TERMS._replace(total=2)), CLERK.id, START))
            work.commit()
            row = table.get(CouponTemplate, GIFTED, HEAD, consistent=True)
            work = Work(CLERK, "setup")
            work.add(coupon_steps.move_template(row, "open", CLERK.id, START, 1))
            work.add(*coupon_steps.add_shards(GIFTED, 2, [1]))
            work.commit()

    def gifts(self) -> dict[str, str]:
        """By order what became of the coupon it gifted, and how many were taken out of those there are."""
        found = {row.id[27:]: "void" if row.void_at else "usable" for row in self.rows(Coupon)}
        taken = sum(row.gift or 0 for row in self.rows(Shard) if row.part.startswith("shard"))
        return {order: state for order, state in found.items() if order} | {"taken": str(taken)}


def gifting(who: str) -> Step:
    """Place an order that brings a coupon for next time."""
    lines = [line(sku, count, PRICE[sku]) for sku, count in BASKETS[who]]
    expires = millis(START + timedelta(hours=3))
    plain = promised(order_id(who), BUYERS[who].id, lines, FREIGHT, expires=expires, address=ADDRESS)
    quote = plain._replace(gifted=(GIFTED,))

    def act(_: Any) -> Any:
        return ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=quotes.seal(quote)))

    return Step(f"gifting {who}", act)


def given(stage: Any, ends: dict[str, str], gifts: dict[str, str]) -> list[str]:
    """Orders, attempts and the coupons they gifted are where they are meant to be."""
    return reached(stage, ends) + expected(
        stage.gifts(), {order_id(who): state for who, state in gifts.items() if who} | {"taken": "1"}
    )


def counted(stage: Any, final: bool) -> list[str]:
    """The books balance, and of the one coupon that there is one was given at most."""
    found, live = audit(stage, final), stage.gifts()
    taken = live.pop("taken")
    given_out = sum(row.ends_at is not None for row in stage.rows(Coupon) if row.id.startswith(GIFTED))
    return found + ([] if int(taken) == given_out <= 1 else [f"{given_out} coupons were gifted, {taken} of 1 counted"])


def gift_story(name: str, *steps: Step, ends: dict[str, str], gifts: dict[str, str], **more: Any) -> Scenario:
    reaches = partial(given, ends=ends, gifts=gifts)
    return Scenario(f"rewards.{name}", Gifting, steps, counted, settle, ("F16", "F18"), reaches=reaches, **more)


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


def keeping(who: str) -> Step:
    """Place an order of one piece of each, whose coupon gives nothing for less."""
    lines = [line(sku, 1, PRICE[sku]) for sku in (SKU_A, SKU_B)]
    expires = millis(START + timedelta(hours=3))
    plain = promised(order_id(who), WHO, lines, FREIGHT, [240, 60], expires=expires, address=ADDRESS)
    layer = plain.layers[0]._replace(lane="coupon", threshold=2500, policy=KEEP_IF, covers=0b11)
    quote = plain._replace(coupons=(CouponUse(COUPON, 0),), layers=(layer,))

    def act(_: Any) -> Any:
        return ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=quotes.seal(quote)))

    return Step(f"keeping {who}", act)


def paid_back(stage: Any, ends: dict[str, str], worth: Sequence[int]) -> list[str]:
    """Orders and attempts are where they are meant to be, and so much went back at a time."""
    told = sorted(int(row.amount) for row in stage.rows(Refund))
    return reached(stage, ends) + ([] if told == list(worth) else [f"{told} went back, not {worth}"])


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
    Scenario(
        "rewards.rest",
        Rewarded,
        [keeping("p"), start("p"), pays("p"), notice("p"),
         ask_back("p", "ask one", [(1, 1)]), decide("ask one", "approve one"), relay(), went_back("ask one"), relay("post 2"),
         ask_back("p", "ask rest"), decide("ask rest", "approve rest"), relay("post 3"), went_back("ask rest"), relay("post 4")],
        audit, settle, ("F16", "F17"),
        reaches=partial(paid_back, ends={"p": "annulled", "p01": "paid"}, worth=[361, 2639]),
        races=[["ask one", "ask rest"], ["ask rest", "ask one went back"], ["ask rest", "ask rest"]],
    ),
    Scenario(
        "rewards.waits",
        Rewarded,
        [keeping("p"), start("p"), pays("p"), notice("p"),
         ask_back("p", "ask one", [(1, 1)]), ask_back("p", "ask rest", [(0, 1)]),
         decide("ask one", "decline one", approved=False),
         ask_back("p", "ask other", [(0, 1)]), decide("ask other", "approve other"), relay(), went_back("ask other"),
         relay("post 2")],
        audit, settle, ("F16", "F17"),
        reaches=partial(paid_back, ends={"p": "paid", "p01": "paid"}, worth=[361, 2339]),
        refuses={"ask rest": "REFUND_UNDECIDED"},
        races=[["ask rest", "decline one"], ["ask one", "ask rest"]],
    ),
    gift_story(
        "gift", gifting("a"), start("a"), pays("a"), notice("a"), relay(),
        gifting("c"), start("c"), pays("c"), notice("c"), relay("post 2"),
        ends={"a": "paid", "a01": "paid", "c": "paid"}, gifts={"a": "usable"}, races=[["post", "post"], ["post", "post 2"]],
    ),
    gift_story(
        "gift back", gifting("a"), start("a"), pays("a"), notice("a"), ask_back("a", "ask all"), decide("ask all", "approve all"),
        relay(), went_back("ask all"), relay("post 2"),
        ends={"a": "annulled", "a01": "paid"}, gifts={"a": "void"}, races=[["post", "ask all went back"], ["post", "post"]],
    ),
]  # fmt: skip
