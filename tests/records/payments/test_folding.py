"""Folding news: any order and any repetition ends alike; and money divides over units to the fen."""

from itertools import permutations, product

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.payments.rules import (
    ATTEMPT,
    REFUND,
    PaymentSnapshot,
    RefundSnapshot,
    fold,
    fold_refund,
    next_query,
)
from tests.fakes.payments import NOW

NEWS = [
    PaymentSnapshot("n", status, amount)
    for status, amount in [
        ("PAID", Fen(100)),
        ("PAID", Fen(99)),
        ("CLOSED", None),
        ("FAILED", None),
        ("PENDING", None),
        ("NOT_FOUND", None),
        ("UNKNOWN", None),
    ]
]
REFUND_NEWS = [
    RefundSnapshot("r", status, Fen(40)) for status in ("PROCESSING", "SUCCEEDED", "FAILED", "ABNORMAL", "UNKNOWN")
]


def folded(news, start="created"):
    state, troubles = start, set()
    for snapshot in news:
        action, trouble = fold(state, "wechat", Fen(100), "wechat", snapshot)
        state = ATTEMPT.after(state, action) if action else state
        troubles |= {trouble} - {""}
    return state, troubles


def folded_refund(news, start="requested"):
    state = start
    for snapshot in news:
        action, _ = fold_refund(state, Fen(40), snapshot)
        state = REFUND.after(state, action) if action else state
    return state


@pytest.mark.parametrize("start", ["created", "pending"])
def test_every_order_and_repetition_of_news_ends_in_the_same_state(start):
    for chosen in product([False, True], repeat=len(NEWS)):
        told = [news for news, yes in zip(NEWS, chosen, strict=True) if yes]
        if len(told) > 5:
            continue
        ends = {
            (state, frozenset(troubles))
            for order in permutations(told)
            for state, troubles in [folded(order, start), folded([*order, *order], start)]
        }
        assert len(ends) <= 1 or not told, told
        if NEWS[0] in told:
            assert ends
            assert next(iter(ends))[0] == "paid"


def test_only_our_own_amount_pays_and_another_is_told():
    assert folded([NEWS[1]]) == ("quarantined", {"amount"})
    assert folded([NEWS[1], NEWS[0]]) == folded([NEWS[0], NEWS[1]]) == ("paid", {"amount"})
    assert fold("pending", "wechat", Fen(100), "wechat", PaymentSnapshot("n", "PAID", None)).trouble == "amount"


@pytest.mark.parametrize("state", ATTEMPT.all)
@pytest.mark.parametrize(
    "news",
    [
        PaymentSnapshot("n", "PAID", Fen(100), mismatch="merchant"),
        PaymentSnapshot("n", "PAID", Fen(100), mismatch="currency"),
    ],
)
def test_another_merchant_or_currency_never_moves_an_attempt(state, news):
    assert fold(state, "wechat", Fen(100), "wechat", news) == ("", news.mismatch)


def test_one_provider_cannot_speak_for_another():
    assert fold("pending", "wechat", Fen(100), "alipay", NEWS[0]) == ("", "provider")
    assert fold("pending", "wechat", Fen(100), "alipay", NEWS[2]) == ("", "")


def test_refund_news_in_any_order_ends_alike_and_success_is_last():
    for size in range(1, 6):
        for told in permutations(REFUND_NEWS, size):
            once, twice = folded_refund(told), folded_refund([*told, *told])
            assert once == twice
            ranks = {"requested": 0, "processing": 1, "failed": 2, "abnormal": 3, "succeeded": 4}
            names = {
                "PROCESSING": "processing",
                "SUCCEEDED": "succeeded",
                "FAILED": "failed",
                "ABNORMAL": "abnormal",
                "UNKNOWN": "requested",
            }
            assert once == max((names[news.status] for news in told), key=ranks.__getitem__)


def test_a_refund_of_another_amount_or_after_its_release_is_a_trouble():
    assert fold_refund("processing", Fen(40), RefundSnapshot("r", "SUCCEEDED", Fen(41))).trouble == "amount"
    assert fold_refund("released", Fen(40), REFUND_NEWS[1]).trouble == "unexpected"
    assert (
        fold_refund("processing", Fen(40), RefundSnapshot("r", "SUCCEEDED", Fen(40), mismatch="merchant")).action == ""
    )


def test_the_completer_asks_ever_later_and_exactly_at_the_end():
    from datetime import timedelta

    end, now, asked = NOW + timedelta(minutes=30), NOW, []
    while now < end:
        now = next_query(now, end, len(asked))
        asked.append((now - NOW).total_seconds())
    assert asked[:3] == [10, 40, 100]
    assert asked[-1] == 1800
    assert next_query(end, end, 99) == end + timedelta(seconds=30)
    assert next_query(end + timedelta(minutes=5), end, 99) == end + timedelta(minutes=10)
    assert next_query(end + timedelta(hours=9), end, 99) == end + timedelta(hours=10)
    assert next_query(end + timedelta(hours=36), end, 99) == end + timedelta(hours=60)
