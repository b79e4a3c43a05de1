"""What everybody may know of an offer: what it gives and on which conditions, in both languages, whatever its kind."""

from __future__ import annotations

import pytest

from chalicelib.processes.merchandising.offers.public import GIVES, public, struck_through
from chalicelib.records.pricing.rules.kinds import KINDS
from tests.processes.merchandising.offers.staff import offer


def told(**more):
    return public({"id": "F1", "version": 1, **offer(**more)})


def test_every_kind_says_what_it_gives():
    assert set(GIVES) == set(KINDS)
    for name, kind in KINDS.items():
        said = told(kind=name, terms=dict(kind.example)).gives
        assert said.zh, name
        assert said.en, name


SAID = [
    ("price", {"price_fen": 8900}, "每件 ¥89.00", "¥89.00 each"),
    ("percent", {"pay_bp": 8500, "cap_fen": 5000}, "8.5折，最多减 ¥50.00", "15% off, ¥50.00 at most"),
    ("piece_percent", {"pay_bp": 9000, "max_pieces": 2, "per": "line"}, "每件9折，每款限 2 件", "10% off each, 2 a line at most"),
    ("piece_amount", {"off_fen": 100, "max_pieces": 3}, "每件减 ¥1.00，每单限 3 件", "¥1.00 off each, 3 an order at most"),
    ("threshold", {"by": "fen", "tiers": [{"at": 20_000, "off_fen": 5000}, {"at": 30_000, "pay_bp": 8000}]},
     "满 ¥200.00 减 ¥50.00；满 ¥300.00 8折", "¥50.00 off from ¥200.00; 20% off from ¥300.00"),
    ("threshold",
     {"by": "pieces", "tiers": [{"at": 2, "free_freight": True, "points": 9}], "base": {"gift": {"sku": "G", "pieces": 2}}},
     "赠 2 件；满 2 件 包邮、送 9 积分", "2 pieces as a gift; free freight and 9 points from 2 pieces"),
    ("threshold", {"by": "fen", "tiers": [{"at": 100, "off_fen": 10}], "repeat": True, "cap_fen": 50},
     "每满 ¥1.00 减 ¥0.10，最多减 ¥0.50", "¥0.10 off every ¥1.00, ¥0.50 at most"),
    ("threshold", {"by": "fen", "tiers": [{"at": 100, "off_fen": 10}], "strict": True},
     "超过 ¥1.00 减 ¥0.10", "¥0.10 off above ¥1.00"),
    ("second_half", {"nth": 2, "pay_bp": 5000, "same": "product"}, "同款第 2 件5折", "every 2. piece of one product 50% off"),
    ("buy_get", {"buy": 2, "get": 1}, "买 2 送 1", "buy 2, get 1 free"),
    ("buy_get", {"buy": 2, "get": 1, "pay_bp": 2500}, "买 2 件，另 1 件2.5折", "buy 2, 1 more 75% off"),
    ("groups", {"parts": [], "price_fen": 100}, "指定商品组合购 ¥1.00", "bought together: ¥1.00"),
    ("gift", {"sku": "G"}, "赠 1 件", "a gift"),
    ("threshold", {"by": "fen", "tiers": [{"at": 100, "off_fen": 10, "coupon": "K"}]},
     "满 ¥1.00 减 ¥0.10、赠优惠券", "¥0.10 off and a coupon as a gift from ¥1.00"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "terms", "zh", "en"), SAID)
def test_what_is_given_is_said_as_people_say_it(kind, terms, zh, en):
    assert told(kind=kind, terms=terms).gives == (zh, en)


def test_every_condition_is_said():
    said = told(
        terms={"by": "fen", "tiers": [{"at": 1, "off_fen": 1}], "min_fen": 9900, "min_pieces": 2, "times": 3},
        needs={"basket_has": {"all": True}, "nth_order": 2},
        audience={"levels": ["gold"], "channels": ["mini"], "new_customers": True},
        limits={"per_order": 1, "per_person": 2, "per_day": 3, "total": 4, "budget_fen": 500},
        excludes_discounted=True,
        exclusive=True,
        with_coupons=False,
    )
    assert "；".join(one.zh for one in said.conditions) == (
        "满 ¥99.00 可用；满 2 件可用；每单最多 3 组；需同时购买指定商品；限第 2 单；限会员等级：gold；限渠道：mini；限新客；"
        "每单限 1 次；每人限 2 次；每人每日限 3 次；限量 4 次；总优惠 ¥5.00，用完即止；"
        "已优惠商品不参加；不与其他活动同享；不可用券"
    )
    assert len({one.en for one in said.conditions}) == 16
    assert (said.per_person, said.quota) == (2, 4)
    assert told().conditions == ()


def test_its_time_and_name_are_told():
    said = told(ends_at=None)
    assert (said.id, said.lane, said.kind, said.name.zh, said.starts_at, said.ends_at) == (
        "F1",
        "shop",
        "threshold",
        "满200减50",
        "2026-06-01T02:00:00Z",
        None,
    )


def test_a_former_price_is_struck_through_where_it_is_higher():
    known = {"F1": {"P1": 9900}}
    assert struck_through(known, "F1", "P1", 9899) == 9900
    assert struck_through(known, "F1", "P1", 9900) is None
    assert struck_through(known, "F1", "P2", 1) is None
    assert struck_through(known, "F2", "P1", 1) is None
