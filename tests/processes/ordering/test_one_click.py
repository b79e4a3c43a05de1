"""One click: order and payment in one request, once; and the order is answered whatever becomes of the payment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.errors import Overloaded
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service import one_click as module
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.model import Sku
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.model import Payment
from chalicelib.records.payments.service import calls
from chalicelib.runtime import clients, journal
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import update
from tests.records.catalog import goods
from tests.support import aws, people

PATH = "/v1/orders/one-click"


def click(counter, key="k1", quantity=1, **more):
    n = more.pop("n", 0)
    return counter.ask(
        "POST", PATH, {"sku": counter.skus[n], "quantity": quantity, **more.pop("body", {})}, key=key, **more
    )


def rows():
    return len(aws.rows(Order)), len(aws.rows(Payment))


def adjust(counter, order, off):
    operator = people.member(counter.front, "operator", fresh=True)
    path, body = f"/v1/admin/orders/{order}/price-adjustments", {"off_fen": off, "reason": "包装破损"}
    answer = counter.ask("POST", path, body, token=operator.token, key="adjust")
    assert answer.status == 200, answer.text


@pytest.fixture
def free(counter, monkeypatch):
    """The first SKU costs nothing, nor does bringing it."""
    monkeypatch.setenv("FREIGHT_FEN", "0")
    key = catalog.key(counter.skus[0])
    work = goods.work()
    work.add(update(Sku, key.hash_key, key.range_key, actions=[Sku.price.set(Fen(0))]))
    work.commit()


@pytest.fixture
def transactions():
    """What is sent to DynamoDB as one transaction, from here on."""
    made: list[dict[str, Any]] = []
    events = clients.client("dynamodb").meta.events

    def note(params, **_kwargs):
        made.append(params)

    events.register("provide-client-params.dynamodb.TransactWriteItems", note)
    yield made
    events.unregister("provide-client-params.dynamodb.TransactWriteItems", note)


# ---- the way it goes ------------------------------------------------------------------------------------------------
def test_one_request_orders_and_hands_over_what_is_needed_to_pay(counter, fake):
    answer = click(counter, quantity=2)
    assert answer.status == 201, answer.text
    assert answer.json["payment"]["next_action"]["kind"] == "qr"
    assert answer.json["order"]["payable"] == answer.json["payment"]["amount"]
    assert (answer.json["reason"], answer.json["next"]) == (None, None)
    assert answer.headers["retry-after"] == "2"
    assert counter.shelf() == (3, 2)


def test_the_same_click_twice_is_one_order_and_one_payment(counter, fake):
    first = click(counter, quantity=2)
    again = click(counter, quantity=2)
    assert again.json == first.json
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")
    assert rows() == (1, 1)
    other = click(counter)
    assert (other.status, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_the_same_click_is_answered_also_when_nothing_is_left(counter, fake):
    first = click(counter, quantity=5)
    assert click(counter, quantity=5).json == first.json
    refused = click(counter, "k2", 5)
    assert (refused.status, refused.json["code"]) == (409, "OUT_OF_STOCK")
    assert [one["code"] for one in refused.json["reasons"]] == ["OUT_OF_STOCK", "JUST_ORDERED"]
    assert refused.json["reasons"][1]["params"]["order_id"] == first.json["order"]["order_id"]


def test_a_way_to_pay_that_does_not_exist_is_said_before_anything_is_ordered(counter, fake):
    refused = click(counter, body={"pay": {"provider": "wechat", "product": "cheque"}})
    assert (refused.status, refused.json["code"]) == (422, "PAYMENT_METHOD_UNKNOWN")
    assert aws.rows(Order) == []


def test_a_large_total_wants_its_quote_confirmed(counter, fake, monkeypatch):
    monkeypatch.setenv("ONE_CLICK_LIMIT_FEN", "9899")
    refused = click(counter)
    assert (refused.status, refused.json["code"]) == (409, "CONFIRMATION_NEEDED")
    assert counter.place(refused.json["params"]["quote"]).status == 201


def test_a_click_needs_a_key(counter, fake):
    refused = click(counter, None)
    assert (refused.status, refused.json["code"]) == (422, "IDEMPOTENCY_KEY_REQUIRED")


# ---- the order stands, the payment does not -------------------------------------------------------------------------
def test_a_silent_provider_does_not_hide_the_order(counter, fakes):
    fakes["wechat"].fault = "silent"
    answer = click(counter)
    assert answer.status == 201, answer.text
    order = aws.rows(Order)[0]
    assert answer.json["order"]["order_id"] == order.id
    assert answer.json["payment"] is None
    assert answer.json["reason"] == {
        "code": "PAYMENT_PROVIDER_DOWN",
        "title": "支付渠道 微信支付 暂时不可用，请换一种方式",
        "params": {"provider": "wechat"},
    }
    told = answer.json["next"]
    assert (told["method"], told["path"]) == ("POST", f"/v1/orders/{order.id}/payments")
    assert {way["provider"] for way in told["methods"]} == {"alipay", "unionpay"}
    assert all(way["available"] for way in told["methods"])
    assert (answer.json["ask_again_after"], answer.headers["retry-after"]) == (30, "30")
    assert counter.shelf() == (4, 1)


def test_a_provider_that_does_not_answer_either_is_not_offered(counter, fakes):
    fakes["wechat"].fault = "silent"
    for _ in range(3):
        calls.health.failed("alipay", counter.clock.now())
    assert {way["provider"] for way in click(counter).json["next"]["methods"]} == {"unionpay"}


def test_what_is_said_to_do_next_pays_the_order(counter, fakes):
    fakes["wechat"].fault = "silent"
    told = click(counter).json["next"]
    way = next(way for way in told["methods"] if way["product"] == "page")
    started = counter.ask(
        told["method"], told["path"], {"provider": way["provider"], "product": way["product"]}, key="p"
    )
    assert started.status == 201, started.text
    assert started.json["next_action"] is not None


def test_why_it_cannot_be_paid_is_said_in_the_language_that_is_read(counter, fake):
    fake.fault = "silent"
    answer = click(counter, headers={"Accept-Language": "en"})
    assert answer.json["reason"]["title"] == "WeChat Pay does not answer just now; please pay another way"


def test_a_provider_s_no_is_a_reason_too(counter, fakes):
    fakes["wechat"].fault = "code:403:RULE_LIMIT"
    answer = click(counter)
    assert (answer.status, answer.json["payment"], answer.json["reason"]["code"]) == (201, None, "PAYMENT_DECLINED")
    assert {way["provider"] for way in answer.json["next"]["methods"]} == {"alipay", "unionpay"}
    assert aws.rows(Payment)[0].state == "failed"


def test_an_attempt_whose_next_action_is_lost_is_no_payment(counter, fake):
    fake.fault = "lost"
    assert click(counter).json["payment"] is None
    fake.fault = None
    number = aws.rows(Payment)[0].id
    fake.book[number].state = "closed"
    counter.later(minutes=1)
    assert aws.rows(Payment)[0].state == "closed"
    again = click(counter)
    assert (again.status, again.json["payment"]["next_action"]["kind"]) == (200, "qr")
    assert again.json["payment"]["id"] != number


def test_trouble_of_our_own_after_the_order_stands_is_a_reason_too(counter, fake, monkeypatch):
    def overloaded(*_args):
        raise Overloaded()

    with monkeypatch.context() as broken:
        broken.setattr(module, "start_payment", overloaded)
        answer = click(counter)
    assert (answer.status, answer.json["payment"], answer.json["reason"]["code"]) == (201, None, "OVERLOADED")
    assert {way["provider"] for way in answer.json["next"]["methods"]} == {"wechat"}
    assert click(counter).json["payment"]["next_action"]["kind"] == "qr"
    assert rows() == (1, 1)


def test_an_order_of_nothing_has_no_payment_and_no_reason_why(counter, fake, free):
    answer = click(counter)
    assert (answer.status, answer.json["payment"], answer.json["reason"], answer.json["next"]) == (
        201,
        None,
        None,
        None,
    )
    assert (aws.rows(Order)[0].state, rows()) == ("paid", (1, 0))
    assert click(counter).json == answer.json


# ---- the same key again ---------------------------------------------------------------------------------------------
def test_the_same_click_after_the_provider_is_back_is_the_same_order_with_its_payment(counter, fake):
    fake.fault = "silent"
    first = click(counter)
    assert click(counter).json == first.json
    fake.fault = None
    again = click(counter)
    assert (again.status, again.json["order"]) == (200, first.json["order"])
    assert (again.json["payment"]["next_action"]["kind"], again.json["reason"]) == ("qr", None)
    assert rows() == (1, 1)
    assert list(fake.book) == [again.json["payment"]["id"]]


def test_the_same_click_answers_the_payment_that_was_started_another_way(counter, fakes):
    fakes["wechat"].fault = "silent"
    order = click(counter).json["order"]["order_id"]
    fakes["wechat"].fault = None
    other = counter.ask("POST", f"/v1/orders/{order}/payments", {"provider": "alipay", "product": "page"}, key="p").json
    assert click(counter).json["payment"] == other
    newer = counter.ask(
        "POST", f"/v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, key="q"
    ).json
    assert click(counter).json["payment"] == newer
    assert rows() == (1, 3)


def test_the_same_click_answers_the_payment_that_paid(counter, fake):
    payment = click(counter).json["payment"]["id"]
    fake.pay(payment)
    assert counter.ask("POST", f"/v1/payments/{payment}/refresh").json["state"] == "paid"
    again = click(counter)
    assert (again.status, again.json["payment"]["id"], again.json["payment"]["state"]) == (200, payment, "paid")
    assert (again.json["reason"], again.json["next"]) == (None, None)


def test_the_same_click_of_an_order_that_costs_nothing_by_now_asks_for_no_payment(counter, fake):
    answer = click(counter)
    adjust(counter, answer.json["order"]["order_id"], answer.json["order"]["payable"]["fen"])
    again = click(counter)
    assert (again.status, again.json["payment"], again.json["reason"], again.json["next"]) == (200, None, None, None)


def test_the_same_click_after_a_lower_price_is_paid_at_that(counter, fake):
    answer = click(counter)
    adjust(counter, answer.json["order"]["order_id"], 100)
    again = click(counter)
    assert again.json["payment"]["amount"]["fen"] == answer.json["order"]["payable"]["fen"] - 100
    assert again.json["payment"]["id"] != answer.json["payment"]["id"]


def test_the_same_click_after_the_order_was_given_up_says_so(counter, fake):
    fake.fault = "silent"
    order = click(counter).json["order"]
    assert counter.ask("POST", f"/v1/orders/{order['order_id']}/cancellation").status == 204
    fake.fault = None
    again = click(counter)
    assert (again.status, again.json["order"], again.json["payment"]) == (200, order, None)
    assert (again.json["reason"]["code"], again.json["reason"]["params"]) == (
        "ORDER_STATE_CONFLICT",
        {"state": "cancelled"},
    )
    assert again.json["next"] is None
    assert fake.book == {}


def test_the_same_click_after_its_time_to_pay_says_so(counter, fake):
    order = click(counter).json["order"]["order_id"]
    counter.clock.advance(timedelta(minutes=30))
    counter.token = people.token(aws.rows(Order)[0].customer, "customer")  # the former has run out, too
    again = click(counter)
    assert (again.status, again.json["payment"], again.json["reason"]["params"]) == (200, None, {"state": "expired"})
    assert again.json["next"] is None
    counter.later(minutes=2)
    assert next(row for row in aws.rows(Order) if row.id == order).state == "expired"
    assert click(counter).json["reason"]["params"] == {"state": "expired"}


def test_the_same_click_is_answered_while_the_shop_takes_no_orders(counter, fake):
    first = click(counter)
    operator = people.member(counter.front, "operator", fresh=True)
    assert counter.ask("PUT", "/v1/admin/placing", {"paused": True}, token=operator.token).status == 204
    assert click(counter).json == first.json
    refused = click(counter, "k2", n=1)
    assert (refused.status, refused.json["code"]) == (503, "PLACING_PAUSED")


def test_the_same_click_is_answered_where_a_fresh_code_is_wanted_by_now(counter, fake, monkeypatch):
    fake.fault = "silent"
    first = click(counter)
    fake.fault = None
    monkeypatch.setenv("STEP_UP_FEN", "1")
    again = click(counter)
    assert (again.status, again.json["order"]) == (200, first.json["order"])
    assert click(counter, "k2", n=1).status == 403
    failed = aws.rows(Payment)[0]
    assert failed.state == "pending"


def test_the_same_click_is_answered_also_when_its_way_to_pay_is_gone(counter, fake, monkeypatch):
    first = click(counter)
    monkeypatch.setattr("chalicelib.processes.paying.service.start_payment.METHODS", {})
    again = click(counter)
    assert (again.status, again.json) == (200, first.json)


# ---- another key ----------------------------------------------------------------------------------------------------
def test_another_key_for_the_same_sku_within_a_minute_is_refused_and_names_the_order(counter, fake):
    order = click(counter).json["order"]["order_id"]
    counter.clock.advance(timedelta(seconds=20))
    refused = click(counter, "k2", 2)
    assert (refused.status, refused.json["code"]) == (409, "JUST_ORDERED")
    named = {"title_zh": "圆领衫 红 / S", "title_en": "Crew-neck shirt, red / S"}
    assert refused.json["params"] == {"sku": counter.skus[0], "order_id": order, "seconds": 40, **named}
    assert order in refused.json["title"]
    assert "reasons" not in refused.json
    assert (rows(), counter.shelf()) == ((1, 1), (4, 1))


def test_also_when_the_first_one_could_not_be_paid(counter, fake):
    fake.fault = "silent"
    order = click(counter).json["order"]["order_id"]
    refused = click(counter, "k2")
    assert (refused.status, refused.json["params"]["order_id"]) == (409, order)


def test_a_minute_later_it_is_a_wish_of_its_own(counter, fake):
    first = click(counter).json["order"]["order_id"]
    counter.clock.advance(timedelta(seconds=59, milliseconds=999))
    assert click(counter, "k2").status == 409
    counter.clock.advance(timedelta(milliseconds=1))
    second = click(counter, "k3")
    assert second.status == 201
    assert second.json["order"]["order_id"] != first
    assert click(counter, "k4").json["params"]["order_id"] == second.json["order"]["order_id"]


def test_another_sku_another_customer_and_the_ordinary_way_are_free(counter, fake):
    assert click(counter).status == 201
    assert click(counter, "k2", n=1).status == 201
    other = counter.newcomer("13900139000")
    assert click(counter, "k1", token=other).status == 201
    assert counter.place(counter.quote((0, 1))).status == 201


def test_an_order_that_was_given_up_or_paid_does_not_stand_in_the_way(counter, fake):
    order = click(counter).json["order"]["order_id"]
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    second = click(counter, "k2")
    assert second.status == 201, second.text
    payment = second.json["payment"]["id"]
    fake.pay(payment)
    assert counter.ask("POST", f"/v1/payments/{payment}/refresh").json["state"] == "paid"
    third = click(counter, "k3")
    assert third.status == 201, third.text
    assert click(counter, "k4").json["params"]["order_id"] == third.json["order"]["order_id"]
    assert counter.shelf() == (3, 2)


def test_one_that_cost_nothing_stands_in_the_way_since_nobody_confirmed_it_by_paying(counter, fake, free):
    order = click(counter).json["order"]["order_id"]
    refused = click(counter, "k2")
    assert (refused.status, refused.json["params"]["order_id"]) == (409, order)
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    assert click(counter, "k3").status == 201


def test_after_an_order_that_is_over_want_of_stock_is_want_of_stock(counter, fake):
    order = click(counter).json["order"]["order_id"]
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    refused = click(counter, "k2", 6)
    assert (refused.status, refused.json["code"]) == (409, "OUT_OF_STOCK")
    assert "reasons" not in refused.json


def test_a_refusal_without_a_former_click_looks_at_the_shelf_once(counter, fake, monkeypatch):
    drawn, looks = module.draw, []
    monkeypatch.setattr(module, "draw", lambda *args: looks.append(args) or drawn(*args))
    assert click(counter, quantity=6).json["code"] == "OUT_OF_STOCK"
    assert len(looks) == 1


def test_a_minute_later_want_of_stock_is_want_of_stock(counter, fake):
    click(counter)
    counter.clock.advance(timedelta(minutes=1))
    refused = click(counter, "k2", 5)
    assert (refused.status, refused.json["code"]) == (409, "OUT_OF_STOCK")
    assert "reasons" not in refused.json


def test_the_note_of_a_click_tells_nobody_anything_and_goes_by_itself(counter, fake):
    order = click(counter).json["order"]["order_id"]
    (note,) = [row for row in aws.rows(Journal) if row.id == order]
    assert (note.facts, note.reply, note.fingerprint) == (None, None, None)
    assert int(note.expires) == int(counter.clock.now().timestamp()) + 120
    assert counter.skus[0] not in str(note.serialize())


def test_two_clicks_at_once_with_keys_of_their_own_are_one_order(counter, fake, monkeypatch):
    """The other click goes through between this one's look at the shelf and its commit."""
    drawn, once = module.draw, []

    def slowly(*args):
        found = drawn(*args)
        if not once:
            once.append(True)
            once.append(click(counter, "k2"))
        return found

    monkeypatch.setattr(module, "draw", slowly)
    refused = click(counter, "k1")
    other = once[1].json["order"]["order_id"]
    assert (refused.status, refused.json["code"], refused.json["params"]["order_id"]) == (409, "JUST_ORDERED", other)
    assert (rows(), counter.shelf()) == ((1, 1), (4, 1))


