"""Where a touch lies: by day, shard and second."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from chalicelib.records.touches import rules
from chalicelib.records.touches.rules import SHARDS, Appointment, read_row, shard_of, slots

AT = datetime(2026, 7, 1, 3, 4, 5, tzinfo=UTC)


def test_a_row_is_its_key_and_is_read_back_from_it():
    made = Appointment("journey", "U1", AT, "return_pack", "2026#1")
    assert made.slot == f"20260701#{shard_of('U1')}"
    assert made.order == "030405#journey#U1#return_pack#2026#1"
    assert read_row(made.slot, made.order) == made


def test_nobody_is_looked_at_before_their_instant():
    assert Appointment("k", "U1", AT + timedelta(microseconds=1)).order.startswith("030406#")
    last = datetime(2026, 7, 1, 23, 59, 59, 1, tzinfo=UTC)
    assert Appointment("k", "U1", last).slot.startswith("20260702#")
    assert Appointment("k", "U1", last).order.startswith("000000#")


def test_people_are_spread_evenly_over_the_shards():
    counts = [0] * SHARDS
    for n in range(6400):
        counts[shard_of(f"U{n}")] += 1
    assert min(counts) >= 60
    assert max(counts) <= 150


def test_slots_are_every_shard_of_every_day():
    found = slots(AT, AT + timedelta(days=2))
    assert (len(found), len(set(found))) == (3 * SHARDS, 3 * SHARDS)
    assert rules.slots(AT, AT) == [f"20260701#{n}" for n in range(SHARDS)]


def test_a_shard_is_always_the_same_and_a_whole_second_stays():
    assert (shard_of("U1"), shard_of("U2")) == (shard_of("U1"), shard_of("U2"))
    assert rules.rounded(AT) == AT
    assert rules.rounded(AT.replace(microsecond=1)) == AT + timedelta(seconds=1)
    assert rules.slot_of(AT, 7) == "20260701#7"


def test_slots_go_on_day_by_day():
    assert list(dict.fromkeys(slot[:8] for slot in slots(AT, AT + timedelta(days=2)))) == [
        "20260701",
        "20260702",
        "20260703",
    ]


def test_a_row_lies_where_it_lies_whatever_zone_its_machine_is_in(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert Appointment("k", "U1", AT).order.startswith("030405#")
        assert Appointment("k", "U1", AT.replace(hour=23)).slot.startswith("20260701#")
    finally:
        monkeypatch.undo()
        time.tzset()
