"""What every offer answers: applied or why not, to whom and when it holds, how far limits and points go."""

from __future__ import annotations

import pytest

from chalicelib.kernel.bill import Layer
from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.course import GiftInfo
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.offers import Shopper
from chalicelib.records.pricing.rules.points import EarnRule, PointsRule
from tests.records.pricing.shelf import NOW, basket, buy, coupon, offer, told
from tests.records.pricing.test_golden import GOLD, POST, TEN_IN_HAND, tier

# ---- what offers answer ---------------------------------------------------------------------------------------------
TIERS = {"by": "fen", "tiers": [{"at": 10000, "off_fen": 1000}, {"at": 20000, "off_fen": 5000}]}


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        ("A@8000", "再买 ¥20.00 可用", "Buy for ¥20.00 more to use it"),
        ("A@18000", "已减 ¥10.00，再买 ¥20.00 可享下一档", "¥10.00 off; buy for ¥20.00 more for the next step"),
        ("A@20000", "已减 ¥50.00", "¥50.00 off"),
    ],
)  # fmt: skip
def test_an_offer_says_what_it_did_and_what_is_missing(written, zh, en):
    (outcome,) = buy(basket(written), offer("threshold", "shop", **TIERS)).outcomes
    assert (outcome.zh, outcome.en) == (zh, en)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"starts_at": NOW}, "APPLIED"),
        ({"starts_at": NOW + 1}, "NOT_YET"),
        ({"ends_at": NOW + 1}, "APPLIED"),
        ({"ends_at": NOW}, "OVER"),
        ({"audience": {"levels": ["gold"]}}, "APPLIED"),
        ({"audience": {"levels": ["diamond"]}}, "NOT_FOR_YOU"),
        ({"audience": {"segments": ["asleep", "near"]}}, "APPLIED"),
        ({"audience": {"segments": ["asleep"]}}, "NOT_FOR_YOU"),
        ({"audience": {"channels": ["app"]}}, "APPLIED"),
        ({"audience": {"channels": ["web"]}}, "NOT_FOR_YOU"),
        ({"audience": {"new_customers": True}}, "NOT_FOR_YOU"),
        ({"needs": {"nth_order": 3}}, "APPLIED"),
        ({"needs": {"nth_order": 1}}, "NTH_ORDER"),
        ({"needs": {"basket_has": {"skus": ["A"]}}}, "APPLIED"),
        ({"needs": {"basket_has": {"skus": ["Z"]}}}, "OTHER_GOODS"),
        ({"scope": {"skus": ["Z"]}}, "NOTHING_COVERED"),
        ({"scope": {"all": True, "not": {"products": ["P-A"]}}}, "NOTHING_COVERED"),
        ({"scope": {"categories": ["C-A"], "not": {"skus": ["B"]}}}, "APPLIED"),
    ],
)  # fmt: skip
def test_whom_when_and_for_what_an_offer_is(fields, code):
    shopper = Shopper("gold", 10_000, frozenset({"near"}), "app", paid_orders=2)
    assert told(buy(basket("A@1000"), offer("amount", "shop", off_fen=1, top=fields), shopper=shopper)) == {
        "amount": code
    }


def test_freight_that_is_free_already_is_freed_by_nobody():
    frees = offer(
        "threshold", "shop", **tier(at=100, free_freight=True), top={"limits": {"total": 5}, "ends_at": NOW + 1}
    )
    priced = buy(basket("A@100"), frees)
    assert (told(priced), priced.applied, priced.limits, priced.ends) == ({"threshold": "NO_FREIGHT"}, [], (), None)
    sent = buy(basket("A@100"), frees, **POST)
    assert (told(sent), sent.payable, sent.ends) == ({"threshold": "APPLIED"}, 100, NOW + 1)
    assert sent.applied[0].zh == "已减 ¥8.00"


def test_a_tier_may_give_a_coupon_once_alone_or_beside_other_things():
    alone = offer("threshold", "shop", **tier(at=100, coupon="K1"), top={"id": "a"})
    again = offer("threshold", "campaign", by="fen", tiers=[{"at": 50, "off_fen": 10, "coupon": "K1"}], repeat=True)
    priced = buy(basket("A@100"), alone, again)
    assert (priced.gifted, priced.bill.gifted, priced.payable) == (("K1",), ("K1",), 80)
    assert told(priced) == {"a": "GIVEN", "threshold": "APPLIED"}
    assert buy(basket("A@99"), alone).gifted == ()
    other = offer("threshold", "campaign", **tier(at=100, coupon="K2"))
    assert buy(basket("A@100"), other, alone).gifted == ("K1", "K2")


def test_what_a_tier_gives_as_a_coupon_is_worth_more_than_nothing():
    """Two offers of one lane want the same pieces and take nothing off: the one with a coupon holds."""
    plain = offer("threshold", "shop", **tier(at=100, free_freight=True), top={"id": "a"})
    more = offer("threshold", "shop", **tier(at=100, free_freight=True, coupon="K1"), top={"id": "b"})
    assert buy(basket("A@100"), plain, more, **POST).gifted == ("K1",)


