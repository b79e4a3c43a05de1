"""The completer, to the letter: with every notice lost it asks, at which moments, until when, and what it makes of answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.complete_payment import (
    close_attempt,
    close_open_attempts,
    complete_payment,
    end_attempt,
    overtaken,
    poll,
)
from chalicelib.processes.paying.service.review_unclaimed import review_unclaimed
from chalicelib.records.orders.events import OrderPaid
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.service import find
from chalicelib.records.payments.events import (
    PaymentExceptionResolved,
    PaymentFailed,
    PaymentLate,
    PaymentQueryDue,
    PaymentSucceeded,
    PaymentUnclaimed,
)
from chalicelib.records.payments.model import Payment, PaymentException
from chalicelib.records.payments.providers.port import AttemptRef, Declined, Throttled, Unknown
from chalicelib.records.payments.service import calls
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import BUYER, ONE, ORDER, PRICE, TWO, news, part, said, work
from tests.support.doors import settled

END = timedelta(minutes=30)
OPEN = ["created", "pending"]


@pytest.fixture
def wechat(till):
    """The provider of an order's one open attempt."""
    till.order()
    till.attempt(provider_ref="T1")
    till.look()
    return till.providers["wechat"]


def ask(turn=0, number=ONE, **more):
    settled(complete_payment, PaymentQueryDue(number, turn), work=work(**more))


def again(till, turn, **later):
    return said(PaymentQueryDue(ONE, turn), at=till.at + timedelta(**later))


def state(till, number=ONE):
    return till.row(Payment, number)["state"]


CLOSED = said(PaymentFailed(ONE, ORDER, "wechat", "closed"))


# ---- before its end -------------------------------------------------------------------------------------------------
def test_an_unpaid_attempt_is_asked_for_ever_later(till, wechat):
    wechat.says["query"] = news("PENDING", None)
    for turn, seconds in enumerate((30, 60, 120, 300, 600, 1200, 1200)):
        till.look()
        ask(turn, key=str(turn))
        assert till.told() == [again(till, turn + 1, seconds=seconds)]
    ref = AttemptRef(ONE, till.at, till.at + END, "T1", "native")
    assert wechat.asked == [("query", ref)] * 7
    assert state(till) == "pending"


def test_it_is_asked_for_at_its_end_and_not_after_it(till, wechat):
    wechat.says["query"] = news("PENDING", None)
    till.at += timedelta(minutes=29, seconds=50)
    ask(5)
    assert till.told() == [again(till, 6, seconds=10)]


@pytest.mark.parametrize("answer", [news("NOT_FOUND", None), news("UNKNOWN", None), Unknown("x"), Throttled("x")])
def test_before_its_end_a_number_that_is_not_known_or_no_answer_means_nothing(till, wechat, answer):
    wechat.says["query"] = answer
    ask()
    assert till.told() == [again(till, 1, seconds=30)]
    assert (state(till), wechat.ops(), till.cases()) == ("pending", ["query"], [])


def test_a_provider_that_is_left_in_peace_is_asked_later(till, wechat):
    calls.health.until["wechat"] = till.at + timedelta(minutes=1)
    ask()
    assert (wechat.asked, till.told()) == ([], [again(till, 1, seconds=30)])


def test_a_message_that_comes_twice_arms_the_next_question_once(till, wechat):
    wechat.says["query"] = news("PENDING", None)
    ask()
    with pytest.raises(AlreadyCommitted):
        ask()
    assert till.told() == [again(till, 1, seconds=30)]


def test_money_that_is_found_pays_the_order_and_the_asking_ends(till, wechat):
    wechat.says["query"] = news()
    ask()
    assert (till.state(), state(till)) == ("paid", "paid")
    assert till.told() == [said(PaymentSucceeded(ONE, ORDER, "wechat", PRICE)), said(OrderPaid(ORDER, ONE))]
    with pytest.raises(AlreadyCommitted):  # settled under the message's own key
        complete_again(till)


