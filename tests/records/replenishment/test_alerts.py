"""When somebody is told: at a crossing, with a tenth of slack, and of one shelf once in 24 hours."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.records.replenishment.rules.alerts import FINE, LOW, OUT, OVER, AlertState, cover_days, judged, level_of
from chalicelib.records.replenishment.rules.forecast import Forecast

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOURS = timedelta(hours=1)
SELLS = Forecast(7.0, 7.0, 20)  # one a day


@pytest.mark.parametrize(("before", "available", "expected"), [
    (FINE, 0, OUT), (FINE, -2, OUT), (FINE, 1, LOW), (FINE, 20, LOW), (FINE, 21, FINE), (LOW, 21, LOW), (LOW, 22, LOW),
    (LOW, 23, FINE), (OUT, 22, LOW), (OUT, 23, FINE), (OVER, 21, FINE), (FINE, 90, FINE), (FINE, 91, OVER), (OVER, 82, OVER),
    (OVER, 81, FINE), (LOW, 200, OVER),
])  # fmt: skip
def test_a_level_is_left_when_it_is_past_by_a_tenth(before, available, expected):
    """The reorder point is 20, and 90 pieces last 90 days."""
    assert level_of(before, available, 20, SELLS) == expected


@pytest.mark.parametrize(("available", "reorder_point", "weekly", "expected"), [
    (101, 100, 70.0, FINE), (100, 100, 70.0, LOW), (1, 1, 0.5, LOW), (1, 0, 0.5, FINE), (901, 0, 70.0, OVER),
    (900, 0, 70.0, FINE),
])  # fmt: skip
def test_without_slack_a_level_ends_to_the_piece(available, reorder_point, weekly, expected):
    assert level_of(FINE, available, reorder_point, Forecast(weekly, 7.0, 20)) == expected


@pytest.mark.parametrize(("weeks", "expected"), [(0, FINE), (12, FINE), (13, OVER)])
def test_what_has_not_sold_for_ninety_days_is_overstock(weeks, expected):
    assert level_of(FINE, 1, 0, Forecast(0.0, 0.0, weeks)) == expected


def test_without_a_reorder_point_nothing_is_low():
    assert level_of(FINE, 1, 0, Forecast(0.0, 0.0, 0)) == FINE


def test_a_crossing_is_told_once():
    standing, news = judged(AlertState(), LOW, NOW)
    assert (standing, news) == (AlertState(LOW, LOW, NOW), True)
    assert judged(standing, LOW, NOW + 48 * HOURS) == (standing, False)


def test_a_second_thing_waits_until_24_hours_are_over():
    standing, _ = judged(AlertState(), LOW, NOW)
    standing, news = judged(standing, OUT, NOW + 24 * HOURS - timedelta(milliseconds=1))
    assert (standing, news) == (AlertState(OUT, LOW, NOW), False)
    standing, news = judged(standing, OUT, NOW + 24 * HOURS)
    assert (standing, news) == (AlertState(OUT, OUT, NOW + 24 * HOURS), True)


def test_who_comes_back_from_out_is_not_told_to_be_low_but_to_be_out_again():
    told = AlertState(OUT, OUT, NOW)
    back, news = judged(told, LOW, NOW + 30 * HOURS)
    assert (back, news) == (AlertState(LOW, LOW, NOW), False)
    assert judged(back, OUT, NOW + 31 * HOURS)[1]


def test_who_was_low_and_out_unheard_is_not_told_to_be_low_twice():
    standing, _ = judged(AlertState(), LOW, NOW)
    standing, _ = judged(standing, OUT, NOW + HOURS)
    assert not judged(standing, LOW, NOW + 48 * HOURS)[1]


def test_what_was_fine_between_is_told_anew_and_what_is_over_was_not_low():
    standing, _ = judged(AlertState(), LOW, NOW)
    standing, news = judged(standing, FINE, NOW + 30 * HOURS)
    assert (standing, news) == (AlertState(FINE, FINE, NOW), False)
    assert judged(standing, LOW, NOW + 31 * HOURS)[1]
    assert judged(AlertState(OVER, OVER, NOW), LOW, NOW + 31 * HOURS)[1]


@pytest.mark.parametrize("seed", range(20))
def test_ninety_days_at_the_edge_flap_nowhere(seed):
    """Stock that moves by a piece up and down about its reorder point, eight times a day: it is told once."""
    chance, standing, told, available = random.Random(seed), AlertState(), 0, 25
    for step in range(90 * 8):
        available = max(18, min(22, available + chance.choice((-1, 1)))) if step else available
        standing, news = judged(standing, level_of(standing.level, available, 20, SELLS), NOW + 3 * step * HOURS)
        told += news
    assert told == 1


@pytest.mark.parametrize(
    ("available", "weekly", "days"),
    [(10, 7.0, 10), (10, 6.9, 10), (0, 7.0, 0), (-4, 7.0, 0), (5, 0.0, None), (5, 0.5, 70)],
)
def test_how_long_what_is_there_lasts(available, weekly, days):
    assert cover_days(available, weekly) == days
