"""Limits, to the last request: who is counted under what, when a window ends, how a bucket fills, who is let by."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from chalicelib.runtime import keys, limits, observe, settings
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.limits import AskCount, Limit, Rule, TooManyRequests, local, shared
from tests.hardening.proof.shop import SECRETS
from tests.runtime.conftest import failing, lost_answer, lost_request

CALLER = Caller("U1", "customer", ip="203.0.113.7", device="D1")


LIMITS = {
    "shared": Limit("shared", shared(2, per="minute")),
    "also": Limit("also", shared(2, per="minute")),
    "two": Limit("two", shared(3, per="minute"), Rule("caller", 4, 600)),
    "each": Limit("each", shared(3, per="minute", by="ip"), shared(2, per="minute", by="device")),
    "day": Limit("day", shared(1, per="day")),
    "own": Limit("own", local(3, per="minute")),
    "both": Limit("both", local(2, per="minute"), local(3, per="minute", by="ip")),
}


@pytest.fixture(autouse=True)
def policy(ground):
    limits.forget()
    yield ground
    limits.forget()


@pytest.fixture
def counted(monkeypatch):
    found = []
    monkeypatch.setattr(observe, "count", lambda name, **more: found.append((name, more)))
    return found


def wait(name, caller=CALLER):
    """The seconds that somebody is told to wait, 0 when let in."""
    try:
        limits.check(LIMITS[name], caller)
    except TooManyRequests as refused:
        return refused.wait if refused.params == {"seconds": refused.wait} else -1
    return 0


# ---- in the table ---------------------------------------------------------------------------------------------------
def test_so_many_are_let_in_a_window_and_the_next_begins_with_the_minute(ground, counted):
    ground.stage.advance(seconds=20, milliseconds=250)
    assert [wait("shared") for _ in range(4)] == [0, 0, 40, 40]
    assert counted == [("Limited", {"limit": "shared"})] * 2
    ground.stage.advance(seconds=39, milliseconds=749)
    assert wait("shared") == 1
    ground.stage.advance(milliseconds=1)
    assert [wait("shared") for _ in range(3)] == [0, 0, 60]


def test_one_row_a_window_counts_and_goes_after_two(ground):
    ground.stage.advance(seconds=20)
    wait("shared"), wait("shared"), wait("shared")
    now = int(ground.stage.at.timestamp())
    window = (now + 8 * 3600) // 60
    name = limits.keyed(f"shared|caller|60|U1|{window}")
    assert ground.raw(AskCount) == [{"k": {"S": name}, "c": {"N": "2"}, "x": {"N": str(now + 120)}}]
    assert ground.ops == ["UpdateItem"] * 3


def test_a_day_begins_at_the_shop_s_midnight(ground):
    ground.stage.at = datetime(2026, 3, 2, 15, 59, 30, tzinfo=UTC)
    assert [wait("day"), wait("day")] == [0, 30]
    ground.stage.advance(seconds=30)
    assert [wait("day"), wait("day")] == [0, 86_400]


def test_each_door_caller_and_rule_counts_for_itself(ground):
    assert [wait("shared"), wait("shared"), wait("shared")] == [0, 0, 60]
    assert wait("also") == 0
    assert wait("shared", CALLER._replace(id="U2")) == 0
    assert [wait("two") for _ in range(4)] == [0, 0, 0, 60]
    ground.stage.advance(seconds=60)
    assert [wait("two"), wait("two")] == [0, 540], "the longer window goes on"


def test_an_address_and_a_device_are_counted_apart_and_no_device_is_passed_over(ground):
    other = CALLER._replace(ip="203.0.113.8")
    assert [wait("each"), wait("each", other), wait("each", other)] == [0, 0, 60], "two by one device"
    unknown = CALLER._replace(ip="203.0.113.9", device="")
    assert [wait("each", unknown) for _ in range(4)] == [0, 0, 0, 60]
    same = CALLER._replace(ip="D9", device="D9")
    assert [wait("each", same), wait("each", same), wait("each", same)] == [0, 0, 60]


def test_who_has_no_name_is_counted_by_the_network(ground):
    anyone = Caller("", "anyone", ip="2001:db8:1:2::1")
    assert [wait("shared", anyone), wait("shared", anyone._replace(ip="2001:db8:1:2::9"))] == [0, 0]
    assert wait("shared", anyone) == 60
    assert wait("shared", anyone._replace(ip="2001:db8:1:3::1")) == 0
    assert wait("shared", anyone._replace(id="U5")) == 0


def test_a_shop_may_be_wider(ground, monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "2")
    assert [wait("shared") for _ in range(5)] == [0, 0, 0, 0, 60]
    assert [wait("own") for _ in range(7)] == [0] * 6 + [10]


@pytest.mark.parametrize("act", [failing("ThrottlingException"), failing("AccessDenied"), lost_request, lost_answer])
def test_a_table_that_fails_stands_in_nobody_s_way(ground, counted, act):
    ground.script = [act] * 3
    assert [wait("shared") for _ in range(3)] == [0] * 3
    assert counted == [("LimiterFailed", {})] * 3


def test_a_shop_without_keys_lets_in_and_says_so(ground, counted, monkeypatch):
    said = []
    log = observe.logger()
    monkeypatch.setattr(log, "warning", lambda event, **more: said.append((event, more)))
    settings.use_secrets({})
    assert wait("shared") == 0
    assert counted == [("LimiterFailed", {})]
    assert said == [("limiter failed", {"limit": "shared", "causes": ["KeyError"]})]


def test_a_fault_of_ours_is_no_trouble_of_the_limiter(ground, monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "many")
    with pytest.raises(ValueError, match="many"):
        limits.check(LIMITS["shared"], CALLER)


def test_nobody_reads_who_asked_and_a_new_key_of_the_shop_counts_on(ground):
    secret = keys.signing_keys()[0].encode()
    told = hashlib.blake2b("集|1".encode(), key=secret[:64], digest_size=16).hexdigest()
    assert limits.keyed("集|1") == told
    settings.use_secrets(keys.rotated(SECRETS))
    assert limits.keyed("集|1") == told
    settings.use_secrets({"keys": {"signing": ["k" * 99]}})
    assert limits.keyed("x") == hashlib.blake2b(b"x", key=b"k" * 64, digest_size=16).hexdigest()


# ---- in the process -------------------------------------------------------------------------------------------------
def test_a_bucket_gives_its_size_at_once_and_then_one_by_one(ground, counted):
    assert [wait("own") for _ in range(5)] == [0, 0, 0, 20, 20]
    assert counted == [("Limited", {"limit": "own"})] * 2
    ground.stage.advance(seconds=18, milliseconds=500)
    assert wait("own") == 2, "a wait is told in whole seconds, rather too long than too short"
    ground.stage.advance(milliseconds=1500)
    assert [wait("own"), wait("own")] == [0, 20]
    ground.stage.advance(minutes=2)
    assert [wait("own") for _ in range(4)] == [0, 0, 0, 20]
    assert ground.calls == []


def test_each_has_a_bucket_and_each_rule_too(ground):
    assert [wait("both") for _ in range(3)] == [0, 0, 30]
    other = CALLER._replace(id="U2")
    assert [wait("both", other), wait("both", other)] == [0, 20], "the network's bucket is empty"
    assert wait("own") == 0
    limits.forget()
    assert wait("both") == 0


@pytest.mark.parametrize(
    ("full_at", "now", "size", "milliseconds", "told"),
    [
        (0, 1000, 4, 60_000, (16_000, 0)),
        (16_000, 1000, 4, 60_000, (31_000, 0)),
        (46_000, 1000, 4, 60_000, (61_000, 0)),
        (46_001, 1000, 4, 60_000, (46_001, 1)),
        (61_000, 1000, 4, 60_000, (61_000, 15_000)),
        (61_000, 16_000, 4, 60_000, (76_000, 0)),
        (0, 1000, 1, 60_000, (61_000, 0)),
        (61_000, 1000, 1, 60_000, (61_000, 60_000)),
        (0, 1000, 2000, 1000, (1001, 0)),
        (0, 1000, 3, 1000, (1333, 0)),
    ],
)
def test_a_bucket_step_by_step(full_at, now, size, milliseconds, told):
    assert limits.after(full_at, now, size, milliseconds) == told


# ---- whose line it is -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "own", "around"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:DB8:1:2:ffff::", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("", "", ""),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_a_line_and_the_network_around_it(address, own, around):
    assert limits.networks(address) == [own, around]
    assert limits.network(address) == own
