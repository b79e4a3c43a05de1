"""Giving money back, to the letter: what the provider is asked, when it is asked again, and when a person hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.refunding.service.refund_order import complete_refund, send_refund
from chalicelib.records.payments import model as payment_model
from chalicelib.records.payments.events import (
    PaymentExceptionResolved,
    RefundFailed,
    RefundQueryDue,
    RefundRequested,
    RefundSucceeded,
)
from chalicelib.records.payments.model import Refund
from chalicelib.records.payments.providers.port import (
    AttemptRef,
    AuthConfig,
    Declined,
    ProtocolViolation,
    RefundRef,
    RefundRequest,
    Sending,
    Throttled,
    TradeNotFound,
    Unknown,
    Untimely,
)
from chalicelib.records.payments.rules import Sent
from chalicelib.records.payments.service import calls, refunds
from chalicelib.runtime import settings
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import ONE, ORDER, PRICE, R1, part, refund_news, said, work
from tests.support.doors import settled


@pytest.fixture
def wechat(till):
    """A refund of five fen that was decided, of an order paid by WeChat; answers the provider."""
    till.paid(provider_ref="T1")
    till.refund(R1, 5, reason="broken")
    till.look()
    return till.providers["wechat"]


@pytest.fixture
def unionpay(till):
    """The same by UnionPay, which names a refund by the second of its sending, too."""
    till.paid(provider="unionpay", product="qr", provider_ref="T1")
    till.refund(R1, 5, reason="broken")
    till.look()
    return till.providers["unionpay"]


def send(**more):
    settled(send_refund, RefundRequested(R1, ONE, 5), work=work(**more))


def complete(turn=0, silent=0, **more):
    settled(complete_refund, RefundQueryDue(R1, turn, silent), work=work(**more))


def row():
    return refunds.find(R1)


def second(till):
    return millis(till.at) // 1000


def again(till, turn, silent, **later):
    """That it is asked for again."""
    return said(RefundQueryDue(R1, turn, silent), at=till.at + timedelta(**later))


def ref(till, product="native"):
    return AttemptRef(ONE, till.at, till.at + timedelta(minutes=30), "T1", product)


# ---- sending --------------------------------------------------------------------------------------------------------
def test_the_provider_is_asked_under_our_number_without_a_question_before(till, wechat):
    wechat.says["refund"] = refund_news(R1, "PROCESSING", 5, provider_ref="P9", evidence="e9")
    send()
    address = settings.value(settings.PUBLIC_URL).rstrip("/") + "/v1/webhooks/wechat/refund"
    assert wechat.asked == [("refund", RefundRequest(R1, ref(till), Fen(5), Fen(PRICE), "broken", till.at, address))]
    assert part(till.row(Refund, R1), "state", "provider_ref", "evidence", "packed_sent", "cases") == {
        "state": "processing",
        "provider_ref": "P9",
        "evidence": "e9",
        "packed_sent": None,
        "cases": None,
    }
    assert till.told() == [again(till, 1, 0, seconds=30)]
    # it, its payment and its order, which a warehouse may have, and the payment again
    assert till.calls == ["GetItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems"]


def test_a_refund_that_moves_no_more_is_not_asked_for(till, wechat):
    for state in ("asked", "succeeded", "failed", "abnormal", "declined", "released", "manual"):
        till.set(Refund, R1, state=state)
        before = till.tables()
        send()
        complete()
        assert (wechat.asked, till.tables()) == ([], before)


def test_one_that_is_given_back_at_once_is_booked(till, wechat):
    wechat.says["refund"] = refund_news(R1, "SUCCEEDED", 5)
    send()
    assert row().state == "succeeded"
    assert till.told() == [said(RefundSucceeded(R1, ONE, ORDER, 5))]


@pytest.mark.parametrize(("code", "kept"), [("NOT_ENOUGH", "NOT_ENOUGH"), ("", "declined")])
def test_a_no_to_the_refund_itself_ends_it_and_lies_before_a_person(till, wechat, code, kept):
    wechat.says["refund"] = Declined(code)
    send()
    (case,) = till.cases()
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": "refund_failed",
        "provider": "wechat",
        "payment": ONE,
        "refund": R1,
        "at": till.at,
        "expected": 5,
    }
    assert part(till.row(Refund, R1), "state", "code", "cases") == {
        "state": "failed",
        "code": kept,
        "cases": {case["id"]},
    }
    assert till.told() == [said(RefundFailed(R1, ONE, "failed"))]


def test_a_refund_that_fails_once_more_is_another_exception(till, wechat):
    wechat.says["refund"] = Declined("X")
    send()
    till.set(Refund, R1, state="processing")
    till.at += timedelta(hours=1)
    send(key="2")
    assert len(till.cases()) == 2
    assert len(row().cases) == 2


def test_no_answer_is_no_no_and_it_is_asked_for_again(till, wechat):
    for n, trouble in enumerate((Unknown("x"), Throttled("x"), ProtocolViolation("x"))):
        wechat.says["refund"] = trouble
        till.look()
        send(key=str(n))
        assert till.told() == [again(till, 1, 1, seconds=30)]
    assert (row().state, till.cases()) == ("requested", [])


def test_a_provider_that_is_not_asked_any_more_is_asked_later(till, wechat):
    till.secrets.pop("payments/wechat")
    try:
        send()
    finally:
        till.secrets["payments/wechat"] = {"merchant": "wechat"}
    assert (wechat.asked, till.told()) == ([], [again(till, 1, 1, seconds=30)])


def test_what_somebody_of_the_shop_must_put_right_lies_before_a_person_at_once(till, wechat):
    wechat.says["refund"] = AuthConfig("SIGN_ERROR", calls="keys")
    send()
    (case,) = till.cases()
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": "refund_silent",
        "provider": "wechat",
        "payment": ONE,
        "refund": R1,
        "at": till.at,
        "expected": 5,
    }
    assert row().cases == {case["id"]}
    assert till.told() == [again(till, 1, 6, seconds=30)]


def test_an_exception_that_a_no_puts_right_is_ended_by_it(till, wechat):
    silent = till.case("refund_silent", refund=R1, on=row())
    till.look()
    wechat.says["refund"] = Declined("X")
    send()
    failed = next(case["id"] for case in till.cases() if case["kind"] == "refund_failed")
    assert till.told() == [said(PaymentExceptionResolved(silent, "answered")), said(RefundFailed(R1, ONE, "failed"))]
    assert row().cases == {silent, failed}


def test_an_exception_that_an_answer_puts_right_is_ended_by_it(till, wechat):
    silent = till.case("refund_silent", refund=R1, on=row())
    till.look()
    wechat.says["refund"] = refund_news(R1, "PROCESSING", 5)
    send()
    assert till.told() == [said(PaymentExceptionResolved(silent, "answered")), again(till, 1, 0, seconds=30)]


# ---- asking what became of it ---------------------------------------------------------------------------------------
def test_it_is_asked_about_first_and_what_is_there_is_folded(till, wechat):
    wechat.says["query_refund"] = refund_news(R1, "SUCCEEDED", 5)
    complete()
    assert wechat.asked == [("query_refund", RefundRef(R1, ref(till)))]
    assert row().state == "succeeded"


@pytest.mark.parametrize("nothing", [TradeNotFound(), refund_news(R1, "UNKNOWN")])
def test_what_the_provider_does_not_know_is_sent_again_under_the_same_number(till, wechat, nothing):
    wechat.says = {"query_refund": nothing, "refund": refund_news(R1, "PROCESSING", 5)}
    complete(turn=2)
    assert wechat.ops() == ["query_refund", "refund"]
    assert wechat.asked[1][1].number == R1
    assert row().state == "processing"
    assert till.told() == [again(till, 3, 0, seconds=300)]


def test_what_is_under_way_is_asked_about_ever_later(till, wechat):
    till.set(Refund, R1, state="processing")
    wechat.says["query_refund"] = refund_news(R1, "PROCESSING", 5)
    for turn, seconds in enumerate((30, 60, 300, 900, 3600, 3600)):
        till.look()
        complete(turn=turn, silent=3, key=str(turn))
        assert till.told() == [again(till, turn + 1, 0, seconds=seconds)]


def test_an_answer_without_news_breaks_a_silence(till, wechat):
    till.set(Refund, R1, state="processing")
    silent = till.case("refund_silent", refund=R1, on=row())
    till.look()
    wechat.says["query_refund"] = refund_news(R1, "PROCESSING", 5)
    complete()
    assert till.told() == [said(PaymentExceptionResolved(silent, "answered")), again(till, 1, 0, seconds=30)]


def test_a_silence_is_counted_and_at_the_sixth_a_person_hears_of_it(till, wechat):
    till.set(Refund, R1, state="processing")
    wechat.says["query_refund"] = Unknown("x")
    complete(turn=3, silent=4)
    assert (till.told(), till.cases()) == ([again(till, 4, 5, seconds=900)], [])
    till.look()
    complete(turn=4, silent=5, key="2")
    (case,) = till.cases()
    assert part(case, "kind", "refund", "expected") == {"kind": "refund_silent", "refund": R1, "expected": 5}
    assert till.told() == [again(till, 5, 6, seconds=3600)]
    till.look()
    complete(turn=5, silent=6, key="3")
    assert (till.told(), len(till.cases())) == ([again(till, 6, 7, seconds=3600)], 1)


def test_an_answer_that_says_nothing_clear_is_as_a_silence(till, wechat):
    till.set(Refund, R1, state="processing")
    silent = till.case("refund_silent", refund=R1, on=row())
    till.look()
    wechat.says["query_refund"] = refund_news(R1, "PROCESSING", 5, code="ZZ")
    complete(silent=2)
    assert till.told() == [again(till, 1, 3, seconds=30)]
    assert [case["state"] for case in till.cases() if case["id"] == silent] == ["open"]


def test_unclear_answers_lie_before_a_person_as_a_silence_does(till, wechat):
    till.set(Refund, R1, state="processing")
    wechat.says["query_refund"] = refund_news(R1, "PROCESSING", 5, code="ZZ")
    complete(silent=5)
    (case,) = till.cases()
    assert part(case, "kind", "provider", "payment") == {"kind": "refund_silent", "provider": "wechat", "payment": ONE}


def test_a_silence_after_one_that_was_broken_is_an_exception_of_its_own(till, wechat):
    till.set(Refund, R1, state="processing")
    first = till.case("refund_silent", refund=R1, on=row(), state="resolved", resolution="answered")
    wechat.says["query_refund"] = Unknown("x")
    complete(silent=5)
    second = next(case["id"] for case in till.cases() if case["id"] != first)
    assert row().cases == {first, second}


def test_a_silence_that_a_person_has_noted_is_not_told_again(till, wechat):
    till.set(Refund, R1, state="processing")
    till.case("refund_silent", refund=R1, on=row(), state="resolved", resolution="noted")
    wechat.says["query_refund"] = Unknown("x")
    complete(silent=5)
    assert len(till.cases()) == 1


def test_after_three_hundred_turns_of_silence_a_person_decides(till, wechat):
    till.set(Refund, R1, state="processing")
    wechat.says["query_refund"] = Unknown("x")
    complete(turn=300, silent=2)
    (case,) = till.cases()
    assert part(case, "kind", "provider", "payment") == {"kind": "refund_silent", "provider": "wechat", "payment": ONE}
    assert till.told() == []


def test_after_three_hundred_turns_a_person_decides(till, wechat):
    till.set(Refund, R1, state="processing")
    wechat.says["query_refund"] = refund_news(R1, "PROCESSING", 5)
    complete(turn=299)
    assert (till.told(), till.cases()) == ([again(till, 300, 0, seconds=3600)], [])
    till.look()
    complete(turn=300, key="2")
    (case,) = till.cases()
    assert (case["kind"], case["refund"], row().cases) == ("refund_silent", R1, {case["id"]})
    assert till.told() == []


def test_an_amount_that_does_not_fit_lies_before_a_person_and_the_asking_goes_on(till, wechat):
    wechat.says["query_refund"] = refund_news(R1, "SUCCEEDED", 4)
    complete(turn=1, silent=3)
    (case,) = till.cases()
    assert part(case, "kind", "expected", "received") == {"kind": "refund_amount", "expected": 5, "received": 4}
    assert till.told() == [again(till, 2, 0, seconds=60)]
    assert row().state == "requested"


def test_an_unclear_amount_that_does_not_fit_counts_as_a_silence(till, wechat):
    wechat.says["query_refund"] = refund_news(R1, "SUCCEEDED", 4, code="ZZ")
    complete(turn=1, silent=3)
    assert till.told() == [again(till, 2, 4, seconds=60)]


def test_a_message_that_comes_twice_arms_the_next_question_once(till, wechat):
    till.set(Refund, R1, state="processing")
    wechat.says["query_refund"] = Unknown("x")
    complete()
    with pytest.raises(AlreadyCommitted):
        complete()
    assert till.told() == [again(till, 1, 1, seconds=30)]


# ---- a provider that names a refund by its second, too --------------------------------------------------------------
def test_the_second_of_sending_is_on_record_before_the_call(till, unionpay):
    seen = []

    def answer():
        seen.append(row().sent)
        return refund_news(R1, "PROCESSING", 5)

    unionpay.says["refund"] = answer
    till.at += timedelta(seconds=7)
    send()
    assert unionpay.ops() == ["refund"]
    assert seen == [Sent((second(till),))]
    assert unionpay.asked[0][1].sent_at == instant(second(till) * 1000)
    assert unionpay.asked[0][1].notify_url.endswith("/v1/webhooks/unionpay/refund")
    assert row().sent == Sent((second(till),), taken=True)


def test_the_second_is_that_of_the_moment_and_not_of_when_its_message_came(till, unionpay):
    unionpay.says["refund"] = refund_news(R1, "PROCESSING", 5)
    early = work()
    till.at += timedelta(minutes=5)
    settled(send_refund, RefundRequested(R1, ONE, 5), work=early)
    assert row().sent.times == (second(till),)


def test_what_was_sent_and_not_answered_is_asked_about_and_not_sent_again(till, unionpay):
    unionpay.says["refund"] = Unknown("x")
    send()
    first = second(till)
    assert row().sent == Sent((first,))
    unionpay.says["query_refund"] = TradeNotFound()
    till.at += timedelta(seconds=30)
    till.look()
    send(key="2")  # its message came twice
    assert unionpay.ops() == ["refund", "query_refund"]
    assert unionpay.asked[1][1] == RefundRef(R1, ref_of_unionpay(till), (Sending(instant(first * 1000)),))
    assert row().sent == Sent((first,), missing=second(till))
    assert till.told() == [again(till, 1, 1, seconds=30)]


def ref_of_unionpay(till):
    payment = till.payment()
    return AttemptRef(ONE, payment.created_at, payment.expires_at, "T1", "qr")


def test_what_is_missing_for_longer_than_it_may_be_late_is_sent_under_another_second(till, unionpay):
    first = second(till)
    till.set(Refund, R1, packed_sent=payment_model.pack_sent(Sent((first,), missing=first)))
    unionpay.says = {"query_refund": TradeNotFound(), "refund": refund_news(R1, "PROCESSING", 5)}
    till.at += timedelta(minutes=30) - timedelta(seconds=1)
    complete(turn=1, silent=2)
    assert (unionpay.ops(), row().sent) == (["query_refund"], Sent((first,), missing=first))
    till.at += timedelta(seconds=1)
    complete(turn=2, key="2")
    assert unionpay.ops() == ["query_refund", "query_refund", "refund"]
    assert row().sent == Sent((first, first + 1800), taken=True)
    assert unionpay.asked[2][1].sent_at == instant((first + 1800) * 1000)


def test_a_longer_lag_is_waited_for(till, unionpay, monkeypatch):
    monkeypatch.setenv("REFUND_LAG_MINUTES", "60")
    first = second(till)
    till.set(Refund, R1, packed_sent=payment_model.pack_sent(Sent((first,), missing=first)))
    unionpay.says = {"query_refund": TradeNotFound(), "refund": refund_news(R1, "PROCESSING", 5)}
    till.at += timedelta(minutes=59)
    complete()
    assert unionpay.ops() == ["query_refund"]


def test_what_was_refused_for_its_second_was_not_sent(till, unionpay):
    unionpay.says["refund"] = Untimely("34")
    send()
    assert row().sent == Sent()
    assert till.told() == [again(till, 1, 6, seconds=30)]
    (case,) = till.cases()
    assert case["kind"] == "refund_silent"


def test_a_provider_that_is_left_in_peace_was_sent_nothing(till, unionpay):
    calls.health.until["unionpay"] = till.at + timedelta(minutes=1)
    send()
    assert (unionpay.asked, row().sent) == ([], Sent())
    assert till.told() == [again(till, 1, 1, seconds=30)]


def test_one_that_is_found_counts_as_taken_and_is_never_sent_again(till, unionpay):
    first = second(till)
    till.set(Refund, R1, state="processing", packed_sent=payment_model.pack_sent(Sent((first,), missing=first)))
    unionpay.says["query_refund"] = refund_news(R1, "PROCESSING", 5)
    complete()
    assert row().sent == Sent((first,), taken=True)
    unionpay.says["query_refund"] = TradeNotFound()
    till.at += timedelta(days=2)
    till.look()
    complete(key="2")
    assert (unionpay.ops(), row().sent) == (["query_refund", "query_refund"], Sent((first,), taken=True))
    assert till.told() == [again(till, 1, 1, seconds=30)]  # as a silence: it should know it


def test_one_that_was_sent_before_as_it_says_is_not_so_until_a_query_finds_it(till, unionpay):
    unionpay.says["refund"] = refund_news(R1, "PROCESSING", 5, code="12")
    send()
    assert row().sent == Sent((second(till),))
    assert row().state == "processing"


def test_of_two_who_would_send_it_one_only_asks(till, unionpay):
    till.set(Refund, R1, packed_sent=None)
    till.meanwhile(lambda: till.set(Refund, R1, packed_sent=payment_model.pack_sent(Sent((1,)))))
    send()
    assert unionpay.asked == []
    assert row().sent == Sent((1,))
    assert till.told() == [again(till, 1, 1, seconds=30)]


def test_a_sending_that_cannot_be_taken_back_stays_on_record(till, unionpay):
    def refuse():
        till.set(Refund, R1, packed_sent=payment_model.pack_sent(Sent((1, 2))))
        return Untimely("34")

    unionpay.says["refund"] = refuse
    send()
    assert row().sent == Sent((1, 2))


# ---- nobody else's fault --------------------------------------------------------------------------------------------
def test_a_refund_that_moves_while_a_person_is_to_hear_of_it_is_told_again(till, wechat):
    wechat.says["refund"] = AuthConfig("X")
    till.meanwhile(lambda: till.set(Refund, R1, state="succeeded"))
    with pytest.raises(CommitRejected):
        send()
    assert till.cases() == []
