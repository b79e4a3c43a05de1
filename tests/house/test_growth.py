"""What an operation costs does not grow unseen: a small shop measured, and every bound of a large one is there."""

from __future__ import annotations

import pytest

from bench import growth
from bench.growth import Cost

SMALL = {name: sizes[:1] for name, sizes in growth.SIZES.items()} | {"lines": (1, 10), "buckets": (1, 32)}


@pytest.fixture(scope="module")
def found() -> list[Cost]:
    return list(growth.measured(SMALL))


def test_a_small_shop_stays_within_the_bounds(found):
    bounds = growth.bounds()
    assert [words for cost in found for words in growth.passed(cost, bounds)] == []


def test_a_line_more_or_a_bucket_more_is_seen(found):
    by_name = {(cost.operation, cost.size): cost for cost in found}
    assert by_name["quote", "10 lines"].read_units == by_name["quote", "1 lines"].read_units + 9
    assert by_name["quote", "32 buckets"].read_units > by_name["quote", "1 buckets"].read_units
    assert by_name["place bought now", "10 lines"].write_units > by_name["place bought now", "1 lines"].write_units


def test_the_same_shop_costs_the_same_twice(found):
    again = list(growth.measured({"categories": (10,), "orders": (10,), "lines": (1,)}))
    assert [cost for cost in again if cost in found] == again


def test_a_bound_that_is_passed_or_missing_is_told():
    cost = Cost("quote", "1 lines", 2, 1.5, 0)
    assert growth.passed(cost, {"quote at 1 lines": [2, 1.5, 0]}) == []
    assert growth.passed(cost, {"quote at 1 lines": [1, 1, 0]}) == [
        "quote at 1 lines: 2 calls > 1",
        "quote at 1 lines: 1.5 read units > 1",
    ]
    assert growth.passed(cost, {}) == ["quote at 1 lines: no bound in growth.json"]


def test_every_size_has_its_bounds():
    told = {name.partition(" at ")[2] for name in growth.bounds()}
    assert told == {f"{size} {name}" for name, sizes in growth.SIZES.items() for size in sizes}
