"""What goes back before it is sent: its pieces are free again when its money has gone back, once, and no piece besides."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.shapes import Resolve, exception_view
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.service.refund_order import take_refund_news
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.payments.rules import RefundSnapshot
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime.caller import Caller
from local.books import findings
from tests.support import aws
from tests.support.doors import asked_view, settled
from tests.support.trade import line, promised

from .conftest import CUSTOMER, SKU

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)
OTHER = "S01JDMS0000000000000000000B-BLUE"


@pytest.fixture(autouse=True)
def balanced(shop):
    yield
    assert findings(aws.rows) == []


def bought(shop, provider="wechat", quantity=3):
    order_id = shop.order(quantity=quantity, unit=1000, off=0, freight=100)
    shop.pay(shop.start(order_id, provider))
    return order_id


def agreed(shop, order_id, *counts):
    """A refund of so many units of each line, or of all that are left, agreed to by finance."""
    units = [{"line": line, "quantity": count} for line, count in enumerate(counts) if count] or None
    asked = settled(
        ask_refund, AskRefund(order_id=order_id, units=units, reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )
    settled(decide_refund, asked.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    return refunds.find(asked.id)


def told(shop, row, status, work=None, amount=None):
    """The provider's word about a refund."""
    provider = attempts.find(row.payment).provider
    fen = Fen(int(row.amount)) if amount is None else amount
    return take_refund_news(provider, RefundSnapshot(row.id, status, fen), work or shop.work())


