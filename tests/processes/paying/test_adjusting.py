"""The shop makes an unpaid order cheaper: the old payments are closed, the next one has the new amount, no money is lost."""

import json

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service.adjust_price import adjust_price
from chalicelib.processes.ordering.staff.shapes import AdjustPrice
from chalicelib.records.orders.rules import DiscountTooLarge, OrderNotFound, OrderStateConflict, StaleOrder, cheaper
from chalicelib.records.orders.service import Order
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Replay, perform
from tests.support.doors import price_view, settled
from tests.support.trade import line, promised

OPERATOR = Caller("E3", "operator")


def adjust(shop, order_id, off, key=None):
    work = shop.work(OPERATOR, key=key, scope=f"adjust {order_id}")
    body = AdjustPrice(off_fen=off, reason="包装破损")
    return perform(work, lambda: price_view(adjust_price(order_id, body, work)))


def adds_up(order):
    return order.bill.payable == order.payable


# ---- the arithmetic -------------------------------------------------------------------------------------------------
BILL = promised("O1", "C1", [line("A", 3, 333), line("B", 1, 1), line("C", 7, 0)], 600, [1, 0, 0]).bill


@pytest.mark.parametrize("off", [1, 2, 500, 998, 999, 1000, 1598, 1599])
def test_what_is_left_of_lines_and_freight_is_exactly_the_new_price(off):
    cut = cheaper(BILL, Fen(off))
    assert cut.payable == 1599 - off
    assert all(0 <= after.payable <= before.payable for before, after in zip(BILL.lines, cut.lines, strict=True))
    assert cut.freight == (600 if off <= 999 else 1599 - off)


def test_more_than_is_to_be_paid_cannot_be_taken_off(shop):
    with pytest.raises(DiscountTooLarge):
        cheaper(BILL, Fen(1600))
    order_id = shop.order()
    payment = shop.start(order_id, "wechat")
    with pytest.raises(DiscountTooLarge):
        adjust(shop, order_id, 3600)
    assert shop.fakes["wechat"].book[payment.id].state == "open"


# ---- the story ------------------------------------------------------------------------------------------------------
def test_the_old_payment_is_closed_and_the_next_one_has_the_new_amount(shop):
    order_id = shop.order()
    old = shop.start(order_id, "wechat")
    told = adjust(shop, order_id, 599)
    assert (told.before.fen, told.payable.fen, told.paid) == (3599, 3000, False)
    assert shop.fakes["wechat"].book[old.id].state == "closed"
    new = shop.start(order_id, "wechat")
    assert ([row.state for row in shop.payments()], new.amount.fen) == (["closed", "pending"], 3000)
    shop.pay(new)
    order = shop.order_row(order_id)
    assert (order.state, order.payment, order.payable) == ("paid", new.id, 3000)
    assert adds_up(order)
    assert shop.facts("order.adjusted") == 1
    shop.balanced()


def test_an_order_that_costs_nothing_any_more_is_paid(shop):
    order_id = shop.order()
    shop.start(order_id, "alipay")
    assert adjust(shop, order_id, 3599).paid
    order = shop.order_row(order_id)
    assert (order.state, order.payable, order.freight, order.payment) == ("paid", 0, 0, None)
    assert [row.state for row in shop.payments()] == ["closed"]
    assert shop.facts("order.paid") == 1
    shop.later(minutes=31)
    assert shop.order_row(order_id).state == "paid"
    shop.balanced()


def test_the_same_adjustment_sent_twice_is_one_and_leaves_the_new_payment_open(shop):
    order_id = shop.order()
    shop.start(order_id, "wechat")
    first = adjust(shop, order_id, 100, key="once")
    new = shop.start(order_id, "wechat")
    again = adjust(shop, order_id, 100, key="once")
    assert isinstance(again, Replay)
    assert json.loads(again.reply) == first.model_dump(mode="json")
    assert shop.order_row(order_id).payable == 3499
    assert shop.fakes["wechat"].book[new.id].state == "open"


def test_two_adjustments_follow_each_other(shop):
    order_id = shop.order()
    adjust(shop, order_id, 100)
    adjust(shop, order_id, 3300)
    order = shop.order_row(order_id)
    assert (order.payable, order.freight) == (199, 199)
    assert adds_up(order)


# ---- money of the old amount ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", ["wechat", "unionpay"])
def test_money_of_the_old_amount_that_slipped_through_goes_back_in_full(shop, provider):
    order_id = shop.order()
    old = shop.start(order_id, provider)
    adjust(shop, order_id, 599)
    shop.fakes[provider].book[old.id].state = "open"  # paid there just before it was closed
    shop.pay(old)
    shop.bus.run()
    order, row = shop.order_row(order_id), shop.payment(old.id)
    assert (order.state, order.payable, order.payment) == ("placed", 3000, None)
    assert (row.state, row.captured, row.refund_reserved) == ("paid", 3599, 3599)
    assert [refund.amount for refund in shop.refunds()] == [3599]
    new = shop.start(order_id, "alipay")
    shop.pay(new)
    assert shop.order_row(order_id).payment == new.id
    shop.balanced()


