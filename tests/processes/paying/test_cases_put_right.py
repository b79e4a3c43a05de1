"""Exceptions that nobody need decide any more: what they are about has come right, so they end, and say how."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.service.settle_payment import settle_payment
from chalicelib.processes.paying.shapes import Resolve, exception_view
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.service.refund_order import MOST_TURNS, complete_refund, take_refund_news
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.payments.events import RefundQueryDue
from chalicelib.records.payments.model import PaymentException
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.payments.rules import (
    PUT_RIGHT,
    PaymentExceptionClosed,
    PaymentSnapshot,
    RefundSnapshot,
    StaleRefund,
)
from chalicelib.records.payments.service import attempts, exceptions
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.records.payments.steps import exceptions as exception_steps
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.journal import Journal
from local.books import findings
from tests.support import aws
from tests.support.doors import asked_view, settled

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)


@pytest.fixture(autouse=True)
def balanced(shop):
    yield
    assert findings(aws.rows) == []


def told(shop):
    """Every exception: what kind, and how it ended ("" while it is open)."""
    rows = sorted(aws.rows(PaymentException), key=lambda row: (row.at, row.kind))
    return [(row.kind, row.resolution or "") for row in rows]


def resolve(shop, kind, resolution):
    case = next(row for row in shop.open_cases() if row.kind == kind)
    return settled(
        resolve_exception,
        case.id,
        Resolve(resolution=resolution, note="looked at it"),
        work=shop.work(FINANCE),
        view=exception_view,
    )


def doubled(shop, provider="wechat"):
    """An order paid by Alipay, and the attempt that paid it once more."""
    order_id = shop.order()
    first, second = shop.start(order_id, "alipay"), shop.start(order_id, provider, key="second")
    shop.pay(first)
    shop.pay(second)
    return second


def on_its_way(shop, provider="wechat", quantity=1):
    """A refund of one piece that finance agreed to, not yet sent."""
    order_id = shop.order()
    payment = shop.start(order_id, provider)
    shop.pay(payment)
    command = AskRefund(order_id=order_id, units=[{"line": 0, "quantity": quantity}], reason="broken")
    refund = settled(ask_refund, command, work=shop.work(SUPPORT), view=asked_view)
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    return refund, payment


def gone_back(shop, refund, payment):
    """The provider's notice that a refund went through."""
    return shop.notice(payment.provider, shop.fakes[payment.provider].refund_notice(payment.id, refund.id))


def outage(shop, provider, hours):
    shop.fakes[provider].fault = "silent"
    for _ in range(hours):
        shop.later(hours=1)
    shop.fakes[provider].fault = None


# ---- paid twice -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", ["wechat", "unionpay"])
def test_a_double_payment_whose_money_has_gone_back_lies_before_nobody_and_says_so(shop, provider):
    second = doubled(shop, provider)
    assert told(shop) == [("double", "")]
    shop.bus.run()
    assert told(shop) == [("double", "")], "the money is only on its way"
    (refund,) = shop.refunds()
    gone_back(shop, refund, second)
    assert told(shop) == [("double", "returned")]
    assert shop.case("double").resolved_by == "shop"
    assert shop.facts("payment.exception_resolved") == 1


def test_a_double_payment_that_is_given_back_by_hand_is_put_right_too(shop):
    shop.fakes["wechat"].fault = None
    doubled(shop)
    shop.fakes["wechat"].fault = "code:403:NOT_ENOUGH"
    shop.bus.run()
    shop.fakes["wechat"].fault = None
    resolve(shop, "refund_failed", "by_hand")
    assert sorted(told(shop)) == [("double", "returned"), ("refund_failed", "by_hand")]


def test_a_double_payment_waits_for_the_number_that_takes_the_place_of_a_failed_one(shop):
    second = doubled(shop)
    shop.fakes["wechat"].fault = "code:403:NOT_ENOUGH"
    shop.bus.run()
    shop.fakes["wechat"].fault = None
    resolve(shop, "refund_failed", "release")
    shop.bus.run()
    assert ("double", "") in told(shop)
    (owed,) = [row for row in shop.refunds() if row.state != "released"]
    gone_back(shop, owed, second)
    assert ("double", "returned") in told(shop)


