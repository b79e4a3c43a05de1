"""Runs: what falls on single units, counted without expanding them."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.money import Fen
from chalicelib.kernel.runs import Run, bearing, cut, merged, plain, spread

weights_of = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 60), st.integers(0, 60)), max_size=6)
amounts = st.integers(0, 900)
a_run = st.tuples(st.integers(1, 5), st.integers(0, 900)).map(lambda pair: Run(pair[0], Fen(pair[1])))
runs_of = st.lists(a_run, min_size=1, max_size=4)


def by_units(amount: int, units: list[tuple[int, int]]) -> list[int]:
    """The plain telling: (weight, room) of every unit; largest remainder, capped, again over those with room."""
    given = [0] * len(units)
    while amount:
        open_ = [i for i, (weight, room) in enumerate(units) if weight and given[i] < room]
        if not open_:
            break
        for i, part in zip(open_, Fen(amount).share([units[i][0] for i in open_]), strict=True):
            taken = min(part, units[i][1] - given[i])
            given[i] += taken
            amount -= taken
    return given


def expanded(parts) -> list[int]:
    return [int(each) for part in parts for pieces, each in part for _ in range(pieces)]


@given(amounts, weights_of)
def test_runs_are_given_what_single_units_would_be_given(amount, weights):
    units = [(weight, room) for pieces, weight, room in weights for _ in range(pieces)]
    parts = spread(amount, weights)
    assert [sum(pieces for pieces, _ in part) for part in parts] == [pieces for pieces, _, _ in weights]
    assert expanded(parts) == by_units(amount, units)


@given(amounts, weights_of)
def test_no_unit_gets_more_than_its_room_and_only_what_fits_nowhere_stays(amount, weights):
    parts = spread(amount, weights)
    given = sum(expanded(parts))
    for (_, weight, room), part in zip(weights, parts, strict=True):
        assert all(0 <= each <= (room if weight else 0) for _, each in part)
        assert all(one != two for (_, one), (_, two) in pairwise(part))
    assert given == min(amount, sum(pieces * room for pieces, weight, room in weights if weight))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [(3, 1, 99)], [[(1, 34), (2, 33)]]),
        (1000, [(3, 5000, 5000)], [[(1, 334), (2, 333)]]),
        (1000, [(1, 5000, 5000)] * 3, [[(1, 334)], [(1, 333)], [(1, 333)]]),
        (70, [(2, 100, 100), (3, 50, 50)], [[(2, 20)], [(3, 10)]]),
        (50, [(2, 100, 100), (3, 50, 50)], [[(1, 15), (1, 14)], [(3, 7)]]),
        (5, [], []),
        (0, [(2, 5, 5)], [[(2, 0)]]),
        (7, [(0, 5, 5), (2, 0, 5)], [[], [(2, 0)]]),
        (9, [(2, 5, 4)], [[(2, 4)]]),
        # floors of 45, 15, 0 and 0 yuan under 50, 20, 30 and 10: what is too much goes round again
        (3600, [(2, 5000, 500), (2, 2000, 500), (1, 3000, 3000), (1, 1000, 1000)],
         [[(2, 500)], [(2, 500)], [(1, 1200)], [(1, 400)]]),
    ],
)  # fmt: skip
def test_odd_fen_fall_as_worked_out_by_hand(amount, weights, parts):
    assert spread(amount, weights) == parts


def test_less_than_nothing_is_not_spread():
    with pytest.raises(ValueError, match="not negative"):
        spread(-1, [(1, 1, 1)])


def test_a_thousand_pieces_cost_what_one_costs():
    parts = spread(123_457, [(999, 1000, 1000)] * 50)
    assert sum(len(part) for part in parts) == 51
    assert sum(pieces * each for part in parts for pieces, each in part) == 123_457


@given(runs_of, st.data())
def test_runs_are_cut_where_their_parts_change(runs, data):
    pieces = sum(run.pieces for run in runs)
    each = data.draw(st.lists(st.integers(0, 3).map(Fen), min_size=pieces, max_size=pieces))
    found = list(cut(runs, [(1, fen) for fen in each]))
    assert list(chain.from_iterable([part] * run.pieces for run, part in found)) == each
    assert merged([run for run, _ in found]) == merged(runs)


def test_a_layer_takes_off_a_unit_and_the_unit_keeps_its_price():
    run = Run(2, Fen(900), (Fen(100),), Fen(50))
    assert run.unit == 1050
    less = run.less(Fen(30), 2)
    assert less == Run(2, Fen(870), (Fen(100), Fen(0), Fen(30)), Fen(50))
    assert less.unit == 1050
    assert less.less(Fen(5), 0) == Run(2, Fen(865), (Fen(105), Fen(0), Fen(30)), Fen(50))
    assert run.less(Fen(0), 7) == run


def test_equal_neighbours_stand_together_and_empty_runs_are_gone():
    one, two = Run(2, Fen(5)), Run(1, Fen(6))
    assert merged([one, one, Run(0, Fen(9)), one, two, one]) == (Run(6, Fen(5)), two, one)
    assert merged(plain(3, Fen(5))) == plain(3, Fen(5)) == (Run(3, Fen(5)),)
    assert merged([Run(1, Fen(5)), Run(1, Fen(4), (Fen(1),))]) == (Run(1, Fen(5)), Run(1, Fen(4), (Fen(1),)))


def test_freight_is_borne_by_what_is_paid_and_by_pieces_when_nothing_is():
    assert bearing([plain(2, Fen(500)), plain(1, Fen(1000)), plain(4, Fen(0))], Fen(801)) == [
        (Run(2, Fen(500), freight=Fen(200)),),
        (Run(1, Fen(1000), freight=Fen(401)),),
        (Run(4, Fen(0)),),
    ]
    assert bearing([plain(1, Fen(0)), plain(2, Fen(0))], Fen(100)) == [
        (Run(1, Fen(0), freight=Fen(34)),),
        (Run(2, Fen(0), freight=Fen(33)),),
    ]
    assert bearing([plain(1, Fen(0)), ()], Fen(0)) == [plain(1, Fen(0)), ()]


@given(st.lists(runs_of, min_size=1, max_size=3), st.integers(0, 999).map(Fen))
def test_the_freight_of_units_is_the_freight_of_the_order(lines, freight):
    borne = bearing(lines, freight)
    assert sum(run.pieces * run.freight for runs in borne for run in runs) == freight
    assert [[(r.pieces, r.goods) for r in merged([x._replace(freight=Fen(0)) for x in runs])] for runs in borne] == [
        [(r.pieces, r.goods) for r in merged(runs)] for runs in lines
    ]
