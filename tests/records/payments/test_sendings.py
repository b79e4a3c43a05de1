"""What may be sent of a refund whose provider names it by number and second together: never a second one that gives back.

The rule is a table over what is known; here every history of a few happenings is played against a provider that is told
nothing, and it must never be given two refunds of one.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from chalicelib.records.payments.providers.port import RefundRef, Sending
from chalicelib.records.payments.providers.wire import shanghai
from chalicelib.records.payments.rules import NEXT, Sent
from tests.fakes.payments import FAKES

from .test_contract import NUMBER, REFUND, Shop, ref

LAG = timedelta(minutes=30)
NOW = datetime(2026, 11, 23, 4, 0, 0, 400_000, tzinfo=UTC)
SECOND = int(NOW.timestamp())


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def sent(*times: int, **known: object) -> Sent:
    return Sent(times, **known)


# ---- the table ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("known", "after", "situation"),
    [
        (sent(), timedelta(), "nothing"),
        (sent(SECOND), timedelta(), "unheard"),
        (sent(SECOND), timedelta(days=9), "unheard"),  # time alone proves nothing
        (sent(SECOND, missing=SECOND), timedelta(), "missing"),
        (sent(SECOND, missing=SECOND), LAG - timedelta(seconds=1), "missing"),
        (sent(SECOND, missing=SECOND), LAG, "gone"),
        (sent(SECOND, SECOND + 5, missing=SECOND), LAG, "gone"),
        (sent(SECOND, taken=True), timedelta(days=9), "taken"),
        (sent(SECOND, missing=SECOND, taken=True), timedelta(days=9), "taken"),
        (sent(SECOND, over=1), timedelta(), "nothing"),
        (sent(SECOND, over=1, taken=True, missing=SECOND), timedelta(), "nothing"),
        (sent(SECOND, SECOND + 5, over=1), timedelta(days=9), "unheard"),
        (sent(SECOND, SECOND + 5, over=1, taken=True), timedelta(days=9), "taken"),
    ],
)
def test_a_situation_is_what_is_known_of_the_sendings_that_have_not_ended(known, after, situation):
    assert known.situation(datetime.fromtimestamp(SECOND, UTC) + after, LAG) == situation


def test_only_what_cannot_stand_at_the_provider_is_sent_anew():
    assert {situation for situation, act in NEXT.items() if act == "anew"} == {"nothing", "gone"}
    assert {situation for situation, act in NEXT.items() if act == "ask"} == {"unheard", "missing", "taken"}


# ---- what becomes known ---------------------------------------------------------------------------------------------
def test_each_sending_has_a_second_of_its_own_and_starts_the_waiting_anew():
    once = sent().sending(NOW)
    assert once == sent(SECOND)
    twice = once.missed(NOW).sending(NOW)
    assert twice == sent(SECOND, SECOND + 1)
    assert twice.sending(later(seconds=9)) == sent(SECOND, SECOND + 1, SECOND + 9)


def test_what_was_refused_for_its_second_or_never_left_is_forgotten_alone():
    assert sent(SECOND).unsent() == sent()
    assert sent(SECOND, SECOND + 5, over=1).unsent() == sent(SECOND, over=1)


def test_the_waiting_counts_from_the_first_word_that_none_exists():
    first = sent(SECOND).missed(later(minutes=5))
    assert first.missing == SECOND + 300
    assert first.missed(later(minutes=20)) == first


def test_what_the_provider_has_spoken_of_is_not_missed_any_more():
    heard = sent(SECOND, missing=SECOND).heard()
    assert heard == sent(SECOND, taken=True)
    assert heard.missed(later(hours=9)).situation(later(days=9), LAG) == "taken"
    assert sent().heard() == sent()
    assert sent(SECOND, over=1).heard() == sent(SECOND, over=1)


def test_what_ended_with_a_no_is_kept_to_be_asked_about_and_holds_nothing_up():
    ended = sent(SECOND, SECOND + 5, taken=True, missing=SECOND).ended()
    assert ended == sent(SECOND, SECOND + 5, over=2)
    assert ended.sending(later(hours=1)) == sent(SECOND, SECOND + 5, SECOND + 3600, over=2)


# ---- every history --------------------------------------------------------------------------------------------------
class Turn(NamedTuple):
    """One look of the worker: how long after the last, what becomes of the question, and of a sending if there is one."""

    after: timedelta
    question: str  # answered, lost
    sending: str  # answered, lost after it arrived, lost before, late (10), never left (died before the call)


AFTER = [timedelta(minutes=1), LAG - timedelta(minutes=1), LAG]
TURNS = [
    Turn(*one)
    for one in itertools.product(AFTER, ["answered", "lost"], ["answered", "after", "before", "late", "died"])
]
SHOWS = [
    timedelta(),
    LAG - timedelta(seconds=1),
]  # how long the provider says that it knows nothing: shorter than its lag


class Provider:
    """What it was sent by second, and from when it shows it. It keeps apart what we take for one."""

    def __init__(self, lag: timedelta) -> None:
        self.lag, self.shown = lag, {}

    def take(self, second: int, now: datetime) -> None:
        self.shown.setdefault(second, now + self.lag)

    def knows(self, times: tuple[int, ...], now: datetime) -> bool:
        return any(second in self.shown and now >= self.shown[second] for second in times)


def play(turns: tuple[Turn, ...], lag: timedelta) -> Provider:
    """The worker's way, as refund_order takes it."""
    provider, known, now = Provider(lag), Sent(), NOW
    for turn in turns:
        now += turn.after
        if known.times:
            if turn.question == "lost":
                continue
            if provider.knows(known.times, now):
                known = known.heard()
                continue
            known = known.missed(now) if known.situation(now, LAG) == "unheard" else known
        if NEXT[known.situation(now, LAG)] == "ask":
            continue
        known = known.sending(now)
        if turn.sending in ("answered", "after"):
            provider.take(known.times[-1], now)
        if turn.sending == "answered":
            known = known.heard()
        elif turn.sending == "late":
            known = known.unsent()
    return provider


