"""A price is tried out: real goods, a kind of customer, an instant; per lane what applies and why not the rest; no write."""

from __future__ import annotations

import pytest

from chalicelib.runtime.journal import Journal
from tests.processes.merchandising.offers.staff import NAME, Staff
from tests.support import aws, people
from tests.support.shelf import calls, shirts, shop

__all__ = ["calls", "shirts", "shop"]


@pytest.fixture
def staff(front):
    return Staff(front)


def tried(staff, lines, **more):
    body = {"lines": [{"sku": sku, "quantity": n} for sku, n in lines], **more}
    answer = staff.front.post("/v1/admin/price-trials", body, token=staff.who.token)
    assert answer.status == 200, answer.text
    return answer.json


def refused(staff, **body):
    answer = staff.front.post("/v1/admin/price-trials", body, token=staff.who.token)
    return answer.status, answer.json["code"], answer.json["params"]


def lane(told, name):
    found = [one for one in told["lanes"] if one["lane"] == name]
    return (
        ([x["offer"] for x in found[0]["applied"]], [(x["offer"], x["zh"]) for x in found[0]["others"]])
        if found
        else None
    )


def test_goods_cost_what_they_cost_in_the_shop(staff, shop):
    told = tried(staff, [(shop.red, 2), (shop.blue, 1)])
    assert (told["goods"]["fen"], told["freight"]["fen"], told["payable"]["fen"]) == (31_800, 0, 31_800)
    assert [(one["sku"], one["unit"]["fen"], one["quantity"]) for one in told["lines"]] == [
        (shop.red, 9900, 2),
        (shop.blue, 12_000, 1),
    ]
    assert tried(staff, [(shop.red, 1)])["payable"]["fen"] == 9900
    assert told["lanes"] == told["layers"] == []


def test_each_lane_says_what_applies_and_why_not_the_rest(staff, shop):
    tiers = staff.published()
    far = staff.published(kind="amount", terms={"off_fen": 100, "min_fen": 40_000}, exclusive=True)
    cut = staff.published(lane="price", kind="percent", terms={"pay_bp": 9000}, scope={"skus": [shop.red]})
    told = tried(staff, [(shop.red, 2), (shop.blue, 1)])
    # 2 × 89.10 + 120.00 = 298.20; 50 off 200 → 248.20
    assert told["payable"]["fen"] == 24_820
    assert lane(told, "price") == ([cut], [])
    applied, others = lane(told, "shop")
    assert (applied, others) == ([tiers], [(far, "再买 ¥101.80 可用")])
    assert [(one["lane"], one["offer"], one["off"]["fen"]) for one in told["layers"]] == [
        ("price", cut, 1980),
        ("shop", tiers, 5000),
    ]
    red = told["lines"][0]
    assert sum(run["pieces"] * run["goods"]["fen"] for run in red["runs"]) == red["payable"]["fen"]
    assert all(
        run["goods"]["fen"] + sum(off["fen"] for off in run["offs"]) + run["points"]["fen"] == 9900
        for run in red["runs"]
    )


def test_a_kind_of_customer_and_an_instant_decide(staff, shop):
    gold = staff.published(audience={"levels": ["gold"]}, kind="amount", terms={"off_fen": 1000, "min_fen": 9000})
    later = staff.published(starts_at="2026-06-10T02:00:00Z", kind="amount", terms={"off_fen": 2000, "min_fen": 9000})
    lines = [(shop.red, 2)]
    told = tried(staff, lines)
    assert told["payable"]["fen"] == 19_800
    assert dict(lane(told, "shop")[1]) == {gold: "您暂不满足参加条件", later: "活动未开始"}
    assert tried(staff, lines, customer={"level": "gold"})["payable"]["fen"] == 18_800
    then = tried(staff, lines, customer={"level": "gold"}, at="2026-06-10T02:00:00Z")
    assert (then["payable"]["fen"], then["ends_at"]) == (17_800, "2026-06-17T16:00:00.000Z")
    assert tried(staff, lines, customer={"discount_bp": 9000})["payable"]["fen"] == 17_820


def test_points_pay_as_the_trial_says_and_members_and_points_have_names(staff, shop):
    gold = {"discount_bp": 9000, "points": 500}
    told = tried(staff, [(shop.red, 1)], customer=gold, points=500)
    assert (told["points_used"], told["points_pay"]["fen"], told["payable"]["fen"]) == (500, 500, 9210)
    assert {one["offer"]: one["name_en"] for lane in told["lanes"] for one in lane["applied"]} == {
        "member": "Member price",
        "points": "Points",
    }
    rule = {"fen_per_100": 50, "max_bp": 5000, "unit": 100}
    told = tried(staff, [(shop.red, 1)], customer={"points": 450}, points=450, points_rule=rule)
    assert (told["points_used"], told["points_pay"]["fen"]) == (400, 200)


