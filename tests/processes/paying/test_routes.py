"""Paying through the front door: permits, keys, owners, and the providers' own acknowledgements."""

import re

import pytest

from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.runtime import settings

BUYER = "C01JDMS0000000000000000000A customer payments:start payments:read"
OTHER = "C01JDMS0000000000000000000B customer payments:start payments:read"
SUPPORT = "E1 support refunds:ask refunds:read"
FINANCE = "E2 finance refunds:approve refunds:read payments:exceptions payments:resolve"


def start(ask, order_id, provider="wechat", product="native", key="k1", token=BUYER):
    return ask("POST", f"/v1/orders/{order_id}/payments", token, {"provider": provider, "product": product}, key)


def test_the_methods_of_a_terminal_are_public(shop, ask):
    status, told = ask("GET", "/v1/payments/methods?terminal=h5")
    assert status == 200
    assert {(m["provider"], m["product"], m["available"]) for m in told["methods"]} == {
        ("wechat", "h5", True),
        ("alipay", "wap", True),
        ("unionpay", "wap", True),
    }
    assert ask("GET", "/v1/payments/methods?terminal=fridge")[0] == 422


def test_a_buyer_starts_reads_and_refreshes_his_own_payment(shop, ask):
    order_id = shop.order()
    status, told = start(ask, order_id)
    assert (status, told["state"], told["next_action"]["kind"], told["amount"]["fen"]) == (201, "pending", "qr", 3599)
    assert told["ask_again_after"] == 2
    assert ask("GET", f"/v1/payments/{told['id']}", BUYER)[1] == told
    shop.fakes["wechat"].pay(told["id"])
    status, after = ask("POST", f"/v1/payments/{told['id']}/refresh", BUYER)
    assert (status, after["state"], after["next_action"], after["ask_again_after"]) == (200, "paid", None, None)
    assert after["paid_at"] == "2026-11-23T04:00:00.000Z"


def test_a_local_next_action_is_the_same_when_read_again(shop, ask):
    _, told = start(ask, shop.order(), "unionpay", "gateway")
    assert ask("GET", f"/v1/payments/{told['id']}", BUYER)[1] == told


def test_a_start_needs_a_key_and_the_key_another_body_is_refused(shop, ask):
    order_id = shop.order()
    assert start(ask, order_id, key=None)[1]["code"] == "IDEMPOTENCY_KEY_REQUIRED"
    assert start(ask, order_id)[0] == 201
    assert start(ask, order_id)[0] == 200
    assert start(ask, order_id, product="h5")[1]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert len(shop.payments()) == 1


def test_another_s_order_and_payment_do_not_exist(shop, ask):
    order_id = shop.order()
    _, told = start(ask, order_id)
    assert start(ask, order_id, token=OTHER, key="k2")[0] == 404
    assert ask("GET", f"/v1/payments/{told['id']}", OTHER)[0] == 404
    assert ask("POST", f"/v1/payments/{told['id']}/refresh", OTHER)[0] == 404
    assert ask("GET", f"/v1/payments/{told['id']}")[0] == 401


def test_a_provider_that_is_down_answers_503_and_the_same_key_goes_on_later(shop, ask):
    order_id = shop.order()
    shop.fakes["wechat"].fault = "silent"
    status, told = start(ask, order_id)
    assert (status, told["code"]) == (503, "PAYMENT_PROVIDER_DOWN")
    shop.fakes["wechat"].fault = None
    assert start(ask, order_id)[0] == 200
    assert len(shop.payments()) == 1