@pytest.mark.parametrize("lag", SHOWS)
def test_no_history_makes_the_provider_give_back_twice(lag):
    histories = itertools.product(TURNS, TURNS, TURNS)
    worst = max((play(turns, lag) for turns in histories), key=lambda it: len(it.shown))
    assert len(worst.shown) == 1


@pytest.mark.parametrize("lost", ["before", "died"])
def test_what_never_arrived_is_sent_again_when_the_lag_is_over(lost):
    first, again = Turn(AFTER[0], "answered", lost), Turn(AFTER[0], "answered", "answered")
    assert not play((first, again, Turn(AFTER[1], "answered", "answered")), SHOWS[0]).shown
    assert play((first, again, Turn(AFTER[2], "answered", "answered")), SHOWS[0]).shown


def test_what_was_refused_for_its_second_is_sent_again_at_once():
    late, again = Turn(AFTER[0], "answered", "late"), Turn(AFTER[0], "answered", "answered")
    assert play((late, late, again), SHOWS[0]).shown


# ---- what a question about all of them tells --------------------------------------------------------------------------
@pytest.mark.parametrize(("codes", "over", "status", "amount"), [
    (["00"], 0, "SUCCEEDED", 100), (["05"], 0, "PROCESSING", 100), (["61"], 0, "FAILED", 100), ([None], 0, "UNKNOWN", None),
    (["00", "05"], 0, "PROCESSING", 200), (["05", "00"], 0, "PROCESSING", 100),  # nothing is over while one may still move
    (["61", "00"], 0, "SUCCEEDED", 200), (["00", "61"], 0, "SUCCEEDED", 100), (["61", "05"], 0, "PROCESSING", 200),
    (["00", "00"], 0, "SUCCEEDED", 300), (["00", "00", "05"], 0, "PROCESSING", 400), (["00", None], 0, "SUCCEEDED", 100),
    (["61", None], 1, "UNKNOWN", None), (["61", "61"], 1, "FAILED", 200), (["00", "61"], 1, "SUCCEEDED", 100),
    ([None, None], 0, "UNKNOWN", None),
])  # fmt: skip
def test_a_refund_is_what_all_its_sendings_are_together(codes, over, status, amount):
    fake = FAKES["unionpay"]()
    shop = Shop(fake).paid()
    times = [NOW + timedelta(seconds=at) for at in range(len(codes))]
    for at, code in enumerate(codes):
        if code is not None:
            name = f"sending {at}"
            fake.sent[REFUND, f"{shanghai(times[at]):%Y%m%d%H%M%S}"] = name
            fake.book[NUMBER].refunds[name], fake.returned[name] = 100 << at, code
    sendings = tuple(Sending(at, over=n < over) for n, at in enumerate(times))
    told = shop.adapter.query_refund(RefundRef(REFUND, ref("6"), sendings))
    assert (told.status, told.amount) == (status, amount)
    assert [at for number, at in fake.asked if number == REFUND] == [f"{shanghai(at):%Y%m%d%H%M%S}" for at in times]
