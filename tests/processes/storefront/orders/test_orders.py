"""What a customer sees of their orders: all of their own, as it was when bought, and nothing of anybody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.processes.storefront.service import orders as views
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.records.payments.service import attempts
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.runtime import clients
from tests.support import people, trade


@pytest.fixture
def customer(front):
    return people.register(front)


def attempt(order_id: str, number: int, engine, state: str = "created") -> str:
    order = orders.find(order_id)
    payment = attempts.draft(
        order_id,
        number,
        customer=order.customer,
        provider="wechat",
        product="native",
        amount=Fen(int(order.payable)),
        now=engine.now(),
        expires=engine.now() + timedelta(minutes=30),
    )
    trade.commit(attempt_steps.open(payment), order_steps.count_attempt(order))
    if state != "created":
        trade.commit(attempt_steps.end(payment.id, state))
    return str(payment.id)


def test_an_order_shows_what_was_bought_as_it_was_described_then(front, customer):
    trade.describe(version=1)
    trade.describe(version=2, zh="新名字", en="New name")
    order_id = trade.order(customer.id)
    told = front.get(f"/v1/orders/{order_id}", token=customer.token).json
    line = told["lines"][0]
    assert (line["title_zh"], line["title_en"]) == ("纯棉圆领T恤", "Cotton T-shirt")
    assert (line["options_zh"], line["options_en"]) == (["白色"], ["White"])
    assert line["picture"].endswith(trade.PICTURE)
    assert line["no_reason_days"] == 7
    assert line["payable"] == {"fen": 19300, "text": "¥193.00"}
    assert {name: told[name]["fen"] for name in ("goods", "discount", "freight", "payable", "refunded")} == {
        "goods": 19800,
        "discount": 500,
        "freight": 1000,
        "payable": 20300,
        "refunded": 0,
    }
    assert (told["state"], told["refund"], told["paid_at"]) == ("placed", "none", None)
    assert (told["placed_at"], told["pay_before"]) == ("2026-06-01T02:00:00.000Z", "2026-06-01T02:30:00.000Z")


def test_a_version_that_is_missing_does_not_hide_the_order(front, customer):
    order_id = trade.order(customer.id)
    told = front.get(f"/v1/orders/{order_id}", token=customer.token).json
    assert (told["lines"][0]["title_zh"], told["lines"][0]["picture"]) == (trade.SKU, None)


def test_while_a_payment_is_under_way_it_says_when_to_look_again(front, customer, engine):
    order_id = trade.order(customer.id)
    assert "retry-after" not in front.get(f"/v1/orders/{order_id}", token=customer.token).headers
    first = attempt(order_id, 1, engine, "close")
    second = attempt(order_id, 2, engine)
    answer = front.get(f"/v1/orders/{order_id}", token=customer.token)
    assert answer.headers["retry-after"] == "2"
    assert [(p["id"], p["state"]) for p in answer.json["payments"]] == [(first, "closed"), (second, "created")]
    trade.commit(order_steps.pay(order_id, second, engine.now()))
    answer = front.get(f"/v1/orders/{order_id}", token=customer.token)
    assert "retry-after" not in answer.headers
    assert (answer.json["state"], answer.json["paid_at"]) == ("paid", "2026-06-01T02:00:00.000Z")
    assert answer.json["pay_before"] is None


def test_what_went_back_is_shown(front, customer, engine):
    order_id = trade.order(customer.id)
    trade.commit(order_steps.pay(order_id, order_id + "01", engine.now()))
    trade.commit(order_steps.refund(orders.find(order_id), Fen(300)))
    told = front.get(f"/v1/orders/{order_id}", token=customer.token).json
    assert (told["refund"], told["refunded"]["text"]) == ("partial", "¥3.00")


def test_anothers_order_does_not_exist(front, customer):
    foreign = trade.order("U2")
    for order_id in (foreign, "O01JZ0000000000000000000001", "x"):
        answer = front.get(f"/v1/orders/{order_id}", token=customer.token)
        assert (answer.status, answer.json["code"]) == (404, "ORDER_NOT_FOUND")
    with pytest.raises(OrderNotFound):
        views.detail(foreign, customer.id)
    assert front.get("/v1/orders", token=customer.token).json == {"items": [], "next": None}
    assert front.get("/v1/orders").status == 401


def test_the_list_comes_newest_first_in_pages(front, customer, engine):
    ids = []
    for _ in range(5):
        ids.append(trade.order(customer.id))
        engine.advance(timedelta(seconds=1))
    trade.order("U2")
    first = front.get("/v1/orders?limit=3", token=customer.token).json
    second = front.get(f"/v1/orders?limit=3&cursor={first['next']}", token=customer.token).json
    assert [o["order_id"] for o in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None


def test_a_list_of_one_state_goes_on_until_it_is_full_or_told_so(front, customer, engine):
    ids = []
    for n in range(9):
        ids.append(trade.order(customer.id))
        engine.advance(timedelta(seconds=1))
        if n % 3:
            trade.commit(order_steps.move(ids[-1], "cancel"))
    seen, cursor = [], ""
    while cursor is not None:
        page = front.get(
            f"/v1/orders?state=placed&limit=2&cursor={cursor}".rstrip("=").removesuffix("&cursor"), token=customer.token
        )
        seen += [o["order_id"] for o in page.json["items"]]
        cursor = page.json["next"]
    assert seen == [ids[6], ids[3], ids[0]]
    assert front.get("/v1/orders?state=gone", token=customer.token).status == 422


def test_another_customers_cursor_does_not_fit(front, customer):
    for _ in range(3):
        trade.order("U2")
    *_, cursor = views.listed("U2", None, 2, None)
    answer = front.get(f"/v1/orders?limit=2&cursor={cursor}", token=customer.token)
    assert (answer.status, answer.json["code"]) == (422, "CURSOR_INVALID")


def test_a_list_is_one_query_and_two_batches(customer, engine, monkeypatch):
    trade.describe()
    for _ in range(20):
        trade.order(customer.id)
    calls: list[str] = []
    db = clients.client("dynamodb")
    real = db._make_api_call
    monkeypatch.setattr(db, "_make_api_call", lambda name, args: (calls.append(name), real(name, args))[1])
    found, *_ = views.listed(customer.id, None, 20, None)
    assert len(found) == 20
    assert calls == ["Query", "BatchGetItem", "BatchGetItem"]
