"""UnionPay names a refund by its number and the second of its sending: what is sent again, and when, gives back once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.shapes import Resolve, exception_view
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.service.refund_order import complete_refund, send_refund
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.payments.events import RefundQueryDue, RefundRequested
from chalicelib.records.payments.model import PaymentException
from chalicelib.records.payments.service import calls, refunds
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime import settings
from chalicelib.runtime.caller import Caller
from local.books import findings
from tests.support import aws
from tests.support.doors import asked_view, settled

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)


@pytest.fixture
def fake(shop):
    """UnionPay's fake, an order of two that was paid there, and a refund of one (1,800 fen) that finance agreed to."""
    order_id = shop.order()
    payment = shop.start(order_id, "unionpay")
    shop.pay(payment)
    refund = asked(shop, order_id)
    made = shop.fakes["unionpay"]
    made.trade, made.refund = made.book[payment.id], refund.id
    yield made
    assert findings(aws.rows) == []


def asked(shop, order_id):
    command = AskRefund(order_id=order_id, units=[{"line": 0, "quantity": 1}], reason="broken")
    refund = settled(ask_refund, command, work=shop.work(SUPPORT), view=asked_view)
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    return refund


def given_back(fake):
    return list(fake.trade.refunds.values())


def row(fake):
    return refunds.find(fake.refund)


def hours(shop, count, **more):
    for _ in range(count):
        shop.later(**(more or {"hours": 1}))


def second(shop):
    return int(shop.clock.now().timestamp())


def test_the_second_of_sending_is_on_record_before_the_call_and_is_that_of_the_sending(shop, fake):
    shop.clock.advance(timedelta(days=2))  # it was asked for two days before
    seen = []
    fake.interrupt = lambda url: seen.append(row(fake).sent.times)
    shop.bus.run()
    fake.interrupt = None
    assert seen == [(second(shop),)]
    assert given_back(fake) == [1800]
    hours(shop, 1)
    assert row(fake).state == "succeeded"
    assert fake.asked[0][0] == fake.refund


@pytest.mark.parametrize("fault", ["lost", "unsigned"])
def test_an_answer_that_is_lost_is_asked_for_and_nothing_is_sent_again(shop, fake, fault):
    fake.fault = fault
    shop.bus.run()
    fake.fault = None
    hours(shop, 3)
    assert (given_back(fake), row(fake).state, len(row(fake).sent.times)) == ([1800], "succeeded", 1)


@pytest.mark.parametrize("lag", [1, 20, 29])
def test_a_refund_that_the_provider_shows_late_is_not_sent_again(shop, fake, lag):
    fake.fault, fake.lag = "lost", timedelta(minutes=lag)
    shop.bus.run()
    fake.fault = None
    hours(shop, 40, minutes=5)
    assert (given_back(fake), row(fake).state, len(row(fake).sent.times)) == ([1800], "succeeded", 1)


def test_a_refund_that_never_arrived_is_sent_under_another_second_when_the_provider_has_not_known_it_for_long_enough(
    shop, fake
):
    fake.fault = "silent"
    shop.bus.run()
    (first,) = row(fake).sent.times
    fake.fault = None
    shop.later(seconds=31)
    assert row(fake).sent.missing == second(shop)
    assert not shop.open_cases()
    hours(shop, 25, minutes=1)
    assert (given_back(fake), row(fake).sent.times) == ([], (first,)), "it may only not be known yet"
    hours(shop, 3)
    assert given_back(fake) == [1800]
    assert row(fake).sent.times[0] == first
    assert len(row(fake).sent.times) == 2
    assert row(fake).state == "succeeded"
    assert {at for number, at in fake.asked if number == fake.refund} == {stamp(one) for one in row(fake).sent.times}


def stamp(at):
    return (datetime.fromtimestamp(at, UTC) + timedelta(hours=8)).strftime("%Y%m%d%H%M%S")


