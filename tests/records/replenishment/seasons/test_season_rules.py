"""What is decided of a season: its dates, what is bought, whether it strays, and how far prices go down."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.records.replenishment.seasons import rules
from chalicelib.records.replenishment.seasons.rules import SeasonDatesWrong, SeasonTooNear, SeasonUnitsUnknown

TODAY = date(2026, 6, 1)
STARTS = TODAY + timedelta(90)


@pytest.mark.parametrize(("ahead", "long"), [(90, 1), (90, 181), (400, 60)])
def test_a_season_is_planned_ninety_days_ahead_and_half_a_year_long_at_most(ahead, long):
    starts = TODAY + timedelta(ahead)
    rules.fits(starts, starts + timedelta(long), TODAY)


@pytest.mark.parametrize(("ahead", "long", "refusal"), [
    (89, 30, SeasonTooNear), (90, 0, SeasonDatesWrong), (90, -1, SeasonDatesWrong), (90, 182, SeasonDatesWrong),
])  # fmt: skip
def test_another_season_is_refused(ahead, long, refusal):
    starts = TODAY + timedelta(ahead)
    with pytest.raises(refusal) as refused:
        rules.fits(starts, starts + timedelta(long), TODAY)
    assert refused.value.params == {"days": 90 if refusal is SeasonTooNear else 182}


def test_tasks_come_due_from_six_to_three_months_before_at_nine():
    due = rules.due_at(date(2026, 11, 28))
    assert due == {
        "confirm": datetime(2026, 6, 1, 1, tzinfo=UTC),
        "first_buy": datetime(2026, 7, 1, 1, tzinfo=UTC),
        "second_buy": datetime(2026, 7, 31, 1, tzinfo=UTC),
        "received": datetime(2026, 8, 30, 1, tzinfo=UTC),
    }


@pytest.mark.parametrize(("days", "weeks"), [(1, 1), (6, 1), (7, 2), (13, 2), (14, 3), (181, 26)])
def test_a_season_has_whole_weeks(days, weeks):
    assert rules.weeks_in(STARTS, STARTS + timedelta(days)) == weeks


def test_last_year_grows_and_keeps_its_shape():
    assert rules.expected([10, 30, 60], 3, 20, None) == [12, 36, 72]
    assert rules.expected([1, 1, 1], 3, 10, None) == [1, 1, 1]  # 3.3 pieces are 3
    assert rules.expected([10, 30, 60], 3, 20, 50) == [5, 15, 30]
    assert rules.expected([1, 0], 2, -51, 1) == [1, 0]
    assert sum(rules.expected([33, 0], 2, 50, None)) == 50  # 49.5 pieces are 50
    assert sum(rules.expected([51, 0], 2, -1, None)) == 50  # 50.49 are 50


def test_what_is_said_is_spread_evenly_where_nothing_is_known():
    assert rules.expected([0, 0, 0], 3, 0, 10) == [3, 3, 4]
    assert sum(rules.expected([7, 0, 1], 3, 13, None)) == 9


@pytest.mark.parametrize(("last", "growth"), [([0, 0], 50), ([1, 0], -90)])
def test_nothing_expected_is_no_season(last, growth):
    with pytest.raises(SeasonUnitsUnknown):
        rules.expected(last, 2, growth, None)


def test_as_many_are_bought_as_make_too_few_and_too_many_weigh_the_same():
    """Mean 100, deviation 30: the half is 97 (the distribution leans), two thirds 110, as scipy says."""
    assert rules.to_buy(100, 30, 5_000, 5_000) == 97
    assert rules.to_buy(100, 30, 12_000, 6_000) == 110
    assert rules.to_buy(3_000, 30, 9, 1) == 4_196
    assert rules.to_buy(100, 30, 1, 9) < rules.to_buy(100, 30, 1, 1) < rules.to_buy(100, 30, 9, 1)


@pytest.mark.parametrize(("pieces", "parts"), [(100, (60, 40)), (101, (61, 40)), (1, (1, 0)), (0, (0, 0))])
def test_three_fifths_are_bought_first(pieces, parts):
    assert rules.buys(pieces) == parts


@pytest.mark.parametrize(("before", "sold", "expected", "strays"), [
    ("", 125, 100, ""), ("", 126, 100, "over"), ("over", 123, 100, "over"), ("over", 122, 100, ""), ("", 75, 100, ""),
    ("", 74, 100, "under"), ("under", 77, 100, "under"), ("under", 78, 100, ""), ("over", 74, 100, "under"),
    ("", 1_251, 1_000, "over"), ("", 1_250, 1_000, ""), ("", 0, 19, ""), ("", 0, 20, "under"), ("under", 99, 10, ""),
])  # fmt: skip
def test_a_season_strays_by_a_quarter_and_is_back_a_tenth_before(before, sold, expected, strays):
    assert rules.strays(before, sold, expected) == strays


@pytest.mark.parametrize(("price", "floor", "left", "weekly", "weeks", "lower"), [
    (10_000, None, 80, 10_000, 8, 9_000), (10_000, None, 98, 10_000, 8, 9_000), (10_000, None, 99, 10_000, 8, 8_000),
    (10_000, None, 125, 10_000, 8, 8_000), (10_000, None, 126, 10_000, 8, 7_000), (10_000, None, 320, 10_000, 8, 5_000),
    (10_000, None, 900, 10_000, 8, 5_000), (10_000, None, 5, 0, 8, 5_000), (10_000, 8_500, 900, 10_000, 8, 8_500),
    (10_000, 9_500, 900, 0, 8, 9_500), (10_000, 10_000, 900, 0, 8, None), (8_000, None, 20, 10_000, 4, 7_000),
    (5_000, None, 20, 0, 4, None), (8_000, 7_500, 900, 0, 4, 7_500),
])  # fmt: skip
def test_the_dearest_step_that_sells_out_is_proposed_and_never_one_below_the_floor(
    price, floor, left, weekly, weeks, lower
):
    """Ten a week sell at full price: 9/10 of it sells 10 / 0.81, 8 weeks of that are 98.7."""
    assert rules.marked_down(10_000, price, floor, left, weekly, weeks) == lower
    assert lower is None or isinstance(rules.marked_down(10_000, price, floor, left, weekly, weeks), int)


def test_the_least_price_is_a_fen():
    assert rules.marked_down(2, 2, None, 9, 0, 4) == 1
    assert rules.marked_down(1, 1, None, 9, 0, 4) is None
