"""How often somebody may ask: exact counts in the table, buckets in the process, and what happens when it cannot be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from chalice.app import Blueprint
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.runtime import clients, limits
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.limits import LIMITS, AskedTooOften, Limit, LimiterDown, Rule
from infra import tables
from tests.support import aws
from tests.support.world import START

CALLER = Caller("U1", "customer", ip="203.0.113.7", device="D1")


@pytest.fixture(autouse=True)
def limits_of_this_test(engine, monkeypatch):
    limits.forget()
    monkeypatch.setitem(LIMITS, "door", Limit((Rule("ip", 3, 3600), Rule("device", 5, 3600))))
    monkeypatch.setitem(LIMITS, "message", Limit((Rule("target", 1, 60), Rule("target", 3, 86_400)), closed=True))
    monkeypatch.setitem(LIMITS, "loop", Limit((Rule("caller", 4, 60),), shared=False))


def passes(name: str, caller: Caller = CALLER, **subjects: str) -> bool:
    try:
        limits.check(name, caller, subjects)
    except AskedTooOften:
        return False
    return True


def test_exactly_so_many_in_a_window_and_again_in_the_next(engine):
    assert [passes("door") for _ in range(5)] == [True] * 3 + [False] * 2
    assert passes("door", replace(CALLER, ip="203.0.113.8", device="D2"))
    with pytest.raises(AskedTooOften) as refused:
        limits.check("door", CALLER)
    assert refused.value.retry_after == 3600
    engine.advance(timedelta(seconds=3599))
    assert not passes("door")
    engine.advance(timedelta(seconds=1))
    assert passes("door")


def test_each_rule_counts_by_its_own_subject():
    for n in range(5):
        assert passes("door", replace(CALLER, ip=f"203.0.113.{n}"))
    assert not passes("door", replace(CALLER, ip="203.0.113.99"))
    assert passes("door", replace(CALLER, ip="203.0.113.99", device=""))  # who names no device is counted by address


def test_once_a_minute_is_a_pause_and_a_day_is_the_shops(engine):
    engine.advance(timedelta(seconds=59))
    assert passes("message", target="+8613800000000")
    engine.advance(timedelta(seconds=59))  # in the next minute of the clock, but not a minute later
    assert not passes("message", target="+8613800000000")
    assert passes("message", target="+8613800000001")
    for _ in range(2):
        engine.advance(timedelta(seconds=60))
        assert passes("message", target="+8613800000000")
    engine.advance(timedelta(seconds=60))
    with pytest.raises(AskedTooOften) as refused:
        limits.check("message", CALLER, {"target": "+8613800000000"})
    midnight = START.replace(hour=16, minute=0)  # in the shop's zone
    assert engine.now() + timedelta(seconds=refused.value.retry_after) - midnight < timedelta(seconds=1)
    engine.at = midnight
    assert passes("message", target="+8613800000000")


def test_nobody_can_read_who_asked_and_rows_go_away():
    passes("door")
    passes("message", target="+8613800000000")
    rows = aws.rows(limits.Asked)
    assert len(rows) == 4
    assert not any(text in repr(row.serialize()) for row in rows for text in ("203.0.113", "138000", "D1"))
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
        limits.LOST[0](error="gone"),
    ],
)
def test_a_limiter_that_fails_lets_reads_pass_and_messages_not(monkeypatch, trouble):
    def fail(**_kwargs):
        raise trouble

    monkeypatch.setattr(clients.client("dynamodb"), "update_item", fail)
    assert [passes("door") for _ in range(9)] == [True] * 9
    with pytest.raises(LimiterDown):
        limits.check("message", CALLER, {"target": "+8613800000000"})


def test_a_bucket_in_the_process_fills_again(engine):
    assert [passes("loop") for _ in range(6)] == [True] * 4 + [False] * 2
    engine.advance(timedelta(seconds=15))
    assert [passes("loop") for _ in range(2)] == [True, False]
    engine.advance(timedelta(hours=1))
    assert [passes("loop") for _ in range(5)] == [True] * 4 + [False]
    assert passes("loop", replace(CALLER, id="U2"))


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


def test_a_process_forgets_the_oldest_buckets(monkeypatch):
    monkeypatch.setattr(limits, "MOST_KEPT", 3)
    for n in range(5):
        passes("loop", replace(CALLER, id=f"U{n}"))
    assert len(limits._full_at) == 3


def test_the_operator_may_widen_what_one_may_but_not_what_messages_cost(monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "100")
    monkeypatch.setenv("SMS_DAILY_BUDGET", "7")
    rules = {(rule.by, rule.seconds): rule.most for rule in LIMITS["codes"].rules}
    assert (rules["target", 86_400], rules["shop", 86_400], rules["ip", 3600]) == (10, 7, 2000)


def test_codes_follow_the_law_of_the_shop():
    assert LIMITS["codes"].closed
    assert {("target", 1, 60), ("target", 10, 86_400)} < {(r.by, r.times, r.seconds) for r in LIMITS["codes"].rules}
    assert {rule.by for rule in LIMITS["codes"].rules} == {"target", "ip", "device", "shop"}
    assert not LIMITS["place"].shared  # placing an order has one round trip, and it is the order's
    assert not LIMITS["quote"].shared


def test_a_door_with_an_unknown_limit_does_not_import():
    with pytest.raises(TypeError, match="no limit"):
        endpoint(Blueprint(__name__), "GET", "/v1/x", permit="public", limit="nowhere")(lambda: None)
