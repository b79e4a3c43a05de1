"""The shop's adapters and the simulated carriers, written apart from the same rules, understand one another."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import Any

import pytest

import simulator
from chalicelib.kernel.clock import SystemClock
from chalicelib.records.shipping import carriers
from chalicelib.records.shipping.carriers.port import (
    BookedBefore,
    BookingUnknown,
    CarrierMisconfigured,
    CarrierPort,
    CarrierThrottled,
    CarrierUnsure,
    Consignment,
    FetchedAlready,
    Party,
    RawPush,
    WaybillRef,
)
from chalicelib.records.shipping.rules import stand
from chalicelib.runtime.outside import PooledHttp
from simulator import Simulator
from tests.simulator.shop import Listener, call

NUMBER = "S01KAQ3T8Z6M4V2N9C7XJ5R1B01"
HOME = Party("王小明", "13800138000", "上海市", "上海市", "浦东新区", "世纪大道 1 号")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def adapter(sim: Simulator, name: str, **bend: Any) -> CarrierPort:
    nonce = lambda: secrets.token_hex(16)
    return carriers.make(name, sim.merchant[f"shipping/{name}"] | bend, PooledHttp(), SystemClock(), nonce)


def parcel(number: str = NUMBER) -> Consignment:
    return Consignment(number, HOME, 1, 1000, SystemClock().now())


@pytest.mark.parametrize("name", ["sf", "jd"])
def test_a_parcel_is_priced_booked_once_asked_about_and_called_off(still: Simulator, name: str) -> None:
    carrier = adapter(still, name)
    assert all(rate.fee > 0 for rate in carrier.rate(parcel()))
    with pytest.raises(BookingUnknown):
        carrier.booked(NUMBER)
    booked = carrier.book(parcel())
    with pytest.raises(BookedBefore):
        carrier.book(parcel())
    assert carrier.booked(NUMBER).waybill == booked.waybill
    carrier.cancel(NUMBER, booked.waybill)
    carrier.cancel(NUMBER, booked.waybill)
    other = carrier.book(parcel(NUMBER[:-2] + "02"))
    still.carriers.move(NUMBER[:-2] + "02")
    with pytest.raises(FetchedAlready):
        carrier.cancel(NUMBER[:-2] + "02", other.waybill)


@pytest.mark.parametrize("name", ["sf", "jd", "city"])
@pytest.mark.parametrize(
    ("knob", "kind", "done"),
    [
        ("down", CarrierUnsure, False),
        ("throttle", CarrierThrottled, False),
        ("lost_answer", CarrierUnsure, True),
        ("answer_500", CarrierUnsure, True),
    ],
)
def test_what_goes_wrong_on_purpose_leaves_a_booking_that_is_there_or_not(
    still: Simulator, name: str, knob: str, kind: type[Exception], done: bool
) -> None:
    carrier = adapter(still, name)
    still.faults("kuaidi100", **{knob: 1})  # of another, and no matter here
    still.faults(name, **{knob: 1})
    with pytest.raises(kind):
        carrier.book(parcel())
    if done:
        assert carrier.booked(NUMBER).waybill == still.carriers.parcels[NUMBER]["waybill"]
    else:
        with pytest.raises(BookingUnknown):
            carrier.booked(NUMBER)
    assert [rule["left"] for rule in still.till.faults.as_list()] == [1, 0]


@pytest.mark.parametrize("name", ["sf", "jd"])
def test_its_way_is_told_when_it_is_asked_for(still: Simulator, name: str) -> None:
    carrier = adapter(still, name)
    waybill = carrier.book(parcel()).waybill
    for _ in range(5):
        still.carriers.move(NUMBER)
    traces = carrier.traces(WaybillRef(NUMBER, waybill, "", "8000"))
    assert len(traces) == 5
    assert stand(traces).status == "delivered"
    assert "13912345678" not in repr(traces)
    with pytest.raises(ValueError, match="end"):
        still.carriers.move(NUMBER)


@pytest.mark.parametrize(("name", "key"), [("sf", "checkword"), ("jd", "app_secret"), ("kuaidi100", "key")])
def test_wrong_keys_are_refused(still: Simulator, name: str, key: str) -> None:
    carrier = adapter(still, name, **{key: "of another shop"})
    with pytest.raises(CarrierMisconfigured):
        carrier.traces(WaybillRef(NUMBER, "SF1000000000001", "yuantong", "8000"))


def test_sf_pushes_each_step_until_it_is_taken(state: Path, listener: Listener) -> None:
    sim = simulator.start(state, speedup=600, seed=7, notify=False, merchant=listener.url.removesuffix("/notices"))
    try:
        carrier = adapter(sim, "sf")
        carrier.book(parcel())
        taken = b'{"return_code":"0000","return_msg":"ok"}'
        listener.replies = [(500, b""), (200, b"<html>"), *[(200, taken)] * 40]
        for _ in range(5):
            sim.carriers.move(NUMBER)
        until = time.monotonic() + 20
        while sim.carriers.owed and time.monotonic() < until:
            sim.carriers.tick()
            time.sleep(0.05)
        assert sim.carriers.owed == []
        told = []
        for one in listener.received:
            assert one.path == f"/v1/webhooks/carriers/sf/{sim.merchant['shipping/sf']['push_secret']}"
            (report,) = carrier.parse(RawPush(one.path.rsplit("/", 1)[1], JSON, one.body))
            told += report.traces
        assert len(told) >= 7  # five steps, and what was not taken came again
        assert len(set(told)) == 5
        assert stand([each._replace(proven=True) for each in told]).status == "delivered"
    finally:
        sim.stop()


def test_kuaidi100_follows_any_waybill_and_signs_the_whole_list(still: Simulator, listener: Listener) -> None:
    carrier = adapter(still, "kuaidi100")
    assert [int(rate.fee) for rate in carrier.rate(parcel())] == [850]
    ref = WaybillRef(NUMBER, "YT5555508965056", "yuantong")
    for _ in range(2):
        carrier.follow(ref, listener.url)
    still.carriers.move("YT5555508965056")
    still.carriers.move("YT5555508965056", "station")
    until = time.monotonic() + 20
    listener.replies = [(200, b'{"result":true,"returnCode":"200","message":"ok"}')] * 20
    while still.carriers.owed and time.monotonic() < until:
        still.carriers.tick()
        time.sleep(0.05)
    reports = [carrier.parse(RawPush(NUMBER, FORM, one.body))[0] for one in listener.received]
    assert stand(each for one in reports for each in one.traces).status == "at_pickup_point"
    assert sorted(carrier.traces(ref)) == sorted({each for one in reports for each in one.traces})


def test_a_parcel_moves_by_itself_and_stays_known_over_a_restart(state: Path) -> None:
    sim = simulator.start(state, speedup=100_000, notify=False)
    adapter(sim, "sf").book(parcel())
    for _ in range(6):
        sim.advance(3600)
        sim.carriers.tick()
    (before,) = sim.carriers.listed()
    sim.stop()
    assert [one["sf"] for one in before["traces"]] == ["50", "30", "31", "44", "80"]
    again = simulator.start(state, speedup=100_000, notify=False)
    assert again.carriers.listed() == [before]
    assert again.merchant["shipping/sf"]["checkword"] == sim.merchant["shipping/sf"]["checkword"]
    again.stop()


def test_the_yard_shows_parcels_and_moves_them_by_hand(still: Simulator) -> None:
    waybill = adapter(still, "sf").book(parcel()).waybill
    page = call("GET", f"{still.url}/yard?lang=en")
    assert page.status == 200
    assert waybill in page.body.decode()
    form = {"Content-Type": FORM}
    for action, said in (("next", "moved"), ("strange", "moved"), ("repeat", "moved"), ("nowhere", "refused")):
        pressed = call("POST", f"{still.url}/yard", f"number={NUMBER}&action={action}", form)
        assert pressed.status == 303
        assert f"said={said}" in pressed.headers["location"]
    listed = json.loads(call("GET", f"{still.url}/_sim/parcels").body)["parcels"]
    assert [one["sf"] for one in listed[0]["traces"]] == ["50", "607"]
    moved = call("POST", f"{still.url}/_sim/parcels", json.dumps({"number": NUMBER, "what": "signed"}))
    assert json.loads(moved.body)["traces"][-1]["sf"] == "80"
    assert json.loads(
        call("POST", f"{still.url}/_sim/parcels", json.dumps({"number": NUMBER, "repeat": True})).body
    ) == {"sent": 3}
    assert call("POST", f"{still.url}/_sim/parcels", json.dumps({"number": "S0"})).status == 422
    foreign = {"Content-Type": FORM, "Origin": "http://elsewhere.test"}
    assert call("POST", f"{still.url}/yard", f"number={NUMBER}&action=next", foreign).status == 403
