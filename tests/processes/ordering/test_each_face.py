"""Rare money at the door where it is learned: each face of the API may do what it must (tests/support/rights)."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.records.orders.model import Order
from chalicelib.records.payments.model import PaymentException, Refund
from tests.support import aws


def placed(counter, pieces=2):
    return counter.place(counter.quote((0, pieces))).json["order_id"]


def started(counter, order):
    body = {"provider": "wechat", "product": "native"}
    return counter.ask("POST", f"/v1/orders/{order}/payments", body, key="k1").json["id"]


def state(order):
    return next(row.state for row in aws.rows(Order) if row.id == order)


def refreshed(counter, payment):
    counter.clock.advance(timedelta(seconds=1))
    answer = counter.ask("POST", f"/v1/payments/{payment}/refresh")
    assert answer.status == 200, answer.text
    return answer.json["state"]


def test_a_customer_who_looks_may_be_the_first_to_learn_of_a_wrong_amount(counter, fake):
    payment = started(counter, order := placed(counter))
    fake.pay(payment)
    fake.book[payment].amount -= 1
    refreshed(counter, payment)
    (case,) = aws.rows(PaymentException)
    assert (case.payment, case.kind, case.state) == (payment, "amount", "open")
    assert state(order) == "placed"


def test_a_customer_who_looks_may_be_the_first_to_learn_of_money_that_came_too_late(counter, fake):
    payment = started(counter, order := placed(counter))
    fake.fault = "silent"
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    fake.fault = None
    fake.pay(payment)
    refreshed(counter, payment)
    (refund,) = aws.rows(Refund)
    assert (refund.payment, int(refund.amount)) == (payment, fake.book[payment].amount)
    counter.bus.run()
    assert fake.book[payment].refunds == {refund.id: fake.book[payment].amount}


def test_a_notice_for_an_order_that_expired_revives_it_while_there_is_stock(counter, fake):
    payment = started(counter, order := placed(counter))
    fake.fault = "silent"
    counter.clock.advance(timedelta(minutes=31))
    counter.bus.run()
    assert (state(order), counter.shelf()) == ("expired", (5, 0))
    fake.fault = None
    fake.pay(payment)
    notice = fake.notice(payment)
    told = counter.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    assert told.status in (200, 204), told.text
    assert (state(order), counter.shelf()) == ("paid", (3, 2))
