"""What goes back with units of an order whose offers hang on what stays: to the fen, in whichever order."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.bill import BOUGHT, GIFT, Lower, without_freight
from chalicelib.kernel.money import Fen
from chalicelib.processes.refunding.rules import RefundUsedUp, cost_of_rest, goes_back
from chalicelib.records.pricing.rules.course import GiftInfo
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from tests.records.pricing.shelf import basket, buy, coupon, offer

KEEP = {"refund_policy": "keep_if_threshold_still_met"}
POST = {"freight": Tariffs(FreightTemplate(first_fee=Fen(800)))}
GIFTS = {"gifts": {"G": GiftInfo(Fen(2000), 99)}}


def keep(kind, lane, *skus, **terms):
    """An offer whose reduction stays with the rest only while that reaches its threshold."""
    return offer(kind, lane, *skus, top={"id": f"{kind}-{lane}", **KEEP}, **terms)


def back(bill, *steps):
    """What goes back, step by step, for so many units of each line; None where a step is refused."""
    left, gone, told = bill.payable, [0] * len(bill.lines), []
    for wanted in steps:
        units = [*wanted, *[0] * (len(gone) - len(wanted))]
        try:
            worth = goes_back(bill, gone, units, left).worth
        except RefundUsedUp:
            told.append(None)
            continue
        left, gone = left - worth, [one + more for one, more in zip(gone, units, strict=True)]
        told.append(int(worth))
    return told


# ---- worked out by hand ---------------------------------------------------------------------------------------------
def test_a_reduction_that_was_given_for_more_stays_behind_as_the_policy_says():
    """A022: ten percent from 300.00 on six pieces of 50.00. A025: nothing is spread anew."""
    bought = basket("6xA@5000")
    terms = {"pay_bp": 9000, "min_fen": 30_000}
    kept, plain = (
        buy(bought, keep("percent", "shop", **terms)).bill,
        buy(bought, offer("percent", "shop", **terms)).bill,
    )
    assert (back(kept, [5], [1]), back(plain, [5], [1])) == ([22_000, 5000], [22_500, 4500])
    assert goes_back(kept, [0], [5], kept.payable) == (22_000, 500)
    assert goes_back(plain, [0], [5], plain.payable) == (22_500, 0)
    assert back(kept, [1], [1], [4]) == [2000, 5000, 20_000]


def test_the_reduction_stays_with_the_rest_while_that_reaches_the_threshold():
    bill = buy(basket("A@5000 B@10000"), keep("amount", "shop", off_fen=3000, min_fen=10_000)).bill
    assert back(bill, [1, 0], [0, 1]) == [4000, 8000]
    assert back(bill, [0, 1], [1, 0]) == [7000, 5000]
    assert cost_of_rest(bill, [0, 1]) == 5000
    just = buy(basket("A@5000 B@9999"), keep("amount", "shop", off_fen=3000, min_fen=10_000)).bill
    assert back(just, [1, 0]) == [5000 - 3000]


def test_a_gift_that_stays_is_paid_with_its_value_and_given_back_brings_that_again():
    """A045, S68 d: what was bought goes back and the gift stays, or comes back with it or later."""
    bill = buy(basket("A@20000"), keep("gift", "shop", sku="G", min_fen=20_000), **GIFTS).bill
    assert [line.kind for line in bill.lines] == [BOUGHT, GIFT]
    assert back(bill, [1, 0], [0, 1]) == [18_000, 2000]
    assert back(bill, [1, 1]) == [20_000]
    assert back(bill, [0, 1], [1, 0]) == [0, 20_000]
    freely = buy(basket("A@20000"), offer("gift", "shop", sku="G", min_fen=20_000), **GIFTS).bill
    assert back(freely, [1, 0]) == [20_000]
    always = buy(basket("A@20000"), keep("gift", "shop", sku="G"), **GIFTS).bill
    assert back(always, [1, 0]) == [18_000]


def test_below_one_tier_the_next_is_what_the_rest_deserves():
    tiers = [{"at": 10_000, "off_fen": 1000}, {"at": 20_000, "pay_bp": 8500}, {"at": 30_000, "off_fen": 6000}]
    bill = buy(basket("3xA@10000"), keep("threshold", "shop", by="fen", tiers=tiers)).bill
    assert [int(cost_of_rest(bill, [n])) for n in range(4)] == [24_000, 17_000, 9000, 0]
    assert back(bill, [1], [1], [1]) == [7000, 8000, 9000]
    pieces = keep("threshold", "shop", by="pieces", tiers=[{"at": 2, "off_fen": 400}, {"at": 3, "off_fen": 1200}])
    bill = buy(basket("4xA@1000"), pieces).bill
    assert [int(cost_of_rest(bill, [n])) for n in range(5)] == [2800, 2100, 1600, 1000, 0]
    tiers = [{"at": 1, "off_fen": 300}, {"at": 2, "pay_bp": 9900}, {"at": 5, "off_fen": 2500}]
    bill = buy(basket("5xA@1000"), keep("threshold", "shop", by="pieces", tiers=tiers)).bill
    assert int(cost_of_rest(bill, [1])) == 4000 - 300, "the better of two that are reached, and once"


def test_what_is_given_each_time_is_kept_for_as_many_times_as_the_rest_reaches():
    each = keep("threshold", "shop", by="fen", repeat=True, tiers=[{"at": 10_000, "off_fen": 1000}])
    bill = buy(basket("3xA@10000"), each).bill
    assert [int(cost_of_rest(bill, [n])) for n in range(4)] == [27_000, 18_000, 9000, 0]
    gift = keep("gift", "shop", sku="G", pieces=2, min_fen=10_000, per_each=True)
    bill = buy(basket("3xA@10000"), gift, **GIFTS).bill
    assert [int(cost_of_rest(bill, [n, 0])) for n in range(4)] == [30_000, 24_000, 18_000, 12_000]
    assert int(cost_of_rest(bill, [1, 1])) == 22_000
    tier = {"at": 10_000, "off_fen": 1, "gift": {"sku": "G"}}
    bill = buy(basket("2xA@10000"), keep("threshold", "shop", by="fen", repeat=True, tiers=[tier]), **GIFTS).bill
    assert int(cost_of_rest(bill, [1, 0])) == 9999 + 2000


def test_tiers_below_bring_the_gift_again_that_they_name_and_take_off_no_more_than_their_cap():
    gift = {"sku": "G"}
    both = [{"at": 10_000, "gift": gift}, {"at": 20_000, "off_fen": 1000, "gift": gift}]
    bill = buy(basket("2xA@10000"), keep("threshold", "shop", by="fen", tiers=both), **GIFTS).bill
    assert goes_back(bill, [0, 0], [1, 0], bill.payable) == (9000, 500)
    assert back(bill, [1, 0], [1, 0], [0, 1]) == [9000, 8000, 2000]
    other = [both[0] | {"gift": {"sku": "H"}}, both[1]]
    bill = buy(basket("2xA@10000"), keep("threshold", "shop", by="fen", tiers=other), **GIFTS).bill
    assert back(bill, [1, 0]) == [7000], "the gift that is kept is another"
    tiers = [both[0], {"at": 15_000, "off_fen": 500}, {"at": 20_000, "off_fen": 1000, "gift": gift}]
    bill = buy(basket("4xA@5000"), keep("threshold", "shop", by="fen", tiers=tiers), **GIFTS).bill
    assert int(cost_of_rest(bill, [1, 0])) == 15_000 - 500 + 2000, "one tier is reached, not the best of each"
    capped = [{"at": 10_000, "pay_bp": 5000, "cap_fen": 100}, {"at": 30_000, "off_fen": 6000}]
    bill = buy(basket("3xA@10000"), keep("threshold", "shop", by="fen", tiers=capped)).bill
    assert back(bill, [1], [1], [1]) == [4100, 10_000, 9900]


def test_what_everybody_is_given_stays_with_the_least_rest():
    gift = {"sku": "G"}
    base = keep(
        "threshold", "shop", by="fen", base={"gift": gift}, tiers=[{"at": 20_000, "gift": gift | {"pieces": 2}}]
    )
    bill = buy(basket("2xA@10000"), base, **GIFTS).bill
    assert int(cost_of_rest(bill, [1, 0])) == 10_000 + 2000, "one gift of two is everybody's"


def test_what_is_given_above_a_threshold_is_not_given_at_it():
    above = keep("threshold", "shop", by="fen", strict=True, tiers=[{"at": 10_000, "off_fen": 1000}])
    assert back(buy(basket("2xA@10000"), above).bill, [1], [1]) == [9000, 10_000]
    assert back(buy(basket("A@10001 B@10000"), above).bill, [0, 1]) == [9500]
    tiers = [{"at": 1, "off_fen": 100}, {"at": 2, "off_fen": 300}]
    bill = buy(basket("3xA@1000"), keep("threshold", "shop", by="pieces", strict=True, tiers=tiers)).bill
    assert [int(cost_of_rest(bill, [n])) for n in range(4)] == [2700, 1900, 1000, 0]
    each = keep("threshold", "shop", by="fen", strict=True, repeat=True, tiers=[{"at": 10_000, "off_fen": 1000}])
    bill = buy(basket("4xA@10000"), each).bill
    assert [int(cost_of_rest(bill, [n])) for n in range(5)] == [37_000, 28_000, 19_000, 10_000, 0]


def test_a_gift_for_every_piece_is_kept_for_every_piece_that_stays():
    bill = buy(basket("3xA@1000"), keep("gift", "shop", sku="G", per_each=True), **GIFTS).bill
    assert [int(cost_of_rest(bill, [n, 0])) for n in range(4)] == [3000, 4000, 5000, 6000]
    before = [layer._replace(threshold=0, below=(Lower(0, pieces=1, each=1),)) for layer in bill.layers]
    bill = bill._replace(layers=tuple(before))  # as it was frozen once
    assert [int(cost_of_rest(bill, [n, 0])) for n in (0, 2, 3)] == [3000, 1000, 6000]


SETS = [
    ("cheapest_free", {"of": 3, "free": 1}),
    ("buy_get", {"buy": 1, "get": 1}),
    ("second_half", {"nth": 2, "pay_bp": 5000}),
    ("choose", {"pieces": 2, "price_fen": 1500}),
    ("group_amount", {"pieces": 2, "off_each_fen": 100}),
    ("group_percent", {"pieces": 2, "pay_bp": 9000}),
    ("groups", {"parts": [{"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}}], "off_fen": 300}),
]


@pytest.mark.parametrize(("kind", "terms"), SETS)
def test_what_is_given_by_sets_has_no_threshold_and_is_frozen_and_goes_back_by_share(kind, terms):
    kept = buy(basket("2xA@1000 2xB@3000"), keep(kind, "shop", **terms)).bill
    plain = buy(basket("2xA@1000 2xB@3000"), offer(kind, "shop", top={"id": f"{kind}-shop"}, **terms)).bill
    assert kept.layers[0].off > 0
    assert kept.pack() == plain.pack()
    assert back(kept, [1, 0], [0, 1]) == [kept.lines[0].worth(0, 1), kept.lines[1].worth(0, 1)]


@pytest.mark.parametrize(
    ("kind", "terms"),
    [("choose", {"pieces": 2, "price_fen": 9000}), ("groups", {"parts": SETS[-1][1]["parts"], "price_fen": 9000})],
)
def test_sets_that_save_nothing_are_priced_without_them(kind, terms):
    assert buy(basket("A@1000 B@3000"), keep(kind, "shop", **terms)).payable == 4000


def test_goods_that_never_counted_do_not_count_now_and_an_add_on_stands_on_its_own_goods():
    bill = buy(basket("A@10000 B@50000"), keep("amount", "shop", "A", off_fen=3000, min_fen=9000)).bill
    assert back(bill, [0, 1]) == [50_000]
    bill = buy(basket("2xA@5000 B@50000"), keep("amount", "shop", "A", off_fen=3000, min_fen=10_000)).bill
    assert (back(bill, [1, 0]), back(bill, [0, 1])) == ([2000], [50_000])
    terms = {"sku": "G", "price_fen": 500, "min_fen": 9000}
    bill = buy(
        basket("A@9000 B@90000"), keep("add_on", "shop", "A", **terms), add_ons=[("add_on-shop", 1)], **GIFTS
    ).bill
    assert (back(bill, [0, 1, 0]), back(bill, [1, 0, 0])) == ([90_000], [9000 - 1500])


def test_what_falls_away_first_is_not_missing_to_the_next():
    first = keep("amount", "shop", off_fen=2000, min_fen=20_000)
    second = keep("amount", "campaign", off_fen=1000, min_fen=10_000)
    bill = buy(basket("2xA@10000"), first, second).bill
    assert bill.payable == 17_000
    assert back(bill, [1], [1]) == [17_000 - 9500, 9500]


def test_what_would_be_below_nothing_is_refused_and_nothing_more_than_was_paid_goes_back():
    bill = buy(basket("A@100 B@10000"), keep("amount", "shop", off_fen=5000, min_fen=10_100)).bill
    with pytest.raises(RefundUsedUp) as used:
        goes_back(bill, [0, 0], [1, 0], bill.payable)
    assert used.value.more == 10_000 - 5100
    assert back(bill, [1, 0], [1, 1]) == [None, 5100]
    even = buy(basket("A@5000 B@10000"), keep("amount", "shop", off_fen=5000, min_fen=15_000)).bill
    assert back(even, [1, 0], [0, 1]) == [0, 10_000], "to the fen nothing: there is no word of an excess"


def test_freight_is_never_charged_afterwards():
    """A023: the rest is below what sending is free from."""
    free = offer("freight_free", "freight", top=KEEP, min_fen=10_000)
    bill = buy(basket("A@5000 B@5000"), free, **POST).bill
    assert (bill.freight, back(bill, [1, 0], [0, 1])) == (0, [5000, 5000])


def test_freight_that_went_back_before_is_neither_kept_for_the_rest_nor_given_a_second_time():
    bill = buy(basket("2xA@10000"), keep("amount", "shop", off_fen=2000, min_fen=20_000), **POST).bill
    left = bill.payable - 300
    assert goes_back(bill, [0], [1], left, Fen(300)).worth == left - 10_250
    assert goes_back(bill, [0], [2], left, Fen(300)).worth == left


def test_where_all_the_freight_went_back_a_unit_brings_its_goods_alone():
    post = {"freight": Tariffs(FreightTemplate(first_fee=Fen(2000)))}
    for offers in (
        [],
        [keep("amount", "shop", "C", off_fen=1, min_fen=1)],
        [keep("amount", "shop", off_fen=1, min_fen=50)],
    ):
        bill = buy(basket("A@10000 B@100"), *offers, **post).bill
        assert [int(line.freight) for line in bill.lines] == [1980, 20]
        left = bill.goods
        for first, last in (([1, 0], [0, 1]), ([0, 1], [1, 0])):
            worth = goes_back(bill, [0, 0], first, left, Fen(2000)).worth
            line = bill.lines[first.index(1)]
            assert worth == line.payable
            assert goes_back(bill, first, last, left - worth, Fen(2000)).worth == left - worth


def test_after_a_request_was_declined_the_next_leaves_what_the_rest_costs():
    """Two were asked for, the first was declined: the second had borne what the first would have."""
    bill = buy(basket("3xA@10000"), keep("amount", "shop", off_fen=6000, min_fen=20_000)).bill
    first = goes_back(bill, [0], [1], bill.payable).worth
    second = goes_back(bill, [1], [1], bill.payable - first).worth
    assert (first, second) == (8000, 6000)
    third = goes_back(bill, [1], [1], bill.payable - second).worth
    assert third == bill.payable - second - 10_000


# ---- by brute force -------------------------------------------------------------------------------------------------
PRICES = st.integers(1, 3000)
SHOP = [
    keep("amount", "shop", off_fen=700, min_fen=2000),
    keep("percent", "shop", "A", "B", pay_bp=8700, min_pieces=3),
    keep("threshold", "shop", by="fen", tiers=[{"at": 900, "off_fen": 50}, {"at": 2500, "off_fen": 401}]),
    keep("threshold", "shop", "A", by="fen", repeat=True, tiers=[{"at": 777, "off_fen": 99}]),
    keep("gift", "shop", sku="G", min_fen=1500, per_each=True),
    keep("gift", "shop", sku="G", per_each=True),
    keep(
        "threshold",
        "shop",
        by="fen",
        strict=True,
        cap_fen=450,
        tiers=[
            {"at": 900, "off_fen": 50, "gift": {"sku": "G"}},
            {"at": 1800, "pay_bp": 7000, "cap_fen": 99},
            {"at": 2500, "off_fen": 500, "gift": {"sku": "G", "pieces": 2}},
        ],
    ),
    keep("second_half", "shop", nth=2, pay_bp=5000, same="any"),
    offer("amount", "shop", off_fen=333, min_fen=1000),
]
CAMPAIGN = [
    keep("amount", "campaign", "B", "C", off_fen=150, min_pieces=2),
    keep("threshold", "campaign", by="pieces", tiers=[{"at": 2, "pay_bp": 9500}, {"at": 4, "pay_bp": 9000}]),
]
COUPONS = [coupon("amount", off_fen=299, min_fen=1200, top=KEEP), coupon("percent", "A", pay_bp=7777)]


@st.composite
def bills(draw):
    """Orders under offers that hang on what stays, mixed with such that do not."""
    bought = " ".join(f"{draw(st.integers(1, 3))}x{sku}@{draw(PRICES)}" for sku in "ABC"[: draw(st.integers(1, 3))])
    offers = [one for one in (draw(st.sampled_from([None, *SHOP])), draw(st.sampled_from([None, *CAMPAIGN]))) if one]
    spent = [one for one in [draw(st.sampled_from([None, *COUPONS]))] if one]
    return buy(basket(bought), *offers, coupons=spent, **GIFTS, **draw(st.sampled_from([{}, POST]))).bill


def unit_by_unit(bill, gone):
    """What the rest costs, with every unit on its own and nothing of what the rules are written with."""
    units = []
    for at, line in enumerate(bill.lines):
        single = [run for run in line.runs for _ in range(run.pieces)]
        units += [(at, line, run) for run in single[gone[at] :]]
    cost = sum(int(run.goods) + int(run.freight) for _, _, run in units)
    fallen = []
    for n, layer in enumerate(bill.layers):
        if layer.policy != KEEP["refund_policy"] or layer.lane not in ("shop", "campaign", "coupon"):
            continue
        counted = [
            run for at, line, run in units if line.kind == "bought" and (layer.covers == 0 or layer.covers & 2**at)
        ]
        price = sum(
            int(run.unit) - sum(int(off) for i, off in enumerate(run.offs) if i < n and i not in fallen)
            for run in counted
        )
        reached = price if layer.threshold > 0 else len(counted)
        if counted and reached >= abs(layer.threshold):
            continue
        fallen.append(n)
        taken = sum(int(run.offs[n]) for _, _, run in units if len(run.offs) > n)
        given = [(0, 0, 0)]
        for at, off, off_bp, gifts, each, cap, over in layer.below:
            if reached >= at + over:
                times = (reached - over) // at if each else 1
                money = times * off + (2 * price * off_bp + 10_000) // 20_000
                given.append((min(money, cap or money), at, times * gifts))
        money, _, pieces = max(given)
        cost += max(0, taken - money)
        values = sorted(int(line.value) for _, line, _ in units if line.kind == "gift" and line.parent == n)
        cost += sum(values[: max(0, len(values) - pieces)])
    return cost


@settings(max_examples=150, deadline=None)
@given(bills())
def test_what_the_rest_costs_is_what_unit_by_unit_it_costs(bill):
    for gone in product(*[range(line.quantity + 1) for line in bill.lines]):
        assert cost_of_rest(bill, gone) == unit_by_unit(bill, gone)
    assert cost_of_rest(bill, [0] * len(bill.lines)) == bill.payable
    assert cost_of_rest(bill, [line.quantity for line in bill.lines]) == 0


@settings(max_examples=150, deadline=None)
@given(bills(), st.integers(0, 10**6))
def test_in_whichever_order_units_go_back_all_of_them_bring_back_all_that_was_paid(bill, seed):
    chance = Random(seed)
    freight_back = Fen(chance.choice([0, chance.randint(0, int(bill.freight)), int(bill.freight)]))
    rest_of_freight = bill._replace(lines=without_freight(bill.lines, freight_back))
    assert rest_of_freight.payable == bill.payable - freight_back
    left, gone = int(bill.payable - freight_back), [0] * len(bill.lines)
    while any(units < line.quantity for units, line in zip(gone, bill.lines, strict=True)):
        wanted = [chance.randint(0, line.quantity - units) for units, line in zip(gone, bill.lines, strict=True)]
        if chance.random() < 0.2:  # all that is left
            wanted = [line.quantity - units for units, line in zip(gone, bill.lines, strict=True)]
        try:
            worth, withheld = goes_back(bill, gone, wanted, Fen(left), freight_back)
        except RefundUsedUp:
            continue
        assert 0 <= worth <= left
        assert withheld >= 0
        left, gone = left - worth, [one + more for one, more in zip(gone, wanted, strict=True)]
        assert left == cost_of_rest(rest_of_freight, gone)
    assert left == 0


@settings(max_examples=100, deadline=None)
@given(bills())
def test_the_rest_never_costs_more_than_its_full_price(bill):
    for gone in product(*[range(line.quantity + 1) for line in bill.lines]):
        rest = [line.rest(units) for line, units in zip(bill.lines, gone, strict=True)]
        full = sum(int(line.gross) + int(line.freight) + int(line.value) * line.quantity for line in rest)
        plain = sum(int(line.payable) + int(line.freight) for line in rest)
        assert plain <= cost_of_rest(bill, gone) <= full
