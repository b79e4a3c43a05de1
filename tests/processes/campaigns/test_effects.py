"""What reports say of two shares: nothing of few, the truth of many."""

from __future__ import annotations

import random
from bisect import bisect_left
from itertools import accumulate
from math import exp, lgamma, log

import pytest

from chalicelib.processes.campaigns.rules import MET_PER_ALONE, Share, effect, needed, told

ALONE = 12_000  # a tenth above what is needed
RUNS = 1000


@pytest.mark.parametrize(
    ("base", "more", "people"), [(0.02, 0.1, 43_151), (0.02, 0.2, 10_892), (0.05, 0.1, 16_726), (0.05, 0.2, 4_220)]
)
def test_how_many_must_be_left_alone(base, more, people):
    assert needed(base, more) == people


def test_of_too_few_nothing_is_said():
    base = Share(218, 10_900)
    assert told(Share(2600, 98_100), base) is not None
    assert told(Share(2600, 98_100), Share(200, 9_999)) is None
    assert told(Share(0, 0), base) is None
    assert told(Share(5, 10), Share(0, 50_000)) is None
    assert told(Share(5, 10), Share(0, 0)) is None
    few = needed(218 / 10_892, 0.2)
    assert told(Share(1, 10), Share(218, 10_892)) is None or few <= 10_892


def test_of_just_enough_it_is_said_and_where_one_fewer_of_them_came_not():
    """So many that they are what their own share needs, to the person."""
    alone = next(one for n in range(11_000, 12_000) if needed((one := Share(218, n)).rate, 0.2) == n)
    assert told(Share(2600, 98_100), alone) is not None
    assert told(Share(2600, 98_100), Share(alone.hits - 1, alone.people)) is None
    assert told(Share(9, 10), Share(50_000, 50_000)) is None, "of those who all came anyway nothing is said"


def test_the_interval_is_that_of_two_proportions():
    found = effect(Share(120, 1000), Share(100, 1000))
    assert (round(found.difference, 4), round(found.low, 4), round(found.high, 4)) == (0.02, -0.0074, 0.0474)
    assert not found.significant
    assert effect(Share(150, 1000), Share(100, 1000)).significant


# ---- exactly, and a thousand times ------------------------------------------------------------------------------------
def shares(people: int, rate: float) -> tuple[range, list[float]]:
    """How likely each number of hits is, of those that are likelier than a billionth or so."""
    reach = 6 * (people * rate * (1 - rate)) ** 0.5
    hits = range(max(1, int(people * rate - reach)), int(people * rate + reach) + 1)
    some = lgamma(people + 1), log(rate), log(1 - rate)
    odds = (some[0] - lgamma(k + 1) - lgamma(people - k + 1) + k * some[1] + (people - k) * some[2] for k in hits)
    return hits, [exp(one) for one in odds]


def power(alone: int, base: float, more: float, *, spoken: bool = False) -> float:
    """How often a share of so much more is told apart, to the last binomial; `spoken`: and the report says so."""
    met, found = MET_PER_ALONE * alone, 0.0
    hits, odds = shares(met, base * (1 + more))
    below = list(accumulate(odds, initial=0.0))
    for few, chance in zip(*shares(alone, base), strict=True):
        if spoken and told(Share(hits[0], met), Share(few, alone)) is None:
            continue
        higher = bisect_left(hits, True, key=lambda many: effect(Share(many, met), Share(few, alone)).low > 0)
        lower = bisect_left(hits, True, key=lambda many: effect(Share(many, met), Share(few, alone)).high >= 0)
        found += chance * (below[-1] - below[higher] + below[lower])
    return found


@pytest.mark.parametrize(("base", "people"), [(0.02, 10_892), (0.05, 4_220)])
def test_two_arms_that_are_alike_are_told_apart_one_time_of_twenty(base, people):
    assert 0.0495 < power(people, base, 0.0) < 0.0515


@pytest.mark.parametrize(("base", "people"), [(0.02, 10_892), (0.05, 4_220)])
def test_at_the_formulas_number_a_fifth_more_is_found_a_little_less_than_four_times_of_five_and_soon_above_it(
    base, people
):
    assert 0.785 < power(people, base, 0.2) < 0.80
    assert power(people * 104 // 100, base, 0.2) > 0.80


def test_a_report_that_has_enough_people_by_a_seventh_says_it_four_times_of_five():
    """It says nothing where those left alone came so seldom that their own share would need more people."""
    assert power(10_892, 0.02, 0.2, spoken=True) < 0.5 < power(12_000, 0.02, 0.2, spoken=True)
    assert power(12_500, 0.02, 0.2, spoken=True) > 0.80


def noticed(alone: int, base: float, more: float, seed: int) -> int:
    """Of a thousand campaigns, how many are told apart."""
    chance, met = random.Random(seed), MET_PER_ALONE * alone
    of_met, of_alone = shares(met, base * (1 + more)), shares(alone, base)
    drawn = zip(chance.choices(*of_met, k=RUNS), chance.choices(*of_alone, k=RUNS), strict=True)
    return sum(effect(Share(many, met), Share(few, alone)).significant for many, few in drawn)


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_thousand_campaigns_that_change_nothing_are_told_apart_fifty_times(seed):
    assert 35 <= noticed(10_892, 0.02, 0.0, seed) <= 65


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_of_a_thousand_campaigns_that_bring_back_a_fifth_more_eight_hundred_are_found(seed):
    assert noticed(ALONE, 0.02, 0.2, seed) >= 800
