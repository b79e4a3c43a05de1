"""How often somebody may ask: exact counts in the table, buckets in the process, and what happens when it cannot be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.processes.ordering.routes import PLACING, QUOTING
from chalicelib.runtime import clients, limits
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.limits import Limit, TooManyRequests, local, shared
from infra import tables
from tests.support import aws
from tests.support.world import START

CALLER = Caller("U1", "customer", ip="203.0.113.7", device="D1")
LIMITS = {
    "door": Limit("door", shared(3, per="hour", by="ip"), shared(5, per="hour", by="device")),
    "daily": Limit("daily", shared(2, per="day")),
    "loop": Limit("loop", local(4, per="minute")),
}


@pytest.fixture(autouse=True)
def limits_of_this_test(engine):
    limits.forget()


def passes(name: str, caller: Caller = CALLER) -> bool:
    try:
        limits.check(LIMITS[name], caller)
    except TooManyRequests:
        return False
    return True


def test_exactly_so_many_in_a_window_and_again_in_the_next(engine):
    assert [passes("door") for _ in range(5)] == [True] * 3 + [False] * 2
    assert passes("door", CALLER._replace(ip="203.0.113.8", device="D2"))
    with pytest.raises(TooManyRequests) as refused:
        limits.check(LIMITS["door"], CALLER)
    assert refused.value.wait == 3600
    engine.advance(timedelta(seconds=3599))
    assert not passes("door")
    engine.advance(timedelta(seconds=1))
    assert passes("door")


def test_each_rule_counts_by_its_own_subject():
    for n in range(5):
        assert passes("door", CALLER._replace(ip=f"203.0.113.{n}"))
    assert not passes("door", CALLER._replace(ip="203.0.113.99"))
    assert passes("door", CALLER._replace(ip="203.0.113.99", device=""))  # who names no device is counted by address


def test_a_day_is_the_shops(engine):
    assert [passes("daily") for _ in range(3)] == [True, True, False]
    with pytest.raises(TooManyRequests) as refused:
        limits.check(LIMITS["daily"], CALLER)
    midnight = START.replace(hour=16, minute=0)  # in the shop's zone
    assert engine.now() + timedelta(seconds=refused.value.wait) == midnight
    engine.at = midnight
    assert passes("daily")


def test_nobody_can_read_who_asked_and_rows_go_away():
    passes("door")
    passes("daily")
    rows = aws.rows(limits.AskCount)
    assert len(rows) == 3
    assert not any(text in repr(row.serialize()) for row in rows for text in ("203.0.113", "D1", "U1"))
    assert all(0 < row.expires - START.timestamp() <= 2 * 86_400 for row in rows)
    assert tables.described()["LimitsTable"]["Properties"]["TimeToLiveSpecification"]["AttributeName"] == "x"


def test_an_ipv6_line_is_one_subject():
    assert limits.network("2001:db8:1:2:aaaa::1") == limits.network("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::/64"
    assert limits.network("2001:db8:1:3::1") != limits.network("2001:db8:1:2::1")
    assert limits.network("203.0.113.7") == "203.0.113.7"
    assert limits.network("") == ""


def test_one_update_a_rule(monkeypatch):
    calls = []
    real = clients.client("dynamodb")._make_api_call
    monkeypatch.setattr(
        clients.client("dynamodb"), "_make_api_call", lambda name, args: (calls.append(name), real(name, args))[1]
    )
    passes("door")
    assert calls == ["UpdateItem", "UpdateItem"]
    calls.clear()
    passes("loop")
    assert calls == []


@pytest.mark.parametrize(
    "trouble",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem"),
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "UpdateItem"),
        limits.NO_RESPONSE[0](error="gone"),
    ],
)
def test_a_limiter_that_fails_stands_in_nobodys_way(monkeypatch, trouble):
    def fail(**_kwargs):
        raise trouble

    monkeypatch.setattr(clients.client("dynamodb"), "update_item", fail)
    assert [passes("door") for _ in range(9)] == [True] * 9


def test_a_bucket_in_the_process_fills_again(engine):
    assert [passes("loop") for _ in range(6)] == [True] * 4 + [False] * 2
    engine.advance(timedelta(seconds=15))
    assert [passes("loop") for _ in range(2)] == [True, False]
    engine.advance(timedelta(hours=1))
    assert [passes("loop") for _ in range(5)] == [True] * 4 + [False]
    assert passes("loop", CALLER._replace(id="U2"))


@given(st.lists(st.integers(0, 30_000), max_size=60), st.integers(1, 8), st.integers(1, 60))
def test_a_bucket_never_gives_more_than_its_size_and_what_came_back(gaps, size, seconds):
    now, full_at, granted = 0, 0, []
    for gap in gaps:
        now += gap
        full_at, wait = limits.after(full_at, now, size, seconds * 1000)
        assert wait >= 0
        if not wait:
            granted.append(now)
    each = seconds * 1000 // size
    for i, first in enumerate(granted):
        for j in range(i, len(granted)):
            assert j - i + 1 <= size + (granted[j] - first) / each


def test_a_local_shop_may_widen_what_one_address_may(monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "100")
    assert [passes("door") for _ in range(300)] == [True] * 300


def test_placing_and_quoting_spend_no_round_trip():
    assert not [rule for limit in (PLACING, QUOTING) for rule in limit.rules if rule.shared]
