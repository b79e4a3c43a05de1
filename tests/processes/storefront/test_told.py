"""What a front end is told that it would otherwise guess: settings, terms, what can be done of an order, how many there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import ORDER
from tests.support import people, trade


@pytest.fixture
def customer(front):
    return people.register(front)


def test_the_shop_says_how_it_is_set(front, monkeypatch):
    told = front.get("/v1/shop")
    assert told.json == {
        "free_freight_from": {"fen": 9900, "text": "¥99.00"},
        "pay_minutes": 30,
        "quote_minutes": 10,
        "cart_lines": 50,
        "order_lines": 50,
        "line_quantity": 999,
        "addresses": 50,
    }
    monkeypatch.setenv("PAY_MINUTES", "5")
    again = front.get("/v1/shop", headers={"If-None-Match": told.headers["etag"]})
    assert (again.status, again.json["pay_minutes"]) == (200, 5)


def test_the_latest_terms_are_told_in_both_languages_and_can_be_agreed_to(front, monkeypatch):
    told = front.get("/v1/terms").json
    assert (told["title_zh"], told["title_en"]) == ("用户协议与隐私政策", "Terms of service and privacy policy")
    assert "七日内可无理由退货" in told["text_zh"]
    assert "within seven days" in told["text_en"]
    assert told == front.get("/v1/terms?version=2026-01").json
    who = people.register(front)
    consent = {"purpose": "marketing_sms", "granted": True, "policy": told["version"]}
    assert front.put("/v1/me/consents", consent, token=who.token).status == 204


@pytest.mark.parametrize(("versions", "asked"), [("2026-01", "?version=2025-01"), ("2026-01,2030-01", "")])
def test_terms_that_are_not_published_or_have_no_text_are_not_there(front, monkeypatch, versions, asked):
    monkeypatch.setenv("POLICY_VERSIONS", versions)
    told = front.get(f"/v1/terms{asked}")
    assert (told.status, told.json["code"]) == (422, "POLICY_NOT_FOUND")


def able(front, order_id, token):
    told = front.get(f"/v1/orders/{order_id}", token=token).json
    (listed,) = (one for one in front.get("/v1/orders", token=token).json["items"] if one["order_id"] == order_id)
    names = ("can_pay", "can_cancel", "can_refund")
    assert [told[name] for name in names] == [listed[name] for name in names]
    return [told[name]["allowed"] for name in names], told


def test_an_order_says_what_can_be_done_of_it_and_why_not(front, customer, engine):
    order_id = trade.order(customer.id)
    allowed, told = able(front, order_id, customer.token)
    assert allowed == [True, True, False]
    assert told["can_pay"] == {"allowed": True, "code": None, "reason_zh": None, "reason_en": None}
    assert told["can_refund"]["code"] == "NOTHING_TO_REFUND"
    trade.commit(order_steps.pay(order_id, f"{order_id}01", engine.now()))
    allowed, told = able(front, order_id, customer.token)
    assert allowed == [False, False, True]
    assert (told["can_pay"]["code"], told["can_pay"]["reason_zh"]) == (
        "ORDER_STATE_CONFLICT",
        "订单当前状态为 已付款，不能执行此操作",
    )
    trade.commit(order_steps.refund(orders.find(order_id), Fen(int(orders.find(order_id).payable))))
    assert able(front, order_id, customer.token)[0][2] is False


def test_an_order_whose_time_ran_out_cannot_be_paid_though_nobody_closed_it_yet(front, customer, engine):
    order_id = trade.order(customer.id)
    engine.advance(timedelta(minutes=31))
    allowed, told = able(front, order_id, people.token(customer.id, "customer"))
    assert (allowed, told["state"], told["can_pay"]["reason_en"]) == (
        [False, True, False],
        "placed",
        "The order is expired; this cannot be done now",
    )


def test_orders_are_counted_by_state(front, customer, engine):
    first, *_ = [trade.order(customer.id) for _ in range(3)]
    trade.order("U2")
    trade.commit(order_steps.pay(first, f"{first}01", engine.now()))
    told = front.get("/v1/orders/counts", token=customer.token).json
    assert told == {**dict.fromkeys(ORDER.all, 0), "placed": 2, "paid": 1, "counted": 3, "more": False}


def test_all_pages_of_orders_are_counted_and_older_ones_said_to_be_there(front, customer, monkeypatch):
    monkeypatch.setattr("chalicelib.processes.storefront.service.orders.COUNTED", 2)
    for _ in range(5):
        trade.order(customer.id)
    for pages, counted, more in ((10, 5, False), (3, 5, False), (2, 4, True)):
        monkeypatch.setattr("chalicelib.processes.storefront.service.orders.MOST_COUNTED", pages)
        told = front.get("/v1/orders/counts", token=customer.token).json
        assert (told["placed"], told["counted"], told["more"]) == (counted, counted, more)


def test_a_guest_who_needs_an_account_is_told_so(front):
    guest = front.post("/v1/auth/guests").json["access_token"]
    told = front.get("/v1/orders", token=guest, headers={"Accept-Language": "en"})
    assert (told.status, told.json["code"]) == (403, "ACCOUNT_NEEDED")
    assert told.json["title"] == "This needs an account: please register or sign in first"
    assert front.get("/v1/admin/orders", token=guest).json["code"] == "NOT_PERMITTED"
