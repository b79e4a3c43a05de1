"""What a search costs does not grow unseen: a small shop is measured, and every figure has its bound."""

from __future__ import annotations

import json

import pytest

from bench import search


@pytest.fixture(scope="module")
def found():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "PRODUCTS", 2_000)
        patch.setattr(search, "QUERIES", 20)
        return search.figures()


def test_a_small_shop_stays_within_the_bounds_of_a_large_one(found):
    bounds = json.loads(search.BOUNDS.read_text(encoding="utf-8"))
    assert found.keys() == bounds.keys()
    assert search.passed(found, bounds) == []
    assert found["largest_row_kb"] > 1


def test_a_bound_that_is_passed_or_missing_is_told():
    assert search.passed({"most_calls": 3}, {"most_calls": 3}) == []
    assert search.passed({"most_calls": 4}, {"most_calls": 3}) == ["most_calls: 4 > 3"]
    assert search.passed({"most_calls": 0}, {}) == ["most_calls: 0 > -1"]
