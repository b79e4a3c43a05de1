"""What was promised of a paid order: sent in time, there in time, and what becomes of it where it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.records.orders import service as orders
from chalicelib.records.orders.model import Order, pack
from chalicelib.records.shipping.service import shipments
from chalicelib.runtime.table import update
from tests.processes.ordering.test_promise import serve
from tests.records.coupons import wallets
from tests.support import people
from tests.support.trade import commit


@pytest.fixture
def promised(yard):
    """A paid order that is to be there in three days, and a coupon for who waits longer."""
    coupon = wallets.opened(public=False)
    serve(service="standard", days=3, fee_fen=0, compensation=coupon)
    yard.coupon = coupon
    order = yard.paid((0, 1))
    yard.counter.bus.run()
    return order


def later(yard, **by):
    """Time passes, and the sweep with it."""
    return yard.counter.later(**by)


def outcome(order):
    return orders.find(order).promise


def wallet(yard, order):
    """The coupons of an order's customer, who signs in anew."""
    told = yard.counter.ask("GET", "/v1/me/coupons", token=people.token(orders.find(order).customer, "customer"))
    assert told.status == 200, told.text
    return told.json["items"]


def kept(yard):
    told = yard.act("GET", "/v1/admin/shipments/promises?days=31").json
    return [(one["service"], one["kept"], one["broken"], one["kept_bp"]) for one in told["items"]], told["kept_bp"]


def test_an_order_that_is_there_in_time_keeps_its_promise(yard, promised):
    number, _ = yard.shipped(promised)
    assert outcome(promised) is None
    yard.scan_sf(number, "80")
    assert (yard.state(promised), outcome(promised)) == ("delivered", "kept")
    yard.counter.bus.run()
    assert kept(yard) == ([("standard", 1, 0, 10_000)], 10_000)
    later(yard, days=4)
    assert (outcome(promised), wallet(yard, promised)) == ("kept", [])
    assert kept(yard)[0] == [("standard", 1, 0, 10_000)]


def test_an_order_that_comes_late_brings_its_customer_a_coupon_once(yard, promised):
    number, _ = yard.shipped(promised)
    yard.counter.clock.advance(timedelta(days=3, hours=12, minutes=30))  # half an hour late
    yard.scan_sf(number, "80")
    assert outcome(promised) == "broken"
    yard.counter.bus.run()
    assert len(wallet(yard, promised)) == 1
    later(yard, days=1)
    assert (len(wallet(yard, promised)), kept(yard)) == (1, ([("standard", 0, 1, 0)], 0))


def test_a_promise_is_broken_an_hour_after_its_time_though_nothing_is_heard(yard, promised):
    yard.shipped(promised)
    later(yard, days=3, hours=12)
    assert outcome(promised) is None
    told = later(yard, hours=1, minutes=5)
    assert "order.promise_broken" in told
    yard.counter.bus.run()
    assert (outcome(promised), len(wallet(yard, promised))) == ("broken", 1)


def test_a_delivery_that_is_told_after_that_changes_nothing_of_it(yard, promised):
    number, _ = yard.shipped(promised)
    later(yard, days=3, hours=13, minutes=5)
    yard.scan_sf(number, "80")
    yard.counter.bus.run()
    assert (yard.state(promised), outcome(promised), len(wallet(yard, promised))) == ("delivered", "broken", 1)


def test_an_order_is_there_when_its_last_parcel_is_whichever_is_heard_first(yard):
    serve(service="standard", days=3, fee_fen=0)
    order = yard.paid((0, 2))
    first, _ = yard.shipped(order, (0, 1))
    second, _ = yard.shipped(order, (0, 1))
    early = yard.counter.clock.now() + timedelta(hours=1)
    yard.counter.clock.advance(timedelta(days=3, hours=12, minutes=20))
    yard.scan_sf(first, "80")  # late, and heard first
    assert outcome(order) is None
    sf = yard.carriers["sf"]
    assert yard.push_sf(sf.scan(second, "80", early)).status == 200
    yard.counter.bus.run()
    assert (yard.state(order), outcome(order)) == ("delivered", "broken")


def test_a_breach_without_a_coupon_for_it_brings_none(yard):
    serve(service="standard", days=3, fee_fen=0)
    order = yard.paid((0, 1))
    yard.counter.bus.run()
    later(yard, days=3, hours=13, minutes=5)
    assert (outcome(order), wallet(yard, order)) == ("broken", [])


def test_who_was_promised_it_from_elsewhere_has_the_coupon_of_there(yard, promised):
    """The lines are sent from another location since, whose service says nothing of a coupon."""
    bill = orders.find(promised).bill
    moved = bill._replace(lines=tuple(line._replace(location="SH") for line in bill.lines))
    commit(update(Order, promised, actions=[Order.packed_bill.set(pack(moved))]))
    later(yard, days=3, hours=13, minutes=5)
    assert outcome(promised) == "broken"
    assert [one["template_id"] for one in wallet(yard, promised)] == [yard.coupon]
    commit(update(Order, promised, actions=[Order.packed_bill.set(pack(bill))]))


def test_an_order_that_was_given_up_breaks_no_promise(yard, promised):
    commit(update(Order, promised, actions=[Order.state.set("annulled")]))
    later(yard, days=4)
    assert outcome(promised) is None
    commit(update(Order, promised, actions=[Order.state.set("paid")]))


def late(yard):
    return [(one["order_id"], one["late"]) for one in yard.act("GET", "/v1/admin/shipments/late").json["items"]]


def test_an_order_that_is_not_sent_in_time_is_listed_until_it_is(yard):
    order = yard.paid((0, 2))
    yard.counter.bus.run()
    later(yard, hours=47)
    assert late(yard) == []
    assert "order.ship_late" in later(yard, hours=1, minutes=5)
    assert late(yard) == [(order, True)]
    yard.shipped(order, (0, 1))
    assert late(yard) == [(order, True)]
    yard.shipped(order, (0, 1))
    assert late(yard) == []
    assert "order.ship_late" not in later(yard, days=1, minutes=5)
    assert shipments.under_way("late", 10, None)[0] == []


def test_the_hours_to_send_are_a_setting(yard, monkeypatch):
    monkeypatch.setenv("SHIP_HOURS", "24")
    order = yard.paid((0, 1))
    yard.counter.bus.run()
    later(yard, hours=24, minutes=5)
    assert late(yard) == [(order, True)]


def test_an_order_that_is_held_back_is_not_late(yard):
    order = yard.paid((0, 1))
    yard.counter.bus.run()
    commit(update(Order, order, actions=[Order.hold_reason.set("team")]))
    later(yard, hours=49)
    assert late(yard) == []
    commit(update(Order, order, actions=[Order.hold_reason.remove()]))
    later(yard, hours=25)
    assert late(yard) == [(order, True)]


def test_who_does_not_ship_sees_nothing_of_it(yard):
    for path in ("late", "promises"):
        who = people.member(yard.counter.front, "finance")
        assert yard.counter.front.get(f"/v1/admin/shipments/{path}", token=who.token).status == 403