def complete_again(till):
    till.set(Payment, ONE, state="pending")
    ask()


@pytest.mark.parametrize(("status", "now"), [("CLOSED", "closed"), ("FAILED", "failed")])
def test_an_end_that_is_found_ends_the_attempt_and_the_asking(till, wechat, status, now):
    wechat.says["query"] = news(status, None)
    ask()
    assert state(till) == now
    assert till.told() == [said(PaymentFailed(ONE, ORDER, "wechat", now))]


def test_money_that_does_not_fit_lies_before_a_person_and_the_asking_ends(till, wechat):
    wechat.says["query"] = news(amount=7)
    ask()
    assert state(till) == "quarantined"
    assert [fact[0] for fact in till.told()] == ["payment.mismatch"]


def test_what_nobody_knows_is_not_asked_for(till):
    before = till.tables()
    ask()
    assert till.tables() == before


@pytest.mark.parametrize("settled", ["paid", "failed"])
def test_what_is_settled_is_not_asked_for_and_is_not_silent_any_more(till, wechat, settled):
    till.set(Payment, ONE, state=settled)
    before = till.tables()
    ask()
    assert till.tables() == before
    silent = till.case("payment_silent", on=till.payment())
    till.look()
    ask()
    assert till.told() == [said(PaymentExceptionResolved(silent, "answered"))]
    assert wechat.asked == []


# ---- closed here, and its notice lost -------------------------------------------------------------------------------
def test_a_closed_attempt_is_asked_for_since_its_money_may_have_been_faster(till, wechat):
    till.set(Order, ORDER, state="cancelled", given_up_by="customer")
    till.set(Payment, ONE, state="closed")
    wechat.says["query"] = news()
    ask()
    assert wechat.ops() == ["query"]
    assert said(PaymentLate(ONE, ORDER, "refunded", "cancelled")) in till.told()
    assert till.row(Payment, ONE)["refund_reserved"] == PRICE


def test_a_closed_attempt_is_asked_for_again_while_its_provider_does_not_say_so(till, wechat):
    till.set(Payment, ONE, state="closed")
    for n, answer in enumerate((news("PENDING", None), news("NOT_FOUND", None), Unknown("x"))):
        wechat.says["query"] = answer
        till.look()
        ask(key=str(n))
        assert till.told() == [again(till, 1, seconds=30)]
    wechat.says["query"] = news("CLOSED", None)
    till.look()
    ask(key="closed")
    assert till.told() == []


def test_a_quarantined_attempt_is_asked_for_once_more(till, wechat):
    till.set(Payment, ONE, state="quarantined", captured=Fen(7))
    wechat.says["query"] = news()
    ask()
    assert (till.state(), state(till)) == ("paid", "paid")


# ---- at its end and after it ----------------------------------------------------------------------------------------
def test_at_its_end_it_is_closed_at_its_provider_first(till, wechat):
    wechat.says = {"close": "CLOSED", "query": news("CLOSED", None)}
    till.at += END - timedelta(milliseconds=1)
    wechat.says["query"] = news("PENDING", None)
    ask()
    assert wechat.ops() == ["query"]
    till.at += timedelta(milliseconds=1)
    wechat.says["query"] = news("CLOSED", None)
    ask(key="2")
    assert wechat.ops() == ["query", "close", "query"]
    assert wechat.asked[1][1].number == ONE
    assert state(till) == "closed"


@pytest.mark.parametrize("trouble", [Unknown("x"), Declined("x")])
def test_what_cannot_be_closed_is_asked_for_all_the_same(till, wechat, trouble):
    wechat.says = {"close": trouble, "query": news()}
    till.at += END
    ask()
    assert (wechat.ops(), till.state()) == (["close", "query"], "paid")


