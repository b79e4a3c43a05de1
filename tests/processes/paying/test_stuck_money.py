"""Money of which nobody can say what became of it: it is asked for on and on, lies before a person, and can be decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service.adjust_price import adjust_price
from chalicelib.processes.ordering.staff.shapes import AdjustPrice
from chalicelib.processes.paying.rules import ResolutionUnfit
from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.service.start_payment import handed_over, start_payment
from chalicelib.processes.paying.shapes import Resolve, StartPayment, exception_view
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.service.refund_order import take_refund_news
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.orders.rules import OrderStateConflict
from chalicelib.records.payments.rules import PaymentProviderDown, RefundSnapshot, RefundStateConflict
from chalicelib.records.payments.service import attempts
from chalicelib.runtime.caller import Caller
from tests.support.doors import asked_view, price_view, settled

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)
OPERATOR = Caller("E3", "operator", fresh=True)


def paid(shop, provider="wechat"):
    """An order of two units, 3599 fen, and the payment that paid it."""
    order_id = shop.order()
    payment = shop.start(order_id, provider)
    shop.pay(payment)
    return order_id, payment


def asked_back(shop, order_id, quantity=None):
    units = None if quantity is None else [{"line": 0, "quantity": quantity}]
    refund = settled(
        ask_refund, AskRefund(order_id=order_id, units=units, reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )
    return settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)


def misconfigured(shop, order_id, quantity=None):
    """A refund that the provider does not take because of our own configuration."""
    shop.fakes["wechat"].fault = "code:400:PARAM_ERROR"
    asked_back(shop, order_id, quantity)
    shop.bus.run()


def resolve(shop, kind, resolution):
    case = next(row for row in shop.open_cases() if row.kind == kind)
    return settled(
        resolve_exception,
        case.id,
        Resolve(resolution=resolution, note="looked at it"),
        work=shop.work(FINANCE),
        view=exception_view,
    )


def states(shop):
    return [row.state for row in shop.refunds()]


# ---- a refund that is on its way ------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["37", "06", "61"])
def test_a_refused_question_is_no_refused_refund(shop, code):
    order_id, _ = paid(shop, "unionpay")
    asked_back(shop, order_id, 1)
    shop.bus.run()
    assert states(shop) == ["processing"]
    shop.fakes["unionpay"].fault = f"code:{code}"
    for _ in range(3):
        shop.later(minutes=10)
    assert states(shop) == ["processing"]
    shop.fakes["unionpay"].fault = None
    shop.later(hours=2)
    assert states(shop) == ["succeeded"]
    shop.balanced()


def test_a_refund_nobody_answers_for_lies_before_a_person_within_hours_and_is_asked_on(shop):
    order_id, payment = paid(shop)
    shop.fakes["wechat"].fault = "silent"
    asked_back(shop, order_id)
    for _ in range(8):
        shop.later(minutes=30)
    assert ("refund_silent", "open") in shop.cases()
    shop.fakes["wechat"].fault = None
    shop.later(hours=2)
    assert len(shop.fakes["wechat"].book[payment.id].refunds) == 1, "it went on by itself"


def test_a_wrong_configuration_lies_before_a_person_at_once_and_can_be_tried_again(shop):
    order_id, payment = paid(shop)
    misconfigured(shop, order_id)
    assert ("refund_silent", "open") in shop.cases()
    assert states(shop) == ["requested"]
    shop.fakes["wechat"].fault = None
    resolve(shop, "refund_silent", "retry")
    shop.bus.run()
    assert sum(shop.fakes["wechat"].book[payment.id].refunds.values()) == 3599


def test_a_refund_nobody_answers_for_can_be_given_back_by_hand(shop):
    order_id, _ = paid(shop)
    misconfigured(shop, order_id)
    with pytest.raises(RefundStateConflict):
        resolve(shop, "refund_silent", "release")
    resolve(shop, "refund_silent", "by_hand")
    assert states(shop) == ["manual"]
    assert shop.order_row(order_id).refunded == 3599
    assert shop.facts("refund.succeeded") == 1
    assert shop.payment(shop.refunds()[0].payment).returned == 3599


def test_what_went_back_by_hand_and_by_the_provider_together_annuls_the_order(shop):
    order_id, _ = paid(shop)
    misconfigured(shop, order_id, 1)
    resolve(shop, "refund_silent", "by_hand")
    shop.fakes["wechat"].fault = None
    asked_back(shop, order_id)
    shop.later(minutes=5)
    second = next(row for row in shop.refunds() if row.state != "manual")
    shop.notice("wechat", shop.fakes["wechat"].refund_notice(second.payment, second.id))
    order = shop.order_row(order_id)
    assert (order.state, order.refunded) == ("annulled", 3599)
    assert shop.shelf() == (10, 0)


def test_a_success_after_it_was_given_back_by_hand_lies_before_a_person(shop):
    order_id, payment = paid(shop)
    shop.fakes["wechat"].fault = "lost"
    asked_back(shop, order_id)
    for _ in range(8):
        shop.later(minutes=30)
    resolve(shop, "refund_silent", "by_hand")
    shop.fakes["wechat"].fault = None
    (row,) = shop.refunds()
    shop.notice("wechat", shop.fakes["wechat"].refund_notice(payment.id, row.id))
    assert ("refund_unexpected", "open") in shop.cases()


# ---- a number that is given up --------------------------------------------------------------------------------------
def failed(shop, order_id):
    shop.fakes["wechat"].fault = "code:403:NOT_ENOUGH"
    asked_back(shop, order_id)
    shop.bus.run()
    assert states(shop) == ["failed"]


def test_a_number_is_given_up_only_when_its_provider_answers(shop):
    order_id, _ = paid(shop)
    failed(shop, order_id)
    shop.fakes["wechat"].fault = "silent"
    with pytest.raises(PaymentProviderDown):
        resolve(shop, "refund_failed", "release")
    assert ("refund_failed", "open") in shop.cases()


def test_a_number_that_gave_back_after_all_is_not_given_up(shop):
    order_id, payment = paid(shop)
    failed(shop, order_id)
    shop.fakes["wechat"].fault = None
    (row,) = shop.refunds()
    shop.fakes["wechat"].give_back(payment.id, row.id, 3599)
    with pytest.raises(RefundStateConflict):
        resolve(shop, "refund_failed", "release")


def test_what_the_shop_owes_is_asked_for_under_a_new_number(shop):
    order_id = shop.order()
    first, second = shop.start(order_id, "wechat"), shop.start(order_id, "alipay")
    shop.pay(second)
    shop.pay(first)
    shop.fakes["wechat"].fault = "code:403:NOT_ENOUGH"
    shop.bus.run()
    assert states(shop) == ["failed"]
    shop.fakes["wechat"].fault = None
    resolve(shop, "refund_failed", "release")
    shop.bus.run()
    assert "released" in states(shop)
    (owed,) = [row for row in shop.refunds() if row.state != "released"]
    assert shop.fakes["wechat"].book[first.id].refunds == {owed.id: 3599}
    shop.notice("wechat", shop.fakes["wechat"].refund_notice(first.id, owed.id))
    assert shop.payment(first.id).refund_reserved == 3599
    shop.balanced()


def test_a_refund_that_is_done_with_needs_no_decision(shop):
    order_id, payment = paid(shop)
    misconfigured(shop, order_id)
    shop.fakes["wechat"].fault = None
    shop.later(minutes=5)
    (row,) = shop.refunds()
    shop.notice("wechat", shop.fakes["wechat"].refund_notice(payment.id, row.id))
    assert not shop.open_cases(), "it came right by itself"
    take_refund_news("wechat", RefundSnapshot(row.id, "SUCCEEDED", Fen(1)), shop.work())  # and now it is told otherwise
    for resolution in ("retry", "by_hand", "release"):
        with pytest.raises(RefundStateConflict):
            resolve(shop, "refund_amount", resolution)
    with pytest.raises(ResolutionUnfit):
        resolve(shop, "refund_amount", "refund")
    assert resolve(shop, "refund_amount", "noted").state == "resolved"


# ---- an attempt of which nobody can say whether it was paid ---------------------------------------------------------
def outage(shop, hours):
    for _ in range(hours):
        shop.later(hours=1)


def test_money_of_an_outage_of_days_is_found_and_lies_before_a_person_meanwhile(shop):
    order_id = shop.order()
    payment = shop.start(order_id, "wechat")
    shop.pay(payment, tell=False)
    shop.fakes["wechat"].fault = "silent"
    outage(shop, 60)
    assert ("payment_silent", "open") in shop.cases()
    assert shop.order_row(order_id).state == "expired"
    shop.fakes["wechat"].fault = None
    outage(shop, 30)
    assert (shop.order_row(order_id).state, shop.order_row(order_id).payment) == ("paid", payment.id)
    shop.balanced()


def test_a_silent_payment_is_asked_for_at_once_when_a_person_says_so(shop):
    order_id = shop.order()
    shop.pay(shop.start(order_id, "wechat"), tell=False)
    shop.fakes["wechat"].fault = "silent"
    outage(shop, 40)
    shop.fakes["wechat"].fault = None
    resolve(shop, "payment_silent", "retry")
    shop.later(minutes=1)
    assert shop.order_row(order_id).state == "paid"


def test_money_that_comes_at_the_very_end_is_found_within_minutes(shop):
    order_id = shop.order()
    payment = shop.start(order_id, "unionpay")
    outage(shop, 0)
    for _ in range(6):
        shop.later(minutes=5)  # the end: UnionPay cannot close, and still says that it is under way
    shop.pay(payment, tell=False)
    for _ in range(4):
        shop.later(minutes=1)
    assert shop.order_row(order_id).state == "paid"


# ---- starting to pay ------------------------------------------------------------------------------------------------
def test_a_start_that_read_the_former_price_opens_nothing_at_it(shop):
    order_id = shop.order()
    work = shop.work(key="start", scope=f"start {order_id}")
    original = work.commit

    def after_the_adjustment(reply=None):
        settled(
            adjust_price, order_id, AdjustPrice(off_fen=599, reason="broken"), work=shop.work(OPERATOR), view=price_view
        )
        return original(reply)

    work.commit = after_the_adjustment
    payment = start_payment(order_id, StartPayment(provider="wechat", product="native"), work)
    assert payment.amount.fen == 3000
    shop.pay(payment)
    assert shop.order_row(order_id).state == "paid"


def test_an_order_paid_by_one_attempt_hands_over_no_other(shop):
    order_id = shop.order()
    other = shop.start(order_id, "alipay", key="a")
    shop.pay(shop.start(order_id, "wechat", key="w"))
    with pytest.raises(OrderStateConflict):
        shop.start(order_id, "alipay", key="a")
    assert handed_over(attempts.find(other.id), shop.order_row(order_id), shop.clock.now()) is None


def test_a_no_to_asking_anew_leaves_the_attempt_open(shop):
    order_id = shop.order()
    first = shop.start(order_id, "wechat", product="h5", key="k")
    shop.clock.advance(timedelta(minutes=6))
    shop.fakes["wechat"].fault = "code:403:RULE_LIMIT"
    again = shop.start(order_id, "wechat", product="h5", key="k")
    assert (again.id, again.state, again.next_action) == (first.id, "pending", None)
    shop.fakes["wechat"].fault = None
    shop.pay(first, tell=False)
    shop.later(minutes=30)
    assert shop.order_row(order_id).state == "paid"


# ---- an order that cost nothing -------------------------------------------------------------------------------------
def test_an_order_made_free_can_be_given_up_once(shop):
    order_id = shop.order()
    settled(
        adjust_price, order_id, AdjustPrice(off_fen=3599, reason="a gift"), work=shop.work(OPERATOR), view=price_view
    )
    assert shop.order_row(order_id).state == "paid"
    shop.cancel(order_id)
    assert shop.order_row(order_id).state == "annulled"
    assert shop.shelf() == (10, 0)
    with pytest.raises((OrderStateConflict, CommitRejected)):
        shop.cancel(order_id)


# ---- a notice that was wrong ----------------------------------------------------------------------------------------
def test_after_a_notice_of_another_amount_the_provider_is_asked_and_its_word_counts(shop):
    order_id = shop.order()
    payment = shop.start(order_id, "wechat")
    fake = shop.fakes["wechat"]
    fake.pay(payment.id)
    shop.notice("wechat", fake.wrong_amount(payment.id))
    assert shop.payment(payment.id).state == "quarantined"
    case = shop.case("amount")
    assert (case.expected, case.received != case.expected) == (3599, True)
    shop.later(minutes=1)
    assert shop.order_row(order_id).state == "paid"
    shop.balanced()


def test_quarantined_money_on_its_way_back_pays_nothing_any_more(shop):
    order_id = shop.order()
    payment = shop.start(order_id, "wechat")
    fake = shop.fakes["wechat"]
    fake.pay(payment.id)
    shop.notice("wechat", fake.wrong_amount(payment.id))
    resolve(shop, "amount", "refund")
    shop.notice("wechat", fake.notice(payment.id))
    assert shop.payment(payment.id).state == "quarantined"
    assert shop.order_row(order_id).state == "placed"
