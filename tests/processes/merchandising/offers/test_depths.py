"""How much an offer may take off follows from its kind and terms; what depends on the basket counts as all of it."""

from __future__ import annotations

import pytest

from chalicelib.processes.merchandising.offers import rules
from chalicelib.processes.merchandising.offers.rules import GivenCoupon, Worth
from chalicelib.records.pricing.rules.reading import OfferInvalid

COUPONS = {"K5": GivenCoupon(5, 10_000), "K20%": GivenCoupon(None, 2000)}
WORTH = Worth({"G": 10, "H": 20}, COUPONS)
DEPTHS = {
    "percent": [({"pay_bp": 9000}, 1000), ({"pay_bp": 0}, 10_000)],
    "piece_percent": [({"pay_bp": 7000, "max_pieces": 2}, 3000)],
    "group_percent": [({"pieces": 3, "pay_bp": 8000}, 2000)],
    "amount": [({"off_fen": 1, "min_fen": 3}, 3334), ({"off_fen": 500}, 10_000), ({"off_fen": 500, "min_pieces": 9}, 10_000)],
    "threshold": [
        ({"by": "fen", "tiers": [{"at": 100, "off_fen": 10}, {"at": 200, "off_fen": 50}]}, 2500),
        ({"by": "fen", "tiers": [{"at": 100, "pay_bp": 8500}]}, 1500),
        ({"by": "pieces", "tiers": [{"at": 2, "pay_bp": 7000}]}, 3000),
        ({"by": "pieces", "tiers": [{"at": 2, "off_fen": 1}]}, 10_000),
        ({"by": "fen", "tiers": [{"at": 100, "off_fen": 1}], "base": {"off_fen": 1}}, 10_000),
        ({"by": "fen", "tiers": [{"at": 100, "free_freight": True}]}, 0),
        ({"by": "fen", "tiers": [{"at": 100, "gift": {"sku": "G", "pieces": 2}}]}, 2000),
        ({"by": "fen", "tiers": [{"at": 100, "off_fen": 10, "gift": {"sku": "G", "pieces": 2}}]}, 3000),
        ({"by": "pieces", "tiers": [{"at": 9, "gift": {"sku": "G", "pieces": 1}}]}, 10_000),
        ({"by": "fen", "tiers": [{"at": 9, "points": 1}], "base": {"gift": {"sku": "G", "pieces": 1}}}, 10_000),
        ({"by": "fen", "tiers": [{"at": 100, "points": 10}]}, 1000),
        ({"by": "pieces", "tiers": [{"at": 9, "points": 1}]}, 10_000),
        ({"by": "fen", "tiers": [{"at": 100, "coupon": "K5"}]}, 500),
        ({"by": "fen", "tiers": [{"at": 1, "coupon": "K20%"}]}, 2000),
        ({"by": "pieces", "tiers": [{"at": 1, "coupon": "K20%"}]}, 2000),
        ({"by": "fen", "tiers": [{"at": 100, "coupon": "nobody's"}]}, 10_000),
        ({"by": "fen", "tiers": [{"at": 100, "off_fen": 1, "points": 2, "coupon": "K5"}]}, 800),
    ],
    "second_half": [({"nth": 2, "pay_bp": 5000}, 2500), ({"nth": 3, "pay_bp": 0}, 3334)],
    "cheapest_free": [({"of": 3, "free": 1}, 3334), ({"of": 2}, 5000), ({"of": 5, "free": 2}, 4000)],
    "buy_get": [({"buy": 2, "get": 1}, 3334), ({"buy": 1, "get": 1, "pay_bp": 5000}, 2500), ({"buy": 3, "get": 2}, 4000)],
    "groups": [({"parts": [], "pay_bp": 8000}, 2000), ({"parts": [], "price_fen": 1, "pay_bp": None}, 10_000)],
    "gift": [
        ({"sku": "G", "pieces": 1, "min_fen": 100}, 1000), ({"sku": "G", "pieces": 1, "min_pieces": 1}, 10_000),
        ({"sku": "G", "substitute": "H", "pieces": 1, "min_fen": 100}, 2000), ({"sku": "G", "pieces": 1}, 10_000),
        ({"sku": "G", "min_fen": 100}, 1000), ({"sku": "nobody's", "pieces": 1, "min_fen": 100}, 0),
    ],
    "add_on": [
        ({"sku": "H", "price_fen": 5, "min_fen": 100}, 1500),
        ({"sku": "H", "price_fen": 5, "max_pieces": 2, "min_fen": 100}, 3000),
        ({"sku": "G", "price_fen": 5}, 10_000), ({"sku": "G", "price_fen": 50, "min_fen": 100}, 0),
        ({"sku": "nobody's", "price_fen": 0, "min_fen": 100}, 0),
    ],
    "freight_free": [({}, 0)],
    "choose": [({"pieces": 3, "price_fen": 9900}, 10_000)], "line_amount": [({"off_fen": 1}, 10_000)],
}  # fmt: skip


@pytest.mark.parametrize("kind", DEPTHS)
def test_how_much_an_offer_may_take_off_follows_from_its_terms(kind):
    assert [rules.deepest(kind, terms, WORTH) for terms, _ in DEPTHS[kind]] == [depth for _, depth in DEPTHS[kind]]


