"""Within the hour: a courier of the city fetches it, and where none does, it goes like everything else (E71)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.records.orders import service as orders
from tests.processes.ordering.test_promise import serve


@pytest.fixture
def courier(yard):
    """A courier under contract, and hourly delivery."""
    yard.contract("sf", "jd", "kuaidi100", "city")
    serve(service="hourly", minutes=60, fee_fen=900)
    serve(service="standard", days=3, fee_fen=0)
    return yard.carriers["city"]


def told(yard, number, **lie):
    """The courier tells all that it knows of a parcel."""
    raw = yard.carriers["city"].push(number, **lie)
    answer = yard.counter.front.post(f"/v1/webhooks/carriers/city/{number}", raw=raw)
    yard.counter.bus.run()
    return answer.status


def test_an_hourly_order_is_brought_by_the_courier_and_keeps_its_promise(yard, courier):
    order = yard.paid((0, 1), service="hourly")
    number, waybill = yard.shipped(order)
    assert (yard.parcel(number).carrier, waybill) == ("city", courier.parcels[number].waybill)
    for code in ("30", "40", "50"):
        yard.counter.clock.advance(timedelta(minutes=10))
        courier.scan(number, code, yard.counter.clock.now())
        assert told(yard, number) == 200
    assert (yard.parcel(number).state, yard.state(order)) == ("delivered", "delivered")
    assert orders.find(order).promise == "kept"
    (shown,) = yard.timeline(order)
    assert (shown["carrier_zh"], [one["status"] for one in shown["traces"]]) == (
        "同城急送",
        ["picked_up", "out_for_delivery", "delivered"],
    )


def test_what_no_courier_takes_goes_by_standard(yard, courier):
    courier.refuses = "2003"
    number, _ = yard.shipped(yard.paid((0, 1), service="hourly"))
    assert (yard.parcel(number).carrier, yard.parcel(number).state) == ("sf", "labelled")


def test_without_a_courier_under_contract_it_goes_by_standard(yard, courier):
    yard.contract("sf", "jd", "kuaidi100")
    number, _ = yard.shipped(yard.paid((0, 1), service="hourly"))
    assert yard.parcel(number).carrier == "sf"


def test_a_standard_order_is_offered_to_no_courier(yard, courier):
    yard.contract("city")
    assert yard.ship(yard.paid((0, 1)), status=409) == "NO_CARRIER"
    yard.contract("sf", "city")
    yard.carriers["sf"].refuses = "filter"
    number = yard.ship(yard.paid((1, 1)))
    yard.counter.bus.run()
    assert (yard.parcel(number).state, courier.parcels) == ("refused", {})


@pytest.mark.parametrize(
    "lie", [{"sign": "0" * 64}, {"nonce": "n2"}, {"at": "1772424000001"}, {"sign": ""}, {"said": "{}"}]
)
def test_a_push_that_the_courier_did_not_sign_changes_nothing(yard, courier, lie):
    order = yard.paid((0, 1), service="hourly")
    number, _ = yard.shipped(order)
    courier.scan(number, "50", yard.counter.clock.now())
    assert told(yard, number, **lie) == 404
    assert (yard.parcel(number).state, yard.state(order)) == ("labelled", "shipped")


def test_the_carrier_that_a_service_names_is_asked_first_and_the_others_after_it(yard):
    serve(service="next_day", carrier="jd")
    serve(service="standard", days=3, fee_fen=0)
    order = yard.paid((0, 2), service="next_day")
    number, _ = yard.shipped(order, (0, 1))
    assert yard.parcel(number).carrier == "jd"
    yard.carriers["jd"].refuses = "2004"
    other, _ = yard.shipped(order, (0, 1))
    assert (yard.parcel(other).carrier, yard.parcel(other).state) == ("sf", "labelled")
    yard.contract("sf")
    assert yard.parcel(yard.ship(yard.paid((1, 1), service="next_day"))).carrier == "sf"
