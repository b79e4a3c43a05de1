"""What else sets journeys off: an order that waits to be paid, and a coupon that ends, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.campaigns.sending import consumers as sending
from chalicelib.processes.campaigns.service import planning
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.messages.channels import outbox
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.records.watching.events import WatchingBackInStock, WatchingPriceDropped
from tests.records.coupons import wallets
from tests.support import aws
from tests.support.counter import counter

from . import shelf
from .conftest import touches
from .test_return_pack import SMS, Sleepers, enrolled

assert counter  # a fixture


def start(name: str) -> None:
    shelf.running(name, dict(planning.shipped()[name]))


@pytest.fixture
def holder(engine, bus):
    people = Sleepers(engine)
    who = people.sleeper(SMS)
    outbox.clear()
    return who


def coupon_of(who: str, bus, **more) -> str:
    from chalicelib.runtime.caller import Caller

    template = wallets.opened(**more)
    wallets.claim(template, Caller(who, "customer"))
    bus.run()
    (row,) = [row for row in aws.rows(Coupon) if row.customer == who]
    return str(row.id)


@pytest.mark.parametrize("name", ["coupon_ends"])
def test_a_day_before_a_coupon_ends_its_owner_is_told_once(holder, days, name):
    start(name)
    coupon = coupon_of(holder, days.bus)
    (due,) = [one for one in touches() if one.kind == "coupon"]
    assert (due.subject, due.at - days.clock.now()) == (coupon, timedelta(days=9))
    days.pass_(days=8, hours=23)
    assert enrolled() == []
    days.pass_(hours=1, minutes=1)
    days.tick()
    days.tick(times=2)
    assert len(outbox.latest()) == 1, (shelf.counts(name), touches())
    assert "24小时" in outbox.latest()[0].text


def test_a_coupon_that_was_used_is_spoken_of_no_more(holder, days):
    start("coupon_ends")
    coupon = coupon_of(holder, days.bus)
    days.clock.advance(timedelta(days=2))
    own = shelf.work()
    from chalicelib.records.coupons import steps

    own.add(steps.spend(holder, coupon, "O1", days.clock.now()))
    own.commit()
    days.pass_(days=7, minutes=1)
    days.tick()
    assert (outbox.latest(), enrolled()) == ([], [])


def test_a_coupon_that_ends_within_a_day_needs_no_reminder(holder, days):
    coupon_of(holder, days.bus, use_days=1)
    assert [one for one in touches() if one.kind == "coupon"] == []


def test_who_has_not_paid_is_reminded_once_and_who_paid_or_gave_up_is_not(counter, days):
    start("unpaid_order")
    placed = counter.place(counter.quote((0, 1))).json["order_id"]
    gone = counter.place(counter.quote((1, 1))).json["order_id"]
    days.bus.run()
    assert counter.ask("POST", f"/v1/orders/{gone}/cancellation").status in (200, 204)
    outbox.clear()
    for _ in range(3):
        days.pass_(minutes=3)
    told = [one.text for one in outbox.latest() if "尚未支付" in one.text]
    assert len(told) == 1
    assert {row.occasion: row.state for row in enrolled()} == {placed: "done", gone: "stopped"}


@pytest.mark.parametrize(
    ("name", "fact", "words"),
    [
        ("back_in_stock", lambda who: WatchingBackInStock(who, "P1", "W1"), "已到货"),
        ("price_dropped", lambda who: WatchingPriceDropped(who, "P1", "W1", 200, 100), "已降价"),
    ],
)
def test_whoever_waited_for_goods_is_told_once_a_wish(holder, days, name, fact, words):
    start(name)
    for _ in range(2):
        own = shelf.work()
        own.publish(fact(holder))
        own.commit()
        days.bus.run()
        days.pass_(minutes=5)
    assert [words in one.text for one in outbox.latest()] == [True]


def test_a_parcel_that_arrived_sets_off_what_cares_for_its_order_once(counter, days):
    step = {"message": {"template": "order_unpaid", "purpose": "service"}}
    title = {"zh": "关怀", "en": "Care"}
    shelf.running("care", {"title": title, "serves": "active", "trigger": "shipment.delivered", "steps": [step]})
    order = counter.place(counter.quote((0, 1))).json["order_id"]
    for number in ("1", "2"):
        sending.worker.deliver(envelope_of(ShipmentDelivered(order_id=order, number=number, at=0)))
    assert [row.occasion for row in enrolled()] == [order]


def envelope_of(fact):
    return {"detail-type": fact.wire, "detail": {"id": fact.number, "at": 0, "actor": "test", "data": fact.data()}}
