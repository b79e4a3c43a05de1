"""One click: order and payment in one request, once."""

from __future__ import annotations

from chalicelib.records.orders.model import Order
from chalicelib.records.payments.model import Payment
from tests.support import aws


def test_one_request_orders_and_hands_over_what_is_needed_to_pay(counter, desk):
    body = {"sku": counter.skus[0], "quantity": 2}
    answer = counter.ask("POST", "/v1/orders/one-click", body, key="k1")
    assert answer.status == 201, answer.text
    assert answer.json["payment"]["hand_over"]["kind"] == "qr"
    assert answer.json["order"]["payable"] == answer.json["payment"]["amount"]
    assert counter.shelf() == (3, 2)


def test_the_same_click_twice_is_one_order_and_one_payment(counter, desk):
    body = {"sku": counter.skus[0], "quantity": 2}
    first = counter.ask("POST", "/v1/orders/one-click", body, key="k1")
    again = counter.ask("POST", "/v1/orders/one-click", body, key="k1")
    assert again.json == first.json
    assert (len(aws.rows(Order)), len(aws.rows(Payment))) == (1, 1)
    other = counter.ask("POST", "/v1/orders/one-click", {**body, "quantity": 1}, key="k1")
    assert (other.status, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_the_same_click_is_answered_also_when_nothing_is_left(counter, desk):
    body = {"sku": counter.skus[0], "quantity": 5}
    first = counter.ask("POST", "/v1/orders/one-click", body, key="k1")
    assert counter.ask("POST", "/v1/orders/one-click", body, key="k1").json == first.json
    refused = counter.ask("POST", "/v1/orders/one-click", body, key="k2")
    assert (refused.status, refused.json["code"]) == (409, "OUT_OF_STOCK")


def test_a_way_to_pay_that_does_not_exist_is_said_before_anything_is_ordered(counter, desk):
    body = {"sku": counter.skus[0], "pay": {"provider": "wechat", "product": "cheque"}}
    refused = counter.ask("POST", "/v1/orders/one-click", body, key="k1")
    assert (refused.status, refused.json["code"]) == (422, "PAYMENT_METHOD_UNKNOWN")
    assert aws.rows(Order) == []


def test_the_same_click_after_the_order_was_given_up_says_so(counter, desk):
    body = {"sku": counter.skus[0]}
    desk.fault = "silent"
    assert counter.ask("POST", "/v1/orders/one-click", body, key="k1").status == 503
    order = aws.rows(Order)[0].id
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    desk.fault = None
    again = counter.ask("POST", "/v1/orders/one-click", body, key="k1")
    assert (again.status, again.json["code"]) == (409, "ORDER_STATE_CONFLICT")
    assert desk.book == {}


def test_a_large_total_wants_its_quote_confirmed(counter, desk, monkeypatch):
    monkeypatch.setenv("ONE_CLICK_LIMIT_FEN", "9899")
    refused = counter.ask("POST", "/v1/orders/one-click", {"sku": counter.skus[0]}, key="k1")
    assert (refused.status, refused.json["code"]) == (409, "CONFIRMATION_NEEDED")
    assert counter.place(refused.json["facts"]["quote"]).status == 201


def test_a_click_needs_a_key(counter, desk):
    refused = counter.ask("POST", "/v1/orders/one-click", {"sku": counter.skus[0]})
    assert (refused.status, refused.json["code"]) == (422, "IDEMPOTENCY_KEY_REQUIRED")
