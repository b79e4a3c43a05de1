"""The journey by HTTP on a running shop: browse, cart, quote, place, pay each way, give up, run out, pay late or twice."""

from __future__ import annotations

import uuid

import pytest

from .shop import Person, Shop, eventually

WAYS = [
    ("wechat", "native"), ("wechat", "jsapi"), ("wechat", "mini"), ("wechat", "h5"), ("wechat", "app"),
    ("alipay", "page"), ("alipay", "wap"), ("alipay", "qr"), ("alipay", "app"),
    ("unionpay", "gateway"), ("unionpay", "wap"), ("unionpay", "app"),
]  # fmt: skip


def test_from_a_guests_cart_to_a_paid_order(shop: Shop):
    (first, _), (second, _) = shop.articles(2)[:2]
    guest = shop.visitor()
    guest.become_guest()
    guest.want("PUT", f"/v1/cart/items/{first}", {"quantity": 2})
    guest.want("PUT", f"/v1/cart/items/{second}", {"quantity": 1})
    buyer = shop.customer()
    buyer.want("POST", "/v1/cart/merge", {"guest_token": guest.token})
    cart = buyer.want("GET", "/v1/cart")
    assert {line["sku"]: line["quantity"] for line in cart["lines"]} == {first: 2, second: 1}

    quote = buyer.quote()
    order = buyer.place(quote, remark="请放门口")
    assert buyer.want("GET", "/v1/cart")["lines"] == []
    payment = buyer.start(order)
    assert payment["amount"] == quote["payable"]
    assert shop.pay(payment).status == 200
    paid = buyer.wait_for(order, "paid")
    assert paid["payable"] == quote["payable"]
    assert [line["sku"] for line in paid["lines"]] == [first, second]
    assert paid["lines"][0]["title_zh"]
    assert order in [one["order_id"] for one in buyer.want("GET", "/v1/orders")["items"]]


@pytest.mark.parametrize(("provider", "product"), WAYS)
def test_every_way_to_pay_leads_to_a_paid_order(shop: Shop, provider: str, product: str):
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], 1))
    payer = {"payer": "o-open-id-of-alice"} if product in ("jsapi", "mini") else {}
    assert shop.pay(buyer.start(order, provider, product, **payer)).status == 200
    buyer.wait_for(order, "paid")


def test_the_same_quote_is_one_order_however_often_it_is_sent(shop: Shop):
    buyer = shop.customer()
    quote = buyer.quote((shop.articles(1)[0][0], 1))
    order = buyer.place(quote)
    again = buyer.call("POST", "/v1/orders", {"quote": quote["quote"]})
    assert (again.status, again.json["order_id"], again.headers["idempotency-replayed"]) == (200, order, "true")
    other = buyer.call("POST", "/v1/orders", {"quote": quote["quote"], "remark": "something else"})
    assert (other.status, other.json["code"]) == (422, "QUOTE_REUSED")


def left_of(buyer: Person, sku: str) -> int | None:
    """How many pieces there are, as who wants too many is told: None when they are more than a few."""
    refused = buyer.call("POST", "/v1/quotes", {"items": [{"sku": sku, "quantity": 999}]})
    assert refused.json["code"] == "OUT_OF_STOCK"
    told: int | None = refused.json["params"]["left"]
    return told


def test_what_is_given_up_can_be_bought_again(shop: Shop):
    buyer = shop.customer()
    sku = shop.articles(1)[0][0]
    before = left_of(buyer, sku)
    order = buyer.buy((sku, 1))
    buyer.want("POST", f"/v1/orders/{order}/cancellation", status=204)
    assert buyer.order(order)["state"] == "cancelled"
    assert left_of(buyer, sku) == before
    again = buyer.call("POST", f"/v1/orders/{order}/cancellation")
    assert (again.status, again.json["code"], again.json["params"]) == (
        409,
        "ORDER_STATE_CONFLICT",
        {"state": "cancelled"},
    )


def test_one_who_wants_more_than_there_is_hears_what_is_left(shop: Shop):
    buyer = shop.customer()
    sku, _ = shop.articles(1)[0]
    line = buyer.quote((sku, 1))["lines"][0]
    left = left_of(buyer, sku)
    assert (line["availability"], line["left"]) == (("in_stock", None) if left is None else ("low", left))
    refused = buyer.call("POST", "/v1/quotes", {"items": [{"sku": sku, "quantity": 999}]})
    assert (refused.status, refused.json["code"]) == (409, "OUT_OF_STOCK")
    assert {name: refused.json["params"][name] for name in ("sku", "left")} == {"sku": sku, "left": left}
    assert refused.json["title"].startswith(refused.json["params"]["title_zh"])