def test_of_equal_prices_the_one_that_stands_first_is_the_reason():
    nine = offer("price", "price", price_fen=900, top={"id": "b"})
    same = offer("percent", "price", pay_bp=9000, top={"id": "a"})
    assert told(buy(basket("A@1000"), nine, same, **GOLD)) == {
        "a": "APPLIED",
        "b": "OTHER_BETTER",
        "member": "OTHER_BETTER",
    }
    first = nine._replace(priority=1)
    assert told(buy(basket("A@1000"), first, same))["b"] == "APPLIED"


def test_what_has_no_use_left_says_so():
    spent = offer("amount", "shop", off_fen=1)
    assert told(buy(basket("A@100"), spent, left={"amount": 0})) == {"amount": "LIMIT_REACHED"}
    assert told(buy(basket("A@100"), spent, left={"amount": 1, "other": 0})) == {"amount": "APPLIED"}


def test_a_price_says_that_what_was_set_aside_is_spent():
    spent = offer("price", "price", price_fen=50, top={"limits": {"budget_fen": 49}})
    assert told(buy(basket("A@100"), spent)) == {"price": "BUDGET_SPENT"}


def test_a_newcomer_is_greeted():
    greeting = offer("amount", "shop", off_fen=1, top={"audience": {"new_customers": True}, "needs": {"nth_order": 1}})
    assert told(buy(basket("A@1000"), greeting, shopper=Shopper(is_new=True))) == {"amount": "APPLIED"}


def test_limits_say_how_much_of_them_is_used():
    limits = {"per_person": 3, "per_day": 5, "total": 100, "budget_fen": 9999}
    first = offer("price", "price", "A", price_fen=50, top={"limits": limits, "id": "p"})
    order = offer("amount", "shop", "B", off_fen=10, top={"limits": {"per_order": 1, "total": 7}, "id": "o"})
    post = offer("freight_free", "freight", top={"limits": {"per_person": 2}})
    priced = buy(basket("5xA@100 B@100"), first, order, post, **POST)
    assert priced.limits == (
        ("p", "per_person", 3, 3),
        ("p", "per_day", 3, 5),
        ("p", "total", 3, 100),
        ("p", "budget_fen", 150, 9999),
        ("o", "total", 1, 7),
        ("freight_free", "per_person", 1, 2),
    )


def test_no_more_than_six_contend_or_the_answer_says_so():
    offers = [offer("amount", "shop", off_fen=10 + i, top={"id": f"o{i}"}) for i in range(7)]
    assert buy(basket("A@1000"), *offers[:6]).exact
    greedy = buy(basket("A@1000"), *offers)
    assert (greedy.exact, greedy.payable) == (False, 1000 - 16)


def test_what_is_earned_is_of_what_is_paid():
    rule = EarnRule(10, 15_000)
    assert buy(basket("A@1999"), earn_rule=rule).earn == 299
    paid = buy(basket("A@1999"), earn_rule=rule, points=999, points_rule=PointsRule(100), **TEN_IN_HAND)
    assert paid.earn == 150


@pytest.mark.parametrize(
    ("have", "wanted", "rule", "used", "code"),
    [
        (500, 300, PointsRule(100), (300, 300), "APPLIED"),
        (500, 2000, PointsRule(100), (500, 500), "POINTS_CAPPED"),
        (99, 99, PointsRule(100, unit=100), (0, 0), "POINTS_TOO_FEW"),
        (0, 50, PointsRule(100), (0, 0), "NO_POINTS"),
        (500, 50, PointsRule(0), (0, 0), "NO_POINTS"),
        (500, 500, PointsRule(30), (500, 150), "APPLIED"),
        (500, 11, PointsRule(30), (10, 3), "POINTS_CAPPED"),
        (500, 500, PointsRule(100, 0), (0, 0), "NOTHING_LEFT"),
        (500, 0, PointsRule(100), (0, 0), None),
        (500, 1, PointsRule(100), (1, 1), "APPLIED"),
        (100, 100, PointsRule(100, 0, 100), (0, 0), "NOTHING_LEFT"),
    ],
)  # fmt: skip
def test_points_are_used_as_far_as_they_may_and_say_so(have, wanted, rule, used, code):
    priced = buy(basket("A@1000"), points=wanted, points_rule=rule, shopper=Shopper(points=have))
    assert (priced.points, told(priced).get("points")) == (used, code)
    answers = [(one.lane, one.applied, one.off) for one in priced.outcomes]
    assert answers == ([("points", used[1] > 0, used[1])] if code else [])