def test_a_provider_in_peace_is_neither_closed_nor_asked_at_its_end(till, wechat):
    till.at += END
    calls.health.until["wechat"] = till.at + timedelta(minutes=1)
    ask()
    assert till.told() == [again(till, 1, seconds=30)]


def test_after_its_end_a_number_that_its_provider_does_not_know_is_closed(till, wechat):
    wechat.says = {"close": "NOT_FOUND", "query": news("NOT_FOUND", None)}
    till.at += END
    ask()
    assert (state(till), till.told()) == ("closed", [CLOSED])


def test_after_its_end_it_is_asked_for_ever_later_at_last_hourly(till, wechat):
    wechat.says = {"close": "UNKNOWN", "query": news("PENDING", None)}
    start = till.at
    for n, (over, later) in enumerate([(0, 30), (60, 60), (1800, 1800), (3600, 3600), (86400, 3600)]):
        till.at = start + END + timedelta(seconds=over)
        till.look()
        ask(n, key=str(n))
        assert till.told() == [again(till, n + 1, seconds=later)]


@pytest.mark.parametrize("now", OPEN)
def test_a_day_and_a_half_after_its_end_an_unpaid_attempt_is_believed_to_be_and_closed(till, wechat, now):
    till.set(Payment, ONE, state=now)
    wechat.says = {"close": "UNKNOWN", "query": news("PENDING", None)}
    till.at += END + timedelta(hours=36) - timedelta(seconds=1)
    till.look()
    ask()
    assert (till.told(), state(till)) == ([again(till, 1, hours=1)], now)
    till.at += timedelta(seconds=1)
    till.look()
    ask(key="2")
    assert (till.told(), state(till), till.cases()) == ([CLOSED], "closed", [])


@pytest.mark.parametrize("ended", ["closed", "quarantined"])
def test_a_day_and_a_half_after_its_end_what_is_not_open_is_left_as_it_is(till, wechat, ended):
    till.set(Payment, ONE, state=ended)
    wechat.says = {"close": "UNKNOWN", "query": news("PENDING", None)}
    till.at += END + timedelta(hours=36)
    before = till.tables()
    ask()
    assert till.tables() == before


def test_a_provider_that_says_nothing_for_a_day_and_a_half_lies_before_a_person_and_is_asked_daily(till, wechat):
    wechat.says = {"close": Unknown("x"), "query": Unknown("x")}
    till.at += END + timedelta(hours=36) - timedelta(seconds=1)
    ask()
    assert till.cases() == []
    till.at += timedelta(seconds=1)
    calls.health.forget()
    till.look()
    ask(key="2")
    (case,) = till.cases()
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": "payment_silent",
        "provider": "wechat",
        "payment": ONE,
        "at": till.at,
        "expected": PRICE,
    }
    assert till.row(Payment, ONE)["cases"] == {case["id"]}
    assert till.told() == [again(till, 1, days=1)]
    till.at += timedelta(days=1)
    calls.health.forget()
    till.look()
    ask(key="3")
    assert (till.told(), till.cases()) == ([again(till, 1, days=1)], [case])


def test_after_a_month_of_silence_nobody_is_asked_any_more_and_the_attempt_stays_open(till, wechat):
    wechat.says = {"close": Unknown("x"), "query": Unknown("x")}
    till.at += END + timedelta(days=30) - timedelta(seconds=1)
    till.look()
    ask()
    assert till.told() == [again(till, 1, days=1)]
    till.at += timedelta(seconds=1)
    calls.health.forget()
    till.look()
    ask(key="2")
    assert (till.told(), state(till)) == ([], "pending")


def test_a_silence_after_one_that_was_broken_is_an_exception_of_its_own(till, wechat):
    first = till.case("payment_silent", on=till.payment(), state="resolved", resolution="answered")
    wechat.says = {"close": Unknown("x"), "query": Unknown("x")}
    till.at += END + timedelta(hours=36)
    ask()
    second = next(case["id"] for case in till.cases() if case["id"] != first)
    assert till.row(Payment, ONE)["cases"] == {first, second}


