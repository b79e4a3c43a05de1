"""Money adds up, always."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.money import Fen, total

amounts = st.integers(-(10**9), 10**9)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(lambda ws: sum(ws) > 0)


@given(amounts, weights)
def test_shares_add_up_and_are_within_a_fen_of_proportional(amount, ws):
    parts = Fen(amount).share(ws)
    assert total(parts) == amount
    for part, weight in zip(parts, ws, strict=True):
        exact = abs(amount) * weight / sum(ws)
        assert abs(abs(part) - exact) < 1
        assert part == 0 or (part > 0) == (amount > 0)


@given(st.integers(0, 10**6), weights, st.randoms(use_true_random=False))
def test_the_larger_remainder_gets_the_odd_fen_whatever_the_order(amount, ws, chance):
    parts = Fen(amount).share(ws)
    sizes = {w: sorted(p for p, v in zip(parts, ws, strict=True) if v == w) for w in ws}
    mixed = list(ws)
    chance.shuffle(mixed)
    again = Fen(amount).share(mixed)
    remainder = {w: amount * w % sum(ws) for w in ws}
    if len(set(remainder.values())) == len(ws):
        assert sizes == {w: sorted(p for p, v in zip(again, mixed, strict=True) if v == w) for w in mixed}


def test_ties_go_to_the_first():
    assert Fen(100).share([1, 1, 1]) == [34, 33, 33]
    assert Fen(-100).share([1, 1, 1]) == [-34, -33, -33]
    assert Fen(5).share([3, 1]) == [4, 1]


def test_nothing_is_shared_by_zero_weights():
    assert Fen(0).share([0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="not all zero"):
        Fen(1).share([0, 0])
    with pytest.raises(ValueError, match="non-negative"):
        Fen(1).share([2, -1])


@pytest.mark.parametrize(
    ("fen", "bp", "expected"),
    [(1, 9000, 1), (10000, 9000, 9000), (5, 5000, 3), (-5, 5000, -3), (3, 5000, 2), (1, 4999, 0)],
)
def test_percent_rounds_half_up(fen, bp, expected):
    assert Fen(fen).percent(bp) == expected


def test_a_float_never_enters():
    for wrong in (lambda: Fen(1.0), lambda: Fen(1) + 1.5, lambda: Fen(1) * 0.5, lambda: Fen(1) / 2, lambda: Fen(True)):
        with pytest.raises(TypeError):
            wrong()


@pytest.mark.parametrize(("text", "fen"), [("0.01", 1), ("12.30", 1230), ("-1.5", -150), ("100", 10000)])
def test_yuan_texts_are_read_exactly(text, fen):
    assert Fen.from_yuan(text) == fen


@pytest.mark.parametrize("text", ["0.001", "1,00", "", "NaN", "Infinity", "1e-9"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        Fen.from_yuan(text)


def test_texts_for_people():
    assert (Fen(5).yuan, Fen(1050).text, Fen(-1050).text, Fen(-5).yuan) == ("0.05", "¥10.50", "-¥10.50", "-0.05")


def test_sums_of_money_are_money():
    assert type(sum([Fen(1), Fen(2)], Fen(0))) is Fen
    assert type(Fen(3) - 1) is Fen
    assert type(2 * Fen(3)) is Fen
