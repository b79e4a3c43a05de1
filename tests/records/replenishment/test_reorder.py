"""When to order: the quantile by hand and as scipy 1.17 says, and the reorder point that follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.replenishment.rules.forecast import Forecast
from chalicelib.records.replenishment.rules.reorder import Need, SupplyTerms, need, quantile, suggested, until_supply

PLAIN = SupplyTerms(service=95, lead_days=14, lead_spread=0, review_days=7, cover_days=28)


@pytest.mark.parametrize(
    ("chance", "pieces"), [(0.25, 0), (0.49, 0), (0.5, 0), (0.51, 1), (0.75, 1), (0.76, 2), (0.95, 4)]
)
def test_the_quantile_by_hand(chance, pieces):
    """Mean 1 and variance 2 are a geometric distribution: a half, a quarter, an eighth …"""
    assert quantile(chance, 1.0, 2.0) == pieces


@pytest.mark.parametrize(("chance", "mean", "variance", "pieces"), [
    (0.95, 0.3, 0.6, 2), (0.95, 2.5, 5.0, 7), (0.98, 2.5, 5.0, 8), (0.95, 18, 21.6, 26), (0.98, 55, 275, 94), (0.95, 7, 140, 31),
])  # fmt: skip
def test_the_quantile_is_what_scipy_says(chance, mean, variance, pieces):
    assert quantile(chance, mean, variance) == pieces


@pytest.mark.parametrize(("chance", "mean", "variance", "pieces"), [
    (0.95, 900, 945, 951), (0.98, 15_000, 300_000, 16_146), (0.95, 4_000, 4_200, 4_107), (0.95, 30_000, 60_000, 30_404),
])  # fmt: skip
def test_where_much_sells_it_is_what_scipy_says_of_usual_chances(chance, mean, variance, pieces):
    assert quantile(chance, mean, variance) == pieces


@pytest.mark.parametrize(("chance", "pieces"), [(0.5, 27_541), (0.95, 58_152)])
def test_where_much_sells_very_unevenly_it_is_within_a_fifth_of_a_percent(chance, pieces):
    assert quantile(chance, 30_000, 15_000**2) == pytest.approx(pieces, rel=0.002)


def test_a_variance_below_the_mean_is_not_believed():
    assert quantile(0.95, 10, 0) == quantile(0.95, 10, 10.5) == 16


def test_nothing_is_needed_of_what_does_not_sell():
    assert quantile(0.99, 0, 0) == 0
    assert need(Forecast(0, 0, 0), PLAIN) == Need(0, 0, 0)


@given(st.floats(0.01, 40_000), st.floats(1, 50), st.floats(0.5, 0.99))
def test_more_certainty_never_needs_less(mean, ratio, chance):
    assert quantile(chance, mean, mean * ratio) <= quantile(chance + 0.009, mean, mean * ratio)


def test_errors_of_several_weeks_add_up_and_a_late_delivery_sells_on():
    """Three weeks of 10 with variance 4: 30, and 4 · 3 · (1 + 0.4 + 0.04 · 2 · 5 / 6); a week's spread adds 10²."""
    mean, variance = until_supply(Forecast(10, 4, 9), PLAIN)
    assert (mean, variance) == (30, pytest.approx(12 * (1.4 + 0.4 / 6)))
    _, late = until_supply(Forecast(10, 4, 9), PLAIN._replace(lead_spread=7))
    assert late == pytest.approx(variance + 100)


def test_less_than_a_week_has_no_more_than_its_own_share():
    assert until_supply(Forecast(14, 7, 9), SupplyTerms(lead_days=0, lead_spread=0, review_days=3)) == (
        6,
        pytest.approx(3),
    )


def test_the_reorder_point_and_what_is_ordered_up_to():
    """30 are expected in three weeks; 17.6 is below the least variance, 31.5: 40 are enough in 95 of 100 cases."""
    told = need(Forecast(10, 4, 9), PLAIN)
    assert told == Need(quantile(0.95, 30, 31.5), quantile(0.95, 30, 31.5) - 30, quantile(0.95, 30, 31.5) + 40)
    assert told.reorder_point == 40


def test_a_person_bounds_the_reorder_point():
    assert need(Forecast(10, 4, 9), PLAIN._replace(least=60)).reorder_point == 60
    assert need(Forecast(10, 4, 9), PLAIN._replace(most=12)) == Need(12, 0, 52)
    assert need(Forecast(0, 0, 0), PLAIN._replace(least=5)) == Need(5, 5, 5)


@pytest.mark.parametrize(("available", "pieces"), [(41, 0), (40, 40), (0, 80), (-3, 83)])
def test_what_to_order_is_what_lacks_up_to_the_level_from_the_reorder_point_on(available, pieces):
    assert suggested(Need(40, 10, 80), available) == pieces
