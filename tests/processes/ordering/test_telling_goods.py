"""What paying asks and tells: a fresh code for a large sum, who pays by WeChat, and which goods the money is for."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import editing
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.accounts.steps import open_account
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.providers.port import AttemptRequest, GoodsLine
from chalicelib.records.payments.service import calls
from chalicelib.runtime import limits
from tests.fakes.payments import FAKES
from tests.records.catalog import goods
from tests.support import aws, people
from tests.support.counter import ADDRESS


def order(counter, **more):
    """Three shirts for ¥297."""
    quote = counter.quote((0, 2), (1, 1), **more)
    return counter.ask("POST", "/v1/orders", {"quote": quote["quote"]}, **more).json["order_id"]


def pay(counter, order_id, provider="wechat", product="native", key="k", **more):
    payer = {"payer": more.pop("payer")} if "payer" in more else {}
    body = {"provider": provider, "product": product, **payer}
    return counter.ask("POST", f"/v1/orders/{order_id}/payments", body, key=key, **more)


def refused(answer):
    return answer.status, answer.json["code"]


def renamed(product):
    whole, work = catalog.find_product(product), goods.work()
    title = whole.listing.title._replace(zh="短袖")
    editing.edit_product(product, int(whole.product.version), whole.listing._replace(title=title), work)
    work.commit()


# ---- the goods ------------------------------------------------------------------------------------------------------
def test_wechat_is_told_each_good_by_its_frozen_title_and_price(counter, fakes):
    assert pay(counter, order(counter)).status == 201
    (told,) = json.loads(fakes.sent[0])["detail"].values()
    assert [good["merchant_goods_id"] for good in told] == counter.skus
    assert [(good["quantity"], good["unit_price"]) for good in told] == [(2, 9900), (1, 9900)]
    assert [good["goods_name"] for good in told] == ["圆领衫 红 S", "圆领衫 红 M"]


def test_alipay_and_unionpay_are_told_the_goods_too(counter, fakes):
    order_id = order(counter)
    link = pay(counter, order_id, "alipay", "page").json["next_action"]["url"]
    told = json.loads(parse_qs(urlsplit(link).query)["biz_content"][0])
    assert [(good["goods_id"], good["price"]) for good in told["goods_detail"]] == [(n, "99.00") for n in counter.skus]
    assert told["body"] == "圆领衫 红 S, 圆领衫 红 M"
    form = pay(counter, order_id, "unionpay", "gateway", key="u").json["next_action"]["fields"]
    assert form["orderDesc"] == "圆领衫 红 S 3件"


def test_asking_again_sends_the_same_words_although_the_catalogue_moved_on(counter, fakes):
    order_id = order(counter)
    fakes.all["wechat"].fault = "lost"
    assert refused(pay(counter, order_id)) == (503, "PAYMENT_PROVIDER_DOWN")
    fakes.all["wechat"].fault = None
    counter.clock.advance(timedelta(seconds=31))
    renamed(counter.skus[0][:-2])
    assert pay(counter, order_id).status == 200
    first, second = (json.loads(body) for body in fakes.sent if b"detail" in body)
    assert first == second


LONG = tuple(GoodsLine("S" * 90, "名称&=" * 200, 1, Fen(1)) for _ in range(80))


@pytest.mark.parametrize("provider", sorted(FAKES))
def test_what_is_told_of_many_goods_with_long_names_stays_within_bounds(fakes, provider):
    product = {"wechat": "native", "alipay": "page", "unionpay": "gateway"}[provider]
    now = fakes.all[provider].now()
    request = AttemptRequest(
        "O" + "0" * 28,
        product,
        Fen(80),
        "subject",
        now,
        now + timedelta(minutes=30),
        "https://n.test",
        "https://r.test",
        goods=LONG,
    )
    given = calls.provider(provider).create(request).next_action
    if provider == "wechat":
        (told,) = json.loads(fakes.sent[-1])["detail"].values()
        assert (len(told), len(told[0]["goods_name"]), len(told[0]["merchant_goods_id"])) == (50, 64, 32)
    elif provider == "alipay":
        told = json.loads(parse_qs(urlsplit(given.url).query)["biz_content"][0])
        assert (len(told["goods_detail"]), len(told["body"])) == (10, 128)
        assert not {"&", "="} & set(told["body"] + told["goods_detail"][0]["goods_name"])
        assert len(given.url) < 8000
    else:
        assert len(given.fields["orderDesc"]) == 32
        assert not {"&", "="} & set(given.fields["orderDesc"])


# ---- the fresh code -------------------------------------------------------------------------------------------------
def fresh(counter):
    counter.clock.advance(timedelta(seconds=61))  # one code a minute
    code = people.code_for(counter.front, "step_up", phone="13800138000")
    answer = counter.ask("POST", "/v1/auth/step-up", {"phone": "13800138000", "code": code})
    assert answer.status == 200, answer.text
    return answer.json["access_token"]


def test_a_large_payment_wants_a_code_shown_lately(counter, fakes, monkeypatch):
    monkeypatch.setenv("STEP_UP_FEN", "29700")
    order_id = order(counter)
    answer = pay(counter, order_id)
    assert refused(answer) == (403, "STEP_UP_NEEDED")
    assert answer.json["params"] == {"limit": 29700}
    assert fakes.sent == []
    token = fresh(counter)
    assert pay(counter, order_id, token=token).status == 201


def test_a_fen_below_the_limit_is_paid_without_a_code(counter, fakes, monkeypatch):
    monkeypatch.setenv("STEP_UP_FEN", "29701")
    assert pay(counter, order(counter)).status == 201


def test_one_click_asks_for_the_code_before_anything_is_ordered(counter, fakes, monkeypatch):
    monkeypatch.setenv("STEP_UP_FEN", "9900")
    body = {"sku": counter.skus[0]}
    assert refused(counter.ask("POST", "/v1/orders/one-click", body, key="c")) == (403, "STEP_UP_NEEDED")
    assert (aws.rows(Order), counter.shelf()) == ([], (5, 0))
    assert counter.ask("POST", "/v1/orders/one-click", body, key="c", token=fresh(counter)).status == 201


# ---- who pays by WeChat ---------------------------------------------------------------------------------------------
@pytest.fixture
def amy(counter):
    """A customer who came by WeChat, with an address."""
    limits.forget()
    work, by = goods.work(), [accounts.identifier("wechat", "o-amy")]
    row = accounts.new_account("U", by, ["customer"], work)
    work.add(*open_account(row, by))
    work.commit()
    token = people.token(row.owner, "customer")
    assert counter.ask("POST", "/v1/me/addresses", ADDRESS, token=token).status == 201
    return token


def test_who_came_by_wechat_pays_in_wechat_without_saying_who_they_are(counter, fakes, amy):
    answer = pay(counter, order(counter, token=amy), product="mini", token=amy)
    assert answer.status == 201, answer.text
    assert json.loads(fakes.sent[0])["payer"] == {"openid": "o-amy"}
    assert "o-amy" not in answer.text


def test_a_payer_that_is_named_is_the_one_who_pays(counter, fakes, amy):
    assert pay(counter, order(counter, token=amy), product="mini", payer="o-bob", token=amy).status == 201
    assert json.loads(fakes.sent[0])["payer"] == {"openid": "o-bob"}


def test_who_is_not_known_to_wechat_must_name_the_payer(counter, fakes, amy):
    assert refused(pay(counter, order(counter), product="mini")) == (422, "PAYER_NEEDED")
    other = pay(counter, order(counter, token=amy), "alipay", "mini", token=amy)
    assert refused(other) == (422, "PAYER_NEEDED")
    assert fakes.sent == []


def test_an_open_id_of_the_mini_program_is_none_of_the_official_account(counter, fakes, amy):
    assert refused(pay(counter, order(counter, token=amy), product="jsapi", token=amy)) == (422, "PAYER_NEEDED")
    assert fakes.sent == []


def test_where_one_appid_is_for_all_an_open_id_is_too(counter, fakes, amy):
    del fakes.all["wechat"].config["appids"]
    assert pay(counter, order(counter, token=amy), product="jsapi", token=amy).status == 201
    assert json.loads(fakes.sent[0])["payer"] == {"openid": "o-amy"}
