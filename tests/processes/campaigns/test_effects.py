"""What reports say of two shares: nothing of few, the truth of many."""

from __future__ import annotations

import random

import pytest

from chalicelib.processes.campaigns.rules import Share, effect, needed, told

ALONE, MET = 12_000, 9 * 12_000  # a little above what is needed
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


def test_the_interval_is_that_of_two_proportions():
    found = effect(Share(120, 1000), Share(100, 1000))
    assert (round(found.difference, 4), round(found.low, 4), round(found.high, 4)) == (0.02, -0.0074, 0.0474)
    assert not found.significant
    assert effect(Share(150, 1000), Share(100, 1000)).significant


def drawn(chance: random.Random, people: int, rate: float) -> Share:
    """A binomial draw, as near as a normal one is at these numbers."""
    hits = round(chance.gauss(people * rate, (people * rate * (1 - rate)) ** 0.5))
    return Share(min(max(hits, 0), people), people)


def noticed(met: float, alone: float, seed: int) -> int:
    chance = random.Random(seed)
    return sum(effect(drawn(chance, MET, met), drawn(chance, ALONE, alone)).significant for _ in range(RUNS))


def test_two_arms_that_are_alike_are_told_apart_one_time_of_twenty():
    assert 35 <= noticed(0.02, 0.02, 7) <= 65


def test_a_fifth_more_is_found_four_times_of_five():
    assert noticed(0.024, 0.02, 11) >= 800
