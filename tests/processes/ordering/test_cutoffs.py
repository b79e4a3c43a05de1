"""A location may close earlier, or later, than its delivery services say; an order is there when the last of its parcels is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import instant, iso
from chalicelib.records.orders import service as orders
from tests.processes.ordering.test_promise import promise, quoted, serve
from tests.support.counter import counter as counter
from tests.support.counter import fake as fake
from tests.support.places import Places
from tests.support.shelf import calls

__all__ = ["calls"]
IN_TWO, IN_THREE, IN_FOUR = (
    f"2026-06-0{day}T14:00:00.000Z" for day in (3, 4, 5)
)  # it is ten in the morning of the first


@pytest.fixture
def places(counter):
    """Standard delivery from both, from SH a day sooner; forty of each lie at SH, too."""
    made = Places(counter)
    made.open("SH")
    made.count("SH", 40, 40)
    serve(service="standard", days=3, fee_fen=0)
    serve(service="standard", days=2, fee_fen=0, location="SH")
    return made


def ways(counter, n=0):
    told = promise(counter, counter.skus[n]).json["options"]
    return [(one["service"], one["promised_at"], one["order_before"]) for one in told]


def describe(places, code, **more):
    told = places.act("PUT", f"/v1/admin/locations/{code}", {"name": code, "sells": True, "priority": 50, **more})
    assert told.status == 200, told.text
    places.counter.clock.advance(timedelta(seconds=11))


@pytest.mark.parametrize(("cutoff", "when"), [("10:00", IN_FOUR), ("10:05", IN_THREE), (None, IN_THREE)])
def test_the_cut_off_of_a_location_stands_for_that_of_its_services(counter, places, cutoff, when):
    describe(places, "MAIN", cutoff=cutoff)
    ((service, promised, _),) = ways(counter)
    assert (service, promised) == ("standard", when)
    assert quoted(counter)["promised_at"] == when


def test_a_location_may_take_orders_longer_than_its_services_say(counter, places):
    serve(cutoff="09:30")
    assert [one[0] for one in ways(counter)] == ["standard"]
    describe(places, "MAIN", cutoff="18:00")
    assert [(one[0], one[2][:16]) for one in ways(counter)] == [
        ("standard", "2026-06-01T10:00"),
        ("next_day", "2026-06-01T10:00"),
    ]


def test_an_order_is_promised_for_when_the_last_of_its_locations_is_there(counter, places):
    describe(places, "SH", cutoff="10:00")
    quote = counter.quote((0, 2), (1, 7))
    assert quote["promised_at"] == IN_THREE, "SH, too late today, is as late as MAIN"
    describe(places, "MAIN", cutoff="09:00")
    assert counter.quote((0, 2), (1, 7))["promised_at"] == IN_FOUR
    order = counter.place(quote).json["order_id"]
    assert iso(instant(orders.find(order).bill.promised)) == IN_THREE, "what was promised stays"


def test_a_promise_is_that_of_the_location_that_would_send_it(counter, places):
    assert ways(counter)[0][1] == IN_THREE
    counter.place(counter.quote((0, 5)))
    assert ways(counter)[0][1] == IN_TWO, "MAIN has none left"


def test_a_promise_tells_each_service_of_the_location_from_which_it_would_go(counter, places, calls):
    serve(location="SH", areas=["31"])
    assert [(one[0], one[1]) for one in ways(counter)] == [
        ("standard", IN_THREE),
        ("next_day", "2026-06-02T14:00:00.000Z"),
    ]
    assert quoted(counter, "next_day")["promised_at"] == "2026-06-02T14:00:00.000Z"
    calls.clear()
    promise(counter)
    assert calls == ["BatchGetItem"]