def test_support_asks_finance_approves_and_the_money_goes_back(shop, ask):
    order_id = shop.order()
    _, payment = start(ask, order_id)
    shop.fakes["wechat"].pay(payment["id"])
    ask("POST", f"/v1/payments/{payment['id']}/refresh", BUYER)
    body = {"order_id": order_id, "units": [{"line": 0, "quantity": 1}], "reason": "破损"}
    status, asked = ask("POST", "/v1/admin/refunds", SUPPORT, body, "r1")
    assert (status, asked["state"], asked["amount"]["fen"]) == (201, "asked", 1800)
    assert ask("POST", "/v1/admin/refunds", SUPPORT, body, "r1")[1] == asked
    assert ask("POST", f"/v1/admin/refunds/{asked['id']}/approval", SUPPORT, {"approved": True}, "a1")[0] == 403
    listed = ask("GET", "/v1/admin/refunds", FINANCE)[1]["items"]
    assert [(row["id"], row["asked_by"]) for row in listed] == [(asked["id"], "E1")]
    status, decided = ask("POST", f"/v1/admin/refunds/{asked['id']}/approval", FINANCE, {"approved": True}, "a1")
    assert (status, decided["state"]) == (200, "requested")
    assert ask("POST", f"/v1/admin/refunds/{asked['id']}/approval", FINANCE, {"approved": True}, "a1")[1] == decided
    assert ask("GET", "/v1/admin/refunds", FINANCE)[1]["items"] == []
    shop.bus.run()
    assert shop.fakes["wechat"].book[payment["id"]].refunds == {asked["id"]: 1800}
    assert ask("GET", f"/v1/admin/refunds/{asked['id']}", FINANCE)[1]["state"] == "processing"


def test_exceptions_are_listed_and_decided(shop, ask):
    _, payment = start(ask, shop.order())
    shop.fakes["wechat"].pay(payment["id"])
    shop.notice("wechat", shop.fakes["wechat"].wrong_merchant(payment["id"]))
    items = ask("GET", "/v1/admin/payments/exceptions", FINANCE)[1]["items"]
    assert [(row["kind"], row["payment_id"], row["state"]) for row in items] == [("merchant", payment["id"], "open")]
    body = {"resolution": "noted", "note": "asked the provider"}
    status, told = ask("POST", f"/v1/admin/payments/exceptions/{items[0]['id']}/resolution", FINANCE, body, "x1")
    assert (status, told["state"], told["resolved_by"]) == (200, "resolved", "E2")
    assert ask("GET", "/v1/admin/payments/exceptions", FINANCE)[1]["items"] == []
    assert ask("GET", "/v1/admin/payments/exceptions?state=resolved", FINANCE)[1]["items"][0]["id"] == told["id"]
    assert ask("GET", "/v1/admin/payments/exceptions", SUPPORT)[0] == 403


DOORS = [(name, f"/v1/webhooks/{name}/{kind}") for name, one in PROVIDERS.items() for kind in one.webhooks]


@pytest.mark.parametrize("door", [
    "/v1/webhooks/nobody/pay", "/v1/webhooks/wechat/bill", "/v1/webhooks/payments%2Fwechat/pay", "/v1/webhooks/keys/pay",
])  # fmt: skip
def test_an_address_that_no_provider_was_told_leads_nowhere_and_reads_no_secret(shop, counter, door, monkeypatch):
    read = []
    monkeypatch.setattr(settings, "secret", lambda name: read.append(name) or {})
    answer = counter.request("POST", door, headers={"Content-Type": "application/json"}, body=b"{}")
    assert (answer.status_code, answer.body, read) == (404, b"", [])


@pytest.mark.parametrize(("provider", "door"), DOORS)
def test_a_notice_at_the_door_is_read_raw_and_answered_in_the_provider_s_words(shop, counter, provider, door):
    payment = shop.start(shop.order(), provider)
    fake = shop.fakes[provider]
    fake.pay(payment.id)
    notice = fake.notice(payment.id)
    headers = {
        "Content-Type": f"{PROVIDERS[provider].webhooks['pay']}; charset=UTF-8",
        **notice.headers,
    }
    for _ in range(2):
        reply = counter.request("POST", door, headers=headers, body=notice.body)
        assert (reply.status_code, reply.body.decode()) == fake.taken
    assert shop.order_row(payment.order_id).state == "paid"
    forged = counter.request("POST", door, headers=headers, body=notice.body + b"&x=1")
    assert forged.status_code == 401
    assert counter.request("POST", door, headers={"Content-Type": "text/xml"}, body=b"<a/>").status_code == 415


def test_the_page_after_paying_is_there_for_browsers_and_forms(shop, counter):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    pages = [
        counter.get("/v1/payments/return?payment=x"),
        counter.post("/v1/payments/return", headers=form, body=b"orderId=1"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "您可以关闭此页" in page.body.decode()
        assert not re.search(r"<script|https?://|src=", page.body.decode())
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "script-src" not in page.headers["Content-Security-Policy"]
