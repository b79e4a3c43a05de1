"""What is sold beyond what lies there is sent as it comes: who has waited longest first, and by the day that was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.processes.fulfilment.service import promises
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders

DUE = "2026-06-21T04:00:00.000Z"


@pytest.fixture
def waiting(yard):
    """Five lie there, and three orders of four, three and one piece are paid: of eight, the last three wait."""
    sku = yard.counter.skus[0]
    told = yard.act("PATCH", f"/v1/admin/stock/{sku}", {"backorders": 3, "backorders_by": DUE})
    assert told.status == 204, told.text
    found = []
    for pieces in (4, 3, 1):
        found.append(yard.paid((0, pieces)))
        yard.counter.clock.advance(timedelta(seconds=5))
    return found


def more(yard, pieces):
    sku = yard.counter.skus[0]
    told = yard.act("POST", f"/v1/admin/stock/{sku}/adjustments", {"delta": pieces, "reason": "came"})
    assert told.status == 204, told.text


def listed(yard):
    told = yard.act("GET", f"/v1/admin/stock/{yard.counter.skus[0]}/backorders").json
    return [(one["order_id"], one["held"], one["waiting"]) for one in told["orders"]], told["available"]


def test_who_has_waited_longest_is_sent_first_when_some_comes(yard, waiting):
    first, second, third = waiting
    assert yard.shelf() == (5, 0, 8)
    assert listed(yard) == ([(second, 3, 2), (third, 1, 1)], -3)
    assert yard.ship(third, status=409) == "OTHERS_WAITED_LONGER"
    assert yard.ship(second, status=409) == "OTHERS_WAITED_LONGER"
    yard.ship(second, (0, 1))
    assert yard.ship(second, (0, 1), status=409) == "OTHERS_WAITED_LONGER"
    yard.ship(first)
    more(yard, 2)
    assert listed(yard) == ([(third, 1, 1)], -1)
    assert yard.ship(third, status=409) == "OTHERS_WAITED_LONGER"
    yard.ship(second)
    more(yard, 1)
    assert listed(yard) == ([], 0)
    yard.ship(third)
    assert [yard.state(one) for one in waiting] == ["shipped"] * 3
    assert yard.shelf() == (0, 3, 0)


def test_who_is_paid_back_frees_what_others_wait_for(yard, waiting):
    first, second, third = waiting
    level = inventory.read_levels([yard.counter.skus[0]])[yard.counter.skus[0]]
    assert (level.there, level.free, level.available) == (-3, -3, 0)
    yard.ship(first)
    assert listed(yard) == ([(second, 3, 2), (third, 1, 1)], -3)


def test_what_waits_is_late_after_its_day_and_not_before(yard, waiting):
    first, second, _ = waiting
    assert promises.ship_by(orders.find(second)) == datetime(2026, 6, 21, 4, tzinfo=UTC)
    assert promises.ship_by(orders.find(first)) < datetime(2026, 6, 4, tzinfo=UTC)
