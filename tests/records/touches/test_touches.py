"""Touches: where a row lies, that armed twice is armed once, and that pages of a slot leave nobody out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.records.touches import service, steps
from chalicelib.records.touches.model import Touch
from chalicelib.records.touches.rules import Appointment, read_row, shard_of
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work
from tests.support import aws

AT = datetime(2026, 7, 1, 3, 4, 5, tzinfo=UTC)


def work() -> Work:
    return Work(worker("test"), "test")


def arm(person: str, at: datetime = AT, **more: str) -> None:
    own = work()
    own.add(*steps.arm("silence", person, at, **more))
    own.commit()


def test_armed_twice_is_armed_once_and_disarmed_is_gone(engine):
    arm("U1")
    arm("U1")
    assert len(aws.rows(Touch)) == 1
    own = work()
    own.add(*steps.disarm("silence", "U1", AT))
    own.commit()
    assert aws.rows(Touch) == []


def test_pages_of_a_slot_leave_nobody_out_and_none_is_met_twice(engine):
    slot = Appointment("silence", "U1", AT).slot
    for n in range(7):
        arm("U1", AT, episode=str(n))
    arm("U1", AT + timedelta(seconds=1))
    found, since = [], "000000"
    while page := service.due(slot, since, "030405", 3):
        assert len(page) <= 3
        found += page
        since = page[-1]
    assert [read_row(slot, one).episode for one in found] == [str(n) for n in range(7)]
    assert len(service.due(slot, "000000", "030406", 100)) == 8
    assert service.due(slot, "030407", "235959", 100) == []


def test_looked_at_again_is_the_new_row_without_the_old(engine):
    arm("U1")
    done = Appointment("silence", "U1", AT)
    service.again(done, AT + timedelta(days=2, microseconds=5), work())
    (row,) = aws.rows(Touch)
    assert (row.slot, row.order[:6]) == (f"20260703#{shard_of('U1')}", "030406")
    service.again(read_row(row.slot, row.order), AT + timedelta(days=2, seconds=1), work())
    assert len(aws.rows(Touch)) == 1, "again at the same instant keeps the row"
    service.settle(read_row(row.slot, row.order), work())
    assert aws.rows(Touch) == []


def test_how_far_all_was_swept_is_kept(engine):
    assert service.swept() is None
    service.note_swept(AT, work())
    assert service.swept() == AT
