"""What was given up on purpose stays given up: money that comes for it all the same goes back in full, and is explained."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service.adjust_price import adjust_price
from chalicelib.processes.ordering.service.close_order import cancel_any, cancel_order
from chalicelib.processes.ordering.staff.shapes import AdjustPrice
from chalicelib.processes.paying.rules import unwanted
from chalicelib.processes.paying.service.settle_payment import settle_payment
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders.rules import ORDER, OrderStateConflict, StaleOrder
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.payments.rules import PaymentSnapshot
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from tests.support import aws
from tests.support.doors import asked_view, price_view, settled

OPERATOR, FINANCE = Caller("E3", "operator"), Caller("E2", "finance", fresh=True)
REASONS = ("customer_asked", "out_of_stock", "price_error", "fraud", "other")


def call_off(shop, order_id, reason="fraud"):
    settled(cancel_any, order_id, reason, "10 元优惠券", work=shop.work(OPERATOR))


def adjust(shop, order_id, off):
    settled(
        adjust_price, order_id, AdjustPrice(off_fen=off, reason="包装破损"), work=shop.work(OPERATOR), view=price_view
    )


def told(shop, wire):
    """What was published of a kind, without what it is about."""
    rows = [
        fact
        for row in sorted(aws.rows(Journal), key=lambda row: row.id)
        for fact in json.loads(row.facts or "[]")
        if fact[0] == wire
    ]
    return [{k: v for k, v in data.items() if not k.endswith("_id")} for _, _, _, data, _ in rows]


def settled_back(shop, *payments):
    """Each of these payments has gone back whole, once, and pays nothing."""
    for _ in range(4):
        shop.later(minutes=1)
    for payment in payments:
        row = shop.payment(payment.id)
        assert (row.state, row.captured, row.refund_reserved, row.late) == ("paid", 3599, 3599, True)
        assert list(shop.fakes[payment.provider].book[payment.id].refunds.values()) == [3599]
    assert len(shop.refunds()) == len(payments)
    shop.balanced()


# ---- given up, then paid --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS)
def test_money_for_an_order_that_its_customer_cancelled_goes_back_although_all_could_be_held(shop, provider):
    payment = shop.start(shop.order(), provider)
    shop.fakes[provider].fault = "silent"
    shop.cancel(payment.order_id)
    shop.fakes[provider].fault = None
    assert shop.pay(payment).status in (200, 204)
    settled_back(shop, payment)
    order = shop.order_row(payment.order_id)
    assert (order.state, order.payment, order.refunded, order.given_up_by) == ("cancelled", None, 0, "customer")
    assert shop.shelf() == (10, 0)
    assert told(shop, "payment.late") == [{"outcome": "refunded", "why": "cancelled"}]
    assert shop.facts("order.revived") == shop.facts("order.paid") == 0
    assert shop.cases() == set()


@pytest.mark.parametrize("reason", REASONS)
def test_money_for_an_order_that_the_shop_called_off_goes_back_whatever_the_reason(shop, reason):
    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].fault = "silent"
    call_off(shop, payment.order_id, reason)
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    settled_back(shop, payment)
    order = shop.order_row(payment.order_id)
    assert (order.state, order.given_up_by, shop.shelf()) == ("cancelled", "shop", (10, 0))
    assert told(shop, "payment.late") == [{"outcome": "refunded", "why": "called_off"}]


@pytest.mark.parametrize("status", ["CLOSED", "FAILED"])
def test_nor_does_money_of_an_attempt_that_was_said_to_have_ended(shop, status):
    payment = shop.start(shop.order(), "wechat")
    assert settle_payment("wechat", PaymentSnapshot(payment.id, status), shop.work()) == "ended"
    shop.cancel(payment.order_id)
    shop.pay(payment)
    settled_back(shop, payment)
    assert shop.order_row(payment.order_id).state == "cancelled"


def test_money_that_the_completer_finds_for_a_cancelled_order_goes_back_too(shop):
    payment = shop.start(shop.order(), "alipay")
    shop.fakes["alipay"].fault = "silent"
    shop.cancel(payment.order_id)
    shop.fakes["alipay"].fault = None
    shop.pay(payment, tell=False)
    shop.later(minutes=31)
    settled_back(shop, payment)
    assert shop.order_row(payment.order_id).state == "cancelled"


def test_late_money_that_is_told_ten_times_goes_back_once(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].fault = "silent"
    shop.cancel(payment.order_id)
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    for _ in range(9):
        assert shop.notice("wechat", shop.fakes["wechat"].notice(payment.id)).status in (200, 204)
    settled_back(shop, payment)
    assert len(told(shop, "payment.late")) == 1


def test_two_payments_of_a_cancelled_order_go_back_each_and_neither_is_called_double(shop):
    order_id = shop.order()
    payments = [shop.start(order_id, provider) for provider in ("wechat", "alipay")]
    for payment in payments:
        shop.fakes[payment.provider].fault = "silent"
    shop.cancel(order_id)
    for payment in payments:
        shop.fakes[payment.provider].fault = None
        shop.pay(payment)
    settled_back(shop, *payments)
    assert shop.order_row(order_id).state == "cancelled"
    assert [fact["why"] for fact in told(shop, "payment.late")] == ["cancelled", "cancelled"]
    assert shop.cases() == set()


# ---- cancelled and paid at once -------------------------------------------------------------------------------------
def test_money_that_was_faster_than_the_cancellation_pays_and_the_cancellation_hears_so(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.pay(payment, tell=False)
    with pytest.raises(OrderStateConflict) as refused:
        shop.cancel(payment.order_id)
    assert refused.value.params == {"state": "paid"}
    assert shop.order_row(payment.order_id).payment == payment.id
    assert shop.refunds() == []


def test_a_cancellation_between_a_notice_and_its_commit_wins_and_the_money_goes_back(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.pay(payment, tell=False)
    work = shop.work()
    commit = work.commit
    shop.fakes["wechat"].fault = "silent"
    work.commit = lambda reply=None: (shop.cancel(payment.order_id), commit(reply))[1]
    news = PaymentSnapshot(payment.id, "PAID", Fen(3599))
    assert settle_payment("wechat", news, work) == "refunded"
    shop.fakes["wechat"].fault = None
    settled_back(shop, payment)
    assert (shop.order_row(payment.order_id).state, shop.shelf()) == ("cancelled", (10, 0))


def test_a_notice_between_a_cancellation_and_its_commit_wins_and_nothing_is_given_back(shop):
    payment = shop.start(shop.order(), "unionpay")
    work = shop.work()
    commit = work.commit
    work.commit = lambda reply=None: (shop.pay(payment), commit(reply))[1]
    with pytest.raises(CommitRejected):
        settled(cancel_order, payment.order_id, work=work)
    assert (shop.order_row(payment.order_id).payment, shop.refunds()) == (payment.id, [])
    assert shop.shelf() == (8, 2)


@pytest.mark.parametrize("slower", [
    lambda shop, order_id: shop.cancel(order_id),
    lambda shop, order_id: adjust(shop, order_id, 1),
    lambda shop, order_id: shop.start(order_id, "wechat"),
])  # fmt: skip
def test_who_comes_after_a_cancellation_hears_that_it_is_cancelled_also_when_the_look_found_the_money(shop, slower):
    payment = shop.start(shop.order(), "wechat")
    fake, once = shop.fakes["wechat"], []

    def other_one(_url):
        """The provider has the money; a cancellation got no answer from it and goes through."""
        if not once:
            once.append(True)
            fake.fault = "silent"
            shop.cancel(payment.order_id)
            fake.fault = None

    fake.pay(payment.id)
    fake.interrupt = other_one
    with pytest.raises(OrderStateConflict) as refused:
        slower(shop, payment.order_id)
    assert refused.value.params == {"state": "cancelled"}
    settled_back(shop, payment)


def test_a_change_of_price_between_a_cancellation_s_look_and_its_answer_is_said_to_be_one(shop):
    payment = shop.start(shop.order(), "wechat")
    fake, once = shop.fakes["wechat"], []

    def cheaper(_url):
        if not once:
            once.append(True)
            fake.fault = "silent"
            adjust(shop, payment.order_id, 599)
            fake.fault = None

    fake.pay(payment.id)
    fake.interrupt = cheaper
    with pytest.raises(StaleOrder):
        shop.cancel(payment.order_id)
    assert shop.order_row(payment.order_id).state == "placed"
    shop.cancel(payment.order_id)
    settled_back(shop, payment)
    assert shop.order_row(payment.order_id).state == "cancelled"


# ---- with a changed price, or none ----------------------------------------------------------------------------------
def test_old_money_of_an_order_made_cheaper_is_explained_by_its_price_and_after_cancelling_by_that(shop):
    one, two = (shop.start(shop.order(), "wechat") for _ in range(2))
    shop.fakes["wechat"].fault = "silent"
    for payment in (one, two):
        adjust(shop, payment.order_id, 599)
    shop.cancel(two.order_id)
    shop.fakes["wechat"].fault = None
    for payment in (one, two):
        shop.pay(payment)
    assert [fact["why"] for fact in told(shop, "payment.late")] == ["repriced", "cancelled"]
    assert [shop.order_row(payment.order_id).state for payment in (one, two)] == ["placed", "cancelled"]
    settled_back(shop, one, two)


def test_money_on_its_way_back_when_the_order_is_cancelled_goes_back_once(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].fault = "silent"
    adjust(shop, payment.order_id, 599)
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    assert [row.state for row in shop.refunds()] == ["requested"]
    shop.cancel(payment.order_id)
    settled_back(shop, payment)
    order = shop.order_row(payment.order_id)
    assert (order.state, order.refunded, shop.shelf()) == ("cancelled", 0, (10, 0))


def test_money_for_an_order_that_costs_nothing_by_now_goes_back_and_the_order_stands(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].fault = "silent"
    adjust(shop, payment.order_id, 3599)
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    settled_back(shop, payment)
    assert (shop.order_row(payment.order_id).state, shop.shelf()) == ("paid", (8, 2))
    assert [fact["why"] for fact in told(shop, "payment.late")] == ["free"]
    assert shop.cases() == set()


def test_money_for_an_order_that_cost_nothing_and_was_cancelled_goes_back(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].fault = "silent"
    adjust(shop, payment.order_id, 3599)
    shop.cancel(payment.order_id)
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    settled_back(shop, payment)
    order = shop.order_row(payment.order_id)
    assert (order.state, order.given_up_by, shop.shelf()) == ("annulled", "customer", (10, 0))
    assert [fact["why"] for fact in told(shop, "payment.late")] == ["cancelled"]


def test_a_second_payment_of_an_order_whose_money_went_back_whole_goes_back_as_a_double_one(shop):
    order_id = shop.order()
    first, second = (shop.start(order_id, provider) for provider in ("wechat", "alipay"))
    shop.pay(first)
    asked = settled(
        ask_refund,
        AskRefund(order_id=order_id, reason="broken"),
        work=shop.work(Caller("E1", "support")),
        view=asked_view,
    )
    settled(decide_refund, asked.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    shop.pay(second)
    for _ in range(4):
        shop.later(minutes=1)
    assert (shop.order_row(order_id).state, shop.shelf()) == ("paid", (8, 2)), "asked for is not gone"
    shop.notice("wechat", shop.fakes["wechat"].refund_notice(first.id, asked.id))
    assert (shop.order_row(order_id).state, shop.shelf()) == ("annulled", (10, 0))
    for payment in (first, second):
        assert sum(shop.fakes[payment.provider].book[payment.id].refunds.values()) == 3599
    assert len(told(shop, "payment.doubled")) == 1
    assert {kind for kind, _ in shop.cases()} == {"double"}
    shop.balanced()


# ---- what stays as it was -------------------------------------------------------------------------------------------
def test_an_order_that_ran_out_is_no_given_up_one(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].fault = "silent"
    shop.later(minutes=31)
    order = shop.order_row(payment.order_id)
    assert (order.state, order.given_up_by) == ("expired", None)
    work = shop.work()
    work.add(*stock_steps.hold([(line.sku, 0, 10) for line in order.lines]))
    work.commit()
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    assert told(shop, "payment.late") == [{"outcome": "refunded", "why": "gone"}]
    shop.clock.advance(timedelta(seconds=1))
    assert shop.order_row(payment.order_id).state == "expired"


def test_only_what_ran_out_can_be_revived():
    assert ORDER.sources("revive") == ["expired"]


@pytest.mark.parametrize(
    ("state", "by", "why"),
    [("placed", None, "repriced"), ("paid", None, "free"), ("expired", None, "gone"), ("cancelled", "customer", "cancelled"),
     ("cancelled", "shop", "called_off"), ("annulled", "customer", "cancelled"), ("annulled", "shop", "called_off")],
)  # fmt: skip
def test_each_state_has_its_own_reason(state, by, why):
    assert unwanted(state, by) == why
