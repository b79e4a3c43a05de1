"""Money back, and what operators turn: support asks, finance approves, amounts to the fen; pausing; a provider that is down."""

from __future__ import annotations

import pytest

from .shop import Person, Shop, eventually
from .staff import sign_in


@pytest.fixture(scope="session")
def people(running, logins) -> dict[str, Person]:
    """One signed-in member of staff a role."""
    import os

    base = os.environ.get("JISHI_BASE_URL") or running.base
    cashier = os.environ.get("JISHI_CASHIER_URL") or f"http://127.0.0.1:{running.ports['JISHI_CASHIER_PORT']}"
    shop = Shop(base, cashier)
    return {role: sign_in(shop, logins[role]) for role in ("support", "finance", "operator")}


def paid_order(
    shop: Shop, quantity: int, provider: str = "wechat", product: str = "native"
) -> tuple[Person, str, dict]:
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], quantity))
    payment = buyer.start(order, provider, product)
    assert shop.pay(payment).status == 200
    buyer.wait_for(order, "paid")
    return buyer, order, payment


def refund(people: dict[str, Person], order: str, units: list[dict] | None, reason: str = "破损") -> str:
    body = {"order_id": order, "reason": reason} | ({"units": units} if units else {})
    told = people["support"].want("POST", "/v1/admin/refunds", body, status=201)
    people["finance"].want("POST", f"/v1/admin/refunds/{told['id']}/approval", {"approved": True})
    return str(told["id"])


@pytest.mark.parametrize(("provider", "product"), [("wechat", "native"), ("alipay", "page"), ("unionpay", "gateway")])
def test_units_go_back_one_by_one_until_everything_is_back_to_the_fen(shop, people, provider, product):
    buyer, order, payment = paid_order(shop, 3, provider, product)
    for n in range(1, 4):
        refund(people, order, [{"line": 0, "quantity": 1}], f"第 {n} 件")
    back = eventually(
        lambda: buyer.want("GET", f"/v1/payments/{payment['id']}"),
        lambda p: p["given_back"]["fen"] == p["amount"]["fen"],
    )
    assert back["given_back"] == payment["amount"]
    told = eventually(lambda: buyer.order(order), lambda o: o["refund"] == "full")
    assert told["refunded"] == told["payable"]
    more = people["support"].call("POST", "/v1/admin/refunds", {"order_id": order, "reason": "再来一次"})
    assert more.status == 409
    assert more.json["code"] in ("NOTHING_TO_REFUND", "REFUND_TOO_LARGE", "REFUND_UNITS_EXCEEDED")


def test_what_was_paid_is_in_the_audit_log_and_what_is_not_audited_is_not(shop, people):
    """By the bus of the engine: the worker's rule takes what says that it is audited."""
    _, order, _ = paid_order(shop, 1)
    listed = lambda: people["finance"].want("GET", f"/v1/admin/audit?subject={order}")["items"]
    told = eventually(listed, lambda entries: bool(entries))
    assert [(one["fact"], one["why"], one["subject"]) for one in told] == [("payment.succeeded", "money", order)]


def test_more_units_than_were_bought_are_refused(shop, people):
    _, order, _ = paid_order(shop, 1)
    body = {"order_id": order, "reason": "太多", "units": [{"line": 0, "quantity": 2}]}
    refused = people["support"].call("POST", "/v1/admin/refunds", body)
    assert (refused.status, refused.json["code"], refused.json["params"]) == (409, "REFUND_UNITS_EXCEEDED", {"left": 1})


def test_support_may_not_approve_and_a_customer_may_not_ask(shop, people):
    buyer, order, _ = paid_order(shop, 1)
    told = people["support"].want("POST", "/v1/admin/refunds", {"order_id": order, "reason": "不想要了"}, status=201)
    own = people["support"].call("POST", f"/v1/admin/refunds/{told['id']}/approval", {"approved": True})
    assert (own.status, own.json["code"]) == (403, "NOT_PERMITTED")
    theirs = buyer.call("POST", "/v1/admin/refunds", {"order_id": order, "reason": "不想要了"})
    assert (theirs.status, theirs.json["code"]) == (403, "NOT_PERMITTED")
    people["finance"].want("POST", f"/v1/admin/refunds/{told['id']}/approval", {"approved": False})


def test_an_operator_pauses_the_placing_of_orders_and_lets_it_go_on(shop, people):
    buyer = shop.customer()
    quote = buyer.quote((shop.articles(1)[0][0], 1))
    people["operator"].want("PUT", "/v1/admin/placing", {"paused": True}, status=204)
    try:
        place = lambda: buyer.call("POST", "/v1/orders", {"quote": quote["quote"]})
        if place().status != 201:
            refused = place()
            assert (refused.status, refused.json["code"]) == (503, "PLACING_PAUSED")
            assert "retry-after" in refused.headers
    finally:
        people["operator"].want("PUT", "/v1/admin/placing", {"paused": False}, status=204)
    eventually(lambda: buyer.call("POST", "/v1/orders", {"quote": quote["quote"]}).status, lambda s: s in (200, 201))


def test_a_provider_that_is_down_says_so_and_another_way_works(shop):
    buyer = shop.customer()
    order = buyer.buy((shop.articles(1)[0][0], 1))
    shop.faults(provider="wechat", call="create", down="all")
    try:
        body = {"provider": "wechat", "product": "native"}
        down = buyer.call("POST", f"/v1/orders/{order}/payments", body, key="wechat-is-down")
        assert (down.status, down.json["code"]) == (503, "PAYMENT_PROVIDER_DOWN")
        assert shop.pay(buyer.start(order, "alipay", "page")).status == 200
        buyer.wait_for(order, "paid")
    finally:
        shop.no_faults()