def test_a_sender_that_dies_between_the_record_and_the_call_leaves_it_to_be_sent_later(shop, fake):
    class Died(BaseException):
        pass

    def dies(url):
        raise Died

    real, fake.answer = fake.answer, lambda *call: dies(call)
    with pytest.raises(Died):
        shop.bus.run()
    fake.answer = real
    assert len(row(fake).sent.times) == 1
    settled(
        send_refund, RefundRequested(fake.refund, row(fake).payment, 1800), work=shop.work(key="again")
    )  # the queue's redelivery
    assert given_back(fake) == []
    hours(shop, 4)
    assert (given_back(fake), row(fake).state) == ([1800], "succeeded")


def test_a_refund_refused_for_its_second_is_sent_under_another_one_at_the_next_turn(shop, fake):
    fake.fault = "code:10"
    shop.bus.run()
    assert row(fake).sent.times == ()
    assert [case.kind for case in shop.open_cases()] == ["refund_silent"], "our clock or our words are wrong"
    fake.fault = None
    shop.later(seconds=31)
    assert (given_back(fake), len(row(fake).sent.times)) == ([1800], 1)
    hours(shop, 1)
    assert (row(fake).state, shop.open_cases()) == ("succeeded", [])


def test_a_refund_that_is_said_to_have_been_sent_before_and_is_never_found_is_sent_again_after_the_lag(shop, fake):
    fake.fault = "code:12"
    shop.bus.run()
    fake.fault = None
    hours(shop, 30, minutes=1)
    assert (given_back(fake), len(row(fake).sent.times), row(fake).sent.taken) == ([], 1, False)
    hours(shop, 3)
    assert (given_back(fake), row(fake).state, len(row(fake).sent.times)) == ([1800], "succeeded", 2)


def test_a_refund_that_was_sent_before_is_found_and_given_back_once(shop, fake):
    fake.fault = "lost"
    shop.bus.run()
    fake.fault = None
    (first,) = row(fake).sent.times
    forgets = shop.work()
    forgets.add(refund_steps.note_sent(row(fake), row(fake).sent.unsent()))
    forgets.commit()  # as nothing of ours brings about: it is sent under the very second once more
    shop.clock.advance(datetime.fromtimestamp(first, UTC) - shop.clock.now())
    shop.bus.run()
    settled(send_refund, RefundRequested(fake.refund, row(fake).payment, 1800), work=shop.work(key="again"))
    assert (row(fake).sent.times, row(fake).sent.taken, row(fake).state) == ((first,), False, "processing")
    hours(shop, 2)
    assert (given_back(fake), row(fake).state, row(fake).sent.taken) == ([1800], "succeeded", True)


def test_the_second_of_sending_is_that_of_the_moment_and_not_of_when_its_message_came(shop, fake):
    work = shop.work(key="slow")
    shop.clock.advance(timedelta(minutes=4))
    settled(send_refund, RefundRequested(fake.refund, row(fake).payment, 1800), work=work)
    assert row(fake).sent.times == (second(shop),)


@pytest.mark.parametrize("code", ["03", "06", "11", "37", "60"])
def test_no_other_answer_lets_it_be_sent_under_another_second(shop, fake, code):
    fake.fault = f"code:{code}"
    shop.bus.run()
    fake.fault = None
    shop.later(seconds=31)
    assert (given_back(fake), len(row(fake).sent.times)) == ([], 1)


def test_a_refund_that_the_provider_does_not_know_for_hours_lies_before_a_person(shop, fake, monkeypatch):
    monkeypatch.setenv("REFUND_LAG_MINUTES", "600")
    fake.fault = "silent"
    shop.bus.run()
    fake.fault = None
    hours(shop, 8, minutes=10)
    assert not shop.open_cases()
    hours(shop, 2)
    assert [case.kind for case in shop.open_cases()] == ["refund_silent"]
    hours(shop, 12)
    assert (given_back(fake), shop.open_cases()) == ([1800], [])


