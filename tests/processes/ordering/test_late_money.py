"""Money for an order that was given up, as its customer lives it: the order stays so, they hear why, and get it back."""

from __future__ import annotations

import pytest

from chalicelib.records.messages.channels import outbox
from chalicelib.records.payments.model import Payment
from tests.support import aws, people


def by_customer(counter, order):
    return counter.ask("POST", f"/v1/orders/{order}/cancellation")


def by_shop(counter, order):
    operator = people.member(counter.front, "operator")
    body = {"reason": "price_error"}
    return counter.ask("POST", f"/v1/admin/orders/{order}/cancellation", body, token=operator.token)


@pytest.mark.parametrize(("give_up", "words"), [(by_customer, "您已取消"), (by_shop, "商家已取消")])
def test_the_order_stays_given_up_and_the_customer_hears_why_their_money_comes_back(counter, fake, give_up, words):
    order = counter.place(counter.quote((0, 2))).json["order_id"]
    body = {"provider": "wechat", "product": "native"}
    payment = counter.ask("POST", f"/v1/orders/{order}/payments", body, key="k1").json["id"]
    fake.fault = "silent"
    assert give_up(counter, order).status == 204
    fake.fault = None
    fake.pay(payment)
    counter.bus.run()
    outbox.clear()
    notice = fake.notice(payment)
    paid = counter.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    assert paid.status in (200, 204), paid.text
    counter.bus.run()
    assert [words in sent.text and order[-6:] in sent.text for sent in outbox.latest()] == [True]
    assert counter.ask("GET", f"/v1/orders/{order}").json["state"] == "cancelled"
    assert counter.shelf() == (5, 0)
    (row,) = aws.rows(Payment)
    assert fake.book[payment].refunds == {next(iter(row.refunds)): int(row.amount)}