def test_one_order_paid_by_two_providers_gives_one_of_them_back(shop: Shop):
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], 1))
    wechat, alipay = buyer.start(order), buyer.start(order, "alipay", "page")
    assert shop.pay(wechat).status == 200
    buyer.wait_for(order, "paid")
    assert shop.pay(alipay).status == 200
    back = eventually(
        lambda: buyer.want("GET", f"/v1/payments/{alipay['id']}"),
        lambda p: p["given_back"]["fen"] == p["amount"]["fen"],
    )
    assert back["state"] == "paid"
    assert buyer.want("GET", f"/v1/payments/{wechat['id']}")["given_back"]["fen"] == 0
    assert buyer.order(order)["state"] == "paid"


def test_a_payment_whose_notice_is_lost_is_found_by_asking(shop: Shop):
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], 1))
    payment = buyer.start(order)
    shop.faults(number=payment["id"], drop="all")
    assert shop.pay(payment).status == 200
    assert buyer.want("POST", f"/v1/payments/{payment['id']}/refresh")["state"] == "paid"
    assert buyer.order(order)["state"] == "paid"
    shop.no_faults()


def test_money_that_comes_after_the_order_was_given_up_goes_back_in_full(shop: Shop):
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], 1))
    payment = buyer.start(order, "unionpay", "gateway")  # cannot be closed at its provider
    shop.open(payment["next_action"])
    buyer.want("POST", f"/v1/orders/{order}/cancellation", status=204)
    assert shop.pay(payment).status == 200
    back = eventually(
        lambda: buyer.want("GET", f"/v1/payments/{payment['id']}"),
        lambda p: p["given_back"]["fen"] == p["amount"]["fen"],
    )
    assert back["state"] == "paid"
    assert buyer.order(order)["state"] == "cancelled"


def test_bad_input_is_told_and_changes_nothing(shop: Shop):
    buyer = shop.customer()
    cases = [
        ("POST", "/v1/quotes", {"items": [{"sku": "x" * 29, "quantity": 0}]}, 422, "INVALID_REQUEST"),
        ("POST", "/v1/quotes", {"items": [{"sku": "P" + "0" * 28, "quantity": 1}]}, 404, "SKU_NOT_FOUND"),
        ("POST", "/v1/quotes", {"price": 1}, 422, "INVALID_REQUEST"),
        ("POST", "/v1/quotes", {}, 422, "NOTHING_TO_BUY"),
        ("POST", "/v1/orders", {"quote": "made-up-by-somebody-else"}, 422, "QUOTE_INVALID"),
        ("GET", "/v1/orders/" + "O" + "0" * 26, None, 404, "ORDER_NOT_FOUND"),
        ("GET", "/v1/orders?cursor=forged", None, 422, "CURSOR_INVALID"),
        ("GET", "/v1/admin/orders", None, 403, "NOT_PERMITTED"),
    ]
    for method, path, body, status, code in cases:
        answer = buyer.call(method, path, body)
        assert (answer.status, answer.json["code"]) == (status, code), path
        assert answer.json["title"]
        assert answer.headers["content-type"] == "application/problem+json"
    nobody = shop.visitor().call("GET", "/v1/orders")
    assert (nobody.status, nobody.json["code"]) == (401, "NOT_SIGNED_IN")


def test_another_customers_things_do_not_exist(shop: Shop):
    owner, other = shop.customer(), shop.customer()
    quote = owner.quote((shop.articles(1)[0][0], 1))
    assert other.call("POST", "/v1/orders", {"quote": quote["quote"]}).json["code"] == "QUOTE_FOREIGN"
    order = owner.place(quote)
    payment = owner.start(order)
    for method, path in (
        ("GET", f"/v1/orders/{order}"), ("POST", f"/v1/orders/{order}/cancellation"), ("GET", f"/v1/payments/{payment['id']}"),
        ("POST", f"/v1/payments/{payment['id']}/refresh"),
    ):  # fmt: skip
        assert other.call(method, path).status == 404, path
    body = {"provider": "wechat", "product": "native"}
    assert other.call("POST", f"/v1/orders/{order}/payments", body, key=uuid.uuid4().hex).status == 404
