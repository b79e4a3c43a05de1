"""Facts for later, to the moment: what is late is filed where the sweep still comes by, what is due is told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.runtime import relay, world
from chalicelib.runtime.journal import Due
from tests.support import aws


@pytest.fixture
def told(engine, monkeypatch):
    """What the sweep publishes."""
    seen: list[str] = []
    monkeypatch.setattr(relay, "publish", lambda waiting: seen.extend(json.loads(e["Detail"])["id"] for e in waiting))
    return seen


def entry(name):
    return {"Source": "jishi.test", "DetailType": "test", "Detail": json.dumps({"id": name})}


def test_a_fact_whose_minute_has_passed_is_filed_into_this_one(told):
    """The sweep has gone by there long since, and does not come back."""
    relay.sweep()
    relay.file(entry("late"), millis(world.now() - timedelta(hours=3)))
    (row,) = [row for row in aws.rows(Due) if row.event == "late"]
    assert row.slot.startswith(f"{world.now():%Y%m%d%H%M}#")
    relay.sweep()
    assert told == ["late"]


@pytest.mark.parametrize(("early", "swept"), [(0, ["due"]), (1, [])])
def test_a_fact_is_told_in_its_very_millisecond_and_not_before(told, early, swept):
    relay.file(entry("due"), millis(world.now()) + early)
    relay.sweep()
    assert told == swept