def resolve(shop, kind, resolution):
    case = next(row for row in shop.open_cases() if row.kind == kind)
    settled(
        resolve_exception,
        case.id,
        Resolve(resolution=resolution, note="looked at it"),
        work=shop.work(FINANCE),
        view=exception_view,
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_unit_is_free_when_its_money_has_gone_back_and_the_last_fen_frees_only_the_rest(shop, provider):
    order_id = bought(shop, provider)
    first = agreed(shop, order_id, 1)
    assert shop.shelf() == (7, 3)
    told(shop, first, "PROCESSING")
    assert shop.shelf() == (7, 3)
    told(shop, first, "SUCCEEDED")
    assert (shop.shelf(), shop.order_row(order_id).state) == ((8, 2), "paid")
    told(shop, agreed(shop, order_id), "SUCCEEDED")
    assert (shop.shelf(), shop.order_row(order_id).state) == ((10, 0), "annulled")


def test_a_freed_unit_can_be_bought_again(shop):
    order_id = bought(shop, quantity=10)
    told(shop, agreed(shop, order_id, 2), "SUCCEEDED")
    again = bought(shop, quantity=2)
    assert shop.shelf() == (0, 10)
    for one in (order_id, again):
        told(shop, agreed(shop, one), "SUCCEEDED")
    assert shop.shelf() == (10, 0)


@pytest.mark.parametrize("again", ["SUCCEEDED", "PROCESSING", "FAILED", "ABNORMAL"])
def test_what_is_told_after_the_success_frees_nothing_more(shop, again):
    row = agreed(shop, bought(shop), 1)
    for status in ("SUCCEEDED", "SUCCEEDED", again):
        told(shop, row, status)
    assert shop.shelf() == (8, 2)


def test_a_failed_refund_frees_when_it_goes_through_at_last_and_not_when_it_fails(shop):
    row = agreed(shop, bought(shop), 2)
    told(shop, row, "FAILED")
    assert shop.shelf() == (7, 3)
    resolve(shop, "refund_failed", "retry")
    assert shop.shelf() == (7, 3)
    told(shop, row, "SUCCEEDED")
    told(shop, row, "SUCCEEDED")
    assert shop.shelf() == (9, 1)


@pytest.mark.parametrize("stands", ["FAILED", "ABNORMAL"])
def test_money_given_back_by_hand_frees_its_units_once(shop, stands):
    row = agreed(shop, bought(shop), 2)
    told(shop, row, stands)
    resolve(shop, f"refund_{stands.lower()}", "by_hand")
    assert shop.shelf() == (9, 1)
    told(shop, row, "SUCCEEDED")  # lies before a person: it went back twice
    assert shop.shelf() == (9, 1)


def test_a_number_that_is_given_up_frees_nothing_even_when_it_goes_through_later(shop):
    order_id = bought(shop)
    row = agreed(shop, order_id, 2)
    told(shop, row, "FAILED")
    resolve(shop, "refund_failed", "release")
    told(shop, row, "SUCCEEDED")
    assert shop.shelf() == (7, 3)
    told(shop, agreed(shop, order_id, 2), "SUCCEEDED")
    assert shop.shelf() == (9, 1)


def test_a_declined_request_frees_nothing(shop):
    asked = settled(
        ask_refund, AskRefund(order_id=bought(shop), reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )
    settled(decide_refund, asked.id, DecideRefund(approved=False), work=shop.work(FINANCE), view=asked_view)
    assert shop.shelf() == (7, 3)


def for_amount(shop, order_id, amount):
    """A refund of an amount, for no units: no way of the shop's leads to it yet."""
    payment, work = attempts.find(orders.find(order_id).payment), shop.work(SUPPORT)
    number = work.new_id("R")
    work.add(*refund_steps.ask(number, payment, Fen(amount), work.now, by="E1", said=b"sealed"))
    work.commit()
    settled(decide_refund, number, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    return refunds.find(number)


def test_a_refund_of_an_amount_frees_nothing(shop):
    order_id = bought(shop)
    told(shop, for_amount(shop, order_id, 1500), "SUCCEEDED")
    assert (shop.shelf(), shop.order_row(order_id).refunded) == ((7, 3), 1500)


def test_the_last_fen_of_an_amount_frees_what_the_units_before_have_left(shop):
    order_id = bought(shop)
    row = agreed(shop, order_id, 1)
    told(shop, row, "SUCCEEDED")
    told(shop, for_amount(shop, order_id, 3100 - int(row.amount)), "SUCCEEDED")
    assert (shop.shelf(), shop.order_row(order_id).state) == ((10, 0), "annulled")


def test_another_amount_frees_nothing(shop):
    row = agreed(shop, bought(shop), 1)
    told(shop, row, "SUCCEEDED", amount=Fen(1))
    assert shop.shelf() == (7, 3)


# ---- money of no order, and orders that moved on --------------------------------------------------------------------
def test_a_second_payment_that_goes_back_frees_nothing(shop):
    order_id = shop.order(quantity=3)
    one, two = shop.start(order_id, "wechat"), shop.start(order_id, "alipay")
    shop.pay(one)
    shop.pay(two)
    told(shop, shop.refunds()[0], "SUCCEEDED")
    assert (shop.shelf(), shop.order_row(order_id).state) == ((7, 3), "paid")


def test_late_money_that_goes_back_frees_nothing_more(shop):
    payment = shop.start(shop.order(quantity=6), "wechat")
    shop.fakes["wechat"].fault = "silent"
    shop.later(minutes=31)
    shop.order(quantity=6)
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    (row,) = shop.refunds()
    told(shop, row, "SUCCEEDED")
    told(shop, row, "SUCCEEDED")
    assert (shop.shelf(), shop.order_row(payment.order_id).state) == ((4, 6), "expired")


def test_a_revived_order_frees_its_units_once(shop):
    payment = shop.start(shop.order(quantity=3), "wechat")
    shop.fakes["wechat"].fault = "silent"
    shop.later(minutes=31)
    assert shop.shelf() == (10, 0)
    shop.fakes["wechat"].fault = None
    shop.pay(payment)
    assert shop.shelf() == (7, 3)
    told(shop, agreed(shop, payment.order_id, 1), "SUCCEEDED")
    assert shop.shelf() == (8, 2)
    told(shop, agreed(shop, payment.order_id), "SUCCEEDED")
    assert shop.shelf() == (10, 0)


def test_two_refunds_that_succeed_at_once_free_each_its_own(shop):
    order_id = bought(shop)
    one, two = agreed(shop, order_id, 1), agreed(shop, order_id, 1)
    slow = shop.work()
    commit = slow.commit
    slow.commit = lambda reply=None: (told(shop, two, "SUCCEEDED"), commit(reply))[1]
    with pytest.raises(CommitRejected):
        told(shop, one, "SUCCEEDED", slow)
    assert shop.shelf() == (8, 2)
    assert told(shop, one, "SUCCEEDED") == "moved"
    assert (shop.shelf(), shop.order_row(order_id).packed_ledger) == ((9, 1), "[[2,2]]")


def test_an_order_that_moves_on_while_the_money_goes_back_frees_as_it_then_stands(shop):
    order_id = bought(shop)
    row, slow = agreed(shop, order_id, 1), shop.work()
    commit = slow.commit

    def crossed(reply=None):
        other = shop.work()
        order = orders.find(order_id)
        other.add(order_steps.move(order_id, "annul"), *stock_steps.release(order.held))
        other.commit()
        return commit(reply)

    slow.commit = crossed
    with pytest.raises(CommitRejected):
        told(shop, row, "SUCCEEDED", slow)
    assert told(shop, row, "SUCCEEDED") == "moved"
    assert (shop.shelf(), shop.order_row(order_id).packed_ledger) == ((10, 0), "[[0,1]]")


# ---- lines and buckets ----------------------------------------------------------------------------------------------
def two_lines(shop):
    """Four of one SKU held from two buckets, and three of another: 700 fen each, ¥1.00 freight."""
    work = shop.work()
    work.add(*stock_steps.receive(OTHER, 6, buckets=3))
    work.commit()
    work = shop.work()
    lines = (line(OTHER, 4, 700, bucket=1, rest=((2, 2),)), line(SKU, 3, 700))
    quote = promised(work.new_id("O"), CUSTOMER, lines, 100)
    work.add(
        *stock_steps.hold([part for one in lines for part in one.stock]),
        order_steps.open(quote, work.now, orders.pay_deadline(work.now)),
    )
    work.commit()
    shop.pay(shop.start(quote.order_id, "wechat"))
    return quote.order_id


def shelves():
    found = inventory.read_levels([OTHER, SKU])
    return [(found[sku].available, found[sku].held) for sku in (OTHER, SKU)]


def test_units_of_each_line_are_freed_whichever_buckets_hold_them(shop):
    order_id = two_lines(shop)
    assert shelves() == [(2, 4), (7, 3)]
    told(shop, agreed(shop, order_id, 3, 0), "SUCCEEDED")
    assert shelves() == [(5, 1), (7, 3)]
    told(shop, agreed(shop, order_id, 1, 1), "SUCCEEDED")
    assert shelves() == [(6, 0), (8, 2)]
    assert [count.freed for count in shop.order_row(order_id).ledger] == [4, 1]
    told(shop, agreed(shop, order_id), "SUCCEEDED")
    assert shelves() == [(6, 0), (10, 0)]


def test_all_of_an_order_at_once_frees_every_line(shop):
    order_id = two_lines(shop)
    told(shop, agreed(shop, order_id), "SUCCEEDED")
    assert shelves() == [(6, 0), (10, 0)]
    assert shop.order_row(order_id).state == "annulled"
