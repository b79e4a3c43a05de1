"""A product page says what holds now: today's price with its reason, offers with their conditions, coupons to claim."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.bill import CounterUse
from chalicelib.processes.storefront.service import deals
from chalicelib.records.promotions.limits import rules as limit_rules
from chalicelib.records.promotions.limits import steps as limit_steps
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work
from tests.processes.merchandising.offers.staff import Staff
from tests.records.catalog.goods import article, product
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
    assert told == [one for one in front.get("/v1/coupons/available").json["items"] if one["template_id"] == mine]
    assert (told[0]["conditions"]["name"]["zh"], told[0]["conditions"]["terms"]) == (
        "满100减10",
        wallets.DOCUMENT["terms"],
    )


def test_a_coupon_that_is_gone_is_shown_no_more_and_what_is_left_of_others_is_told(front, shop, clock):
    last, many = wallets.opened(total=1), wallets.opened(total=30)
    endless = wallets.opened(total=None)
    shown = lambda: {one["template_id"]: one["left"] for one in page(front, shop)["coupons"]}
    listed = lambda: {one["template_id"]: one["left"] for one in front.get("/v1/coupons/available").json["items"]}
    assert shown() == listed() == {last: 1, many: 30, endless: None}
    wallets.claim(last)
    wallets.claim(many)
    clock.advance(timedelta(seconds=10))
    assert shown() == listed() == {many: 29, endless: None}


def test_what_is_left_of_an_offer_with_a_quota_is_told(front, shop, clock):
    staff = Staff(front)
    offer = staff.published(limits={"total": 9}, scope={"skus": [shop.red]})
    endless = staff.published(scope={"skus": [shop.red]})
    shown = lambda: {one["id"]: (one["quota"], one["left"]) for one in page(front, shop)["offers"]}
    assert shown() == {offer: (9, 9), endless: (None, None)}
    work = Work(ANYONE, "test")
    work.add(*limit_steps.take([CounterUse(limit_rules.key_of(offer, "total"), 1, 9, shard) for shard in (0, 1)]))
    work.commit()
    assert shown()[offer] == (9, 9)
    clock.advance(timedelta(seconds=10))
    assert shown()[offer] == (9, 7)


def test_a_page_names_what_its_offers_give_add_and_want(front, shop):
    staff, red = Staff(front), {"skus": [shop.red]}
    gift = staff.published(kind="gift", terms={"sku": shop.blue, "min_fen": 99_000}, scope=red)
    added = staff.published(kind="add_on", terms={"sku": shop.blue, "price_fen": 7000, "min_fen": 99_000}, scope=red)
    got = staff.published(
        kind="buy_get", terms={"buy": 1, "get": 1, "pay_bp": 5000, "get_scope": {"skus": [shop.blue]}}, scope=red
    )
    wants = staff.published(scope=red, needs={"basket_has": {"products": [shop.id]}})
    told = {one["id"]: one["goods"] for one in page(front, shop)["offers"]}
    blue = {"sku": shop.blue, "price": 12_000}
    brief = lambda goods: [
        (one["role"], [{"sku": sku["sku"], "price": sku["price"]["fen"]} for sku in one["skus"]]) for one in goods
    ]
    assert brief(told[gift]) == [("gift", [blue])]
    assert brief(told[added]) == [("add_on", [blue])]
    assert told[added][0]["price"]["fen"] == 7000
    assert told[gift][0]["skus"][0]["title_zh"]
    assert brief(told[got]) == [("get", [blue])]
    assert [(one["role"], one["products"], one["skus"]) for one in told[wants]] == [("basket_has", [shop.id], [])]


def test_a_card_of_a_list_names_three_offers_at_most(front, shop):
    staff = Staff(front)
    names = [
        staff.published(kind="amount", terms={"off_fen": 100, "min_fen": 90_000}, priority=n, scope=scope)
        for n, scope in enumerate(
            ({"all": True}, {"products": [shop.id]}, {"categories": [shop.category]}, {"skus": [shop.red]})
        )
    ]
    staff.published(starts_at="2026-06-05T00:00:00Z")
    (told,) = [one for one in front.get("/v1/products").json["items"] if one["id"] == shop.id]
    assert [one["id"] for one in told["offers"]] == names[:0:-1]


def card(front, shop, query=""):
    (told,) = [one for one in front.get(f"/v1/products{query}").json["items"] if one["id"] == shop.id]
    return (
        told["price"]["fen"],
        told["deal_price"] and told["deal_price"]["fen"],
        told["deal_offer"],
        told["former_price"],
    )


def test_a_card_says_the_lowest_price_that_an_offer_makes_wherever_it_stands(front, shop, clock, bus):
    bus.run()
    price, *nothing = card(front, shop)
    assert nothing == [None, None, None]
    staff, until = Staff(front), (clock.now() + timedelta(minutes=5)).isoformat()
    offer = staff.published(
        lane="price", kind="percent", terms={"pay_bp": 9000}, scope={"skus": [shop.red, shop.blue]}, ends_at=until
    )
    clock.advance(timedelta(seconds=11))
    lower = min(cell(front, shop, sku)["deal_price"]["fen"] for sku in (shop.red, shop.blue))
    for query in ("", f"?category={shop.category}", "?q=圆领衫", f"?ids={shop.id}"):
        assert card(front, shop, query)[:3] == (price, lower, offer), query
    assert card(front, shop)[3]["fen"] == price
    clock.advance(timedelta(minutes=5))
    assert card(front, shop)[1] is None


def test_a_card_does_not_boast_of_a_dearer_article_that_is_cheaper_now(front, shop, clock, bus):
    """Only the dearer SKU is cheaper, and still no cheaper than the other: the card's price is what it was."""
    bus.run()
    price = card(front, shop)[0]
    dearer = max((shop.red, shop.blue), key=lambda sku: cell(front, shop, sku)["price"]["fen"])
    assert cell(front, shop, dearer)["price"]["fen"] > price
    Staff(front).published(lane="price", kind="piece_amount", terms={"off_fen": 100}, scope={"skus": [dearer]})
    clock.advance(timedelta(seconds=11))
    assert cell(front, shop, dearer)["deal_price"] is not None
    assert card(front, shop)[1:] == (None, None, None)


def test_no_price_on_a_card_is_below_the_floor(front, shirts, clock):
    made = product(shirts, article(code="f", price=10_000, floor=9_500))
    sku = f"{made.id}01"
    Staff(front).published(lane="price", kind="percent", terms={"pay_bp": 9000}, scope={"skus": [sku]})
    clock.advance(timedelta(seconds=11))
    (told,) = front.get(f"/v1/products?ids={made.id}").json["items"]
    assert (told["price"]["fen"], told["deal_price"]["fen"]) == (10_000, 9_500)


def test_a_card_is_of_one_snapshot_though_another_is_read_meanwhile(front, shop, bus, monkeypatch):
    """Ten seconds are over between two looks at what is on offer: what was known before is not kept as what holds now."""
    bus.run()
    before = deals.offers.active()
    scope = {"skus": [shop.red, shop.blue]}
    offer = Staff(front).published(lane="price", kind="percent", terms={"pay_bp": 9000}, scope=scope)
    after, first = deals.offers.active(), [before]
    assert after.version > before.version
    deals._lowered.forget()
    monkeypatch.setattr(deals.offers, "active", lambda: first.pop() if first else after)
    assert card(front, shop)[2] in (None, offer)
    assert card(front, shop)[2] == offer
