"""Who gets which pieces: no order in which offers are served gives the customer more."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.records.pricing.rules.settling import Contest, Free, groups, settle
from chalicelib.records.pricing.rules.units import Deal, Lack

# of every contender: which units it may take, at least so many pieces, at most so many, what a piece is worth to it
contenders = st.lists(
    st.tuples(st.frozensets(st.integers(0, 4), min_size=1), st.integers(1, 4), st.integers(1, 9), st.integers(0, 9)),
    max_size=6,
)
pieces = st.lists(st.integers(0, 4), min_size=5, max_size=5).map(tuple)


def contest(found: list[tuple[frozenset[int], int, int, int]]) -> Contest:
    """Everyone takes the first pieces of its units, as many as it may, if they are enough."""

    def trial(one: int, free: Free) -> Deal | Lack:
        claims, least, most, worth = found[one]
        taken, left = [], most
        for at in sorted(claims):
            n = min(free[at], left)
            left -= n
            taken += [(at, n, worth)] if n else []
        if most - left < min(least, most):
            return Lack("MISSING_PIECES", pieces=1)
        return Deal(tuple(taken), off=sum(n for _, n, _ in taken) * worth)

    return Contest([claims for claims, *_ in found], trial, lambda deal: (deal.off, 0))


def in_order(contested: Contest, order: tuple[int, ...], free: Free) -> int:
    """What is off when they are served in this order."""
    off = 0
    for one in order:
        deal = contested.trial(one, free)
        if isinstance(deal, Deal) and deal.gives:
            off += deal.off
            free = tuple(n - sum(taken for at, taken, _ in deal.taken if at == place) for place, n in enumerate(free))
    return off


@settings(max_examples=150, deadline=None)
@given(contenders, pieces)
def test_no_order_of_serving_gives_more(found, free):
    contested = contest(found)
    settled = settle(contested, free)
    most = max(in_order(contested, order, free) for order in permutations(range(len(found))))
    assert settled.exact
    assert sum(deal.off for deal in settled.deals.values()) == most


@settings(max_examples=150, deadline=None)
@given(st.lists(contenders, min_size=2, max_size=3).map(lambda parts: [one for part in parts for one in part]), pieces)
def test_no_piece_serves_two_and_greedy_says_so(found, free):
    settled = settle(contest(found), free)
    for at, n in enumerate(free):
        assert sum(taken for deal in settled.deals.values() for place, taken, _ in deal.taken if place == at) <= n
    fit = [one for one, deal in enumerate(settled.alone) if isinstance(deal, Deal) and deal.gives]
    crowds = groups(fit, [claims for claims, *_ in found])
    if max(map(len, crowds), default=0) > 6:
        assert not settled.exact
    assert sorted(one for crowd in crowds for one in crowd) == fit


ALL = frozenset({0})


@pytest.mark.parametrize(
    ("trials", "exact", "left"), [(600, True, 590), (11, True, 1), (10, False, 0), (4, False, 0), (0, False, 0)]
)
def test_when_trials_are_used_up_the_rest_is_greedy(trials, exact, left):
    crowd = contest([(ALL, 1, 1, worth) for worth in (3, 5)] + [(ALL, 2, 9, 1)])
    settled = settle(crowd, (2,), trials)
    assert (settled.exact, settled.trials) == (exact, left)
    assert sum(deal.off for deal in settled.deals.values()) == 8


def test_without_trials_the_largest_is_served_first_and_who_finds_too_little_is_passed_over():
    crowd = contest([(ALL, 1, 1, 3), (ALL, 2, 2, 4), (ALL, 1, 1, 5), (ALL, 1, 2, 2), (frozenset({0, 1}), 1, 1, 1)])
    settled = settle(crowd, (2, 1), 0)
    assert {one: deal.off for one, deal in settled.deals.items()} == {1: 8, 4: 1}
    again = settle(crowd, (3, 0), 0)
    assert {one: deal.off for one, deal in again.deals.items()} == {1: 8, 2: 5}


def test_what_comes_beside_money_decides_between_equals():
    gift = Deal(((0, 1, 0),), off=5, points=9)
    bare = Deal(((0, 1, 0),), off=5)
    for deals in ([bare, gift], [gift, bare]):
        pair = Contest(
            [ALL, ALL],
            lambda one, free, deals=deals: deals[one] if free[0] else Lack("NONE"),
            lambda d: (d.off, d.points),
        )
        assert list(settle(pair, (1,)).deals.values()) == [gift]


def test_what_comes_beside_money_adds_up():
    units = [frozenset({0}), frozenset({1}), frozenset({0, 1})]
    gifts = [Deal(((0, 1, 0),), points=3), Deal(((1, 1, 0),), points=3), Deal(((0, 1, 0), (1, 1, 0)), points=5)]

    def trial(one: int, free: Free) -> Deal | Lack:
        return gifts[one] if all(free[at] for at in units[one]) else Lack("NONE")

    settled = settle(Contest(units, trial, lambda deal: (deal.off, deal.points)), (1, 1))
    assert sorted(settled.deals) == [0, 1]


def test_the_least_that_is_given_is_given():
    assert settle(contest([(ALL, 1, 1, 1), (ALL, 1, 1, 1)]), (1,)).deals.keys() == {0}
    point = Deal(((0, 1, 0),), points=1)
    pair = Contest(
        [ALL, ALL], lambda _one, free: point if free[0] else Lack("NONE"), lambda deal: (deal.off, deal.points)
    )
    assert settle(pair, (1,)).deals.keys() == {0}


def test_equals_are_served_in_the_order_in_which_they_stand():
    settled = settle(contest([(ALL, 1, 9, 2), (ALL, 1, 9, 2)]), (3,))
    assert sorted(settled.deals) == [0]


def test_those_who_want_nothing_in_common_are_settled_apart():
    claims = [frozenset({0}), frozenset({1}), frozenset({2}), frozenset({0, 1}), frozenset({3})]
    assert groups([0, 1, 2, 3, 4], claims) == [[0, 1, 3], [2], [4]]
    assert groups([0, 1, 4], claims) == [[0], [1], [4]]
