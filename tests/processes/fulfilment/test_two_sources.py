"""What two carriers tell of one waybill, and what is told of waybills that are nobody's."""

from __future__ import annotations

from datetime import timedelta

from tests.processes.fulfilment.test_shipping import push_kd


def test_L022_L023_what_jd_and_the_aggregator_tell_of_one_waybill_is_shown_once_and_delivered_once(yard):
    order = yard.paid((0, 1))
    number, waybill = yard.shipped(order, carrier="jd")
    jd, kd = yard.carriers["jd"], yard.carriers["kuaidi100"]
    kd.hand_in(number, waybill)
    at = yard.counter.clock.now() + timedelta(minutes=5)
    for code, state, seconds in (("运输", "0", 3), ("妥投", "3", 40)):
        jd.scan(number, code, at, "货物已分配，等待配送")
        kd.scan(number, state, at + timedelta(seconds=seconds), "货物已分配,等待配送")
        at += timedelta(hours=1)
    told = yard.counter.later(hours=3)  # JD is asked; then the aggregator tells the same
    assert push_kd(yard, number).status == 200
    told += yard.counter.bus.run()
    assert (yard.parcel(number).state, yard.state(order)) == ("delivered", "delivered")
    assert told.count("shipment.delivered") == 1
    (shown,) = yard.timeline(order)
    assert [one["status"] for one in shown["traces"]] == ["in_transit", "delivered"]
    assert {one["words"] for one in shown["traces"]} == {"货物已分配，等待配送"}


def test_L009_what_is_told_of_waybills_that_are_not_ours_reaches_nobodys_timeline(yard):
    order = yard.paid((0, 1))
    number, _ = yard.shipped(order)
    routes = [
        {"id": str(n), "mailno": "SF7444400031887", "orderid": "TEST", "acceptTime": "2026-06-01 10:00:00",
         "acceptAddress": "深圳市", "remark": "测试路由", "opCode": code}
        for n, code in enumerate(("50", "80"))
    ]  # fmt: skip
    assert yard.push_sf(*routes).json["return_code"] == "0000"
    yard.counter.bus.run()
    assert (yard.parcel(number).state, yard.timeline(order)[0]["traces"]) == ("labelled", [])


def test_what_is_dated_years_ahead_was_told_now_and_its_parcel_is_asked_for_when_it_is_silent(yard):
    order = yard.paid((0, 1))
    number, _ = yard.shipped(order)
    ahead = yard.carriers["sf"].scan(number, "30", yard.counter.clock.now() + timedelta(days=365))
    assert yard.push_sf(ahead).status == 200
    yard.counter.bus.run()
    told = yard.parcel(number).last_at
    assert told == yard.counter.clock.now()
    yard.counter.later(minutes=30)
    yard.push_sf({**ahead, "id": "again"})  # it is known by then, and is of when it was told
    yard.counter.bus.run()
    assert (yard.parcel(number).state, yard.parcel(number).last_at) == ("in_transit", told)
    yard.carriers["sf"].parcels[number].traces.clear()
    yard.scan_sf(number, "44", push=False)
    yard.counter.later(hours=27)
    assert yard.parcel(number).state == "out_for_delivery"
    assert [one["status"] for one in yard.timeline(order)[0]["traces"]] == ["in_transit", "out_for_delivery"]


def test_what_was_told_of_a_waybill_ahead_of_its_time_before_it_was_somebodys_is_of_then(yard):
    order = yard.paid((0, 2))
    number, _ = yard.shipped(order, (0, 1))
    ahead = yard.carriers["sf"].scan(number, "50", yard.counter.clock.now() + timedelta(days=9))
    yard.push_sf({**ahead, "mailno": "SF9999999999998", "orderid": "ORD-X"})
    yard.counter.bus.run()
    then = yard.counter.clock.now()
    yard.counter.later(hours=1)
    late, _ = yard.shipped(order, carrier="sf", waybill="SF9999999999998")
    assert (yard.parcel(late).state, yard.parcel(late).last_at) == ("picked_up", then)
