"""The fold, line by line against a table of its own, and the arithmetic of units and of patience by example."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.payments.rules import (
    ATTEMPT,
    NO_NEWS,
    REFUND,
    PaymentMismatched,
    PaymentNotFound,
    PaymentSettled,
    PaymentSnapshot,
    RefundSnapshot,
    RefundUnitsExceeded,
    Verdict,
    fold,
    fold_refund,
    next_query,
    next_refund_query,
    not_settled,
    require_left,
)
from tests.fakes.payments import NOW

OURS = Fen(100)
NOTHING = Verdict("", "")

# state: what PAID with our amount, PAID with another, CLOSED and FAILED ask of an attempt
ATTEMPTS = {
    "created": ("settle", "quarantine", "close", "fail"),
    "pending": ("settle", "quarantine", "close", "fail"),
    "failed": ("settle", "quarantine", "close", ""),
    "closed": ("settle", "quarantine", "", ""),
    "quarantined": ("settle", "", "", ""),
    "paid": ("", "", "", ""),
}
# state: what PROCESSING, SUCCEEDED, FAILED and ABNORMAL ask of a refund
REFUNDS = {
    "asked": ("", "!unexpected", "", ""),
    "requested": ("submit", "succeed", "fail", "stick"),
    "processing": ("", "succeed", "fail", "stick"),
    "failed": ("", "succeed", "", "stick"),
    "abnormal": ("", "succeed", "", ""),
    "succeeded": ("", "", "", ""),
    "declined": ("", "!unexpected", "", ""),
    "released": ("", "!unexpected", "", ""),
    "manual": ("", "!unexpected", "", ""),
}


def test_the_tables_of_states_are_these_and_no_others():
    assert ATTEMPT.initial == "created"
    moving = {"prepare": "pending", "settle": "paid", "close": "closed", "fail": "failed", "quarantine": "quarantined"}
    assert ATTEMPT.edges == {
        "created": moving,
        "pending": moving,
        "quarantined": {"settle": "paid"},
        "failed": {"close": "closed", "settle": "paid", "quarantine": "quarantined"},
        "closed": {"settle": "paid", "quarantine": "quarantined"},
    }
    assert REFUND.initial == "asked"
    told = {"submit": "processing", "succeed": "succeeded", "fail": "failed", "stick": "abnormal"}
    assert REFUND.edges == {
        "asked": {"approve": "requested", "decline": "declined"},
        "requested": told | {"by_hand": "manual", "recall": "declined"},
        "processing": told | {"by_hand": "manual"},
        "failed": {
            "retry": "processing",
            "succeed": "succeeded",
            "stick": "abnormal",
            "release": "released",
            "by_hand": "manual",
        },
        "abnormal": {"retry": "processing", "succeed": "succeeded", "by_hand": "manual"},
    }


def said(text: str) -> Verdict:
    return Verdict("", text[1:]) if text.startswith("!") else Verdict(text, "")


@pytest.mark.parametrize("state", ATTEMPTS)
def test_what_news_asks_of_an_attempt(state):
    paid, other, closed, failed = ATTEMPTS[state]
    assert fold(state, "wechat", OURS, "wechat", PaymentSnapshot("n", "PAID", OURS)) == Verdict(paid, "")
    for amount in (Fen(99), Fen(0), None):
        assert fold(state, "wechat", OURS, "wechat", PaymentSnapshot("n", "PAID", amount)) == Verdict(other, "amount")
    assert fold(state, "wechat", OURS, "wechat", PaymentSnapshot("n", "CLOSED")) == Verdict(closed, "")
    assert fold(state, "wechat", OURS, "wechat", PaymentSnapshot("n", "FAILED")) == Verdict(failed, "")
    for status in ("PENDING", "NOT_FOUND", "UNKNOWN"):
        assert fold(state, "wechat", OURS, "wechat", PaymentSnapshot("n", status)) == NOTHING


@pytest.mark.parametrize("state", ATTEMPTS)
@pytest.mark.parametrize("status", ["PAID", "CLOSED", "FAILED", "PENDING"])
def test_a_stranger_s_news_asks_nothing_and_only_his_money_is_told(state, status):
    for wrong in ("merchant", "currency"):
        news = PaymentSnapshot("n", status, OURS, mismatch=wrong)
        assert fold(state, "wechat", OURS, "wechat", news) == (Verdict("", wrong) if status == "PAID" else NOTHING)
        assert fold(state, "wechat", OURS, "alipay", news) == (Verdict("", "provider") if status == "PAID" else NOTHING)
    news = PaymentSnapshot("n", status, OURS)
    assert fold(state, "wechat", OURS, "alipay", news) == (Verdict("", "provider") if status == "PAID" else NOTHING)


@pytest.mark.parametrize("state", REFUNDS)
def test_what_news_asks_of_a_refund(state):
    for status, wanted in zip(("PROCESSING", "SUCCEEDED", "FAILED", "ABNORMAL"), REFUNDS[state], strict=True):
        for amount in (OURS, None):
            assert fold_refund(state, OURS, RefundSnapshot("r", status, amount)) == said(wanted)
        wrong_amount = Verdict("", "amount") if status in ("PROCESSING", "SUCCEEDED") else said(wanted)
        assert fold_refund(state, OURS, RefundSnapshot("r", status, Fen(99))) == wrong_amount
        for mismatch in ("merchant", "currency"):
            news = RefundSnapshot("r", status, OURS, mismatch=mismatch)
            assert fold_refund(state, OURS, news) == Verdict("", mismatch)
    assert fold_refund(state, OURS, RefundSnapshot("r", "UNKNOWN")) == NOTHING == NO_NEWS


def test_a_refused_settlement_says_what_was_against_it():
    right, wrong = PaymentSnapshot("n", "PAID", OURS), PaymentSnapshot("n", "PAID", Fen(99))
    assert isinstance(not_settled("wechat", right, None, "wechat", OURS), PaymentNotFound)
    assert isinstance(not_settled("wechat", right, "paid", "wechat", OURS), PaymentSettled)
    for told_by, news, trouble in (("wechat", wrong, "amount"), ("alipay", right, "provider")):
        refusal = not_settled(told_by, news, "pending", "wechat", OURS)
        assert isinstance(refusal, PaymentMismatched)
        assert refusal.params == {"trouble": trouble}


# ---- units ----------------------------------------------------------------------------------------------------------
def test_so_many_units_as_are_left_can_be_given_back():
    require_left([2, 1], [0, 0], [2, 1])
    require_left([2, 1], [1, 1], [1, 0])
    require_left([2, 1], [2, 1], [0, 0])


@pytest.mark.parametrize(
    ("before", "wanted", "left"), [([0, 0], [3, 0], 2), ([1, 0], [2, 0], 1), ([0, 1], [0, 1], 0), ([1, 0], [-1, 0], 1)]
)
def test_more_units_than_are_left_are_refused_with_what_is_left(before, wanted, left):
    with pytest.raises(RefundUnitsExceeded) as refused:
        require_left([2, 1], before, wanted)
    assert refused.value.params == {"left": left}


def test_counts_of_other_lines_are_refused():
    for before, wanted in (([0], [0, 0]), ([0, 0], [0]), ([0, 0, 0], [0, 0, 0])):
        with pytest.raises(ValueError, match="zip"):
            require_left([1, 1], before, wanted)


# ---- patience -------------------------------------------------------------------------------------------------------
def test_the_completer_s_pauses_grow_to_twenty_minutes_and_end_at_the_end():
    end = NOW + timedelta(days=1)
    assert [int((next_query(NOW, end, turn) - NOW).total_seconds()) for turn in range(9)] == [
        10,
        30,
        60,
        120,
        300,
        600,
        1200,
        1200,
        1200,
    ]
    assert next_query(end - timedelta(seconds=5), end, 0) == end
    over = [0, 29, 30, 31, 600, 3599, 3601, 129_599, 129_600, 10**7]
    then = [end + timedelta(seconds=seconds) for seconds in over]
    assert [int((next_query(now, end, 9) - now).total_seconds()) for now in then] == [
        30,
        30,
        30,
        31,
        600,
        3599,
        3600,
        3600,
        86_400,
        86_400,
    ]


def test_a_refund_is_asked_for_ever_later_at_last_hourly():
    assert [int((next_refund_query(NOW, turn) - NOW).total_seconds()) for turn in range(7)] == [
        30,
        60,
        300,
        900,
        3600,
        3600,
        3600,
    ]
