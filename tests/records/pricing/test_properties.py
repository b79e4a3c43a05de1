"""What holds for every basket and every set of offers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.kernel.bill import Bill
from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.kinds.kind import CARRIAGE
from chalicelib.records.pricing.rules.offers import Offers
from chalicelib.records.pricing.rules.price import price
from tests.records.pricing.chance import in_hand, purchases
from tests.records.pricing.shelf import expanded

points = st.integers(0, 600)


@settings(max_examples=300, deadline=None)
@given(purchases, in_hand("coupon", 2), in_hand("freight_coupon", 2), points)
def test_the_parts_are_the_whole_to_the_fen(purchase, coupons, carriage, n):
    priced = price(purchase, [*coupons, *carriage], n)
    for at, layer in enumerate(priced.layers):
        on_goods = sum(line.off_by(at) for line in priced.lines)
        assert on_goods == (0 if layer.lane in CARRIAGE else layer.off)
    assert sum(layer.off for layer in priced.layers if layer.lane in CARRIAGE) <= sum(
        one.off for one in priced.freights
    )
    assert priced.points.fen == sum(line.points for line in priced.lines)
    assert priced.freight == sum(line.freight for line in priced.lines)
    assert priced.payable == sum(line.payable + line.freight for line in priced.lines)
    assert priced.points.n <= min(n, 500)
    for line in priced.lines:
        assert line.gross == line.payable + line.off + line.points


@settings(max_examples=300, deadline=None)
@given(purchases, in_hand("coupon", 2), points)
def test_a_piece_costs_between_its_floor_and_its_price(purchase, coupons, n):
    priced = price(purchase, coupons, n)
    for at, line in enumerate(priced.lines):
        floor = purchase.basket[at].floor if at < len(purchase.basket) else Fen(0)
        for run in line.runs:
            assert 0 <= run.goods <= line.unit
            assert min(run.offs, default=0) >= 0 <= run.points
            assert run.unit == line.unit
            assert run.goods + run.points >= min(floor, line.unit)


@settings(deadline=None)
@given(purchases, in_hand("coupon", 1), in_hand("freight_coupon", 1), points)
def test_the_same_question_has_the_same_answer_and_survives_being_written(purchase, coupons, carriage, n):
    priced = price(purchase, [*coupons, *carriage], n)
    assert price(purchase, [*coupons, *carriage], n) == priced
    supplied = priced.bill._replace(lines=tuple(x._replace(parts=((0, x.quantity),)) for x in priced.lines))
    assert Bill.unpack(supplied.pack()) == supplied


@settings(deadline=None)
@given(purchases)
def test_the_pieces_of_the_basket_stay_what_they_are(purchase):
    priced = price(purchase)
    assert [(x.sku, x.quantity, x.unit, x.kind) for x in priced.lines[: len(purchase.basket)]] == [
        (item.sku, item.quantity, item.unit, "bought") for item in purchase.basket
    ]
    assert len(expanded(priced.lines)) == sum(line.quantity for line in priced.lines)


@settings(max_examples=200, deadline=None)
@given(purchases)
def test_an_offer_that_does_not_apply_changes_nothing(purchase):
    """Where every way of sharing was tried: a greedy share may be another without the one that lost. And where none is
    exclusive: such a one is weighed against all others together, one of which may have kept another from a piece."""
    priced = price(purchase)
    if not priced.exact or any(offer.exclusive for offer in purchase.offers.all):
        return
    kept = {outcome.offer for outcome in priced.applied}
    stacking = {offer.id for offer in purchase.offers.all if offer.stacks}
    again = price(
        purchase._replace(offers=Offers(offer for offer in purchase.offers.all if offer.id in kept | stacking))
    )
    assert (again.lines, again.freights) == (priced.lines, priced.freights)


@settings(max_examples=200, deadline=None)
@given(purchases, in_hand("coupon", 2), points)
def test_every_offer_answers_once_and_only_what_gives_is_applied(purchase, coupons, n):
    priced = price(purchase, coupons, n)
    asked = [*(offer.id for offer in purchase.offers.all), *(coupon.offer.id for coupon in coupons)]
    told = [outcome.offer for outcome in priced.outcomes if outcome.offer not in ("member", "points")]
    assert sorted(told) == sorted(asked)
    for outcome in priced.outcomes:
        assert outcome.zh
        assert outcome.en
        assert outcome.off >= 0
        assert outcome.applied or (not outcome.off and outcome.code != "APPLIED")
        assert not outcome.applied or outcome.off or outcome.code in ("GIVEN", "APPLIED", "GIFT_OUT")


@settings(max_examples=150, deadline=None)
@given(purchases, st.integers(0, 99))
def test_units_given_back_in_any_order_give_back_what_was_paid(purchase, seed):
    import random

    priced = price(purchase)
    paid = [run.goods + run.freight for line in priced.lines for run in line.runs for _ in range(run.pieces)]
    random.Random(seed).shuffle(paid)
    left = priced.payable
    for unit in paid:
        assert unit <= left
        left -= unit
    assert left == 0


@settings(deadline=None)
@given(purchases)
def test_gifts_and_add_ons_are_never_more_than_there_are(purchase):
    priced = price(purchase)
    for sku, info in purchase.gifts.items():
        brought = sum(line.quantity for line in priced.lines if line.sku == sku and line.kind != "bought")
        assert brought <= info.available
    for line in priced.lines:
        if line.kind != "bought":
            assert 0 <= line.parent < len(priced.layers)
        if line.kind == "gift":
            assert (line.unit, line.payable, line.freight) == (0, 0, line.freight)
            assert line.value > 0


@settings(deadline=None)
@given(purchases)
def test_the_price_holds_until_the_first_of_its_offers_ends(purchase):
    priced = price(purchase)
    held = {outcome.offer for outcome in priced.applied}
    ends = [offer.ends for offer in purchase.offers.all if offer.id in held and offer.ends]
    if priced.ends is None:
        assert not ends
    else:
        assert priced.ends >= min(ends)
        assert price(purchase._replace(at=purchase.at)).ends == priced.ends


@pytest.mark.parametrize("pieces", [1, 7, 999])
def test_a_thousand_pieces_cost_as_many_times_one(pieces):
    from tests.records.pricing.shelf import basket, buy, offer

    priced = buy(basket(f"{pieces}xA@333 {pieces}xB@1000"), offer("amount", "shop", off_fen=100 * pieces + 1))
    assert priced.off == 100 * pieces + 1
    assert all(len(line.runs) <= 2 for line in priced.lines)
