"""The sweep, minute by minute: which it looks through, what of it is told and taken out, and where the next one begins."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.runtime import observe, relay
from chalicelib.runtime.journal import Due
from chalicelib.runtime.table import key_of
from tests.runtime.conftest import failing

MINUTE = timedelta(minutes=1)


def entry(name):
    return {"Source": "jishi.shop", "DetailType": "shop.told", "Detail": json.dumps({"id": name})}


def told(ground):
    return [json.loads(one["Detail"])["id"] for one in ground.stage.cloud.bus]


def put(ground, slot, event, **values):
    row = Due(slot, event, **values).serialize()
    ground.stage.cloud.engine.answer("PutItem", {"TableName": Due.Meta.table_name, "Item": row})


def cursor(ground):
    """The minute up to which all was swept, if any sweep has kept it."""
    for row in ground.rows(Due):
        if row.slot == row.event == "cursor":
            return datetime.fromtimestamp(int(row.swept) / 1000, UTC)
    return None


def swept_to(ground, minute):
    put(ground, "cursor", "cursor", swept=millis(minute))


def slots(ground):
    return [body["ExpressionAttributeValues"][":b"]["S"] for body in ground.bodies("Query")]


def minutes(first, last):
    found = []
    while first <= last:
        found.append(f"{first:%Y%m%d%H%M}")
        first += MINUTE
    return found


def test_the_very_first_sweep_looks_back_two_hours_and_the_lag(ground):
    now = ground.stage.at
    relay.sweep()
    assert slots(ground) == [f"{one}#0" for one in minutes(now - timedelta(minutes=122), now)]
    assert all(body["ConsistentRead"] and body["Limit"] == 100 for body in ground.bodies("Query"))
    assert ground.bodies("GetItem")[0]["ConsistentRead"] is True
    assert cursor(ground) == now - timedelta(minutes=2)


def test_the_next_sweep_goes_on_at_the_minute_that_was_kept(ground):
    relay.sweep()
    kept = cursor(ground)
    ground.stage.advance(minutes=3, seconds=20, milliseconds=250)
    ground.calls.clear()
    relay.sweep()
    assert slots(ground) == [f"{one}#0" for one in minutes(kept, ground.stage.at)]
    assert cursor(ground) == kept + timedelta(minutes=3), "a whole minute"


def test_all_shards_of_a_minute_are_swept(ground, monkeypatch):
    monkeypatch.setenv("DUE_SHARDS", "3")
    swept_to(ground, ground.stage.at)
    relay.sweep()
    last = minutes(ground.stage.at - 2 * MINUTE, ground.stage.at)
    assert slots(ground) == [f"{one}#{shard}" for one in last for shard in range(3)]


def test_the_last_minutes_are_swept_again_so_many_as_the_shop_says(ground, monkeypatch):
    monkeypatch.setenv("DUE_LAG_MINUTES", "7")
    swept_to(ground, ground.stage.at)
    relay.sweep()
    assert slots(ground)[0] == f"{ground.stage.at - 7 * MINUTE:%Y%m%d%H%M}#0"
    assert cursor(ground) == ground.stage.at - 7 * MINUTE


def test_what_is_due_is_told_and_taken_out_and_the_rest_stays(ground):
    at = ground.stage.at
    for name, off in (("late", -90_000), ("now", 0), ("soon", 1)):
        put(ground, f"{at:%Y%m%d%H%M}#0", name, at=millis(at) + off, entry=json.dumps(entry(name)))
    assert relay.sweep() == 2
    assert told(ground) == ["late", "now"]
    assert [row.event for row in ground.rows(Due)] == ["soon", "cursor"]
    assert relay.sweep() == 0
    ground.stage.advance(milliseconds=1)
    assert relay.sweep() == 1
    assert told(ground) == ["late", "now", "soon"]


def test_what_the_bus_did_not_take_is_not_taken_out(ground):
    at = ground.stage.at
    put(ground, f"{at:%Y%m%d%H%M}#0", "E", at=millis(at), entry=json.dumps(entry("E")))
    swept_to(ground, at)
    ground.script = [None, None, None, None, failing("AccessDenied"), failing("AccessDenied"), failing("AccessDenied")]
    with pytest.raises(Exception, match="AccessDenied"):
        relay.sweep()
    assert "E" in {row.event for row in ground.rows(Due)}
    ground.script = []
    assert relay.sweep() == 1


def test_a_minute_of_more_than_a_page_is_told_whole(ground):
    at = ground.stage.at
    for n in range(230):
        put(ground, f"{at:%Y%m%d%H%M}#0", f"E{n:03d}", at=millis(at), entry=json.dumps(entry(f"E{n:03d}")))
    assert relay.sweep() == 230
    assert told(ground) == [f"E{n:03d}" for n in range(230)]
    assert {len(body["Entries"]) for body in ground.bodies("PutEvents")} == {10}


def test_a_minute_that_a_fast_clock_kept_is_taken_back(ground):
    """Else a sweep that is away for an hour would go on behind what fell due meanwhile."""
    swept_to(ground, ground.stage.at + timedelta(days=1))
    relay.sweep()
    assert cursor(ground) == ground.stage.at - 2 * MINUTE
    due = ground.stage.at + timedelta(minutes=10)
    put(ground, f"{due:%Y%m%d%H%M}#0", "E", at=millis(due), entry=json.dumps(entry("E")))
    ground.stage.advance(hours=1)
    assert relay.sweep() == 1


def test_nothing_is_kept_anew_of_a_minute_that_is_kept_already(ground):
    relay.sweep()
    ground.calls.clear()
    ground.stage.advance(seconds=59)
    relay.sweep()
    assert "PutItem" not in ground.ops


# ---- a long backlog -------------------------------------------------------------------------------------------------
def test_a_long_backlog_is_kept_in_strides_of_half_an_hour(ground):
    begun = ground.stage.at - timedelta(minutes=100)
    swept_to(ground, begun)
    relay.sweep()
    kept = [int(body["Item"]["m"]["N"]) for body in ground.bodies("PutItem")]
    wanted = [begun + timedelta(minutes=n) for n in (30, 60, 90, 98)]
    assert kept == [millis(one) for one in wanted]


def test_a_sweep_that_is_cut_off_has_not_run_for_nothing(ground):
    begun = ground.stage.at - timedelta(minutes=100)
    swept_to(ground, begun)

    def cut(call, effect):
        raise KeyboardInterrupt

    ground.script = [None] * 50 + [cut]
    with pytest.raises(KeyboardInterrupt):
        relay.sweep()
    assert cursor(ground) == begun + timedelta(minutes=30)


def slowly(ground, seconds):
    def act(call, effect):
        ground.stage.waited += seconds
        return effect()

    return act


def test_a_sweep_takes_so_many_seconds_and_leaves_the_rest_to_the_next(ground, monkeypatch):
    begun = ground.stage.at - timedelta(minutes=100)
    swept_to(ground, begun)
    put(ground, f"{begun:%Y%m%d%H%M}#0", "E", at=millis(begun), entry=json.dumps(entry("E")))
    ground.script = [None, slowly(ground, 2), None, None, *[slowly(ground, 2)] * 200]
    assert relay.sweep() == 1
    assert len(slots(ground)) == 10, "twenty seconds"
    assert cursor(ground) == begun + timedelta(minutes=10)
    monkeypatch.setenv("SWEEP_SECONDS", "4")
    ground.calls.clear()
    ground.script = [None, *[slowly(ground, 2)] * 200]
    relay.sweep()
    assert slots(ground) == [
        f"{one}#0" for one in minutes(begun + timedelta(minutes=10), begun + timedelta(minutes=11))
    ]
    assert cursor(ground) == begun + timedelta(minutes=12)


def test_a_sweep_whose_time_is_over_leaves_the_last_minutes_too(ground):
    swept_to(ground, ground.stage.at - timedelta(minutes=4))
    ground.script = [None, *[slowly(ground, 10)] * 20]
    relay.sweep()
    assert len(slots(ground)) == 2
    assert cursor(ground) == ground.stage.at - 2 * MINUTE


def test_the_last_minutes_are_swept_however_slowly(ground):
    swept_to(ground, ground.stage.at - timedelta(minutes=3))
    ground.script = [None, *[slowly(ground, 15)] * 20]
    relay.sweep()
    assert slots(ground) == [f"{one}#0" for one in minutes(ground.stage.at - 3 * MINUTE, ground.stage.at)]
    assert cursor(ground) == ground.stage.at - 2 * MINUTE


# ---- what nobody can tell -------------------------------------------------------------------------------------------
def odd(**change):
    return json.dumps({key: value for key, value in {**entry("E"), **change}.items() if value is not None})


@pytest.mark.parametrize(
    "text",
    [
        None, "", "{", "7", "[]", odd(Source=None), odd(Source=""), odd(DetailType=None), odd(DetailType=""),
        odd(Detail=None), odd(Detail=""), odd(Detail="{"), odd(Detail="{}"), odd(Detail='{"id": ""}'), odd(Detail="7"),
        odd(Detail=7),
    ],
)  # fmt: skip
def test_what_nobody_can_tell_is_parked_and_taken_out_and_those_after_it_are_told(ground, text, monkeypatch):
    said = []
    monkeypatch.setattr(observe.logger(), "warning", lambda event, **more: said.append((event, more)))
    at = ground.stage.at
    slot = f"{at:%Y%m%d%H%M}#0"
    put(ground, slot, "A", at=millis(at), entry=text)
    put(ground, slot, "B", at=millis(at), entry=json.dumps(entry("B")))
    assert relay.sweep() == 1
    assert told(ground) == ["B"]
    (message,) = ground.stage.cloud.queues["parked"]
    assert json.loads(message["Body"]) == {"entry": {"slot": slot, "event": "A", "entry": text}, "code": "Malformed"}
    assert [row.event for row in ground.rows(Due)] == ["cursor"]
    assert {(event, more["event_id"]) for event, more in said} <= {("filed fact malformed", "A")}


def test_what_has_no_time_is_told_now(ground):
    put(ground, f"{ground.stage.at:%Y%m%d%H%M}#0", "A", entry=json.dumps(entry("A")))
    assert relay.sweep() == 1


def test_a_fact_that_is_not_due_is_not_judged(ground):
    at = ground.stage.at
    put(ground, f"{at:%Y%m%d%H%M}#0", "A", at=millis(at) + 1, entry="{")
    assert relay.sweep() == 0
    assert "parked" not in ground.stage.cloud.queues
    assert key_of(Due, "a", "b") == {"b": {"S": "a"}, "e": {"S": "b"}}
