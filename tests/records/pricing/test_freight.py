"""What sending costs by several templates, from several places, where it is far, and to whom it is free."""

from __future__ import annotations

import pytest

from chalicelib.kernel.bill import FreightPart
from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.best import best
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.offers import Shopper
from chalicelib.records.pricing.rules.price import Purchase

from .shelf import basket, buy, coupon, offer

FREED = Shopper(free_freight=True)


def sent(items, *offers, shopper=None, coupons=(), **tariffs):
    """(fee, off) of the freight of each location, as (location, version, fee, off)."""
    told = {"shopper": shopper} if shopper else {}
    return buy(items, *offers, coupons=list(coupons), freight=Tariffs(**tariffs), **told)


def template(fee, **more):
    return FreightTemplate(Fen(fee), **more)


def test_goods_of_several_templates_pay_the_sum_and_the_highest_surcharge_once():
    items = [item._replace(template=name) for item, name in zip(basket("2xA@100 B@300"), ("", "heavy"), strict=True)]
    priced = sent(
        items, default=template(600, surcharge=Fen(100)), named={"heavy": template(1000, surcharge=Fen(250))}, version=7
    )
    assert priced.freights == (FreightPart("MAIN", 7, Fen(1850), Fen(0)),)
    assert (priced.freight, priced.payable) == (1850, 500 + 1850)


def test_a_template_that_is_not_there_leaves_its_goods_to_the_default_one():
    items = [item._replace(template="gone") for item in basket("A@100")]
    assert sent(items, default=template(600)).freight == 600


def test_each_template_counts_its_own_goods():
    items = [item._replace(template=name) for item, name in zip(basket("2xA@100 3xB@300"), ("", "own"), strict=True)]
    each = {
        "default": template(10, first=1, step=1, step_fee=Fen(1)),
        "named": {"own": template(20, first=1, step=1, step_fee=Fen(5))},
    }
    assert sent(items, **each).freight == 11 + 30
    each["named"] = {"own": template(20, free_from=Fen(900))}
    assert sent(items, **each).freight == 11
    each["named"] = {"own": template(20, free_from=Fen(901))}
    assert sent(items, **each).freight == 31


def test_one_freight_a_location_and_goods_count_together_for_what_is_free():
    items = [item._replace(location=place) for item, place in zip(basket("A@100 B@300"), ("MAIN", "EAST"), strict=True)]
    priced = sent(items, default=template(50, surcharge=Fen(7)), service_fee=Fen(9), version=3)
    assert priced.freights == (("MAIN", 3, 66, 0), ("EAST", 3, 57, 0))
    assert sum(line.freight for line in priced.lines) == priced.freight == 123
    assert sent(items, default=template(50, free_from=Fen(400))).freights == ()
    assert sent(items, default=template(50, free_from=Fen(401))).freight == 100


def test_what_offers_take_off_is_taken_from_one_location_after_the_other():
    items = [item._replace(location=place) for item, place in zip(basket("A@100 B@300"), ("MAIN", "EAST"), strict=True)]
    priced = sent(items, offer("freight_amount", "freight", off_fen=70), default=template(50, surcharge=Fen(7)))
    assert priced.freights == (("MAIN", 0, 57, 50), ("EAST", 0, 57, 20))


@pytest.mark.parametrize(("shopper", "covered", "fee"), [
    (None, True, 607), (FREED, True, 7), (FREED, False, 607),
])  # fmt: skip
def test_a_level_frees_its_customers_where_that_is_covered_but_not_from_the_surcharge(shopper, covered, fee):
    assert (
        sent(basket("A@100"), shopper=shopper, default=template(600, surcharge=Fen(7), covered=covered)).freight == fee
    )


def test_where_it_is_not_covered_no_amount_makes_it_free():
    assert sent(basket("A@100"), default=template(600, free_from=Fen(1), covered=False)).freight == 600
    assert sent(basket("A@100"), default=template(600, free_from=Fen(1), surcharge=Fen(5))).freight == 5


def test_no_offer_and_no_coupon_takes_a_surcharge_or_a_service():
    far = {"default": template(600, surcharge=Fen(100)), "service_fee": Fen(30)}
    freed = sent(basket("A@100"), offer("freight_free", "freight"), **far)
    assert (freed.freight, freed.freights[0][2:]) == (130, (730, 600))
    spent = coupon("freight_amount", lane="freight_coupon", off_fen=5000)
    by_coupon = sent(basket("A@100"), coupons=[spent], **far)
    assert by_coupon.freight == 130
    chosen = best(Purchase(basket("A@100"), at=by_coupon.ends or 0, freight=Tariffs(**far)), [])
    assert chosen.priced.freight == 730