def test_a_silence_that_a_person_has_noted_is_not_told_again(till, wechat):
    till.case("payment_silent", on=till.payment(), state="resolved", resolution="noted")
    wechat.says = {"close": Unknown("x"), "query": news("UNKNOWN", None)}
    till.at += END + timedelta(hours=36)
    ask()
    assert len(till.cases()) == 1


@pytest.mark.parametrize("nothing", [Unknown("x"), news("UNKNOWN", None)])
def test_an_answer_breaks_a_silence_and_no_answer_does_not(till, wechat, nothing):
    silent = till.case("payment_silent", on=till.payment())
    wechat.says["query"] = nothing
    till.look()
    ask()
    assert till.told() == [again(till, 1, seconds=30)]
    wechat.says["query"] = news("PENDING", None)
    till.look()
    ask(key="2")
    assert till.told() == [said(PaymentExceptionResolved(silent, "answered")), again(till, 1, seconds=30)]


def test_an_answer_breaks_a_silence_once_and_for_all_however_it_goes_on(till, wechat):
    silent = till.case("payment_silent", on=till.payment())
    wechat.says["query"] = news("CLOSED", None)
    ask()
    assert part(till.row(PaymentException, silent), "state", "resolution") == {
        "state": "resolved",
        "resolution": "answered",
    }


# ---- closing an attempt ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("closed", "found", "outcome"),
    [
        ("CLOSED", None, "closed"), ("NOT_FOUND", None, "open"), ("UNKNOWN", None, "open"), (Unknown("x"), None, "open"),
        (Declined("x"), None, "open"), ("ALREADY_PAID", news(), "paid"), ("ALREADY_PAID", Unknown("x"), "open"),
        ("ALREADY_PAID", news("NOT_FOUND", None), "open"), ("ALREADY_PAID", news(amount=7), "open"),
        ("NOT_SUPPORTED", news(), "paid"), ("NOT_SUPPORTED", news("PENDING", None), "open"),
        ("NOT_SUPPORTED", Unknown("x"), "open"),
    ],
)  # fmt: skip
def test_what_closing_an_attempt_comes_to(till, wechat, closed, found, outcome):
    wechat.says = {"close": closed, "query": found}
    assert close_attempt(till.payment(), work()) == outcome
    assert wechat.ops() == (["close"] if found is None else ["close", "query"])
    assert till.state() == ("paid" if outcome == "paid" else "placed")


@pytest.mark.parametrize(("closed", "outcome"), [("ALREADY_PAID", "paid"), ("NOT_SUPPORTED", "open")])
def test_money_that_is_settled_already_was_faster_only_where_the_provider_says_so(till, wechat, closed, outcome):
    payment = till.payment()
    till.set(Payment, ONE, state="paid", captured=Fen(PRICE))
    wechat.says = {"close": closed, "query": news()}
    assert close_attempt(payment, work()) == outcome


@pytest.mark.parametrize("closed", ["ALREADY_PAID", "NOT_SUPPORTED"])
@pytest.mark.parametrize("order", ["expired", "cancelled"])
def test_money_that_revives_or_goes_back_was_faster_as_well(till, wechat, closed, order):
    till.set(Order, ORDER, state=order)
    wechat.says = {"close": closed, "query": news()}
    assert close_attempt(till.payment(), work()) == "paid"


def test_a_provider_in_peace_closes_nothing(till, wechat):
    calls.health.until["wechat"] = till.at + timedelta(minutes=1)
    assert close_attempt(till.payment(), work()) == "open"
    assert poll(till.payment(), work()) == "unreachable"
    assert wechat.asked == []


def test_a_look_at_what_had_ended_before_tells_that_it_has(till, wechat):
    till.set(Payment, ONE, state="closed")
    wechat.says["query"] = news("NOT_FOUND", None)
    assert poll(till.payment(), work(), over=True) == "ended"
    assert poll(till.payment(), work()) == "missing"


