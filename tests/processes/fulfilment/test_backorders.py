"""Who waits for goods that a count did not find: the oldest orders have what there is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.fulfilment.service import backorders
from tests.records.inventory.feeds.test_sync import counter as counter
from tests.records.inventory.feeds.test_sync import store as store


def waits(store):
    told = store.act("GET", f"/v1/admin/stock/{store.sku}/backorders")
    assert told.status == 200, told.text
    return told.json


@pytest.fixture
def orders(store):
    """Three orders of a day each, of two, one and two pieces of five."""
    found = []
    for pieces in (2, 1, 2):
        told = store.counter.place(store.counter.quote((0, pieces)))
        assert told.status == 201, told.text
        found.append(told.json["order_id"])
        store.clock.advance(timedelta(minutes=1))
    return found


def test_nobody_waits_while_there_is_enough(store, orders):
    told = waits(store)
    assert (told["orders"], told["available"], told["whole"]) == ([], 0, True)
    assert store.act("GET", "/v1/admin/stock/nowhere/backorders").status == 404


def test_the_oldest_have_what_there_is(store, orders):
    store.sync(store.count(1, 2))
    told = waits(store)
    assert (told["on_hand"], told["held"], told["available"], told["whole"]) == (2, 5, -3, True)
    assert [(one["order_id"], one["held"], one["waiting"]) for one in told["orders"]] == [
        (orders[1], 1, 1),
        (orders[2], 2, 2),
    ]


def test_who_is_served_in_part_waits_for_the_rest(store, orders):
    store.sync(store.count(1, 4))
    assert [(one["order_id"], one["waiting"]) for one in waits(store)["orders"]] == [(orders[2], 1)]
    store.sync(store.count(2, 5))
    assert waits(store)["orders"] == []


def test_who_gives_up_waits_no_more(store, orders):
    store.sync(store.count(1, 2))
    assert store.counter.ask("POST", f"/v1/orders/{orders[0]}/cancellation", key="c").status == 204
    assert [(one["order_id"], one["waiting"]) for one in waits(store)["orders"]] == [(orders[2], 1)]


def test_it_is_said_when_not_all_who_hold_pieces_were_found(store, orders, monkeypatch):
    store.sync(store.count(1, 2))
    monkeypatch.setattr(backorders, "MOST_STRIDES", 0)
    assert (waits(store)["whole"], waits(store)["orders"]) == (False, [])