def test_money_that_came_before_the_adjustment_pays_the_order_at_the_old_price(shop):
    order_id = shop.order()
    payment = shop.start(order_id, "wechat")
    shop.pay(payment, tell=False)
    with pytest.raises(OrderStateConflict):
        adjust(shop, order_id, 599)
    order = shop.order_row(order_id)
    assert (order.state, order.payable, order.payment) == ("paid", 3599, payment.id)


def test_old_money_does_not_revive_an_order_that_was_made_cheaper_and_ran_out(shop):
    order_id = shop.order()
    old = shop.start(order_id, "wechat")
    adjust(shop, order_id, 599)
    shop.later(minutes=31)
    shop.fakes["wechat"].book[old.id].state = "open"
    shop.pay(old)
    assert shop.order_row(order_id).state == "expired"
    assert [refund.amount for refund in shop.refunds()] == [3599]
    shop.balanced()


def test_a_provider_that_does_not_answer_does_not_keep_the_old_price(shop):
    order_id = shop.order()
    old = shop.start(order_id, "wechat")
    shop.fakes["wechat"].fault = "silent"
    adjust(shop, order_id, 599)
    shop.fakes["wechat"].fault = None
    assert shop.payment(old.id).state == "closed"
    shop.pay(old)
    assert shop.order_row(order_id).state == "placed"
    assert [refund.amount for refund in shop.refunds()] == [3599]


# ---- what stands against it -----------------------------------------------------------------------------------------
def test_only_an_unpaid_order_gets_cheaper(shop):
    order_id = shop.order()
    shop.pay(shop.start(order_id, "wechat"))
    with pytest.raises(OrderStateConflict):
        adjust(shop, order_id, 1)
    with pytest.raises(OrderNotFound):
        adjust(shop, "O" + "0" * 26, 1)


def test_a_payment_that_is_started_in_between_is_not_overlooked(shop):
    order_id = shop.order()
    work = shop.work(OPERATOR)
    original = work.commit

    def after_the_start(reply=None):
        shop.start(order_id, "wechat")
        return original(reply)

    work.commit = after_the_start
    with pytest.raises(CommitRejected) as caught:
        settled(adjust_price, order_id, AdjustPrice(off_fen=1, reason="again"), work=work, view=price_view)
    assert [type(reason) for reason in caught.value.reasons] == [StaleOrder]
    assert shop.order_row(order_id).payable == 3599


def test_why_it_was_made_cheaper_is_kept_sealed(shop):
    order_id = shop.order()
    adjust(shop, order_id, 1)
    assert shop.order_row(order_id).adjusted
    assert "包装破损" not in json.dumps(shop.order_row(order_id).serialize(), default=str, ensure_ascii=False)


# ---- the front door -------------------------------------------------------------------------------------------------
def test_an_operator_adjusts_by_the_front_door_and_nobody_else(shop, counter):
    order_id = shop.order()

    def ask(token, body, key="k1"):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        headers |= {"Idempotency-Key": key} if key else {}
        path = f"/v1/admin/orders/{order_id}/price-adjustments"
        answer = counter.request("POST", path, headers=headers, body=json.dumps(body).encode())
        return answer.status_code, json.loads(answer.body)

    body = {"off_fen": 599, "reason": "late"}
    operator = "E3 operator orders:adjust"
    assert ask("E1 support orders:cancel_any", body)[1]["code"] == "NOT_PERMITTED"
    assert ask(operator, body, key=None)[1]["code"] == "IDEMPOTENCY_KEY_REQUIRED"
    for off in (0, -1, 1.5, "1"):
        assert ask(operator, {**body, "off_fen": off})[1]["code"] == "INVALID_REQUEST"
    assert ask(operator, {**body, "off_fen": 3600})[1]["code"] == "DISCOUNT_TOO_LARGE"
    assert ask(operator, body, key="k2")[1]["payable"]["fen"] == 3000
    assert ask(operator, body, key="k2")[1]["payable"]["fen"] == 3000


def test_an_order_whose_money_went_back_still_runs_out(shop):
    """The price fell beside an attempt that stayed open; its old amount is sent back, and the stock is free in the end."""
    before = shop.shelf()
    order_id = shop.order()
    payment = shop.start(order_id, "wechat")
    step = update(Order, order_id, actions=[Order.payable.set(Fen(3000))])
    work = shop.work()
    work.add(step)
    work.commit()
    shop.pay(payment, tell=False)
    shop.later(minutes=31)
    assert shop.payment(payment.id).refund_reserved == shop.payment(payment.id).captured
    shop.later(minutes=2)
    assert shop.order_row(order_id).state == "expired"
    assert shop.shelf() == before
