"""People of a shop, and time that passes with its rhythms."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.campaigns import consumers
from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.records.touches.model import Touch
from chalicelib.records.touches.rules import Appointment, read_row
from chalicelib.runtime import clients
from tests.support import aws, people

assert sending.worker  # it listens


class Days:
    """Time in steps, at each of which the planner runs, and the sweeper after a long one."""

    def __init__(self, clock, bus):
        self.clock, self.bus = clock, bus

    def pass_(self, **by):
        self.clock.advance(timedelta(**by))
        self.bus.run()
        self.tick()

    def tick(self, times=1):
        self.clock.advance(timedelta(seconds=1))  # a row lies at the next whole second
        consumers.plan({}, None)
        consumers.sweep({}, None)
        return self.bus.run(times)


@pytest.fixture
def days(engine, bus):
    return Days(engine, bus)


@pytest.fixture
def customer(front, bus):
    made = people.register(front, "13800138000")
    bus.run()
    return made


@pytest.fixture
def calls(engine):
    """What is asked of the database."""
    asked = []
    events = clients.client("dynamodb").meta.events
    handler = lambda model, **_: asked.append(model.name)
    events.register("before-call.dynamodb", handler)
    yield asked
    events.unregister("before-call.dynamodb", handler)


def touches() -> list[Appointment]:
    return sorted(read_row(row.slot, row.order) for row in aws.rows(Touch) if row.order != "swept")
