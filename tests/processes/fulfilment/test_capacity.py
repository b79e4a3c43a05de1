"""A location that has orders enough for the day is asked last; they are counted once they are paid, beside the customers' way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.processes.fulfilment.service import capacity
from chalicelib.records.inventory.places import service as sites
from chalicelib.records.orders import service as orders
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support.places import Places


@pytest.fixture
def places(yard):
    """Forty of each lie at SH, too, which comes after MAIN; MAIN takes two orders a day."""
    made = Places(yard.counter)
    made.open("SH")
    made.count("SH", 40, 40)
    describe(made, "MAIN", capacity=2)
    return made


def describe(places, code, **more):
    told = places.act("PUT", f"/v1/admin/locations/{code}", {"name": code, "priority": 1, "sells": True, **more})
    assert told.status == 200, told.text
    return told.json


def paid(yard, *items):
    """Where the lines of a paid order are sent from, once everybody has heard of it."""
    order = yard.paid(*items)
    yard.counter.bus.run(2)
    yard.counter.clock.advance(timedelta(seconds=11))
    return [line.location for line in orders.find(order).lines]


def counted(day=1):
    return sites.orders_of(date(2026, 6, day))


def test_one_that_has_enough_is_asked_last_until_the_next_day(yard, places):
    assert [paid(yard, (0, 1)) for _ in range(3)] == [["MAIN"], ["MAIN"], ["SH"]]
    assert counted() == {"MAIN": 2}
    shown = {one["code"]: one for one in places.act("GET", "/v1/admin/locations").json["locations"]}
    assert {code: (one["capacity"], one["orders_today"]) for code, one in shown.items()} == {
        "MAIN": (2, 2),
        "SH": (None, 0),
    }
    assert places.act("GET", "/v1/admin/locations/MAIN").json["orders_today"] == 2
    now = yard.counter.clock.now()
    assert (sites.full(now), sites.full(now + timedelta(days=1))) == ({"MAIN"}, frozenset()), "a day begins with none"


def test_what_no_other_has_is_sent_from_it_all_the_same(yard, places):
    describe(places, "MAIN", capacity=1)
    places.count("SH", 0, 40)
    yard.counter.clock.advance(timedelta(seconds=11))
    assert paid(yard, (1, 1)) == ["MAIN"]
    assert paid(yard, (0, 1), (1, 1)) == ["MAIN", "SH"]
    assert counted() == {"MAIN": 2}


def test_where_all_have_enough_the_policy_decides_as_ever(yard, places):
    describe(places, "MAIN", capacity=1)
    describe(places, "SH", capacity=1, priority=50)
    assert [paid(yard, (0, 1)) for _ in range(3)] == [["MAIN"], ["SH"], ["MAIN"]]


def test_an_order_counts_once_at_each_of_its_locations_and_only_when_it_is_paid(yard, places):
    describe(places, "SH", capacity=9, priority=50)
    quote = yard.counter.quote((0, 1))
    unpaid = yard.counter.place(quote).json["order_id"]
    yard.counter.bus.run()
    assert counted() == {}
    paid(yard, (0, 1), (1, 7))
    assert counted() == {"MAIN": 1, "SH": 1}
    work = Work(Caller("", "worker"), "count")
    capacity.count(unpaid, work)
    assert not work.pending


def test_where_no_location_says_how_many_it_takes_nothing_is_counted_or_read(yard, places):
    describe(places, "MAIN")
    assert [paid(yard, (0, 1)) for _ in range(3)] == [["MAIN"]] * 3
    assert counted() == {}
    assert sites.full(yard.counter.clock.now()) == frozenset()
