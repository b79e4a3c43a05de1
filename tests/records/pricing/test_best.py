"""The choice made for a customer is the cheapest there is."""

from __future__ import annotations

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.best import best
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.offers import Offers, Shopper
from chalicelib.records.pricing.rules.points import PointsRule
from chalicelib.records.pricing.rules.price import Purchase
from tests.records.pricing.shelf import NOW, basket, coupon, offer

RICH = {"shopper": Shopper(points=1000), "points_rule": PointsRule(100)}


def purchase(written: str, *offers, **more) -> Purchase:
    return Purchase(basket(written), Offers(offers), NOW, **more)


def ids(choice) -> list[str]:
    return [one.id for one in choice.coupons]


def test_of_two_coupons_the_one_that_saves_more_is_taken_whatever_the_order():
    five, nine = coupon("amount", id="five", off_fen=500), coupon("percent", id="nine", pay_bp=9000)
    for held in ([five, nine], [nine, five]):
        assert ids(best(purchase("A@10000"), held)) == ["nine"]
        assert ids(best(purchase("A@4999"), held)) == ["five"]


def test_a_coupon_that_frees_more_freight_than_another_saves_on_goods_wins():
    """40 off would bring the goods below the amount that sends them free."""
    post = Tariffs(FreightTemplate(Fen(1200), free_from=Fen(9900)))
    held = [coupon("amount", id="ten", off_fen=1000), coupon("amount", id="one", off_fen=50)]
    choice = best(purchase("A@10000", freight=post), held)
    assert (ids(choice), choice.priced.payable) == (["one"], 9950)


def test_coupons_on_goods_and_on_freight_are_chosen_together():
    post = Tariffs(FreightTemplate(Fen(1200), free_from=Fen(9900)))
    held = [coupon("amount", id="ten", off_fen=1000), coupon("freight_free", id="post", lane="freight_coupon")]
    choice = best(purchase("A@10000", freight=post), held)
    assert (ids(choice), choice.priced.payable) == (["ten", "post"], 9000)


def test_of_equal_coupons_the_one_that_ends_soonest_goes_and_an_open_end_is_last():
    held = [
        coupon("amount", id="open", off_fen=500),
        coupon("amount", id="late", off_fen=500, ends=NOW + 9),
        coupon("amount", id="soon", off_fen=500, ends=NOW + 5),
        coupon("amount", id="over", off_fen=500, ends=NOW),
    ]
    choice = best(purchase("A@10000"), held)
    assert ids(choice) == ["soon"]
    assert {one.coupon: one.code for one in choice.outcomes} == {
        "open": "OTHER_BETTER",
        "late": "OTHER_BETTER",
        "soon": "APPLIED",
        "over": "OVER",
    }


def test_coupons_on_freight_are_judged_by_what_offers_left_of_it():
    """Of 8.00 an offer takes 5.00: both coupons save 3.00, and the one that ends soonest goes."""
    sent = offer("freight_amount", "freight", off_fen=500)
    held = [
        coupon("freight_amount", id="large", lane="freight_coupon", off_fen=700, ends=NOW + 9),
        coupon("freight_amount", id="small", lane="freight_coupon", off_fen=300, ends=NOW + 5),
    ]
    choice = best(purchase("A@100", sent, freight=Tariffs(FreightTemplate(Fen(800)))), held)
    assert (ids(choice), choice.priced.payable) == (["small"], 100)
    assert {one.coupon: one.code for one in choice.outcomes} == {"large": "OTHER_BETTER", "small": "APPLIED"}


def test_a_fen_off_the_freight_is_worth_a_coupon_and_what_lacks_is_not():
    post = Tariffs(FreightTemplate(Fen(800)))
    fen = coupon("freight_amount", id="fen", lane="freight_coupon", off_fen=1)
    dear = coupon("freight_amount", id="dear", lane="freight_coupon", off_fen=500, min_fen=101)
    assert ids(best(purchase("A@100", freight=post), [fen, dear])) == ["fen"]
    assert ids(best(purchase("A@100", freight=post), [dear])) == []


def test_of_equal_payables_fewer_points_go():
    whole = coupon("amount", off_fen=5000)
    choice = best(purchase("A@600", **RICH), [whole], 1000)
    assert (ids(choice), choice.points, choice.priced.payable) == (["U1"], 0, 0)


def test_a_coupon_that_saves_nothing_stays_in_hand():
    choice = best(purchase("A@600"), [coupon("amount", off_fen=100, min_fen=601)])
    (told,) = choice.outcomes
    assert (choice.coupons, told.code, told.missing_fen, told.zh) == ((), "MISSING_FEN", 1, "再买 ¥0.01 可用")


@pytest.mark.parametrize(
    ("off", "chosen", "points"), [(400, [], 500), (499, [], 500), (600, ["U1"], 0), (500, ["U1"], 0)]
)
def test_where_points_do_not_go_with_coupons_the_better_of_them_is_taken(off, chosen, points):
    alone = {"shopper": Shopper(points=500), "points_rule": PointsRule(100, with_coupon=False)}
    choice = best(purchase("A@2000", **alone), [coupon("amount", off_fen=off)], 500)
    assert (ids(choice), choice.points) == (chosen, points)


def test_what_a_coupon_may_not_go_with_is_kept():
    first = offer("amount", "shop", "A", off_fen=100, top={"with_coupons": False})
    held = [coupon("percent", id="half", pay_bp=5000)]
    assert best(purchase("A@1000 B@300", first), held).priced.payable == 900 + 150
    assert best(purchase("A@1000", first), held).priced.payable == 900


def test_an_add_on_is_never_chosen():
    from chalicelib.records.pricing.rules.course import GiftInfo

    extra = offer("add_on", "shop", sku="X", price_fen=1)
    choice = best(purchase("A@1000", extra, gifts={"X": GiftInfo(Fen(500), 5)}), [])
    assert (len(choice.priced.lines), choice.priced.outcomes[0].code) == (1, "TO_CHOOSE")


def test_twenty_coupons_of_each_kind_are_tried_all():
    held = [coupon("amount", id=f"g{i}", off_fen=10 + i) for i in range(20)]
    held += [coupon("freight_amount", id=f"f{i}", lane="freight_coupon", off_fen=10 + i) for i in range(20)]
    choice = best(purchase("A@1000", freight=Tariffs(FreightTemplate(Fen(500)))), held)
    assert (ids(choice), choice.priced.payable) == (["g19", "f19"], 1000 - 29 + 500 - 29)
