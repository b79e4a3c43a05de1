"""Care after a delivery falls due by journeys: once a line, while it is accompanied, of whoever stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.campaigns.service import planning
from chalicelib.processes.campaigns.triggers import CARE
from chalicelib.records.care.model import CarePlan
from chalicelib.records.care.rules import GUIDE, REFILL, VISIT
from chalicelib.records.care.service import courses
from chalicelib.records.messages.channels import outbox
from chalicelib.records.touches import steps as touch_steps

from . import shelf
from .conftest import touches
from .test_return_pack import SMS, Sleepers, enrolled

LINE = "O01JZ0000000000000000000000-0"


@pytest.fixture
def cared(engine, bus):
    who = Sleepers(engine).sleeper(SMS)
    outbox.clear()
    return who


def cares():
    return [one for one in touches() if one.kind in CARE]


def accompanied(who: str, kind: str, days):
    own = shelf.work()
    row = courses.begin(who, LINE, "S1", CarePlan("plans", "C1"), days.clock.now(), own)
    own.add(*touch_steps.arm(kind, who, days.clock.now() + timedelta(hours=1), LINE))
    own.commit()
    return row


@pytest.mark.parametrize("kind", [GUIDE, VISIT, REFILL])
def test_what_falls_due_for_a_line_is_told_once(cared, days, kind):
    shelf.running(kind, dict(planning.shipped()[kind]))
    accompanied(cared, kind, days)
    days.tick()
    assert outbox.latest() == []
    days.pass_(hours=1, minutes=1)
    days.tick(times=3)
    assert [one.kind for one in outbox.latest()] == ["phone"]
    assert cares() == []
    assert [row.state for row in enrolled()] == ["done"]


def test_a_line_that_is_accompanied_no_more_is_told_of_nothing(cared, days):
    shelf.running(GUIDE, dict(planning.shipped()[GUIDE]))
    row = accompanied(cared, GUIDE, days)
    own = shelf.work()
    courses.end(row, "refund", own)
    own.commit()
    days.pass_(hours=1, minutes=1)
    days.tick(times=2)
    assert (outbox.latest(), enrolled(), cares()) == ([], [], [])


def test_while_a_journey_of_care_is_paused_its_row_waits(cared, days):
    shelf.running(GUIDE, dict(planning.shipped()[GUIDE]))
    shelf.move(GUIDE, "pause")
    accompanied(cared, GUIDE, days)
    days.pass_(hours=1, minutes=1)
    days.tick()
    assert (outbox.latest(), enrolled(), len(cares())) == ([], [], 1)


def test_every_kind_of_care_has_its_journey():
    assert {GUIDE, VISIT, REFILL} == CARE
    assert set(planning.shipped()) >= CARE