def test_two_workers_at_once_send_it_once(shop, fake):
    fact = RefundRequested(fake.refund, row(fake).payment, 1800)
    twin = shop.work(key="twin")

    def crosses(url):
        fake.interrupt = None
        settled(send_refund, fact, work=twin)

    fake.interrupt = crosses
    settled(send_refund, fact, work=shop.work(key="first"))
    assert (given_back(fake), len(row(fake).sent.times)) == ([1800], 1)


def test_two_workers_who_both_read_that_nothing_was_sent_send_it_once(shop, fake):
    slow, fast = shop.work(key="slow"), shop.work(key="fast")
    apart, fact = slow.separate, RefundRequested(fake.refund, row(fake).payment, 1800)
    crossed = []

    def first_the_other():
        if not crossed:
            crossed.append(True)
            shop.clock.advance(timedelta(seconds=2))
            settled(send_refund, fact, work=fast)
        return apart()

    slow.separate = first_the_other
    before = len([call for call in fake.seen if call.endswith(" 04")])
    settled(send_refund, fact, work=slow)
    assert (given_back(fake), len(row(fake).sent.times)) == ([1800], 1)
    assert len([call for call in fake.seen if call.endswith(" 04")]) == before + 1, "the slow one sends nothing at all"


def test_a_provider_that_is_left_in_peace_was_sent_nothing(shop, fake):
    for _ in range(3):
        calls.health.failed("unionpay", shop.clock.now())
    shop.bus.run()
    assert row(fake).sent.times == ()
    shop.later(seconds=31)
    assert given_back(fake) == [1800]


def test_a_refund_that_the_provider_has_taken_is_never_sent_again_although_it_forgets_it(shop, fake):
    shop.bus.run()
    assert row(fake).sent.taken
    fake.seen_from[fake.refund] = shop.clock.now() + timedelta(days=9)
    hours(shop, 30)
    assert (given_back(fake), len(row(fake).sent.times)) == ([1800], 1)


def test_one_that_is_found_once_counts_as_taken_although_it_goes_missing_again(shop, fake):
    fake.fault, fake.lag = "lost", timedelta(minutes=10)
    fake.returned[fake.refund] = "05"
    shop.bus.run()
    fake.fault = None
    shop.later(seconds=31)
    assert row(fake).sent.missing is not None
    hours(shop, 3, minutes=10)
    assert (row(fake).sent.taken, row(fake).sent.missing) == (True, None)
    fake.seen_from[fake.refund] = shop.clock.now() + timedelta(days=9)
    hours(shop, 30)
    assert (given_back(fake), len(row(fake).sent.times)) == ([1800], 1)


# ---- after a no -----------------------------------------------------------------------------------------------------
def resolve(shop, kind, resolution):
    case = next(one for one in shop.open_cases() if one.kind == kind)
    return settled(
        resolve_exception,
        case.id,
        Resolve(resolution=resolution, note="looked at it"),
        work=shop.work(FINANCE),
        view=exception_view,
    )


def test_a_refund_that_failed_is_sent_under_another_second_when_a_person_says_so(shop, fake):
    fake.fault = "code:61"
    shop.bus.run()
    assert row(fake).state == "failed"
    fake.fault = None
    shop.clock.advance(timedelta(hours=3))  # its former second is late by now
    resolve(shop, "refund_failed", "retry")
    shop.bus.run()
    assert given_back(fake) == [1800]
    assert (len(row(fake).sent.times), row(fake).sent.over) == (2, 1)
    hours(shop, 1)
    assert row(fake).state == "succeeded"


def test_a_former_sending_that_had_failed_does_not_fail_the_one_after_it(shop, fake):
    fake.returned[fake.refund] = "61"
    hours(shop, 2)
    assert row(fake).state == "failed"
    resolve(shop, "refund_failed", "retry")
    fake.trade.refunds[fake.refund] = 0  # it gave nothing back, and goes on saying so
    shop.clock.advance(timedelta(seconds=2))
    hours(shop, 2)
    assert given_back(fake) == [0, 1800]
    assert row(fake).state == "succeeded"