def test_an_order_may_be_given_up_when_no_attempt_of_it_was_paid(till, wechat):
    till.attempt(TWO, "closed")
    till.attempt(ORDER + "03", provider="alipay")
    till.attempt(ORDER + "04", "created", provider="unionpay")
    till.providers["alipay"].says["close"] = Unknown("x")
    till.providers["unionpay"].says["close"] = wechat.says["close"] = "CLOSED"
    giving_up = work()
    assert close_open_attempts(find(ORDER), giving_up) is True
    assert [one.ops() for one in till.providers.values()] == [["close"]] * 3
    till.look()
    giving_up.commit()
    assert till.told() == [CLOSED, said(PaymentFailed(ORDER + "04", ORDER, "unionpay", "closed"))]
    assert [state(till, ORDER + n) for n in ("01", "02", "03", "04")] == ["closed", "closed", "pending", "closed"]


def test_an_order_may_not_be_given_up_when_an_attempt_turns_out_to_be_paid(till, wechat):
    till.attempt(TWO)
    wechat.says = {"close": ["ALREADY_PAID", "CLOSED"], "query": news()}
    giving_up = work()
    assert close_open_attempts(find(ORDER), giving_up) is False
    assert wechat.ops() == ["close", "query"]
    assert (till.state(), state(till)) == ("paid", "paid")
    till.look()
    giving_up.commit()
    assert till.told() == []  # what was faster was settled apart


def test_an_order_without_attempts_may_be_given_up(till):
    till.order(attempts=None)
    order = find(ORDER)
    till.look()
    assert close_open_attempts(order, work()) is True
    assert till.calls == []


def test_where_faster_money_left_an_order_is_told(till):
    till.order()
    assert (overtaken(ORDER).code, overtaken(ORDER).params) == ("STALE_ORDER", {})
    till.set(Order, ORDER, state="paid")
    assert (overtaken(ORDER).code, overtaken(ORDER).params) == ("ORDER_STATE_CONFLICT", {"state": "paid"})


def test_an_attempt_is_closed_in_the_work_of_who_closes_it(till, wechat):
    mine = work(BUYER)
    end_attempt(till.payment(), mine)
    assert state(till) == "pending"
    mine.commit()
    assert (state(till), till.told()) == ("closed", [CLOSED])


# ---- money for a number that nobody knew ----------------------------------------------------------------------------
def unclaimed(till, **more):
    case = till.case("unknown", **more)
    till.look()
    return case


def test_a_number_that_is_known_a_day_later_is_asked_for(till):
    case = unclaimed(till)
    till.attempt()
    till.look()
    settled(review_unclaimed, PaymentUnclaimed(case, ONE), work=work())
    assert till.told() == [said(PaymentExceptionResolved(case, "found")), said(PaymentQueryDue(ONE, 0), at=till.at)]
    assert part(till.row(PaymentException, case), "state", "resolved_by") == {
        "state": "resolved",
        "resolved_by": "shop",
    }


def test_a_number_that_nobody_knows_a_day_later_rings_an_alarm(till):
    case = unclaimed(till)
    settled(review_unclaimed, PaymentUnclaimed(case, ONE), work=work())
    assert till.counted == {"PaymentUnclaimed wechat": 1}
    assert till.row(PaymentException, case)["state"] == "open"
    till.set(PaymentException, case, provider=None)
    till.look()
    settled(review_unclaimed, PaymentUnclaimed(case, ONE), work=work())
    assert till.counted == {"PaymentUnclaimed ": 1}


def test_a_number_that_was_decided_meanwhile_is_left_alone(till):
    case = unclaimed(till, state="resolved")
    till.attempt()
    till.look()
    settled(review_unclaimed, PaymentUnclaimed(case, ONE), work=work())
    assert (till.told(), till.counted) == ([], {})
