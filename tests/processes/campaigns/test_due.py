"""From the rhythm to who is due: one query a shard, nothing lost or done twice, whoever dies or comes twice."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

from chalicelib.kernel.facts import read
from chalicelib.processes.campaigns import consumers
from chalicelib.processes.campaigns.events import TouchBatchDue, TouchShardDue
from chalicelib.processes.campaigns.kinds import KINDS
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service import due
from chalicelib.records.identity.accounts.service import visits
from chalicelib.records.touches import steps
from chalicelib.records.touches.rules import SHARDS
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work

from .conftest import touches

EMPTY_TICK_READS = SHARDS


def work() -> Work:
    return Work(worker("test"), "test")


def test_a_tick_over_empty_shards_is_one_query_each_and_nothing_is_scanned(bus, calls):
    consumers.plan({}, None)
    bus.run()
    assert Counter(calls) - Counter(Scan=10**6) == {"Query": EMPTY_TICK_READS}


def test_around_midnight_a_tick_looks_at_both_days(engine):
    begun = engine.now().replace(hour=0, minute=4)
    found = due.stretches(begun - due.LOOK_BACK, begun)
    assert len(found) == 2 * SHARDS
    assert {(one.since, one.until) for one in found} == {("235400", "235959"), ("000000", "000400")}


def test_who_registers_is_looked_at_after_thirty_days_and_an_hour(customer, engine):
    (one,) = touches()
    assert (one.kind, one.person) == ("silence", customer.id)
    assert timedelta(days=30, hours=1) <= one.at - engine.now() <= timedelta(days=30, hours=1, seconds=1)


def test_whoever_came_meanwhile_is_moved_to_when_they_would_be_silent(customer, front, days, engine):
    days.pass_(days=29, hours=23)
    assert front.post("/v1/auth/refresh", {"refresh_token": customer.refresh}).status == 200
    came = engine.now()
    (before,) = touches()
    days.pass_(hours=2)
    (after,) = touches()
    assert before.at < after.at
    assert after.at - came <= timedelta(days=30, hours=1, seconds=1)


def test_a_visit_never_touches_the_row(customer, front, days, calls):
    before = touches()
    days.clock.advance(timedelta(hours=2))
    calls.clear()
    assert front.post("/v1/auth/refresh", {"refresh_token": customer.refresh}).status == 200
    days.bus.run()
    assert touches() == before


def test_firing_a_row_and_arming_it_anew_is_two_plain_writes(customer, front, days, calls):
    days.pass_(days=20)
    front.post("/v1/auth/refresh", {"refresh_token": customer.refresh})
    days.bus.run()
    (row,) = touches()
    days.clock.advance(timedelta(days=10, hours=2))
    fact = TouchBatchDue(row.slot, row.kind, row.order)
    calls.clear()
    sending.worker.deliver(_envelope(fact))
    assert Counter(calls) == {"BatchGetItem": 1, "PutItem": 1, "DeleteItem": 1}


def _envelope(fact):
    return {"detail-type": fact.wire, "detail": {"id": "x", "at": 0, "actor": "test", "data": fact.data()}}


def test_two_planners_at_once_and_every_task_twice_leave_one_row(customer, days):
    days.clock.advance(timedelta(days=31))
    consumers.plan({}, None)
    consumers.plan({}, None)
    days.tick(times=2)
    assert len(touches()) == 1


def test_pages_go_on_where_they_stopped(engine, bus):
    own = work()
    for n in range(7):
        own.add(*steps.arm("toy", "U1", engine.now(), episode=str(n)))
    own.commit()
    (slot,) = {one.slot for one in touches()}
    waiting, met = [TouchShardDue(slot, "000000", "235959")], []
    while waiting:
        due.expand(waiting.pop(), work(), page=3)
        told = [read(entry["DetailType"], json.loads(entry["Detail"])["data"]) for entry in bus.handed]
        bus.handed.clear()
        waiting += [fact for fact in told if isinstance(fact, TouchShardDue)]
        met += [row for fact in told if isinstance(fact, TouchBatchDue) for row in fact.rows.split("\n")]
    assert [one[-1] for one in met] == list("0123456")


def test_a_kind_that_nobody_knows_is_left_for_who_will(engine, bus):
    own = work()
    own.add(*steps.arm("unheard", "U1", engine.now()))
    own.commit()
    consumers.plan({}, None)
    bus.run()
    assert len(touches()) == 1
    assert "unheard" not in KINDS


def test_a_long_silence_of_the_rhythm_is_swept_from_where_it_stopped(customer, days):
    days.tick()
    days.pass_(days=40)
    (row,) = touches()
    assert row.at > days.clock.now()


def test_nobody_looks_any_more_for_who_is_gone(engine, bus):
    own = work()
    own.add(*steps.arm("silence", "U01JZ0000000000000000000000", engine.now()))
    own.commit()
    consumers.plan({}, None)
    bus.run()
    assert touches() == []


def test_a_crash_between_the_new_row_and_the_old_looks_twice_and_ends_with_one(customer, days):
    (row,) = touches()
    own = work()
    own.add(*steps.arm("silence", customer.id, row.at + timedelta(days=1)))
    own.commit()
    days.pass_(days=32)
    assert len(touches()) == 1


def test_the_last_visit_is_of_those_who_are_there(customer, front):
    found = visits.latest([customer.id, "U01JZ0000000000000000000000"], consistent=True)
    assert list(found) == [customer.id]
    assert not found[customer.id].leaving


def test_shards_are_handed_on_as_tasks_without_a_row_of_the_journal(engine, bus, calls):
    consumers.plan({}, None)
    assert calls == []
    assert {entry["DetailType"] for entry in bus.handed} == {TouchShardDue.wire}
    assert len(bus.handed) == SHARDS
