"""Parcels under every fault: sent once, booked once, given up or brought, and every push heard once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.hardening.proof.scenario import Scenario, Step
from tests.hardening.proof.trade import (
    ask_back,
    decide,
    notice,
    pays,
    place,
    relay,
    ripen,
    settle,
    start,
    went_back,
)
from tests.hardening.proof.yard import (
    Yard,
    audit_yard,
    call_off,
    confirm,
    correct,
    declines,
    due,
    hand_in,
    look,
    offer,
    place_promised,
    poll,
    push,
    push_list,
    put_off,
    reached_yard,
    receipt_due,
    scan,
    ship,
)

PAID = (place("a"), start("a"), pays("a"), notice("a"))


def parcels(name: str, *steps: Step, ends: str, of: dict[str, str], rows: Sequence[str], **more: Any) -> Scenario:
    """A workflow of an order that is paid; it ends so, and its parcels (a1, a2 …) as `of` says."""
    reaches = partial(reached_yard, ends={"a": ends}, parcels=of)
    heavy = True  # parcels are followed for weeks
    return Scenario(
        f"fulfilment.{name}",
        Yard,
        (*PAID, *steps),
        audit_yard,
        settle,
        tuple(rows),
        heavy=heavy,
        reaches=reaches,
        **more,
    )


SCENARIOS = [
    parcels(
        "brought", ship("a"), relay(), scan("a", "50"), push("a", 0), scan("a", "80"), push("a", 1), relay("post 2"), look("a"),
        ends="delivered", of={"a1": "delivered"}, rows=("F03", "F06", "F13", "F34"),
        races=[["ship a", "ship a"], ["push a 1 0", "push a 1 0"], ["push a 1 0", "push a 1 1"], ["post", "post"],
               ["post 2", "post 2"], ["post 2", "push a 1 1"]],
    ),
    Scenario(
        "fulfilment.promised", Yard,
        (place_promised("a", 10), *PAID[1:], relay(), ship("a"), relay("post 2"), scan("a", "80"), push("a", 0),
         relay("post 3"), due("a", 12), look("a")),
        audit_yard, settle, ("F03", "F13"),
        heavy=True, reaches=partial(reached_yard, ends={"a": "delivered"}, parcels={"a1": "delivered"}),
        races=[["post 3", "due a"], ["due a", "due a"], ["ship a", "due a"]],
    ),
    Scenario(
        "fulfilment.late", Yard,
        (place_promised("a", 10), *PAID[1:], relay(), ripen(hours=12), ripen(hours=49), look("a"), ship("a"),
         relay("post 2"), ripen(hours=25)),
        audit_yard, settle, ("F03", "F13"),
        heavy=True, reaches=partial(reached_yard, ends={"a": "shipped"}, parcels={"a1": "labelled"}),
        races=[["ship a", "ship a"]],
    ),
    parcels(
        "received by time", ship("a"), relay(), scan("a", "80"), push("a", 0), relay("post 2"), relay("post 3"), put_off("a"),
        receipt_due("a", "first due", days=15), receipt_due("a", "last due", days=22),
        ends="delivered", of={"a1": "delivered"}, rows=("F11", "F13"),
        races=[["put off a", "first due"], ["last due", "last due"], ["post 3", "post 3"], ["put off a", "put off a"]],
    ),
    parcels(
        "received", ship("a"), relay(), scan("a", "80"), push("a", 0), relay("post 2"), relay("post 3"), confirm("a"),
        receipt_due("a", "due", days=15),
        ends="delivered", of={"a1": "delivered"}, rows=("F11", "F13"),
        races=[["confirm a", "confirm a"], ["confirm a", "due"], ["confirm a", "post 3"]],
    ),
    parcels(
        "put off", ship("a"), relay(), scan("a", "80"), push("a", 0), relay("post 2"), relay("post 3"), put_off("a"),
        ends="delivered", of={"a1": "delivered"}, rows=("F11",),
    ),
    parcels(
        "in parts", ship("a", (0, 1)), ship("a", (0, 2), key="too many"), ship("a", key="the rest"), relay(), look("a"),
        ends="shipped", of={"a1": "labelled", "a2": "labelled"}, rows=("F03", "F04"),
        refuses={"too many": "SHIP_QUANTITY_EXCEEDED"},
        races=[["ship a 0:1", "too many"], ["ship a 0:1", "the rest"], ["too many", "the rest"]],
        triples=[["ship a 0:1", "too many", "the rest"]],
    ),
    parcels(
        "called off", ship("a"), call_off("a"), relay(), ends="paid", of={"a1": "cancelled"}, rows=("F13",),
        races=[["ship a", "call off a 1"], ["call off a 1", "call off a 1"], ["call off a 1", "post"]],
    ),
    parcels(
        "called off late", ship("a"), relay(), call_off("a"), scan("a", "50"), push("a", 0), relay("post 2"),
        ends="paid", of={"a1": "cancelled"}, rows=("F13",), races=[["call off a 1", "push a 1 0"], ["call off a 1", "post 2"]],
    ),
    parcels(
        "paid back", ship("a", (0, 1)), ask_back("a", "ask one", [(0, 1)]), decide("ask one", "approve one"), relay(),
        ship("a", key="the rest"), ends="shipped", of={"a1": "labelled", "a2": "labelled"}, rows=("F16", "F18"),
        races=[["ship a 0:1", "ask one"], ["ship a 0:1", "post"], ["the rest", "post"], ["ask one", "the rest"]],
        triples=[["ship a 0:1", "ask one", "the rest"]],
    ),
    parcels(
        "paid back and called off", ship("a"), ask_back("a", "ask one", [(0, 1)]), decide("ask one", "approve one"), relay(),
        went_back("ask one"),
        call_off("a"), relay("post 2"), ends="paid", of={"a1": "cancelled"}, rows=("F16", "F18"),
        races=[["call off a 1", "post"], ["call off a 1", "ask one"]],
    ),
    parcels(
        "passed on", declines("sf", "filter"), ship("a"), relay(), declines("sf", ""),
        ends="shipped", of={"a1": "labelled"}, rows=("F06",), races=[["post", "post"], ["ship a", "post"]],
    ),
    parcels(
        "refused", declines("sf", "filter"), declines("jd", "2004"), ship("a"), relay(), relay("post 1"), declines("jd", ""),
        offer("a", "jd"),
        relay("post 2"), scan("a", "妥投", carrier="jd"), poll("a"),
        ends="delivered", of={"a1": "delivered"}, rows=("F06", "F11"), races=[["offer a jd", "offer a jd"], ["post 2", "post 2"]],
    ),
    parcels(
        "unsure", declines("sf", "99999"), ship("a"), relay(), declines("sf", ""), ripen(minutes=2),
        ends="shipped", of={"a1": "labelled"}, rows=("F06", "F11"), races=[["ship a", "post"]],
    ),
    parcels(
        "a lie", ship("a"), relay(), push("a", 0, opCode="80"), relay("post 2"), ripen(minutes=11),
        ends="shipped", of={"a1": "labelled"}, rows=("F09",), races=[["push a 1 0 a lie", "push a 1 0 a lie"]],
    ),
    parcels(
        "followed", ship("a", carrier="kuaidi100", waybill="YT5555508965056", company="yuantong"), relay(),
        hand_in("a", "YT5555508965056"), scan("a", "1", carrier="kuaidi100"),
        scan("a", "3", carrier="kuaidi100"), push_list("a"), relay("post 2"), poll("a"),
        ends="delivered", of={"a1": "delivered"}, rows=("F09", "F11"), races=[["list a 1", "poll a 1"], ["post 2", "poll a 1"]],
    ),
    parcels(
        "silent", ship("a"), relay(), scan("a", "50"), scan("a", "80"), poll("a"), push("a", 0), push("a", 1), relay("post 2"),
        ends="delivered", of={"a1": "delivered"}, rows=("F11",),
        races=[["poll a 1", "push a 1 1"], ["poll a 1", "poll a 1"], ["poll a 1", "post 2"], ["push a 1 0", "poll a 1"]],
    ),
    parcels(
        "corrected", ship("a"), relay(), scan("a", "80"), push("a", 0), relay("post 2"), correct("a", "SF1000000000777"),
        relay("post 3"), ends="shipped", of={"a1": "labelled"}, rows=("F09",),
        races=[["correct a 1", "correct a 1"], ["correct a 1", "post 2"]],
    ),
]  # fmt: skip