def test_a_double_payment_that_a_person_noted_keeps_the_person_s_word(shop):
    second = doubled(shop)
    resolve(shop, "double", "noted")
    shop.bus.run()
    gone_back(shop, shop.refunds()[0], second)
    assert told(shop) == [("double", "noted")]
    assert shop.case("double").resolved_by == "E2"
    assert shop.refunds()[0].state == "succeeded"


def test_a_person_and_the_money_at_once_end_a_double_payment_once(shop):
    second = doubled(shop)
    shop.bus.run()
    slow = shop.work()
    commit = slow.commit
    slow.commit = lambda reply=None: (resolve(shop, "double", "noted"), commit(reply))[1]
    news = RefundSnapshot(shop.refunds()[0].id, "SUCCEEDED", Fen(3599))
    with pytest.raises(CommitRejected) as raced:
        take_refund_news("wechat", news, slow)
    assert [type(reason) for reason in raced.value.reasons] == [PaymentExceptionClosed]
    assert take_refund_news("wechat", news, shop.work()) == "moved"  # as the provider repeats its notice
    assert told(shop) == [("double", "noted")]
    assert second.id


def test_another_provider_s_word_on_a_refund_moves_nothing_and_lies_before_a_person(shop):
    refund, payment = on_its_way(shop)
    shop.bus.run()
    news = RefundSnapshot(refund.id, "SUCCEEDED", Fen(int(refund.amount.fen)))
    assert take_refund_news("alipay", news, shop.work()) == "mismatch"
    assert (shop.refunds()[0].state, told(shop)) == ("processing", [("refund_provider", "")])
    gone_back(shop, refund, payment)
    assert (shop.refunds()[0].state, told(shop)) == ("succeeded", [("refund_provider", "")]), "a person still decides"


# ---- another amount -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS)
def test_another_amount_is_put_right_by_the_right_one_whoever_tells_it(shop, provider):
    payment = shop.start(shop.order(), provider)
    fake = shop.fakes[provider]
    fake.pay(payment.id)
    shop.notice(provider, fake.wrong_amount(payment.id))
    assert told(shop) == [("amount", "")]
    shop.notice(provider, fake.notice(payment.id))
    assert told(shop) == [("amount", "settled")]
    assert shop.order_row(payment.order_id).state == "paid"
    assert shop.facts("order.paid") == shop.facts("payment.exception_resolved") == 1


def test_another_amount_is_put_right_although_the_right_one_came_too_late_or_twice(shop):
    late, twice = shop.start(shop.order(), "wechat"), None
    fake = shop.fakes["wechat"]
    fake.pay(late.id)
    shop.notice("wechat", fake.wrong_amount(late.id))
    fake.fault = "silent"
    shop.later(minutes=31)  # the order runs out meanwhile
    fake.fault = None
    shop.notice("wechat", fake.notice(late.id))
    assert told(shop) == [("amount", "settled")]

    order_id = shop.order()
    twice = shop.start(order_id, "wechat")
    fake.pay(twice.id)
    shop.notice("wechat", fake.wrong_amount(twice.id))
    shop.pay(shop.start(order_id, "alipay"))
    shop.notice("wechat", fake.notice(twice.id))
    assert sorted(told(shop)) == [("amount", "settled"), ("amount", "settled"), ("double", "")]


def test_every_other_amount_told_of_an_attempt_is_put_right_by_the_right_one(shop):
    payment = shop.start(shop.order(), "wechat")
    for amount in (Fen(1), Fen(2), Fen(1)):
        settle_payment("wechat", PaymentSnapshot(payment.id, "PAID", amount), shop.work(ANYONE))
    assert told(shop) == [("amount", ""), ("amount", "")]
    settle_payment("wechat", PaymentSnapshot(payment.id, "PAID", Fen(3599)), shop.work(ANYONE))
    assert told(shop) == [("amount", "settled"), ("amount", "settled")]