@pytest.mark.parametrize(
    ("kind", "terms", "depth"),
    [
        ("second_half", {"nth": 2, "pay_bp": 5000}, 5000), ("buy_get", {"buy": 1, "get": 1}, 10_000),
        ("buy_get", {"buy": 9, "get": 1, "pay_bp": 6000}, 4000), ("cheapest_free", {"of": 3, "free": 1}, 3334),
    ],
)  # fmt: skip
def test_where_the_buyer_may_choose_the_dearest_nothing_else_they_pay_counts(kind, terms, depth):
    assert rules.deepest(kind, terms, WORTH._replace(even=False)) == depth


@pytest.mark.parametrize(
    ("said", "even"),
    [
        ({}, False), ({"pick": "dearest"}, False), ({"pick": "cheapest"}, True), ({"terms": {"same": "sku"}}, True),
        ({"terms": {"same": "product"}}, False), ({"scope": {"skus": ["A"]}}, True), ({"scope": {"skus": ["A", "B"]}}, False),
        ({"scope": {"skus": ["A"], "products": ["P"]}}, False), ({"scope": {"products": ["P"]}}, False),
        ({"scope": {"all": True, "skus": ["A"]}}, False),
        ({"pick": "cheapest", "terms": {"get_scope": {"skus": ["A"]}}}, False),
    ],
)  # fmt: skip
def test_pieces_are_even_where_what_is_cheaper_is_never_the_dearest(said, even):
    assert rules.even({"scope": {"all": True}, "terms": {}, "pick": "cart", **said}) is even


def test_the_most_that_a_coupon_takes_off_is_known_of_sums_and_caps_only():
    told = [
        rules.most_off(*one)
        for one in (
            ("amount", {"off_fen": 7}),
            ("percent", {"pay_bp": 0, "cap_fen": 8}),
            ("percent", {"pay_bp": 0}),
            ("threshold", {"cap_fen": 9}),
        )
    ]
    assert told == [7, 8, None, None]


def test_a_part_of_a_sum_is_rounded_up_and_of_no_sum_it_is_all():
    assert [rules.part(1, 3), rules.part(0, 3), rules.part(3, 3), rules.part(1, None), rules.part(1, 0)] == [
        3334,
        0,
        10_000,
        10_000,
        10_000,
    ]
    assert rules.deepest("nobody knows it", {}, WORTH) == 10_000
    assert rules.deepest("percent", {}, WORTH) == 10_000
    assert rules.deepest("cheapest_free", {"of": 1, "free": 9}, WORTH) == 10_000, "never more than all"


def test_a_document_names_goods_and_coupons_however_deep():
    document = {
        "scope": {"skus": ["S1"], "not": {"categories": ["G1"], "products": ["P1"]}},
        "terms": {
            "tiers": [{"at": 1, "coupon": "K1"}, {"at": 2, "gift": {"sku": "S2", "substitute": "S3"}}],
            "coupon": 7,
        },
    }
    assert list(rules.named(document)) == [
        ("scope.skus[0]", "sku", "S1"),
        ("scope.not.categories[0]", "category", "G1"),
        ("scope.not.products[0]", "product", "P1"),
        ("terms.tiers[0].coupon", "coupon", "K1"),
        ("terms.tiers[1].gift.sku", "sku", "S2"),
        ("terms.tiers[1].gift.substitute", "sku", "S3"),
    ]


# ---- pieces that no order holds -------------------------------------------------------------------------------------
MOST = 80 * 999


@pytest.mark.parametrize(
    ("terms", "at"),
    [
        *[({name: MOST + 1}, name) for name in ("min_pieces", "pieces", "nth", "of", "buy", "get")],
        ({"by": "pieces", "tiers": [{"at": MOST}, {"at": MOST + 1}]}, "tiers[1].at"),
        ({"parts": [{"pieces": 2}, {}, {"pieces": MOST + 1}]}, "parts[2].pieces"),
    ],
)
def test_what_wants_more_pieces_than_an_order_holds_is_refused_with_the_place(terms, at):
    with pytest.raises(OfferInvalid) as refused:
        rules.check_reachable({"terms": terms})
    assert refused.value.params == {"at": f"terms.{at}", "problem": "too_large"}


@pytest.mark.parametrize(
    "terms",
    [
        {"min_pieces": MOST, "min_fen": MOST + 1},
        {"by": "fen", "tiers": [{"at": MOST + 1}]},
        {"by": "pieces", "tiers": [{"at": MOST}]},
        {"parts": [{"pieces": MOST}, {"pieces": None}], "tiers": None},
        {"parts": None, "nth": None},
        {},
    ],
)
def test_what_an_order_holds_may_be_wanted(terms):
    rules.check_reachable({"terms": terms})


# ---- what a refund keeps hangs on one threshold ---------------------------------------------------------------------
def test_a_kept_reduction_has_one_threshold():
    both = {"min_fen": 10_000, "min_pieces": 3}
    with pytest.raises(OfferInvalid) as refused:
        rules.check_kept({"terms": both, "refund_policy": "keep_if_threshold_still_met"})
    assert refused.value.params == {"at": "terms.min_pieces", "problem": "two_thresholds"}
    assert "只能设一个" in refused.value.message("zh")


@pytest.mark.parametrize(
    ("policy", "terms"),
    [
        ("keep_if_threshold_still_met", {"min_fen": 10_000}),
        ("keep_if_threshold_still_met", {"min_pieces": 3, "min_fen": None}),
        ("prorate", {"min_fen": 10_000, "min_pieces": 3}),
        ("return_if_all", {"min_fen": 10_000, "min_pieces": 3}),
    ],
)
def test_one_threshold_or_none_that_is_kept_is_fine(policy, terms):
    rules.check_kept({"terms": terms, "refund_policy": policy})
