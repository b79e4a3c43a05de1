"""WeChat gives each front an appid: an attempt is opened under that of its front, and only a notice under the same pays it."""

from __future__ import annotations

import json

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.payments.providers import METHODS, offered
from chalicelib.records.payments.providers.credentials import fronts
from chalicelib.records.payments.rules import PaymentMismatched, PaymentSettled, PaymentSnapshot, fold, not_settled
from tests.fakes.payments import FAKES
from tests.fakes.payments.wechat import APPIDS, DEFAULT

from .test_contract import NUMBER, Shop

UNDER = {"native": DEFAULT, "h5": DEFAULT, "jsapi": APPIDS["official"], "mini": APPIDS["mini"], "app": APPIDS["app"]}


@pytest.fixture
def shop():
    return Shop(FAKES["wechat"]())


@pytest.mark.parametrize("product", UNDER)
def test_an_attempt_is_opened_and_handed_over_under_its_front_s_appid(shop, product):
    sent = []
    request = shop.fake.request
    shop.fake.request = lambda method, url, headers, body: sent.append(body) or request(method, url, headers, body)
    given = shop.adapter.create(shop.request(product)).next_action.fields
    assert json.loads(sent[0])["appid"] == UNDER[product]
    assert {given[name] for name in ("appId", "appid") if name in given} <= {UNDER[product]}
    assert bool(given) == (product in ("jsapi", "mini", "app"))


def test_each_front_has_its_terminal():
    assert [[row.name for row in offered(at) if row.provider == "wechat"] for at in ("wechat", "mini", "app")] == [
        ["jsapi"],
        ["mini"],
        ["app"],
    ]


@pytest.mark.parametrize(("appid", "products"), [
    (APPIDS["mini"], ("mini",)), (APPIDS["app"], ("app",)), (DEFAULT, ("native", "jsapi", "h5")),
])  # fmt: skip
def test_a_notice_and_a_query_say_what_they_can_be_of(shop, appid, products):
    shop.paid()
    notice = shop.adapter.parse_notify(shop.fake.notice(NUMBER, appid=appid)).payment
    assert (notice.mismatch, notice.products) == ("", products)


@pytest.mark.parametrize("appid", ["wx0000000000000009", "", None])
def test_a_notice_under_no_appid_of_ours_is_another_merchant_s(shop, appid):
    shop.paid()
    notice = shop.adapter.parse_notify(shop.fake.notice(NUMBER, appid=appid)).payment
    assert (notice.mismatch, notice.products) == ("merchant", ())


def test_news_of_another_front_is_another_merchant_s_and_pays_nothing():
    news = PaymentSnapshot("n", "PAID", Fen(100), products=("mini", "app"))
    assert fold("pending", "wechat", Fen(100), "wechat", news, "mini") == ("settle", "")
    assert fold("pending", "wechat", Fen(100), "wechat", news, "jsapi") == ("", "merchant")
    assert fold("pending", "wechat", Fen(1), "wechat", news, "jsapi") == ("", "merchant")
    assert fold("pending", "wechat", Fen(100), "wechat", news._replace(status="CLOSED"), "jsapi") == ("", "")
    assert fold("pending", "wechat", Fen(100), "wechat", news._replace(status="CLOSED"), "app") == ("close", "")
    assert fold("pending", "wechat", Fen(100), "wechat", news._replace(products=()), "jsapi") == ("settle", "")
    refusal = not_settled("wechat", news, "pending", "wechat", Fen(100), "jsapi")
    assert isinstance(refusal, PaymentMismatched)
    assert refusal.params == {"trouble": "merchant"}
    assert isinstance(not_settled("wechat", news, "paid", "wechat", Fen(100), "mini"), PaymentSettled)


def test_a_contract_names_an_appid_a_front_or_one_for_all():
    assert fronts({"appid": "wxA"}) == {"": "wxA", "official": "wxA", "mini": "wxA", "app": "wxA"}
    assert fronts({"appid": "wxA", "appids": {"mini": "wxB"}}) == {"": "wxA", "mini": "wxB"}
    assert fronts({"appids": {"mini": "wxB", "app": "wxC"}}) == {"": "wxB", "mini": "wxB", "app": "wxC"}
    assert {row.front for row in METHODS.values() if row.provider != "wechat"} == {""}