def test_another_amount_told_after_the_right_one_is_put_right_by_nothing(shop):
    payment = shop.start(shop.order(), "wechat")
    for amount in (Fen(3599), Fen(1), Fen(3599)):
        settle_payment("wechat", PaymentSnapshot(payment.id, "PAID", amount), shop.work(ANYONE))
    shop.later(minutes=1)
    assert told(shop) == [("amount", "")]


def test_another_merchant_s_money_is_put_right_by_nothing(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.fakes["wechat"].pay(payment.id)
    shop.notice("wechat", shop.fakes["wechat"].wrong_merchant(payment.id))
    shop.notice("wechat", shop.fakes["wechat"].notice(payment.id))
    shop.later(minutes=1)
    assert told(shop) == [("merchant", "")]


def test_news_of_another_amount_that_meets_the_right_one_is_not_lost(shop):
    payment = shop.start(shop.order(), "wechat")
    settle_payment("wechat", PaymentSnapshot(payment.id, "PAID", Fen(1)), shop.work(ANYONE))

    slow, crossed = shop.work(ANYONE), shop.work(ANYONE)
    commit = crossed.commit

    def meets(reply=None):
        settle_payment("wechat", PaymentSnapshot(payment.id, "PAID", Fen(3599)), shop.work(ANYONE))
        return commit(reply)

    slow.retry, crossed.commit = lambda: other, meets
    other = shop.work(ANYONE)
    other.retry = lambda: crossed
    with pytest.raises(CommitRejected):
        settle_payment("wechat", PaymentSnapshot(payment.id, "PAID", Fen(2)), slow)
    settle_payment(
        "wechat", PaymentSnapshot(payment.id, "PAID", Fen(2)), shop.work(ANYONE)
    )  # as the provider repeats it
    assert sorted(told(shop)) == [("amount", ""), ("amount", "settled")]


# ---- a silent payment -----------------------------------------------------------------------------------------------
def silent_payment(shop, provider="wechat"):
    payment = shop.start(shop.order(), provider)
    outage(shop, provider, 40)
    assert told(shop) == [("payment_silent", "")]
    return payment


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_silent_payment_is_put_right_by_its_money_whoever_tells_of_it(shop, provider):
    payment = silent_payment(shop, provider)
    shop.pay(payment)
    assert told(shop) == [("payment_silent", "settled")]
    assert shop.order_row(payment.order_id).payment == payment.id


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_silent_payment_is_put_right_by_the_answer_that_nobody_paid(shop, provider):
    silent_payment(shop, provider)
    for _ in range(26):
        shop.later(hours=1)
    assert told(shop) == [("payment_silent", "answered")]


def test_a_silent_payment_that_failed_by_a_notice_is_put_right_at_the_next_look(shop):
    payment = silent_payment(shop)
    settle_payment("wechat", PaymentSnapshot(payment.id, "FAILED"), shop.work(ANYONE))
    for _ in range(26):
        shop.later(hours=1)
    assert told(shop) == [("payment_silent", "answered")]


def test_a_silence_that_goes_on_after_somebody_asked_once_more_lies_before_a_person_again(shop):
    payment = silent_payment(shop)
    resolve(shop, "payment_silent", "retry")
    outage(shop, "wechat", 26)
    assert told(shop) == [("payment_silent", "retry"), ("payment_silent", "")]
    outage(shop, "wechat", 50)
    assert told(shop) == [("payment_silent", "retry"), ("payment_silent", "")], "it is told once"
    shop.pay(payment)
    assert told(shop) == [("payment_silent", "retry"), ("payment_silent", "settled")]


def test_a_silence_that_a_person_has_noted_is_not_told_again(shop):
    silent_payment(shop)
    resolve(shop, "payment_silent", "noted")
    outage(shop, "wechat", 50)
    assert told(shop) == [("payment_silent", "noted")]


def test_a_silence_that_is_put_before_a_person_while_the_money_comes_is_put_right(shop):
    payment = shop.start(shop.order(), "wechat")
    shop.later(minutes=40)
    silence = exceptions.draft("payment_silent", "wechat", payment.id, shop.clock.now())
    slow = shop.work(ANYONE)
    commit = slow.commit

    def telling(reply=None):
        work = shop.work()
        work.add(attempt_steps.watch(attempts.find(payment.id), silence.id), exception_steps.open(silence))
        work.commit()
        slow.commit = commit
        return commit(reply)

    slow.commit = telling
    assert settle_payment("wechat", PaymentSnapshot(payment.id, "PAID", Fen(3599)), slow) == "revived"
    assert told(shop) == [("payment_silent", "settled")]


# ---- a refund that nobody answers for, or that did not go through ---------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_silent_refund_is_put_right_by_the_answer(shop, provider):
    refund, payment = on_its_way(shop, provider)
    outage(shop, provider, 8)
    assert told(shop) == [("refund_silent", "")]
    for _ in range(3):
        shop.later(hours=1)
    assert told(shop)[0][1] in ("answered", "returned")
    gone_back(shop, refund, payment)
    assert len(told(shop)) == 1


def test_a_refund_that_is_silent_on_its_way_is_put_right_by_the_word_that_it_still_is(shop):
    on_its_way(shop)
    shop.bus.run()
    outage(shop, "wechat", 8)
    assert told(shop) == [("refund_silent", "")]
    shop.later(hours=1)
    assert [row.state for row in shop.refunds()] == ["processing"]
    assert told(shop) == [("refund_silent", "answered")]
    outage(shop, "wechat", 4)
    assert told(shop) == [("refund_silent", "answered")], "not every silence is told"
    outage(shop, "wechat", 4)
    assert told(shop) == [("refund_silent", "answered"), ("refund_silent", "")], "a further one is"


def test_a_silent_refund_that_fails_at_last_lies_before_a_person_as_failed_alone(shop):
    on_its_way(shop)
    outage(shop, "wechat", 8)
    shop.fakes["wechat"].fault = "code:403:NOT_ENOUGH"
    take_refund_news("wechat", RefundSnapshot(shop.refunds()[0].id, "FAILED"), shop.work())
    assert told(shop) == [("refund_silent", "answered"), ("refund_failed", "")]


def test_a_silence_that_lasts_after_a_retry_lies_before_a_person_again(shop):
    on_its_way(shop)
    shop.fakes["wechat"].fault = "code:400:PARAM_ERROR"
    shop.bus.run()
    resolve(shop, "refund_silent", "retry")
    shop.bus.run()
    assert sorted(told(shop)) == [("refund_silent", ""), ("refund_silent", "retry")]
    resolve(shop, "refund_silent", "noted")
    shop.later(hours=2)
    assert sorted(told(shop)) == [("refund_silent", "noted"), ("refund_silent", "retry")]


@pytest.mark.parametrize(("news", "how"), [("SUCCEEDED", "returned"), ("ABNORMAL", "answered")])
def test_a_failed_refund_is_put_right_by_what_comes_after(shop, news, how):
    on_its_way(shop)
    row = shop.refunds()[0]
    take_refund_news("wechat", RefundSnapshot(row.id, "FAILED"), shop.work())
    shop.clock.advance(timedelta(seconds=1))
    take_refund_news("wechat", RefundSnapshot(row.id, news, Fen(int(row.amount))), shop.work())
    assert ("refund_failed", how) in told(shop)
    take_refund_news("wechat", RefundSnapshot(row.id, "SUCCEEDED", Fen(int(row.amount))), shop.work())
    assert not shop.open_cases()


def test_a_refund_by_hand_ends_every_exception_about_it_and_keeps_the_person_s_word(shop):
    on_its_way(shop)
    row = shop.refunds()[0]
    take_refund_news("wechat", RefundSnapshot(row.id, "PROCESSING", Fen(1)), shop.work())
    take_refund_news("wechat", RefundSnapshot(row.id, "FAILED"), shop.work())
    resolve(shop, "refund_failed", "by_hand")
    assert sorted(told(shop)) == [("refund_amount", "returned"), ("refund_failed", "by_hand")]


@pytest.mark.parametrize("stands", ["requested", "processing", "failed"])
def test_another_amount_of_a_refund_is_put_right_by_the_right_one(shop, stands):
    on_its_way(shop)
    row = shop.refunds()[0]
    if stands != "requested":
        status = {"processing": "PROCESSING", "failed": "FAILED"}[stands]
        take_refund_news("wechat", RefundSnapshot(row.id, status), shop.work())
    assert take_refund_news("wechat", RefundSnapshot(row.id, "SUCCEEDED", Fen(1)), shop.work()) == "mismatch"
    assert ("refund_amount", "") in told(shop)
    take_refund_news("wechat", RefundSnapshot(row.id, "SUCCEEDED", Fen(int(row.amount))), shop.work())
    assert ("refund_amount", "returned") in told(shop)


def test_another_amount_of_a_refund_told_after_it_went_through_is_put_right_by_nothing(shop):
    on_its_way(shop)
    row = shop.refunds()[0]
    for amount in (int(row.amount), 1, int(row.amount)):
        take_refund_news("wechat", RefundSnapshot(row.id, "SUCCEEDED", Fen(amount)), shop.work())
    assert told(shop) == [("refund_amount", "")]


def test_a_refund_s_exception_that_is_opened_while_the_money_goes_back_is_seen(shop):
    on_its_way(shop)
    row = shop.refunds()[0]
    slow = shop.work()
    commit = slow.commit

    def crossed(reply=None):
        take_refund_news("wechat", RefundSnapshot(row.id, "SUCCEEDED", Fen(1)), shop.work())
        return commit(reply)

    slow.commit = crossed
    news = RefundSnapshot(row.id, "SUCCEEDED", Fen(int(row.amount)))
    with pytest.raises(CommitRejected) as raced:
        take_refund_news("wechat", news, slow)
    assert [type(reason) for reason in raced.value.reasons] == [StaleRefund]
    assert take_refund_news("wechat", news, shop.work()) == "moved"
    assert told(shop) == [("refund_amount", "returned")]


def test_a_refund_that_is_on_its_way_for_two_weeks_lies_before_a_person_when_nobody_asks_any_more(shop):
    on_its_way(shop)
    shop.bus.run()
    (row,) = shop.refunds()
    settled(complete_refund, RefundQueryDue(row.id, MOST_TURNS - 1), work=shop.work(key="a"))
    assert told(shop) == []
    settled(complete_refund, RefundQueryDue(row.id, MOST_TURNS), work=shop.work(key="b"))
    assert told(shop) == [("refund_silent", "")]
    packed = "".join(row.facts or "" for row in aws.rows(Journal))
    assert f'"turn":{MOST_TURNS},' in packed
    assert f'"turn":{MOST_TURNS + 1},' not in packed


# ---- a number nobody knew -------------------------------------------------------------------------------------------
def test_a_number_that_is_known_a_day_later_says_so(shop):
    order_id = shop.order()
    number = order_id + "01"
    settle_payment("wechat", PaymentSnapshot(number, "PAID", Fen(3599)), shop.work(ANYONE))
    assert told(shop) == [("unknown", "")]
    shop.start(order_id, "wechat")
    shop.later(hours=25)
    assert told(shop) == [("unknown", "found")]
    assert shop.case("unknown").resolved_by == "shop"


def test_every_way_to_come_right_names_kinds_that_exist():
    kinds = {
        "amount", "double", "unknown", "payment_silent", "refund_silent", "refund_failed", "refund_abnormal",
        "refund_amount", "shipping_untold",
    }  # fmt: skip
    assert set().union(*PUT_RIGHT.values()) == kinds
