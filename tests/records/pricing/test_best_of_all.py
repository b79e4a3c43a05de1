"""The choice made for a customer beside every other choice there is."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings

from chalicelib.records.pricing.rules.best import best
from chalicelib.records.pricing.rules.price import price
from tests.records.pricing.chance import in_hand, purchases


@settings(max_examples=80, deadline=None)
@given(purchases, in_hand("coupon", 4), in_hand("freight_coupon", 3))
def test_no_other_choice_of_coupons_and_points_is_cheaper(bought, coupons, carriage):
    most = 60
    tried = [
        price(bought, [one for one in pair if one], points).payable
        for pair in product([None, *coupons], [None, *carriage])
        for points in range(0, most + 1, 1 if not coupons else 20)
    ]
    choice = best(bought, [*coupons, *carriage], most)
    assert choice.priced.payable == min(tried)
    assert price(bought, choice.coupons, choice.points) == choice.priced


@settings(max_examples=60, deadline=None)
@given(purchases, in_hand("coupon", 4), in_hand("freight_coupon", 3))
def test_what_is_chosen_is_used_and_every_coupon_answers(bought, coupons, carriage):
    held = [*coupons, *carriage]
    choice = best(bought, held, 60)
    assert sorted(use.id for use in choice.priced.coupons) == sorted(one.id for one in choice.coupons)
    assert choice.priced.points.n == choice.points
    assert sorted(one.coupon for one in choice.outcomes) == sorted(one.id for one in held)
    assert {one.coupon for one in choice.outcomes if one.applied} == {one.id for one in choice.coupons}