def test_a_retry_is_asked_about_first_so_that_a_success_that_came_meanwhile_is_the_end_of_it(shop, fake):
    fake.returned[fake.refund] = "61"
    hours(shop, 2)
    assert row(fake).state == "failed"
    del fake.returned[fake.refund]  # the provider has thought better of it
    resolve(shop, "refund_failed", "retry")
    shop.bus.run()
    assert (given_back(fake), row(fake).state) == ([1800], "succeeded")


def test_two_sendings_that_both_gave_back_lie_before_a_person(shop, fake):
    shop.bus.run()
    (first,) = row(fake).sent.times
    fake.sent[fake.refund, stamp(first + 9)] = "twin"
    fake.trade.refunds["twin"] = 1800  # as nothing of ours brings about
    work = shop.work()
    work.add(refund_steps.note_sent(row(fake), row(fake).sent._replace(times=(first, first + 9))))
    work.commit()
    settled(complete_refund, RefundQueryDue(fake.refund, 3), work=shop.work(key="look"))
    (case,) = [one for one in aws.rows(PaymentException) if one.kind == "refund_amount"]
    assert (case.expected, case.received, row(fake).state) == (1800, 3600, "processing")
    del fake.trade.refunds["twin"]


def test_one_that_is_told_of_with_another_amount_is_asked_about_again(shop, fake):
    shop.bus.run()
    fake.trade.refunds[fake.refund] = 1799
    hours(shop, 1)
    assert (row(fake).state, [case.kind for case in shop.open_cases()]) == ("processing", ["refund_amount"])
    fake.trade.refunds[fake.refund] = 1800
    hours(shop, 2)
    assert (row(fake).state, shop.open_cases()) == ("succeeded", [])


# ---- the setting ----------------------------------------------------------------------------------------------------
def test_the_lag_is_half_an_hour_unless_more_is_wanted_and_never_less(monkeypatch):
    assert calls.lag() == timedelta(minutes=30)
    monkeypatch.setenv("REFUND_LAG_MINUTES", "45")
    assert calls.lag() == timedelta(minutes=45)
    monkeypatch.setenv("REFUND_LAG_MINUTES", "29")
    with pytest.raises(ValueError, match="REFUND_LAG_MINUTES is at least 30"):
        calls.lag()


def test_a_longer_lag_is_waited_for(shop, fake, monkeypatch):
    monkeypatch.setenv("REFUND_LAG_MINUTES", "300")
    assert settings.number(calls.LAG) == 300
    fake.fault = "silent"
    shop.bus.run()
    fake.fault = None
    hours(shop, 5)
    assert given_back(fake) == []
    hours(shop, 3)
    assert given_back(fake) == [1800]


def test_other_providers_are_sent_the_same_at_once_and_keep_no_seconds(shop):
    order_id = shop.order()
    payment = shop.start(order_id, "wechat")
    shop.pay(payment)
    refund = asked(shop, order_id)
    shop.fakes["wechat"].fault = "silent"
    shop.bus.run()
    shop.fakes["wechat"].fault = None
    shop.later(seconds=31)
    assert list(shop.fakes["wechat"].book[payment.id].refunds.values()) == [1800]
    assert refunds.find(refund.id).packed_sent is None


def test_what_is_known_of_its_sendings_is_kept_by_one_at_a_time_and_only_while_it_moves(shop, fake):
    before = row(fake)
    one, two = shop.work(), shop.work()
    one.add(refund_steps.note_sent(before, before.sent.sending(shop.clock.now())))
    one.commit()
    two.add(refund_steps.note_sent(before, before.sent.sending(shop.clock.now())))
    with pytest.raises(CommitRejected):
        two.commit()
    hours(shop, 3)
    done = row(fake)
    assert done.state == "succeeded"
    late = shop.work()
    late.add(refund_steps.note_sent(done, done.sent.sending(shop.clock.now())))
    with pytest.raises(CommitRejected):
        late.commit()
