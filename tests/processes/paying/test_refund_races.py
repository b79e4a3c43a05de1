"""Refunds that meet: two that succeed at once, and units that were asked for, refused and asked for again."""

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.service.refund_order import take_refund_news
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.payments.rules import RefundSnapshot
from chalicelib.runtime.caller import Caller
from tests.support.doors import asked_view, settled

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)


def paid(shop):
    """Two units, 3599 fen in all: 1800 and 1799."""
    order_id = shop.order()
    shop.pay(shop.start(order_id, "wechat"))
    return order_id


def ask(shop, order_id, quantity=1):
    units = [{"line": 0, "quantity": quantity}]
    return settled(
        ask_refund, AskRefund(order_id=order_id, units=units, reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )


def decide(shop, refund, approved=True):
    return settled(decide_refund, refund.id, DecideRefund(approved=approved), work=shop.work(FINANCE), view=asked_view)


def test_two_refunds_that_succeed_at_once_leave_no_stock_behind(shop):
    order_id = paid(shop)
    one, two = ask(shop, order_id), ask(shop, order_id)
    for refund in (one, two):
        decide(shop, refund)

    def arrives(refund, work):
        return take_refund_news("wechat", RefundSnapshot(refund.id, "SUCCEEDED", Fen(refund.amount.fen)), work)

    slow = shop.work()
    commit = slow.commit
    slow.commit = lambda reply=None: (arrives(two, shop.work()), commit(reply))[1]  # both have read the order
    with pytest.raises(CommitRejected):
        arrives(one, slow)
    assert arrives(one, shop.work()) == "moved"  # as the provider repeats its notice, and a queue its message
    order = shop.order_row(order_id)
    assert (order.state, order.refunded) == ("annulled", 3599)
    assert shop.shelf() == (10, 0)


def test_after_a_declined_request_all_units_are_still_worth_all_that_came_in(shop):
    order_id = paid(shop)
    first, second = ask(shop, order_id), ask(shop, order_id)
    assert (first.amount.fen, second.amount.fen) == (1800, 1799)
    decide(shop, first, approved=False)
    third = ask(shop, order_id)
    assert second.amount.fen + third.amount.fen == 3599
    for refund in (second, third):
        decide(shop, refund)
    shop.bus.run()
    assert shop.order_row(order_id).state in ("paid", "annulled")
    assert shop.payments()[0].refund_reserved == 3599
