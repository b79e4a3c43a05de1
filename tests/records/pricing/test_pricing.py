"""Pricing: the parts are the whole to the fen, discounts never exceed what they are taken from, nothing is negative."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.money import Fen, total
from chalicelib.records.pricing import service
from chalicelib.records.pricing.rules import FREE, FreightRule, Offer, PriceLine, Reason, price

SKUS = "ABCDE"
lines_of = st.lists(
    st.builds(PriceLine, st.sampled_from(SKUS), st.integers(1, 999), st.integers(0, 5_000_000).map(Fen)), max_size=8
)
covered = st.none() | st.frozensets(st.sampled_from(SKUS))
offers_of = st.lists(
    st.builds(
        Offer,
        st.sampled_from(["o1", "o2", "o3"]),
        st.sampled_from(["price", "percent", "amount"]),
        st.integers(-100, 12_000_000),
        covered,
    ),
    max_size=4,
)
rules_of = st.builds(FreightRule, st.integers(0, 5_000).map(Fen), st.integers(0, 1_000_000).map(Fen))


def line(sku: str, quantity: int, unit: int) -> PriceLine:
    return PriceLine(sku, quantity, Fen(unit))


@given(lines_of, offers_of, rules_of)
def test_the_lines_are_the_order_and_no_part_is_negative(lines, offers, rule):
    priced = price(lines, offers, rule)
    assert [(row.sku, row.quantity, row.unit) for row in priced.lines] == [
        (row.sku, row.quantity, row.unit) for row in lines
    ]
    assert priced.goods == total([row.payable for row in priced.lines])
    assert priced.freight == total([row.freight for row in priced.lines])
    assert priced.payable == priced.goods + priced.freight
    for row in priced.lines:
        assert 0 <= row.off <= row.gross
        assert row.gross == row.unit * row.quantity
        assert row.payable == row.gross - row.off >= 0
        assert row.freight >= 0


@given(lines_of, offers_of)
def test_every_fen_of_discount_has_its_reason(lines, offers):
    priced = price(lines, offers)
    for sku in SKUS:
        off = total([row.off for row in priced.lines if row.sku == sku])
        assert off == total([r.off for r in priced.reasons if r.sku == sku])
    assert all(reason.off > 0 for reason in priced.reasons)
    assert {reason.offer for reason in priced.reasons} <= {offer.id for offer in offers}


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=5, unique=True), st.integers(0, 300_000))
def test_a_cut_falls_on_lines_by_what_they_cost_within_a_fen(grosses, cut):
    lines = [line(SKUS[i], 1, gross) for i, gross in enumerate(grosses)]
    whole = sum(grosses)
    priced = price(lines, [Offer("cut", "amount", cut)])
    taken = min(cut, whole)
    assert total([row.off for row in priced.lines]) == taken
    for row in priced.lines:
        assert abs(row.off * whole - taken * row.gross) < max(whole, 1)  # its exact share is less than one fen away


@given(st.permutations([line("A", 1, 3331), line("B", 3, 777), line("C", 2, 50), line("D", 7, 1299)]))
def test_the_order_of_the_lines_does_not_matter_where_no_remainders_tie(lines):
    offers = [Offer("nine", "percent", 9_000, frozenset("AB")), Offer("cut", "amount", 1_000)]
    found = {
        row.sku: (row.off, row.freight) for row in price(lines, offers, FreightRule(Fen(700), Fen(10_000_000))).lines
    }
    assert found == {"A": (543, 147), "B": (381, 103), "C": (7, 5), "D": (636, 445)}


@pytest.mark.parametrize("quantity", [1, 2, 3, 7])
def test_equal_remainders_go_to_the_lines_named_first(quantity):
    lines = [line(sku, quantity, 100) for sku in "ABC"]
    offs = [row.off for row in price(lines, [Offer("cut", "amount", 100)]).lines]
    assert offs == [34, 33, 33]


def test_without_offers_nothing_is_off_and_nobody_gives_reasons():
    priced = price([line("A", 2, 1050), line("A", 1, 1050)], freight=FreightRule(Fen(800), Fen(9_900)))
    assert [row.off for row in priced.lines] == [0, 0]
    assert [row.freight for row in priced.lines] == [533, 267]
    assert (priced.goods, priced.freight, priced.payable, priced.reasons) == (3150, 800, 3950, ())


def test_nothing_costs_nothing_and_is_not_sent():
    priced = price([], freight=FreightRule(Fen(800), Fen(9_900)))
    assert (priced.lines, priced.goods, priced.freight, priced.payable) == ((), 0, 0, 0)


@pytest.mark.parametrize(
    ("unit", "left"), [(1, 1), (5, 5), (15, 14), (10_000, 9_000), (25, 23), (55, 50), (45, 41), (0, 0)]
)
def test_nine_tenths_of_odd_fen_round_half_up_and_leave_at_least_a_fen(unit, left):
    (found,) = price([line("A", 1, unit)], [Offer("gold", "percent", 9_000)]).lines
    assert found.payable == left


def test_a_percentage_is_of_one_piece_so_that_pieces_cost_alike():
    (found,) = price([line("A", 3, 15)], [Offer("gold", "percent", 9_000)]).lines
    assert found.payable == 42


def test_nothing_left_of_the_price_is_nothing_to_pay():
    (found,) = price([line("A", 2, 999)], [Offer("gift", "percent", 0)]).lines
    assert (found.off, found.payable) == (1998, 0)


def test_the_smallest_rate_still_leaves_one_fen_of_a_piece():
    (found,) = price([line("A", 2, 999)], [Offer("almost", "percent", 1)]).lines
    assert found.payable == 2


@pytest.mark.parametrize(("value", "payable"), [(800, 1600), (1000, 2000), (1001, 2000), (0, 0), (-5, 0)])
def test_a_time_limited_price_takes_the_place_of_a_dearer_one_only(value, payable):
    (found,) = price([line("A", 2, 1000)], [Offer("today", "price", value)]).lines
    assert found.payable == payable


@pytest.mark.parametrize(("rate", "payable"), [(10_000, 1000), (12_000, 1000), (-1, 0), (5_000, 500)])
def test_a_rate_never_makes_dearer_nor_goes_below_nothing(rate, payable):
    (found,) = price([line("A", 1, 1000)], [Offer("rate", "percent", rate)]).lines
    assert found.payable == payable


def test_on_a_line_the_best_offer_wins_and_the_others_do_nothing():
    offers = [Offer("member", "percent", 9_000), Offer("today", "price", 850), Offer("weak", "price", 990)]
    for order in itertools.permutations(offers):
        priced = price([line("A", 2, 1000)], order)
        assert priced.reasons == (Reason("A", "today", Fen(300)),)
        assert priced.goods == 1700


def test_of_equally_good_offers_the_first_is_the_reason():
    offers = [Offer("one", "price", 900), Offer("two", "percent", 9_000)]
    assert price([line("A", 1, 1000)], offers).reasons == (Reason("A", "one", Fen(100)),)
    assert price([line("A", 1, 1000)], offers[::-1]).reasons == (Reason("A", "two", Fen(100)),)


def test_a_cut_larger_than_what_it_covers_is_capped_and_spares_the_rest():
    priced = price([line("A", 1, 500), line("B", 1, 700)], [Offer("cut", "amount", 900, frozenset("A"))])
    assert [(row.off, row.payable) for row in priced.lines] == [(500, 0), (0, 700)]
    assert priced.reasons == (Reason("A", "cut", Fen(500)),)


@pytest.mark.parametrize("value", [0, -1])
def test_a_cut_of_nothing_takes_nothing(value):
    priced = price([line("A", 1, 500)], [Offer("cut", "amount", value)])
    assert (priced.goods, priced.reasons) == (500, ())


def test_a_cut_of_one_fen_is_taken():
    assert price([line("A", 1, 500)], [Offer("cut", "amount", 1)]).goods == 499


def test_a_cut_that_covers_nothing_here_takes_nothing():
    priced = price([line("A", 1, 500)], [Offer("cut", "amount", 100, frozenset("B"))])
    assert (priced.goods, priced.reasons) == (500, ())


def test_cuts_build_on_what_is_left_after_the_lines_and_each_other():
    offers = [
        Offer("cut1", "amount", 600),
        Offer("half", "percent", 5_000, frozenset("A")),
        Offer("cut2", "amount", 5_000),
    ]
    priced = price([line("A", 1, 1000), line("B", 1, 500)], offers)
    assert priced.reasons == (
        Reason("A", "half", Fen(500)),
        Reason("A", "cut1", Fen(300)),
        Reason("B", "cut1", Fen(300)),
        Reason("A", "cut2", Fen(200)),
        Reason("B", "cut2", Fen(200)),
    )
    assert priced.goods == 0


@pytest.mark.parametrize(("goods", "freight"), [(9_899, 800), (9_900, 0), (9_901, 0), (1, 800), (0, 800)])
def test_freight_is_waived_from_the_threshold_on(goods, freight):
    priced = price([line("A", 1, goods)], freight=FreightRule(Fen(800), Fen(9_900)))
    assert (priced.freight, priced.payable) == (freight, goods + freight)


def test_the_threshold_counts_goods_after_discounts():
    rule = FreightRule(Fen(800), Fen(9_900))
    assert price([line("A", 1, 9_900)], [Offer("cut", "amount", 1)], rule).freight == 800


def test_freight_falls_on_lines_by_what_is_paid_and_by_pieces_when_nothing_is():
    rule = FreightRule(Fen(100), Fen(10_000_000))
    assert [row.freight for row in price([line("A", 1, 300), line("B", 1, 100)], freight=rule).lines] == [75, 25]
    gift = [Offer("gift", "percent", 0)]
    assert [row.freight for row in price([line("A", 3, 300), line("B", 1, 9_000)], gift, rule).lines] == [75, 25]
    assert [row.freight for row in price([line("A", 3, 300), line("B", 1, 0)], freight=rule).lines] == [100, 0]


def test_freight_is_free_unless_a_rule_says_otherwise():
    assert FREE.of(Fen(0)) == FREE.of(Fen(5)) == 0
    assert price([line("A", 1, 1)]).freight == 0


def test_the_tariff_comes_from_the_settings(monkeypatch):
    assert service.freight_rule() == FreightRule(Fen(800), Fen(9_900))
    monkeypatch.setenv("FREIGHT_FEN", "1200")
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "20000")
    assert service.freight_rule() == FreightRule(Fen(1_200), Fen(20_000))
