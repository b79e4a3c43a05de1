"""Baskets worked out by hand, in fen: lanes on top of each other, odd fen, sets, gifts, limits, freight, points."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.course import GiftInfo
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.goods import ActivityPrice
from chalicelib.records.pricing.rules.offers import CouponInHand, Offer, Shopper
from chalicelib.records.pricing.rules.points import PointsRule
from tests.records.pricing.shelf import basket, buy, by_offer, coupon, expanded, offer, offs, told


class Golden(NamedTuple):
    """A basket, what works on it, what every line costs less, and what is paid in all."""

    basket: str
    offers: list[Offer]
    lines: list[int]
    payable: int
    coupons: list[CouponInHand] = []
    points: int = 0
    items: dict[str, dict[str, Any]] = {}
    more: dict[str, Any] = {}


GOLD = {"shopper": Shopper("gold", 9000)}
POST = {"freight": Tariffs(FreightTemplate(Fen(800), free_from=Fen(9900)))}
GIFTS = {"gifts": {"G": GiftInfo(Fen(300), 2), "H": GiftInfo(Fen(200), 9), "OUT": GiftInfo(Fen(100), 0)}}
TEN_IN_HAND = {"shopper": Shopper(points=1000)}
FLASH = {"A": {"activity": ActivityPrice("flash", 3, Fen(500))}}


def top(**more: Any) -> dict[str, Any]:
    return {"top": more}


def tier(**given: Any) -> dict[str, Any]:
    return {"by": "fen", "tiers": [given]}


BASKETS = {
    # ---- prices: the larger of member and time-limited price wins each piece
    "a member pays nine tenths": Golden("2xA@1000 B@15", [], [200, 1], 1814, more=GOLD),
    "the lower of member and time-limited price": Golden(
        "A@1000 B@1000", [offer("price", "price", "A", price_fen=850)], [150, 100], 1750, more=GOLD),
    "a member price that is lower beats a time-limited one": Golden(
        "3xA@1000", [offer("price", "price", price_fen=950)], [300], 2700, more=GOLD),
    "member prices do not reach what is excluded": Golden("A@1000 B@1000", [], [0, 100], 1900, items={"A": {"member": False}},
                                                          more=GOLD),
    "one fen stays one fen, free is free": Golden("3xA@1 B@2 C@0", [], [0, 0, 0], 5, more=GOLD),
    "two pieces at the price of today, the rest as a member": Golden(
        "5xA@1000", [offer("price", "price", price_fen=700, **top(limits={"per_person": 2}))], [900], 4100, more=GOLD),
    "the dearest two pieces have the price": Golden(
        "2xA@1000 B@3000", [offer("piece_amount", "price", off_fen=500, max_pieces=2, **top(pick="dearest"))], [500, 500], 4000),
    "the cheapest two have it": Golden(
        "2xA@1000 B@3000", [offer("piece_amount", "price", off_fen=500, max_pieces=2, **top(pick="cheapest"))], [1000, 0], 4000),
    "a piece of each line has it": Golden(
        "2xA@999 3xA@999", [offer("piece_percent", "price", pay_bp=5000, max_pieces=1, per="line")], [499, 499], 3997),
    "two limited prices share pieces so that most is off": Golden(
        "2xA@1000 B@1000", [offer("piece_amount", "price", off_fen=300, max_pieces=1, **top(id="three")),
                            offer("piece_amount", "price", "A", off_fen=200, max_pieces=2, **top(id="two"))], [400, 300], 2300),
    "a price stands on top of another where it stacks": Golden(
        "A@1000", [offer("price", "price", price_fen=800),
                   offer("percent", "price", pay_bp=9000, **top(id="more", stacks=True))], [280], 720),
    "a price that stands alone": Golden(
        "A@1000 B@1000", [offer("price", "price", "A", price_fen=500, **top(exclusive=True))], [500, 0], 1500, more=GOLD),
    # ---- sums: the shop's, then the campaign's
    "both levels on top of each other": Golden(
        "A@10000 B@5000", [offer("amount", "shop", off_fen=3000, min_fen=15000),
                           offer("amount", "campaign", off_fen=2000, min_fen=12000, **top(id="c"))], [3333, 1667], 10000),
    "the campaign counts what the shop left": Golden(
        "A@10000", [offer("amount", "shop", off_fen=1), offer("amount", "campaign", off_fen=500, min_fen=10000, **top(id="c"))],
        [1], 9999),
    "a tenth of odd fen falls on single pieces": Golden("3xA@333", [offer("percent", "shop", pay_bp=9000)], [100], 899),
    "all lanes": Golden(
        "2xA@5000", [offer("price", "price", price_fen=4500), offer("amount", "shop", off_fen=1000, min_fen=8000)],
        [2400], 7800, coupons=[coupon("percent", pay_bp=9500)], points=600,
        more=POST | TEN_IN_HAND | {"points_rule": PointsRule(100)}),
    "every hundred ten off, at most twenty five": Golden(
        "A@35000", [offer("threshold", "shop", repeat=True, cap_fen=2500, **tier(at=10000, off_fen=1000))], [2500], 32500),
    "every hundred ten off": Golden(
        "A@29999", [offer("threshold", "shop", repeat=True, **tier(at=10000, off_fen=1000))], [2000], 27999),
    "from three pieces on four fifths": Golden(
        "2xA@333 B@500", [offer("threshold", "shop", by="pieces", tiers=[{"at": 2, "pay_bp": 9000}, {"at": 3, "pay_bp": 8000}])],
        [133, 100], 933),
    "a lower tier that gives more is taken": Golden(
        "A@30000", [offer("threshold", "shop", by="fen", tiers=[{"at": 10000, "pay_bp": 9000}, {"at": 30000, "off_fen": 2000}])],
        [3000], 27000),
    "ten off each line": Golden("3xA@300 B@50", [offer("line_amount", "shop", off_fen=100)], [100, 50], 800),
    # ---- who gets which pieces
    "the larger of two offers on the same pieces": Golden(
        "A@1000 B@1000", [offer("amount", "shop", off_fen=300, **top(id="three")),
                          offer("amount", "shop", off_fen=400, **top(id="four"))], [200, 200], 1600),
    "two small ones beat one large one": Golden(
        "A@1000 B@1000", [offer("amount", "shop", off_fen=100, min_fen=2000, **top(id="both")),
                          offer("amount", "shop", "A", off_fen=60, **top(id="a")),
                          offer("amount", "shop", "B", off_fen=60, **top(id="b"))], [60, 60], 1880),
    "what the first leaves the second takes": Golden(
        "5xA@300", [offer("choose", "shop", pieces=3, price_fen=600, **top(id="three")),
                    offer("choose", "shop", pieces=2, price_fen=450, **top(id="two"))], [450], 1050),
    "one that stands alone beats two that do not": Golden(
        "A@1000", [offer("amount", "shop", off_fen=100), offer("amount", "campaign", off_fen=100, **top(id="c")),
                   offer("amount", "shop", off_fen=201, **top(id="alone", exclusive=True))], [201], 799),
    "two beat one that stands alone": Golden(
        "A@1000", [offer("amount", "shop", off_fen=100), offer("amount", "campaign", off_fen=100, **top(id="c")),
                   offer("amount", "shop", off_fen=199, **top(id="alone", exclusive=True))], [200], 800),
    # ---- sets
    "every second of a SKU for half": Golden(
        "3xA@999 2xB@101", [offer("second_half", "shop", nth=2, pay_bp=5000, same="sku")], [499, 50], 2650),
    "the cheaper half for half": Golden(
        "A@1000 B@600 C@400 D@200", [offer("second_half", "shop", nth=2, pay_bp=5000, **top(pick="cheapest"))],
        [0, 0, 200, 100], 1900),
    "every second in the cart's order for half": Golden(
        "A@1000 B@600 C@400 D@200", [offer("second_half", "shop", nth=2, pay_bp=5000)], [0, 300, 0, 100], 1800),
    "of every three the cheapest free": Golden(
        "3xA@500 4xB@300", [offer("cheapest_free", "shop", of=3)], [0, 600], 2100),
    "three for ninety-nine, the dearest first": Golden(
        "A@5000 B@4000 C@3000 D@1000", [offer("choose", "shop", pieces=3, price_fen=9900, **top(pick="dearest"))],
        [875, 700, 525, 0], 10900),
    "a set that is no cheaper stays as it is": Golden(
        "3xA@5000 3xB@100", [offer("choose", "shop", pieces=3, price_fen=9900)], [5100, 0], 10200),
    "two of these and one of those free": Golden(
        "4xA@1000 3xB@500", [offer("buy_get", "shop", "A", buy=2, get=1, get_scope={"skus": ["B"]})], [0, 1000], 4500),
    "buy two get one, once": Golden("5xA@300", [offer("buy_get", "shop", buy=2, get=1)], [300], 1200),
    "buy one of anything, get another A for half": Golden(
        "A@900 B@100", [offer("buy_get", "shop", buy=1, get=1, pay_bp=5000, get_scope={"skus": ["A"]})], [450, 0], 550),
    "one of these with one of those for a price": Golden(
        "3xA@1000 2xB@500", [offer("groups", "shop", price_fen=1200,
                                   parts=[{"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}}])],
        [400, 200], 3400),
    "one of these with two of those at a rate": Golden(
        "A@1000 5xB@333", [offer("groups", "shop", pay_bp=9000,
                                 parts=[{"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}, "pieces": 2}])], [100, 67], 2498),
    "so much off a group": Golden(
        "2xA@100 2xB@300", [offer("groups", "shop", off_fen=40, times=1,
                                  parts=[{"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}}])], [10, 30], 760),
    "full groups only, at a rate": Golden("5xA@99", [offer("group_percent", "shop", pieces=2, pay_bp=5000)], [198], 297),
    # ---- activities, floors, exclusions
    "a price of an activity takes no part in the rest": Golden(
        "A@1000 B@5000", [offer("price", "price", price_fen=400),
                          offer("amount", "shop", off_fen=100, min_fen=400, **top(id="s"))],
        [500, 4850], 650, coupons=[coupon("percent", pay_bp=5000)], items=FLASH, more=GOLD),
    "an offer that is an activity shuts its pieces": Golden(
        "A@1000 B@1000", [offer("price", "activity", "A", price_fen=950), offer("amount", "shop", off_fen=100, **top(id="s"))],
        [50, 600], 1350, coupons=[coupon("amount", off_fen=400)], more=GOLD),
    "an activity that admits the shop's offers": Golden(
        "A@1000", [offer("amount", "shop", off_fen=100)], [600], 400,
        items={"A": {"activity": ActivityPrice("team", 1, Fen(500), frozenset({"shop"}))}}),
    "floors hold against all lanes": Golden(
        "A@1000^850 B@1000", [offer("percent", "shop", pay_bp=8000)], [150, 810], 1040,
        coupons=[coupon("amount", off_fen=400)], more=GOLD),
    "only what nothing is off yet": Golden(
        "A@1000 B@1000", [offer("price", "price", "A", price_fen=900),
                          offer("percent", "shop", pay_bp=5000, **top(excludes_discounted=True))], [100, 500], 1400),
    "no coupon on what takes none": Golden("A@1000 B@1000", [], [0, 500], 1500, coupons=[coupon("percent", pay_bp=5000)],
                                           items={"A": {"flags": 2}}),
    "no coupon on what an offer keeps from it": Golden(
        "A@1000 B@1000", [offer("amount", "shop", "A", off_fen=100, **top(with_coupons=False))], [100, 500], 1400,
        coupons=[coupon("percent", pay_bp=5000)]),
    "a coupon that stands alone leaves what offers serve": Golden(
        "A@1000 B@1000", [offer("amount", "campaign", "A", off_fen=100)], [100, 500], 1400,
        coupons=[coupon("percent", pay_bp=5000, **top(exclusive=True))]),
    # ---- freight
    "the better of two offers on the freight": Golden(
        "A@100", [offer("freight_amount", "freight", off_fen=300), offer("freight_percent", "freight", pay_bp=6000)], [0], 580,
        more=POST),
    "an offer on the freight that stacks, then the coupon": Golden(
        "A@100", [offer("freight_price", "freight", price_fen=500),
                  offer("freight_percent", "freight", pay_bp=5000, **top(stacks=True))], [0], 250, more=POST,
        coupons=[coupon("freight_amount", lane="freight_coupon", off_fen=100)]),
    "an odd half of the freight": Golden("A@100", [offer("freight_percent", "freight", pay_bp=5000)], [0], 100 + 401,
                                         more={"freight": Tariffs(FreightTemplate(Fen(801)))}),
    "a tier sends it free": Golden(
        "A@9800", [offer("threshold", "shop", **tier(at=5000, off_fen=100, free_freight=True))], [100], 9700, more=POST),
    "freight by weight, begun kilos count": Golden(
        "3xA@100", [], [0], 300 + 1000 + 2 * 300, items={"A": {"weight": 700}},
        more={"freight": Tariffs(FreightTemplate(Fen(1000), 1000, 1000, Fen(300), "weight"))}),
    "nothing off the goods by a coupon on the freight": Golden(
        "A@100", [], [0], 100, more=POST, coupons=[coupon("freight_free", lane="freight_coupon")]),
    # ---- points
    "points pay a third at most": Golden(
        "A@1000", [], [0], 667, points=1000, more=TEN_IN_HAND | {"points_rule": PointsRule(100, 3333)}),
    "points go by hundreds": Golden(
        "A@250", [], [0], 50, points=999, more=TEN_IN_HAND | {"points_rule": PointsRule(100, unit=100)}),
    "no points for the price of an activity": Golden(
        "A@1000 B@100", [], [500, 0], 500, points=900, items=FLASH, more=TEN_IN_HAND | {"points_rule": PointsRule(100)}),
    "points for the price of an activity where they may": Golden(
        "A@1000 B@100", [], [500, 0], 0, points=900, items=FLASH,
        more=TEN_IN_HAND | {"points_rule": PointsRule(100, activity=True)}),
    "everything off": Golden("A@1000", [offer("percent", "shop", pay_bp=0)], [1000], 0),
    # ---- limits
    "an offer of which one use is left": Golden(
        "3xA@100", [offer("price", "price", price_fen=50)], [50], 250, more={"left": {"price": 1}}),
    "an offer gives no more than was set aside": Golden(
        "A@1000", [offer("amount", "shop", off_fen=500, **top(limits={"budget_fen": 499})),
                   offer("amount", "shop", off_fen=100, **top(id="small"))], [100], 900),
    "a price of which no more was set aside": Golden(
        "3xA@100", [offer("price", "price", price_fen=50, **top(limits={"budget_fen": 149}))], [30], 270, more=GOLD),
    "a price of which just so much was set aside": Golden(
        "3xA@100", [offer("price", "price", price_fen=50, **top(limits={"budget_fen": 150}))], [150], 150, more=GOLD),
    "two sets an order": Golden(
        "9xA@100", [offer("cheapest_free", "shop", of=3, **top(limits={"per_order": 2}))], [200], 700),
}  # fmt: skip


@pytest.mark.parametrize("name", BASKETS)
def test_a_basket_costs_what_was_worked_out_by_hand(name):
    about, offers, lines, payable, coupons, points, items, more = BASKETS[name]
    priced = buy(basket(about, **items), *offers, coupons=coupons, points=points, **more)
    assert (offs(priced)[: len(lines)], priced.payable) == (lines, payable)


def test_odd_fen_lie_on_the_first_of_equal_pieces():
    assert expanded(buy(basket("3xA@333"), offer("percent", "shop", pay_bp=9000)).lines) == [299, 300, 300]


def test_all_lanes_say_what_each_took():
    about, offers, _, _, coupons, points, _, more = BASKETS["all lanes"]
    priced = buy(basket(about), *offers, coupons=coupons, points=points, **more)
    assert by_offer(priced) == [[1000], [1000], [400]]
    assert [(layer.lane, layer.threshold) for layer in priced.layers] == [("price", 0), ("shop", 8000), ("coupon", 0)]
    assert (priced.points, priced.freight) == ((600, 600), 800)
    assert priced.lines[0].runs == ((2, 3500, (500, 500, 200), 300, 400),)


# ---- gifts ----------------------------------------------------------------------------------------------------------
def given(priced) -> list[tuple[str, int]]:
    return [(line.sku, line.quantity) for line in priced.lines if line.kind == "gift"]


def give(sku: str, **more: Any) -> Offer:
    return offer("gift", "shop", sku=sku, **more)


@pytest.mark.parametrize(
    ("wanted", "parts", "code", "blocked"),
    [
        (give("G"), [("G", 1)], "GIVEN", ()),
        (give("G", pieces=5), [("G", 2)], "GIVEN", ()),
        (give("G", pieces=5, out="substitute", substitute="H"), [("G", 2), ("H", 3)], "GIVEN", ()),
        (give("OUT", out="substitute", substitute="H"), [("H", 1)], "GIVEN", ()),
        (give("OUT"), [], "GIFT_OUT", ()),
        (give("OUT", out="block"), [], "GIFT_OUT", (("gift", "OUT"),)),
        (give("G", pieces=3, out="block"), [("G", 2)], "GIFT_OUT", (("gift", "G"),)),
        (give("NOWHERE"), [], "GIFT_OUT", ()),
        (give("H", per_each=True, min_fen=500), [("H", 2)], "GIVEN", ()),
        (give("H", per_each=True, min_pieces=2), [("H", 1)], "GIVEN", ()),
        (give("H", min_fen=1201), [], "MISSING_FEN", ()),
    ],
)  # fmt: skip
def test_gifts_are_given_as_far_as_there_are_any(wanted, parts, code, blocked):
    priced = buy(basket("3xA@400"), wanted, **GIFTS)
    assert (given(priced), told(priced), priced.blocked) == (parts, {"gift": code}, blocked)


def test_a_gift_that_stands_alone_is_given_where_nothing_is_off():
    alone = offer("gift", "shop", sku="G", top={"exclusive": True})
    assert told(buy(basket("A@900"), alone, **GIFTS)) == {"gift": "GIVEN"}
    both = buy(basket("A@900"), alone, offer("amount", "shop", off_fen=1), **GIFTS)
    assert told(both) == {"gift": "OTHER_BETTER", "amount": "APPLIED"}


def test_what_is_bought_of_a_gift_is_not_given_away():
    assert given(buy(basket("A@900 G@300"), give("G", pieces=2), **GIFTS)) == [("G", 1)]


def test_two_offers_share_what_there_is_of_a_gift():
    more = offer("gift", "campaign", sku="G", pieces=2, top={"id": "c"})
    priced = buy(basket("A@900"), give("G"), more, **GIFTS)
    assert [(line.quantity, line.parent) for line in priced.lines if line.kind == "gift"] == [(1, 0), (1, 1)]


def test_of_two_offers_that_want_the_last_gift_one_gives_it_and_the_other_takes_no_piece():
    one = give("G", pieces=2, top={"id": "one", "scope": {"skus": ["A"]}})
    two = give("G", pieces=2, top={"id": "two", "scope": {"skus": ["B"]}})
    less = offer("amount", "shop", off_fen=1, top={"id": "less", "scope": {"skus": ["B"]}, "priority": -1})
    priced = buy(basket("A@900 B@800"), one, two, **GIFTS)
    assert (given(priced), told(priced)) == ([("G", 2)], {"one": "GIVEN", "two": "GIFT_OUT"})
    with_third = buy(basket("A@900 B@800"), one, two, less, **GIFTS)
    assert told(with_third) == {"one": "GIVEN", "two": "OTHER_BETTER", "less": "APPLIED"}
    three = [give("G", pieces=2, top={"id": name, "scope": {"skus": [name]}}) for name in "ABC"]
    assert told(buy(basket("A@900 B@800 C@700"), *three, **GIFTS)) == {"A": "GIVEN", "B": "GIFT_OUT", "C": "GIFT_OUT"}


@pytest.mark.parametrize(("budget", "code"), [(300, "GIVEN"), (299, "BUDGET_SPENT")])
def test_a_gift_counts_by_its_worth_against_a_budget(budget, code):
    priced = buy(basket("A@900"), give("G", top={"limits": {"budget_fen": budget}}), **GIFTS)
    assert told(priced) == {"gift": code}
    assert [(use.limit, use.n) for use in priced.limits] == ([("budget_fen", 300)] if code == "GIVEN" else [])


@pytest.mark.parametrize(
    ("budget", "freight", "code"), [(800, 0, "APPLIED"), (799, 800, "BUDGET_SPENT"), (1000, 0, "APPLIED")]
)
def test_freight_that_an_offer_on_goods_frees_counts_against_its_budget(budget, freight, code):
    free = offer("threshold", "campaign", **tier(at=500, free_freight=True), top={"limits": {"budget_fen": budget}})
    priced = buy(basket("A@900"), free, **POST)
    assert (priced.payable, told(priced)) == (900 + freight, {"threshold": code})
    assert [(use.limit, use.n) for use in priced.limits] == ([] if freight else [("budget_fen", 800)])


def test_what_else_an_offer_gives_stands_where_its_budget_frees_no_freight():
    terms = tier(at=500, off_fen=100, free_freight=True)
    priced = buy(basket("A@900"), offer("threshold", "shop", **terms, top={"limits": {"budget_fen": 899}}), **POST)
    assert (priced.payable, told(priced)) == (800 + 800, {"threshold": "APPLIED"})
    assert [use.n for use in priced.limits] == [100]


def test_money_off_goes_before_a_gift_on_the_same_pieces():
    assert told(buy(basket("A@900"), give("G"), offer("amount", "shop", off_fen=1), **GIFTS)) == {
        "gift": "OTHER_BETTER",
        "amount": "APPLIED",
    }


def test_a_tier_whose_gift_is_out_still_takes_off_its_money():
    terms = tier(at=500, off_fen=100, gift={"sku": "OUT"}, points=20)
    priced = buy(basket("A@900"), offer("threshold", "shop", **terms), **GIFTS)
    assert (priced.payable, given(priced), priced.earn) == (800, [], 20)


def test_a_coupon_may_be_for_a_gift():
    priced = buy(basket("A@900"), coupons=[coupon("gift", sku="G", min_fen=900)], **GIFTS)
    assert (given(priced), priced.coupons, priced.layers[0].threshold) == ([("G", 1)], (("U1", 0),), 900)


# ---- add-ons --------------------------------------------------------------------------------------------------------
ADD = offer("add_on", "shop", sku="G", price_fen=100, min_fen=500, max_pieces=2, top={"id": "add"})


@pytest.mark.parametrize(
    ("written", "chosen", "code", "payable"),
    [
        ("A@500", 1, "APPLIED", 600),
        ("A@500", 2, "APPLIED", 700),
        ("A@500", 3, "ADD_ON_OUT", 500),
        ("A@500", 0, "TO_CHOOSE", 500),
        ("A@499", 1, "MISSING_FEN", 499),
        ("A@500 2xG@300", 1, "ADD_ON_OUT", 1100),
    ],
)  # fmt: skip
def test_an_add_on_is_added_only_where_it_was_chosen_and_may_be(written, chosen, code, payable):
    priced = buy(basket(written), ADD, add_ons=[("add", chosen)] if chosen else [], **GIFTS)
    assert (told(priced)["add"], priced.payable) == (code, payable)


def test_more_of_an_add_on_than_may_be_had_is_not_added():
    plenty = {"gifts": {"G": GiftInfo(Fen(300), 50)}}
    assert told(buy(basket("A@500"), ADD, add_ons=[("add", 3)], **plenty)) == {"add": "LIMIT_REACHED"}


def test_an_add_on_is_a_line_that_takes_no_coupon_and_may_be_paid_with_points():
    priced = buy(
        basket("A@500"),
        ADD,
        add_ons=[("add", 2)],
        coupons=[coupon("percent", pay_bp=5000)],
        points=450,
        points_rule=PointsRule(100),
        **GIFTS,
        **TEN_IN_HAND,
    )
    line = priced.lines[1]
    assert (line.kind, line.unit, line.off, line.parent, line.list_price) == ("add_on", 300, 400, 0, 300)
    assert (priced.points.fen, priced.payable) == (450, 0)
