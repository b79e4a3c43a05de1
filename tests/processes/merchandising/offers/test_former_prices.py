"""The lowest price of the seven days before: from prices with their beginnings, and what offers made of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.processes.merchandising.offers import rules
from chalicelib.processes.merchandising.offers.rules import (
    Base,
    Cut,
    LimitOnlyRises,
    OfferScopeWrong,
    SegmentOpensNoPrice,
)
from tests.support.world import START

DAY, MS = timedelta(days=1), timedelta(milliseconds=1)


def at(days):
    return START + days * DAY


def bases(*pairs):
    return [Base(at(days), price) for days, price in pairs]


def half(price):
    return price // 2


def test_the_price_before_is_the_base_however_long_ago_it_was_set():
    assert rules.lowest_before(START, bases((-90, 500)), []) == 500
    assert rules.lowest_before(START, bases((-90, 300), (-8, 500)), []) == 500


def test_the_window_holds_its_first_moment_and_not_its_last():
    assert rules.lowest_before(START, bases((-90, 300), (-7, 500)), []) == 500
    assert rules.lowest_before(START, [Base(at(-90), 300), Base(at(-7) + MS, 500)], []) == 300
    assert rules.lowest_before(START, bases((-90, 500), (0, 100)), []) == 500
    assert rules.lowest_before(START, [Base(at(-90), 500), Base(START - MS, 100)], []) == 100


def test_what_was_never_sold_before_has_no_base():
    assert rules.lowest_before(START, [], []) is None
    assert rules.lowest_before(START, bases((0, 500)), []) is None
    assert rules.lowest_before(START, bases((-1, 500)), []) == 500


@pytest.mark.parametrize(
    ("begins", "ends", "lowest"),
    [
        (-9, -8, 500), (-9, -7, 500), (-9, -6, 250), (-3, -2, 250), (-3, None, 250), (-1, 5, 250), (0, 5, 500), (1, None, 500),
        (-3, -3, 500),
    ],
)  # fmt: skip
def test_what_an_offer_made_of_it_counts_while_it_was_within_the_window(begins, ends, lowest):
    cut = Cut(at(begins), None if ends is None else at(ends), half)
    assert rules.lowest_before(START, bases((-90, 500)), [cut]) == lowest


def test_an_offer_counts_at_the_lowest_price_that_it_met():
    prices = bases((-90, 900), (-4, 400), (-3, 900))
    assert rules.lowest_before(START, prices, [Cut(at(-6), at(-3), half)]) == 200
    assert rules.lowest_before(START, prices, [Cut(at(-3), at(-2), half)]) == 400
    assert rules.lowest_before(START, prices, [Cut(at(-3), at(-2), half), Cut(at(-2), at(-1), lambda _: 7)]) == 7


@given(
    st.lists(st.tuples(st.integers(-400, 50), st.integers(1, 10_000)), max_size=9, unique_by=lambda one: one[0]),
    st.lists(st.tuples(st.integers(-400, 50), st.integers(0, 300)), max_size=4),
)
def test_it_is_what_asking_every_hour_would_tell(prices, spans):
    """By hours: the lowest of what a piece cost in any hour of the window."""
    hour = timedelta(hours=1)
    told = [Base(START + h * hour, price) for h, price in sorted(prices)]
    cuts = [Cut(START + h * hour, START + (h + n) * hour, half) for h, n in spans]
    seen = []
    for h in range(-168, 0):
        now = [price for begins, price in sorted(prices) if begins <= h]
        if now:
            seen.append(now[-1])
            seen += [half(now[-1]) for begins, n in spans if begins <= h < begins + n]
    assert rules.lowest_before(START, told, cuts) == min(seen, default=None)


# ---- documents ------------------------------------------------------------------------------------------------------
def document(**more):
    none = {"categories": [], "products": [], "skus": []}
    return {
        "scope": {**none, "all": True},
        "needs": {"basket_has": None},
        "audience": {"segments": []},
        "limits": {"total": None, "budget_fen": None},
        **more,
    }


def test_a_scope_says_all_or_names_something():
    none = {"categories": [], "products": [], "skus": [], "all": False}
    rules.check_scopes(document())
    for name in ("categories", "products", "skus"):
        rules.check_scopes(document(scope={**none, name: ["x"]}))
    with pytest.raises(OfferScopeWrong) as refused:
        rules.check_scopes(document(scope=none))
    assert refused.value.params == {"at": "scope", "most": 200}
    with pytest.raises(OfferScopeWrong) as refused:
        rules.check_scopes(document(needs={"basket_has": none}))
    assert refused.value.params == {"at": "needs.basket_has", "most": 200}


def test_a_segment_is_refused_where_it_stands():
    rules.check_audience(document())
    with pytest.raises(SegmentOpensNoPrice) as refused:
        rules.check_audience(document(audience={"segments": ["a"]}))
    assert refused.value.params == {"at": "audience.segments"}


@pytest.mark.parametrize("name", ["total", "budget_fen"])
def test_a_cap_rises_or_stays(name):
    caps = lambda value: document(limits={"total": None, "budget_fen": None, name: value})
    rules.check_caps(caps(1), None)
    rules.check_caps(caps(1), caps(None))
    rules.check_caps(caps(5), caps(5))
    rules.check_caps(caps(6), caps(5))
    for less in (4, None):
        with pytest.raises(LimitOnlyRises) as refused:
            rules.check_caps(caps(less), caps(5))
        assert refused.value.params == {"at": f"limits.{name}", "published": 5}


def test_all_goods_that_a_document_names_are_found_where_they_stand():
    told = {
        "scope": {"skus": ["S1"], "not": {"products": ["P1"], "categories": ["G1", "G2"]}},
        "terms": {
            "sku": "S2",
            "tiers": [{"gift": {"sku": "S3", "substitute": "S4"}}],
            "parts": [{"scope": {"skus": ["S5"]}}],
        },
        "name": {"zh": "skus"},
        "sku": None,
        "skus": "nonsense",
    }
    assert sorted(rules.named(told)) == [
        ("scope.not.categories[0]", "category", "G1"),
        ("scope.not.categories[1]", "category", "G2"),
        ("scope.not.products[0]", "product", "P1"),
        ("scope.skus[0]", "sku", "S1"),
        ("terms.parts[0].scope.skus[0]", "sku", "S5"),
        ("terms.sku", "sku", "S2"),
        ("terms.tiers[0].gift.sku", "sku", "S3"),
        ("terms.tiers[0].gift.substitute", "sku", "S4"),
    ]
    assert list(rules.named("text")) == []