def test_points_beside_a_coupon_are_a_setting():
    alone = PointsRule(100, with_coupon=False)
    priced = buy(basket("A@1000"), points=100, points_rule=alone, coupons=[coupon("amount", off_fen=1)], **TEN_IN_HAND)
    assert (priced.payable, told(priced)["points"]) == (999, "POINTS_NOT_WITH_COUPON")


def test_a_gift_of_which_a_part_is_left_is_said_as_so_many_of_so_many():
    gift = offer("gift", "shop", sku="G", pieces=3)
    (outcome,) = buy(basket("A@1000"), gift, gifts={"G": GiftInfo(Fen(300), 2)}).outcomes
    assert (outcome.code, outcome.given, outcome.wanted) == ("GIVEN", 2, 3)
    assert (outcome.zh, outcome.en) == (
        "已享受，赠品仅剩 2 件（应赠 3 件）",
        "You have it; 2 of 3 pieces of its gift are left",
    )
    (outcome,) = buy(basket("A@1000"), gift, gifts={"G": GiftInfo(Fen(300), 3)}).outcomes
    assert (outcome.zh, outcome.wanted) == ("已享受", 0)


# ---- layers and freight ---------------------------------------------------------------------------------------------
def test_a_layer_keeps_what_returns_must_know():
    kept = offer(
        "amount", "shop", off_fen=10, min_pieces=2, top={"id": "F1", "version": 7, "refund_policy": "return_if_all"}
    )
    priced = buy(basket("2xA@100"), kept, coupons=[coupon("percent", pay_bp=9000, top={"version": 4})])
    assert priced.layers == (
        Layer("shop", "F1", 7, Fen(10), -2, "return_if_all"),
        Layer("coupon", "percent", 4, Fen(19)),
    )
    assert priced.coupons == (("U1", 1),)


SENT = {"lane": "freight_coupon"}


@pytest.mark.parametrize(
    ("coupons", "offers", "off", "code"),
    [
        ([coupon("freight_amount", off_fen=300, **SENT)], [], 300, "APPLIED"),
        ([coupon("freight_amount", off_fen=300, **SENT)], [offer("freight_price", "freight", price_fen=200)], 800, "APPLIED"),
        ([coupon("freight_amount", off_fen=300, **SENT)], [offer("freight_free", "freight")], 800, "NO_FREIGHT"),
        ([coupon("freight_amount", off_fen=300, min_fen=101, **SENT)], [], 0, "MISSING_FEN"),
        ([coupon("freight_price", price_fen=800, **SENT)], [], 0, "NOTHING_LEFT"),
        ([coupon("freight_amount", off_fen=300, ends=NOW, **SENT)], [], 0, "OVER"),
        ([coupon("freight_amount", off_fen=300, top={"scope": {"skus": ["Z"]}}, **SENT)], [], 0, "NOTHING_COVERED"),
        ([coupon("freight_free", id="U2", **SENT), coupon("freight_amount", off_fen=300, **SENT)], [], 800, "ONE_COUPON"),
        ([coupon("freight_price", price_fen=900, id="U2", **SENT), coupon("freight_amount", off_fen=300, **SENT)], [],
         300, "APPLIED"),
    ],
)  # fmt: skip
def test_one_coupon_on_the_freight_takes_off_what_is_left_of_it(coupons, offers, off, code):
    priced = buy(basket("A@100"), *offers, coupons=coupons, **POST)
    assert (priced.freights[0].off, {one.coupon: one.code for one in priced.outcomes}["U1"]) == (off, code)
    assert priced.goods == 100


def test_offers_on_the_freight_say_why_not_and_keep_their_layer():
    post = {"freight": Tariffs(FreightTemplate(Fen(800)), version=5)}
    best = offer("freight_amount", "freight", off_fen=300, min_pieces=1, top={"id": "b", "version": 2})
    same = offer("freight_price", "freight", price_fen=500, top={"id": "c"})
    less = offer("freight_percent", "freight", pay_bp=9000, top={"id": "d"})
    none = offer("freight_price", "freight", price_fen=900, top={"id": "e"})
    more = offer("freight_amount", "freight", off_fen=100, min_fen=500, top={"id": "f", "stacks": True})
    dear = offer("freight_price", "freight", price_fen=500, top={"id": "g", "stacks": True})
    late = offer("freight_amount", "freight", off_fen=1, top={"id": "h", "stacks": True})
    priced = buy(basket("A@100"), none, less, same, best, more, dear, late, **post)
    assert told(priced) == {
        "b": "APPLIED",
        "c": "OTHER_BETTER",
        "d": "OTHER_BETTER",
        "e": "NOTHING_LEFT",
        "f": "MISSING_FEN",
        "g": "NOTHING_LEFT",
        "h": "APPLIED",
    }
    assert priced.freights == (("MAIN", 5, 800, 301),)
    assert priced.layers == (
        Layer("freight", "b", 2, Fen(300), -1),
        Layer("freight", "h", 1, Fen(1)),
    )
