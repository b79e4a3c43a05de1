"""What a shelf will sell: worked by hand, and as statsforecast 2.1 says of the same weeks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.replenishment.rules.forecast import (
    NOTHING_KNOWN,
    Forecast,
    forecast,
    rare,
    smoothed,
    week_of,
)

WEEKS = [3, 0, 5, 2, 0, 0, 1, 8, 0, 4]
SELDOM = [0, 0, 4, 0, 0, 0, 1, 0, 2, 0]


def test_smoothing_by_hand():
    """10, then 20 (off by 10): 12; then 12: as expected. Squared errors 100 and 0."""
    assert smoothed([10, 20, 12], 0.2) == Forecast(12.0, 50.0, 3)
    assert smoothed([10, 20], 0.2) == Forecast(12.0, 100.0, 2)


def test_rare_sales_by_hand():
    """A sale of 4 in the first week, none in the second: it is expected with 0.9 · 4; the error of the second was 4."""
    what = rare([4, 0], 0.1)
    assert what.mean == pytest.approx(3.6)
    assert (what.variance, what.weeks) == (16.0, 2)


def test_errors_of_rare_sales_by_hand():
    """Of 4, 1 and nothing: 4 was expected and then 1 · 3.7; squared 9 and 13.69."""
    assert rare([4, 1, 0], 0.1).variance == pytest.approx((9 + 13.69) / 2)


def test_what_begins_without_a_sale_is_expected_from_its_first_on():
    what = rare([0, 5], 0.1)
    assert what.mean == pytest.approx(0.1 * 5)
    assert what.variance == 25.0


@pytest.mark.parametrize(("rule", "weeks", "alpha", "expected"), [
    (smoothed, WEEKS, 0.2, 2.643625984), (smoothed, WEEKS, 0.1, 2.628598117), (rare, WEEKS, 0.1, 2.5581836196032803),
    (rare, SELDOM, 0.1, 0.7438758057),
])  # fmt: skip
def test_it_is_what_a_library_says_of_the_same_weeks(rule, weeks, alpha, expected):
    assert rule(weeks, alpha).mean == pytest.approx(expected, rel=1e-9)


def test_what_sells_in_few_weeks_is_forecast_as_rare_from_six_tenths_of_empty_weeks_on():
    assert forecast(SELDOM) == rare(SELDOM, 0.1)
    assert forecast([1, 1, 0, 0, 0]) == rare([1, 1, 0, 0, 0], 0.1)
    assert forecast([1, 1, 1, 0, 0, 0]) == smoothed([1, 1, 1, 0, 0, 0], 0.2)


def test_weeks_that_say_nothing_are_passed_over():
    assert forecast([3, None, 5, None]) == forecast([3, 5])
    assert forecast([None, None]) == forecast([]) == NOTHING_KNOWN


def test_one_week_alone_has_its_own_size_as_variance():
    assert forecast([7]) == Forecast(7.0, 7.0, 1)
    assert rare([7], 0.1) == Forecast(7.0, 7.0, 1)


@pytest.mark.parametrize(("days", "lost", "expected"), [
    ([1, 2, 3, 4, 5, 6, 7], [], 28), ([2, 2, 2, 2, 0, 0, 0], [4, 5, 6], 14), ([2, 2, 2, 0, 0, 0, 0], [3, 4, 5, 6], None),
    ([0] * 7, [], 0), ([1, 0, 0, 0, 9, 9, 9], [4, 5, 6], 2), ([1, 1, 0, 0, 1, 0, 0], [6], 4),
])  # fmt: skip
def test_days_that_began_without_stock_are_left_out_and_the_others_stand_for_them(days, lost, expected):
    """1 piece on 4 of 7 days is 1.75 a week, 3 on 6 are 3.5: half a piece counts as one. Three days are too few."""
    told = week_of(days, [n in lost for n in range(7)])
    assert told == expected
    assert told is None or isinstance(told, int)


def test_each_day_says_whether_it_was_lost():
    with pytest.raises(ValueError, match="shorter"):
        week_of([1] * 7, [False] * 6)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60))
def test_what_is_expected_lies_between_the_worst_and_the_best_week(weeks):
    what = forecast(weeks)
    assert 0 <= what.mean <= max(weeks) + 1e-9
    assert what.variance >= 0
