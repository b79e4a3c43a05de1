"""An order that is given up, runs out or gets cheaper, to the letter: its goods, its hold, its attempts, and what is told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Layer
from chalicelib.processes.ordering.service.adjust_price import adjust_price
from chalicelib.processes.ordering.service.close_order import cancel_any, cancel_order, expire_order
from chalicelib.processes.ordering.staff.shapes import AdjustPrice
from chalicelib.records.holds.model import Holding
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.events import OrderAdjusted, OrderCancelled, OrderExpired, OrderPaid, OrderPayDue
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import PaymentFailed, PaymentQueryDue
from chalicelib.records.payments.model import Payment
from chalicelib.records.payments.providers.port import Unknown
from chalicelib.runtime import vault
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import put
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import (
    BUYER,
    CLERK,
    FREE,
    HELD,
    ONE,
    ORDER,
    PRICE,
    TWO,
    news,
    part,
    refused,
    said,
    work,
)
from tests.support.doors import price_view, settled

OTHER = "O01KJPB7WG0000000000000009Z"
END = timedelta(minutes=30)


@pytest.fixture
def placed(till):
    """An unpaid order with three pieces, counted among what its customer holds, beside another one."""
    till.order()
    till.write(put(Holding(BUYER.id, open={f"{ORDER}:3", f"{OTHER}:4"}, pieces=7)))
    till.look()
    return till


def cancel(**more):
    settled(cancel_order, ORDER, work=work(BUYER, **more))


def call_off(reason="other", compensation=None, **more):
    settled(cancel_any, ORDER, reason, compensation, work=work(CLERK, **more))


def expire(**more):
    expire_order(OrderPayDue(ORDER), work(**more))


def adjust(off=100, key="a"):
    return settled(
        adjust_price, ORDER, AdjustPrice(off_fen=off, reason="broken"), work=work(CLERK, key=key), view=price_view
    )


def holding(till):
    return part(_holding(till), "open", "pieces", "strikes", "struck_at", "paused_until")


def _holding(till):
    (row,) = till.rows(Holding)
    return {name: getattr(row, name) for name in row.get_attributes()}


def let_go(at=None):
    """What the customer still holds, with a strike at this instant, if any."""
    struck = {"strikes": None, "struck_at": None} if at is None else {"strikes": 1, "struck_at": at}
    return {"open": {f"{OTHER}:4"}, "pieces": 4, "paused_until": None, **struck}


CLOSED = said(PaymentFailed(ONE, ORDER, "wechat", "closed"))


# ---- given up -------------------------------------------------------------------------------------------------------
def test_an_order_given_up_by_its_customer_gives_back_goods_and_hold_and_is_a_strike(placed):
    cancel()
    assert part(placed.row(Order, ORDER), "state", "given_up_by", "owed") == {
        "state": "cancelled",
        "given_up_by": "customer",
        "owed": None,
    }
    assert placed.shelves() == FREE
    assert holding(placed) == let_go(placed.at)
    assert placed.told() == [said(OrderCancelled(ORDER, "customer", ""))]


def test_an_order_given_up_by_the_shop_gives_back_the_same_without_a_strike(placed):
    call_off("price_error")
    assert part(placed.row(Order, ORDER), "state", "given_up_by", "owed") == {
        "state": "cancelled",
        "given_up_by": "shop",
        "owed": None,
    }
    assert placed.shelves() == FREE
    assert holding(placed) == let_go()
    assert placed.told() == [said(OrderCancelled(ORDER, "shop", "price_error"))]


def test_for_want_of_stock_the_shop_owes_its_customer_something(placed):
    assert refused(call_off, "out_of_stock") == [("COMPENSATION_NEEDED", {})]
    assert placed.state() == "placed"
    call_off("out_of_stock", "10 元优惠券", key="2")
    assert vault.unseal_legal(orders.find(ORDER).owed, f"order|{ORDER}|owed") == "10 元优惠券"
    assert placed.told() == [said(OrderCancelled(ORDER, "shop", "out_of_stock"))]


def test_something_may_be_owed_for_any_reason(placed):
    call_off("fraud", "an apology")
    assert vault.unseal_legal(orders.find(ORDER).owed, f"order|{ORDER}|owed") == "an apology"


def test_an_order_that_cost_nothing_is_annulled_and_counts_as_no_hold(placed):
    placed.set(Order, ORDER, state="paid", payable=Fen(0))
    before = holding(placed)
    cancel()
    assert part(placed.row(Order, ORDER), "state", "given_up_by") == {"state": "annulled", "given_up_by": "customer"}
    assert placed.shelves() == FREE
    assert holding(placed) == before
    assert placed.told() == [said(OrderCancelled(ORDER, "customer", ""))]


@pytest.mark.parametrize("state", ["paid", "expired", "cancelled", "annulled"])
def test_what_is_paid_or_over_is_not_given_up(placed, state):
    placed.set(Order, ORDER, state=state)
    before = placed.tables()
    assert refused(cancel) == refused(call_off) == [("ORDER_STATE_CONFLICT", {"state": state})]
    assert placed.tables() == before


@pytest.mark.parametrize("state", ["expired", "cancelled", "annulled"])
def test_what_is_over_is_not_given_up_although_it_cost_nothing(placed, state):
    placed.set(Order, ORDER, state=state, payable=Fen(0))
    assert refused(cancel) == [("ORDER_STATE_CONFLICT", {"state": state})]


def test_another_one_s_order_does_not_exist(placed):
    stranger = work(Caller("C01KJPB7WG0000000000000000B", "customer"))
    assert refused(cancel_order, ORDER, stranger) == [("ORDER_NOT_FOUND", {})]
    assert refused(cancel_order, OTHER, work(BUYER)) == [("ORDER_NOT_FOUND", {})]
    assert placed.state() == "placed"


def test_an_order_s_open_attempts_are_closed_with_it(placed):
    placed.attempt()
    placed.providers["wechat"].says["close"] = "CLOSED"
    placed.look()
    cancel()
    assert placed.row(Payment, ONE)["state"] == "closed"
    assert placed.told() == [CLOSED, said(OrderCancelled(ORDER, "customer", ""))]


def test_an_order_whose_money_was_faster_is_not_given_up(placed):
    placed.attempt()
    placed.providers["wechat"].says = {"close": "ALREADY_PAID", "query": news()}
    assert refused(cancel) == [("ORDER_STATE_CONFLICT", {"state": "paid"})]
    assert (placed.state(), placed.shelves()) == ("paid", HELD)


def test_giving_up_twice_is_done_once(placed):
    cancel()
    placed.set(Order, ORDER, state="placed")  # as a twin read it
    with pytest.raises(AlreadyCommitted):
        cancel()


def test_an_order_that_moves_meanwhile_is_not_given_up(placed):
    placed.meanwhile(lambda: placed.set(Order, ORDER, state="paid"))
    assert refused(cancel) == [("ORDER_STATE_CONFLICT", {"state": "paid"})]
    assert placed.shelves() == HELD


def test_goods_that_went_back_before_are_not_given_back_twice(placed):
    placed.set(Order, ORDER, packed_ledger="[[1,1]]")
    before = placed.shelves()
    cancel()
    assert {sku: free - before[sku][0] for sku, (free, _) in placed.shelves().items()} == dict(
        zip(before, (1, 1), strict=True)
    )


# ---- run out --------------------------------------------------------------------------------------------------------
def test_an_order_that_runs_out_gives_back_goods_and_hold_and_is_a_strike(placed):
    placed.at += END
    expire()
    assert part(placed.row(Order, ORDER), "state", "given_up_by", "owed") == {
        "state": "expired",
        "given_up_by": None,
        "owed": None,
    }
    assert placed.shelves() == FREE
    assert holding(placed) == let_go(placed.at)
    assert placed.told() == [said(OrderExpired(ORDER))]


def test_a_tick_that_comes_early_is_armed_again(placed):
    deadline = placed.at + END
    placed.at = deadline - timedelta(milliseconds=1)
    expire()
    assert (placed.state(), placed.shelves()) == ("placed", HELD)
    assert placed.told() == [said(OrderPayDue(ORDER), at=deadline)]


@pytest.mark.parametrize("state", ["paid", "expired", "cancelled", "annulled"])
def test_an_order_that_moved_on_does_not_run_out(placed, state):
    placed.set(Order, ORDER, state=state)
    placed.at += END
    before = placed.tables()
    expire()
    assert placed.tables() == before


def test_an_order_s_open_attempts_are_closed_when_it_runs_out(placed):
    placed.attempt()
    placed.providers["wechat"].says["close"] = "CLOSED"
    placed.at += END
    placed.look()
    expire()
    assert placed.told() == [CLOSED, said(OrderExpired(ORDER))]
    assert placed.row(Payment, ONE)["state"] == "closed"


def test_an_order_whose_money_was_faster_is_looked_at_again_a_minute_later(placed):
    placed.attempt(TWO)
    placed.attempt()
    placed.providers["wechat"].says = {"close": ["CLOSED", "ALREADY_PAID"], "query": news(number=TWO)}
    placed.at += END
    placed.look()
    expire(key=None)
    assert placed.state() == "paid"
    assert placed.row(Payment, ONE)["state"] == "pending"  # what was to be closed with it stays as it was
    assert placed.told()[-1] == said(OrderPayDue(ORDER), at=placed.at + timedelta(minutes=1))
    assert CLOSED not in placed.told()


def test_an_order_that_moves_while_it_runs_out_is_left_alone(placed):
    placed.at += END
    placed.meanwhile(lambda: placed.set(Order, ORDER, state="paid"))
    expire()
    assert placed.state() == "paid"
    assert placed.shelves() == HELD


# ---- made cheaper ---------------------------------------------------------------------------------------------------
def test_an_unpaid_order_gets_cheaper_line_by_line(placed):
    view = adjust(100)
    assert (view.order_id, view.before.fen, view.payable.fen, view.freight.fen, view.paid) == (
        ORDER,
        PRICE,
        PRICE - 100,
        800,
        False,
    )
    order = orders.find(ORDER)
    assert (order.state, order.payable, order.freight) == ("placed", PRICE - 100, 800)
    assert [line.off for line in order.lines] == [89, 11]
    assert order.bill.layers == (Layer("adjustment", "", 0, Fen(100)),)
    assert vault.unseal_legal(order.adjusted, f"order|{ORDER}|adjusted") == "broken"
    assert placed.told() == [said(OrderAdjusted(ORDER, PRICE, PRICE - 100))]
    with pytest.raises(AlreadyCommitted) as done:
        adjust(100)
    assert json.loads(done.value.reply) == view.model_dump()
    assert placed.shelves() == HELD


def test_an_order_that_costs_nothing_any_more_is_paid(placed):
    view = adjust(PRICE)
    assert (view.payable.fen, view.freight.fen, view.paid) == (0, 0, True)
    bill = orders.find(ORDER).bill
    assert (bill.payable, bill.layers[0].off, bill.freights[0].off) == (0, PRICE - 800, 800)
    assert part(placed.row(Order, ORDER), "state", "payable", "payment", "paid_at") == {
        "state": "paid",
        "payable": 0,
        "payment": None,
        "paid_at": placed.at,
    }
    assert placed.told() == [said(OrderAdjusted(ORDER, PRICE, 0)), said(OrderPaid(ORDER, ""))]


def test_no_more_than_it_costs_is_taken_off(placed):
    assert refused(adjust, PRICE + 1) == [("DISCOUNT_TOO_LARGE", {"payable": PRICE})]
    placed.set(Order, ORDER, state="paid")
    assert refused(adjust) == [("ORDER_STATE_CONFLICT", {"state": "paid"})]


@pytest.mark.parametrize("closed", ["CLOSED", "UNKNOWN", Unknown("x")])
def test_attempts_at_the_old_price_are_closed_at_their_provider_and_here_whatever_it_says(placed, closed):
    placed.attempt()
    placed.attempt(TWO, "closed")
    placed.providers["wechat"].says["close"] = closed
    placed.look()
    adjust()
    assert placed.providers["wechat"].ops() == ["close"]
    assert placed.row(Payment, ONE)["state"] == "closed"
    assert placed.told() == [CLOSED, said(OrderAdjusted(ORDER, PRICE, PRICE - 100))]


def test_an_attempt_that_asking_has_ended_is_not_closed_once_more(placed):
    placed.attempt()
    placed.providers["wechat"].says = {"close": "NOT_SUPPORTED", "query": news("FAILED", None)}
    adjust()
    assert (placed.row(Payment, ONE)["state"], placed.row(Order, ORDER)["payable"]) == ("failed", PRICE - 100)


def test_an_order_whose_money_was_faster_does_not_get_cheaper(placed):
    placed.attempt()
    placed.providers["wechat"].says = {"close": "ALREADY_PAID", "query": news()}
    assert refused(adjust) == [("ORDER_STATE_CONFLICT", {"state": "paid"})]
    assert placed.row(Order, ORDER)["payable"] == PRICE


def test_an_order_that_old_money_came_for_meanwhile_is_looked_at_again_before_it_gets_cheaper(placed):
    placed.attempt()
    placed.set(Order, ORDER, payable=Fen(PRICE - 100))  # made cheaper before; the attempt is at the old price
    placed.providers["wechat"].says = {"close": "ALREADY_PAID", "query": news()}
    assert refused(adjust) == [("STALE_ORDER", {})]
    assert placed.row(Payment, ONE)["state"] == "paid"  # it goes back
    assert placed.row(Order, ORDER)["payable"] == PRICE - 100


def test_asked_again_it_does_not_close_the_attempts_at_the_new_price(placed):
    placed.attempt()
    placed.providers["wechat"].says["close"] = "CLOSED"
    adjust()
    placed.attempt(TWO, amount=Fen(PRICE - 100))
    with pytest.raises(AlreadyCommitted):
        adjust()
    assert placed.providers["wechat"].ops() == ["close"]
    assert placed.row(Payment, TWO)["state"] == "pending"


def test_an_order_that_changes_meanwhile_is_looked_at_again(placed):
    placed.meanwhile(lambda: placed.set(Order, ORDER, attempts=1))
    assert refused(adjust) == [("STALE_ORDER", {})]
    assert PaymentQueryDue.wire not in [fact[0] for fact in placed.told()]


def test_an_order_whose_attempts_were_never_counted_has_none(placed):
    placed.set(Order, ORDER, attempts=None)
    placed.attempt(TWO[:-2] + "01")
    placed.set(Order, ORDER, attempts=None)
    placed.meanwhile(lambda: placed.set(Order, ORDER, attempts=0))
    adjust()
    assert placed.row(Payment, ONE)["state"] == "pending"
