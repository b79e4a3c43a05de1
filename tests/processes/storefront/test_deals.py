"""A product page says what holds now: today's price with its reason, offers with their conditions, coupons to claim."""

from __future__ import annotations

from datetime import timedelta

from tests.processes.merchandising.offers.staff import Staff
from tests.records.coupons import wallets


def page(front, shop):
    return front.get(f"/v1/products/{shop.id}").json


def cell(front, shop, sku):
    return next(one for one in page(front, shop)["skus"] if one["sku"] == sku)


def test_without_offers_there_is_the_price_alone(front, shop):
    told = page(front, shop)
    assert (told["offers"], told["coupons"]) == ([], [])
    assert [(one["deal_price"], one["deal_offer"], one["former_price"]) for one in told["skus"]] == [
        (None, None, None)
    ] * 2


def test_a_lower_price_is_shown_with_its_offer_while_it_holds(front, shop, clock):
    staff = Staff(front)
    until = (clock.now() + timedelta(minutes=5)).isoformat()
    offer = staff.published(
        lane="price", kind="percent", terms={"pay_bp": 9000}, scope={"skus": [shop.red]}, ends_at=until
    )  # the other SKU keeps its price
    red, blue = cell(front, shop, shop.red), cell(front, shop, shop.blue)
    assert (red["deal_price"]["fen"], red["deal_offer"]) == (red["price"]["fen"] * 9 // 10, offer)
    assert blue["deal_price"] is None
    (told,) = page(front, shop)["offers"]
    assert (told["id"], told["gives_zh"], told["gives_en"]) == (offer, "9折", "10% off")
    clock.advance(timedelta(minutes=5))
    assert cell(front, shop, shop.red)["deal_price"] is None
    assert page(front, shop)["offers"] == []


def test_coupons_for_the_product_are_shown_and_others_are_not(front, shop):
    mine = wallets.opened()
    wallets.opened(document={**wallets.DOCUMENT, "scope": {"products": ["P01KJPB7WG0000000000000000Z"]}})
    told = page(front, shop)["coupons"]
    assert [(one["template_id"], one["name_zh"]) for one in told] == [(mine, "满100减10")]
