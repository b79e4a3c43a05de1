"""Waiting: ever longer, with jitter, under one deadline; what passes is waited out and what does not is raised at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from chalicelib.kernel.clock import ManualClock
from chalicelib.kernel.errors import Overloaded
from chalicelib.runtime import world
from chalicelib.runtime.deadline import Deadline, code_of, retrying


class Time:
    """A world whose time passes only as told. `really`: whether waiting lets the clock pass too."""

    def __init__(self, chance=0.0, really=True):
        self.at, self.pauses, self.chance, self.really = 100.0, [], chance, really

    def wait(self, seconds):
        self.pauses.append(seconds)
        if self.really:
            self.at += seconds


@pytest.fixture
def passing():
    kept = []

    def put(**more):
        time = Time(**more)
        clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
        kept.append(world.use(world.World(clock, lambda n: b"x" * n, time.wait, lambda: time.at, lambda: time.chance)))
        return time

    yield put
    world.use(kept[0])


def error(code):
    return ClientError({"Error": {"Code": code}}, "PutItem")


def test_pauses_double_to_a_second_and_jitter_takes_up_to_half_of_them(passing):
    time, deadline = passing(chance=0.0), Deadline(1000.0)
    for _ in range(9):
        deadline.wait()
    assert time.pauses == pytest.approx([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5, 0.5])
    time.chance = 0.5
    deadline.wait()
    assert time.pauses[-1] == pytest.approx(0.75)
    assert deadline.waited == pytest.approx(sum(time.pauses))


def test_what_was_waited_counts_against_the_deadline_also_when_the_clock_stands(passing):
    time, deadline = passing(really=False), Deadline(0.05)
    deadline.wait()
    deadline.wait()
    assert deadline.waited == pytest.approx(0.03)
    deadline.wait()
    assert deadline.waited == pytest.approx(0.07)
    with pytest.raises(Overloaded):
        deadline.wait()
    assert len(time.pauses) == 3


def test_time_that_passed_otherwise_counts_too(passing):
    time = passing()
    deadline = Deadline(8.0)
    time.at += 7.99
    deadline.wait()
    time.at = 108.0
    with pytest.raises(Overloaded):
        deadline.wait()
    assert len(time.pauses) == 1


def test_no_time_at_all_is_over_at_once(passing):
    time = passing()
    with pytest.raises(Overloaded):
        Deadline(0.0).wait()
    assert time.pauses == []


def test_a_code_is_read_wherever_it_may_be_missing():
    assert code_of(error("ThrottlingException")) == "ThrottlingException"
    assert code_of(ClientError({}, "x")) == ""
    assert code_of(ClientError({"Error": {}}, "x")) == ""
    assert code_of(ClientError({"Error": {"Code": 404}}, "x")) == "404"


TRANSIENT = [
    error("ThrottlingException"), error("ProvisionedThroughputExceededException"), error("TransactionConflictException"),
    error("TransactionInProgressException"), error("RequestLimitExceeded"), error("InternalServerError"),
    error("ServiceUnavailable"), error("503"), error("500"),
    ReadTimeoutError(endpoint_url="x"), ConnectTimeoutError(endpoint_url="x"),
    EndpointConnectionError(endpoint_url="x"), ConnectionClosedError(endpoint_url="x"),
]  # fmt: skip


@pytest.mark.parametrize("trouble", TRANSIENT, ids=str)
def test_what_passes_is_asked_again_with_the_same_words(passing, trouble):
    time, asked = passing(), []

    def call(**said):
        asked.append(said)
        if len(asked) < 3:
            raise trouble
        return "answer"

    assert retrying(call, None, Key=1, Other="b") == "answer"
    assert asked == [{"Key": 1, "Other": "b"}] * 3
    assert len(time.pauses) == 2


def test_what_does_not_pass_is_raised_at_once(passing):
    time = passing()

    def call(**_said):
        raise error("ValidationException")

    with pytest.raises(ClientError):
        retrying(call)
    assert time.pauses == []


def test_patience_is_four_seconds_where_nobody_gave_any_and_else_what_was_given(passing):
    time = passing()

    def call(**_said):
        raise error("ThrottlingException")

    with pytest.raises(Overloaded):
        retrying(call)
    assert 4.0 <= sum(time.pauses) < 5.0
    time.pauses.clear()
    mine = Deadline(1.0)
    with pytest.raises(Overloaded):
        retrying(call, mine)
    assert 1.0 <= mine.waited < 2.0
    assert sum(time.pauses) == pytest.approx(mine.waited)
