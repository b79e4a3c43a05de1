"""From which location each SKU is sent: the policies, and what is looked at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.inventory.places.rules import Site
from chalicelib.records.inventory.sourcing import rules
from chalicelib.records.inventory.sourcing.rules.kinds.kind import SkuWish
from chalicelib.records.inventory.sourcing.rules.kinds.nearest import shared


def site(code: str, priority: int = 1, area: str = "", *, sells: bool = True) -> Site:
    return Site(code, code, "warehouse", area, priority, True, sells)


A, B, C = site("A", 1, "440000"), site("B", 2, "310000"), site("C", 3, "310115")
SITES = (A, B, C)


def want(sku: str, pieces: int, **available: int) -> SkuWish:
    there = {one.code: available.get(one.code, 0) for one in SITES}
    return SkuWish(sku, there, frozenset(code for code, count in there.items() if count >= pieces))


def test_by_priority_each_sku_comes_from_the_first_that_has_it_whole():
    goods = [want("S1", 2, A=2, B=9), want("S2", 3, A=2, B=3, C=9), want("S3", 1, C=1)]
    assert rules.source("priority", goods, SITES, "310115") == {"S1": "A", "S2": "B", "S3": "C"}


def test_by_nearness_each_sku_comes_from_its_district_else_its_city_else_its_province():
    goods = [want("S1", 1, A=1, B=1, C=1), want("S2", 1, A=1, B=1), want("S3", 1, A=1)]
    assert rules.source("nearest", goods, SITES, "310115") == {"S1": "C", "S2": "B", "S3": "A"}
    assert rules.source("nearest", goods, SITES, "440300") == {"S1": "A", "S2": "A", "S3": "A"}


def test_of_equally_near_ones_and_without_a_place_priority_decides():
    goods = [want("S1", 1, A=1, B=1, C=1)]
    assert rules.source("nearest", goods, SITES, "") == {"S1": "A"}
    assert rules.source("nearest", goods, SITES, "310104") == {"S1": "C"}, (
        "one city, and B says no more than its province"
    )


@pytest.mark.parametrize(
    ("area", "region", "digits"),
    [
        ("310115", "310115", 6), ("310115", "310115003", 6), ("310115", "310104", 4), ("310100", "310115", 4),
        ("310000", "310115", 2), ("31", "310115", 2), ("440300", "440303", 4), ("440000", "310000", 0), ("", "310115", 0),
        ("310115", "", 0), ("310000", "310000", 2), ("310115003", "310115003", 6),
    ],
)  # fmt: skip
def test_how_near_two_regions_are_is_the_smallest_that_both_lie_in(area, region, digits):
    assert shared(area, region) == digits


@pytest.mark.parametrize("kind", sorted(rules.KINDS))
def test_one_that_has_orders_enough_sends_only_what_no_other_has_whole(kind):
    goods = [want("S1", 1, A=1, B=1, C=1), want("S2", 2, A=2, B=1), want("S3", 1, A=1, C=1)]
    chosen = rules.source(kind, goods, SITES, "440300", {"A"})
    assert (chosen["S1"] in "BC", chosen["S2"], chosen["S3"]) == (True, "A", "C")
    assert rules.source(kind, goods, SITES, "440300", {"A", "B", "C"}) == rules.source(kind, goods, SITES, "440300")
    assert rules.source(kind, goods, SITES, "440300", {"X"}) == rules.source(kind, goods, SITES, "440300")


def test_fewest_parcels_come_from_the_smallest_group_that_has_everything():
    goods = [want("S1", 1, A=1, B=1), want("S2", 1, A=1, C=1, B=1), want("S3", 1, B=1)]
    assert rules.source("fewest_parcels", goods, SITES, "") == {"S1": "B", "S2": "B", "S3": "B"}
    apart = [want("S1", 1, A=1), want("S2", 1, B=1, C=1), want("S3", 1, A=1, C=1)]
    assert rules.source("fewest_parcels", apart, SITES, "") == {"S1": "A", "S2": "B", "S3": "A"}
    every = [want("S1", 1, A=1), want("S2", 1, B=1), want("S3", 1, C=1)]
    assert rules.source("fewest_parcels", every, SITES, "") == {"S1": "A", "S2": "B", "S3": "C"}


@pytest.mark.parametrize("kind", sorted(rules.KINDS))
def test_S017_what_nobody_has_whole_is_asked_of_who_has_most_and_keeps_nothing_else_from_coming_together(kind):
    """All or nothing: 4 here and 3 there are not 5."""
    goods = [want("S1", 5, A=3, B=4), want("S2", 1, C=1)]
    assert rules.source(kind, goods, SITES, "") == {"S1": "B", "S2": "C"}
    assert rules.source(kind, [want("S1", 5)], SITES, "") == {"S1": "A"}


COUNTS = st.integers(0, 4)
GOODS = st.lists(st.tuples(COUNTS, COUNTS, COUNTS, st.integers(1, 4)), min_size=1, max_size=5)


@given(GOODS, st.sampled_from(["", "310115", "440300"]))
def test_whatever_the_policy_what_one_location_has_whole_comes_from_one_that_has(rows, region):
    goods = [want(f"S{n}", pieces, A=a, B=b, C=c) for n, (a, b, c, pieces) in enumerate(rows)]
    fewest = rules.source("fewest_parcels", goods, SITES, region)
    for kind in rules.KINDS:
        chosen = rules.source(kind, goods, SITES, region)
        assert set(chosen) == {one.sku for one in goods}
        for one in goods:
            assert chosen[one.sku] in one.whole or not one.whole
        had = [one.sku for one in goods if one.whole]
        assert len({fewest[sku] for sku in had}) <= len({chosen[sku] for sku in had})


# ---- which are looked at --------------------------------------------------------------------------------------------
def test_the_main_one_and_the_first_two_others_that_sell_are_looked_at_by_priority():
    main = site("MAIN", 70)
    others = [site("E", 80), site("D", 60), site("B", 50), site("X", 1, sells=False), site("A", 50)]
    assert [one.code for one in rules.selling([main, *others])] == ["A", "B", "MAIN"]
    assert [one.code for one in rules.selling([main, site("E", 80)])] == ["MAIN", "E"]
    assert [one.code for one in rules.selling([main])] == ["MAIN"]


def test_goods_are_covered_where_each_lies_whole_somewhere():
    goods = [want("S1", 1, A=1), want("S2", 1, B=1)]
    assert rules.covers(goods, (A, B))
    assert not rules.covers(goods, (A, C))