def test_of_two_clicks_at_once_after_an_order_that_is_over_one_goes_through(counter, fake, monkeypatch):
    order = click(counter).json["order"]["order_id"]
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    noted, once = journal.noted, []

    def slowly(*args):
        found = noted(*args)
        if not once:
            once.append(True)
            once.append(click(counter, "k2"))
        return found

    monkeypatch.setattr(journal, "noted", slowly)
    refused = click(counter, "k3")
    other = once[1].json["order"]["order_id"]
    assert (refused.status, refused.json["params"]["order_id"]) == (409, other)
    assert sorted(row.state for row in aws.rows(Order)) == ["cancelled", "placed"]


def test_the_note_of_a_click_lies_in_the_order_s_own_transaction_and_only_there(counter, fake, transactions):
    def tables(sent):
        return sorted(next(iter(step.values()))["TableName"] for step in sent["TransactItems"])

    assert click(counter).status == 201
    assert tables(transactions[0]) == [
        "jishi-holds",
        "jishi-holds",
        "jishi-journal",
        "jishi-journal",
        "jishi-orders",
        "jishi-people",
        "jishi-people",
        "jishi-stock",
    ], "a new account's hold and its network's, and the session stands"
    del transactions[:]
    assert counter.place(counter.quote((1, 1))).status == 201
    assert tables(transactions[0]) == ["jishi-holds"] * 2 + ["jishi-journal", "jishi-orders", "jishi-stock"]
