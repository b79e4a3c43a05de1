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
