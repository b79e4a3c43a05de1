"""Money against a second, slower arithmetic: shares by fractions, percentages by fractions, and each refusal by its words."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from chalicelib.kernel.money import Fen, total

amounts = st.integers(-(10**7), 10**7)
weights = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(lambda ws: sum(ws) > 0)


def by_fractions(amount: int, ws: list[int]) -> list[int]:
    """Whole parts first; the fen that are left go to the largest remainders, the first of equals first."""
    exact = [Fraction(abs(amount) * w, sum(ws)) for w in ws]
    parts = [floor(one) for one in exact]
    ranked = sorted(range(len(ws)), key=lambda i: (parts[i] - exact[i], i))
    for i in ranked[: abs(amount) - sum(parts)]:
        parts[i] += 1
    return [part if amount >= 0 else -part for part in parts]


@given(amounts, weights)
@example(101, [1, 7, 7, 5])
@example(-101, [1, 7, 7, 5])
@example(10, [6, 1, 1, 1, 1])
@example(1, [1, 2])
@example(-1, [2, 1, 3])
def test_a_share_is_the_largest_remainder_s_and_every_part_is_money(amount, ws):
    parts = Fen(amount).share(ws)
    assert parts == by_fractions(amount, ws)
    assert all(type(part) is Fen for part in parts)


def test_nothing_shared_by_no_weight_is_money_too_and_by_no_one_is_nothing():
    assert [type(part) for part in Fen(0).share([0, 0])] == [Fen, Fen]
    assert Fen(0).share([]) == []
    assert Fen(0).share([1, 2]) == [0, 0]


@pytest.mark.parametrize(("amount", "ws"), [(1, [0]), (1, []), (-1, [0, 0]), (0, [-1]), (5, [3, -1]), (0, [0, -1, 1])])
def test_weights_below_nothing_or_of_nothing_are_refused(amount, ws):
    with pytest.raises(ValueError, match=r"^weights are non-negative and not all zero$"):
        Fen(amount).share(ws)


@given(amounts, st.integers(0, 30_000))
@example(0, 5000)
@example(1, 5000)
@example(-1, 5000)
def test_a_percentage_is_rounded_half_up_away_from_nothing(amount, bp):
    exact = Fraction(abs(amount) * bp, 10_000)
    rounded = floor(exact + Fraction(1, 2))
    assert Fen(amount).percent(bp) == (rounded if amount >= 0 else -rounded)
    assert type(Fen(amount).percent(bp)) is Fen


@given(amounts, amounts)
def test_sums_differences_and_multiples_are_whole_numbers_and_money(one, other):
    for found, wanted in [
        (Fen(one) + Fen(other), one + other), (Fen(one) + other, one + other), (one + Fen(other), one + other),
        (Fen(one) - Fen(other), one - other), (Fen(one) * other, one * other), (one * Fen(other), one * other),
        (-Fen(one), -one), (total([Fen(one), Fen(other)]), one + other),
    ]:  # fmt: skip
        assert found == wanted
        assert type(found) is Fen


def test_the_sum_of_no_amounts_is_no_money():
    assert total([]) == 0
    assert type(total([])) is Fen


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Fen(1.0), "fen are whole numbers, not float"),
        (lambda: Fen(True), "fen are whole numbers, not bool"),
        (lambda: Fen("1"), "fen are whole numbers, not str"),
        (lambda: Fen(1) + 1.0, "money knows whole numbers only, not float"),
        (lambda: total([Fen(1), 0.5]), "money knows whole numbers only, not float"),
        (lambda: Fen(0.5 + Fen(1)), "fen are whole numbers, not float"),
        (lambda: Fen(1) - 1.0, "money knows whole numbers only, not float"),
        (lambda: Fen(1) * 1.0, "money knows whole numbers only, not float"),
        (lambda: Fen(1) * True, "money knows whole numbers only, not bool"),
        (lambda: Fen(1).percent(1.0), "money knows whole numbers only, not float"),
        (lambda: Fen(1) / 2, "money is never divided: use percent() or share()"),
        (lambda: 2 / Fen(1), "money is never divided: use percent() or share()"),
    ],
)
def test_what_is_no_whole_number_is_refused_by_name(wrong, words):
    with pytest.raises(TypeError) as refused:
        wrong()
    assert str(refused.value) == words


@given(amounts)
def test_yuan_there_and_back(amount):
    assert Fen.from_yuan(Fen(amount).yuan) == amount
    assert type(Fen.from_yuan("1.00")) is Fen


@pytest.mark.parametrize("text", ["0.001", "1.005", "abc", "", "NaN", "Infinity", "-Infinity", "1 2"])
def test_a_text_that_is_no_amount_is_told_back(text):
    with pytest.raises(ValueError, match="not an amount in yuan") as refused:
        Fen.from_yuan(text)
    assert str(refused.value) == f"not an amount in yuan: {text!r}"


def test_in_a_model_money_is_a_strict_whole_number():
    class Price(BaseModel):
        fen: Fen

    assert type(Price(fen=5).fen) is Fen
    assert Price.model_validate_json('{"fen":7}').fen == 7
    for wrong in ("5", 5.0, True, None):
        with pytest.raises(ValidationError):
            Price(fen=wrong)