def test_what_is_not_published_yet_is_tried_as_though_it_were(staff, shop):
    published = staff.published()
    draft = staff.drafted(kind="amount", terms={"off_fen": 7000, "min_fen": 20_000})
    lines = [(shop.blue, 2)]
    assert tried(staff, lines)["payable"]["fen"] == 19_000
    assert tried(staff, lines, drafts=[draft])["payable"]["fen"] == 17_000
    staff.edit(published, 1, terms={"by": "fen", "tiers": [{"at": 20_000, "off_fen": 9000}]})
    assert tried(staff, lines)["payable"]["fen"] == 19_000
    assert tried(staff, lines, drafts=[published])["payable"]["fen"] == 15_000


def test_coupons_are_tried_as_they_might_be(staff, shop):
    coupon = {
        "name": NAME,
        "kind": "amount",
        "terms": {"off_fen": 1500, "min_fen": 9000},
        "scope": {"skus": [shop.red]},
    }
    told = tried(staff, [(shop.red, 1), (shop.blue, 1)], coupons=[coupon])
    assert told["payable"]["fen"] == 20_400
    assert [x["coupon"] for x in told["lanes"][0]["applied"]] == ["coupon-1"]
    dear = {**coupon, "terms": {"off_fen": 1500, "min_fen": 9901}}
    told = tried(staff, [(shop.red, 1)], coupons=[dear])
    assert (told["payable"]["fen"], lane(told, "coupon")) == (9900, ([], [("coupon-1", "再买 ¥0.01 可用")]))


def test_a_gift_is_a_line_of_its_own_with_its_value(staff, shop):
    gift = staff.published(kind="gift", terms={"sku": shop.red, "pieces": 1, "min_fen": 20_000})
    told = tried(staff, [(shop.blue, 2)])
    bought, given = told["lines"]
    assert (given["sku"], given["kind"], given["payable"]["fen"], given["gift_value"]["fen"]) == (
        shop.red,
        "gift",
        0,
        9900,
    )
    assert lane(told, "shop") == ([gift], [])
    assert (bought["payable"]["fen"], told["payable"]["fen"]) == (24_000, 24_000)


def test_what_was_chosen_to_be_added_is_added_and_never_by_itself(staff, shop):
    added = staff.published(kind="add_on", terms={"sku": shop.red, "price_fen": 990, "min_fen": 20_000})
    assert tried(staff, [(shop.blue, 2)])["payable"]["fen"] == 24_000
    told = tried(staff, [(shop.blue, 2)], add_ons=[{"offer_id": added}])
    assert told["payable"]["fen"] == 24_990
    assert [one["kind"] for one in told["lines"]] == ["bought", "add_on"]


def test_limits_that_would_be_used_are_told(staff, shop):
    name = staff.published(limits={"per_person": 2, "total": 10, "budget_fen": 100_000})
    told = tried(staff, [(shop.blue, 2)])
    assert sorted((one["offer"], one["limit"], one["n"], one["cap"]) for one in told["limits"]) == [
        (name, "budget_fen", 5000, 100_000),
        (name, "per_person", 1, 2),
        (name, "total", 1, 10),
    ]


def test_a_trial_writes_nothing(staff, shop, calls):
    staff.published(kind="gift", terms={"sku": shop.red, "pieces": 1, "min_fen": 20_000})
    before = len(aws.rows(Journal))
    del calls[:]
    tried(staff, [(shop.blue, 2)])
    assert set(calls) <= {"GetItem", "BatchGetItem", "Query"}
    assert len(aws.rows(Journal)) == before


def test_what_there_is_not_is_refused_by_name(staff, shop, front):
    line = {"sku": shop.red, "quantity": 1}
    nobody = "P01JZ000000000000000000000001"
    assert refused(staff, lines=[{"sku": nobody, "quantity": 1}]) == (404, "SKU_NOT_FOUND", {"sku": nobody})
    assert refused(staff, lines=[line], drafts=["F01JZ0000000000000000000000"])[:2] == (404, "OFFER_NOT_FOUND")
    assert refused(staff, lines=[line], templates=["K01JZ0000000000000000000000"])[:2] == (
        404,
        "COUPON_TEMPLATE_NOT_FOUND",
    )
    unfit = {"name": NAME, "kind": "amount", "terms": {"off_fen": 0}, "scope": {"all": True}}
    assert refused(staff, lines=[line], coupons=[unfit]) == (
        422,
        "OFFER_INVALID",
        {"at": "terms.off_fen", "problem": "too_small"},
    )
    assert refused(staff, lines=[])[1] == "INVALID_REQUEST"
    other = people.member(front, "support")
    body = {"lines": [line]}
    assert front.post("/v1/admin/price-trials", body, token=other.token).json["code"] == "NOT_PERMITTED"
