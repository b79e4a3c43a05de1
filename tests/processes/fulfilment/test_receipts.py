"""An order was received: its customer says so, the provider of its payment does, or two weeks pass; once, and put off once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.fulfilment.service import receiving
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import unreceivable
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work
from tests.processes.fulfilment.test_refund_policies import given_back
from tests.processes.fulfilment.test_report_shipping import shop as shop
from tests.support import people
from tests.support.trade import commit

DAY = timedelta(days=1)


def receipt(yard, order, method="PUT", who=None):
    token = people.token(who or orders.find(order).customer, "customer")
    return yard.counter.ask(method, f"/v1/orders/{order}/receipt", token=token)


def detail(yard, order):
    token = people.token(orders.find(order).customer, "customer")
    return yard.counter.ask("GET", f"/v1/orders/{order}", token=token).json


def now(yard):
    return yard.counter.clock.now().replace(microsecond=0)  # as a carrier writes it


def who(order):
    return orders.find(order).received


def arrived(yard, *lines):
    """An order that was sent, and of which all has arrived."""
    order = yard.paid((0, 1))
    number, _ = yard.shipped(order, *lines)
    yard.scan_sf(number, "80")
    return order, number


@pytest.fixture
def there(yard):
    return arrived(yard)[0]


def test_two_weeks_after_it_arrived_an_order_counts_as_received_and_not_before(yard, there):
    by = orders.find(there).receive_by
    assert detail(yard, there)["receive_by"] is not None
    assert by == now(yard) + 14 * DAY
    yard.counter.later(days=13, hours=23, minutes=58)
    assert who(there) is None
    told = yard.counter.later(minutes=5)
    assert (told.count("order.received"), who(there)) == (1, "time")
    seen = detail(yard, there)
    assert (seen["received"], seen["state"], seen["can_receive"]["code"]) == ("time", "delivered", "RECEIVED_ALREADY")
    assert orders.find(there).received_at >= by
    assert "order.received" not in yard.counter.later(days=30)


def test_a_customer_confirms_the_receipt_once_and_time_says_nothing_after_that(yard, there):
    assert detail(yard, there)["can_receive"]["allowed"] is True
    told = receipt(yard, there)
    assert (told.status, told.json["received"]) == (200, "customer")
    at = told.json["received_at"]
    assert "order.received" in yard.counter.bus.run()
    yard.counter.later(days=15)
    again = receipt(yard, there)
    assert (again.status, again.json["received"], again.json["received_at"]) == (200, "customer", at)
    assert "order.received" not in yard.counter.bus.run()


def test_a_customer_may_confirm_what_is_on_its_way_and_not_what_is_unsent(yard):
    order = yard.paid((0, 1), (1, 1))
    for state, lines in (("paid", ()), ("partly_shipped", ((0, 1),))):
        if lines:
            yard.shipped(order, *lines)
        told = receipt(yard, order)
        assert (told.status, told.json["code"], told.json["params"]) == (409, "ORDER_STATE_CONFLICT", {"state": state})
        assert detail(yard, order)["can_receive"]["code"] == "ORDER_STATE_CONFLICT"
    number, _ = yard.shipped(order)
    assert receipt(yard, order).json["received"] == "customer"
    yard.scan_sf(number, "80")  # the carrier tells of it later: nothing is expected any more
    assert orders.find(order).receive_by is None


def test_nobody_confirms_another_customers_order(yard, there):
    stranger = people.register(yard.counter.front, "13900139000").id
    for method in ("PUT", "PATCH"):
        told = receipt(yard, there, method, stranger)
        assert (told.status, told.json["code"]) == (404, "ORDER_NOT_FOUND")
    assert who(there) is None


def test_a_receipt_is_put_off_by_a_week_once(yard, there):
    by = orders.find(there).receive_by
    told = receipt(yard, there, "PATCH")
    assert (told.status, told.json["put_off"], orders.find(there).receive_by) == (200, True, by + 7 * DAY)
    again = receipt(yard, there, "PATCH")
    assert (again.status, again.json["code"]) == (409, "RECEIPT_PUT_OFF")
    yard.counter.later(days=20, hours=23)
    assert who(there) is None
    yard.counter.later(hours=2)
    assert who(there) == "time"
    late = receipt(yard, there, "PATCH")
    assert (late.status, late.json["code"]) == (409, "RECEIVED_ALREADY")


def test_a_receipt_is_not_put_off_before_anything_arrived(yard):
    order = yard.paid((0, 1))
    yard.shipped(order)
    told = receipt(yard, order, "PATCH")
    assert (told.status, told.json["code"]) == (409, "ORDER_STATE_CONFLICT")
    assert not orders.find(order).put_off


def test_the_days_are_settings(yard, monkeypatch):
    monkeypatch.setenv("RECEIVE_DAYS", "3")
    monkeypatch.setenv("RECEIVE_LONGER_DAYS", "2")
    order, _ = arrived(yard)
    by = orders.find(order).receive_by
    assert by == now(yard) + 3 * DAY
    receipt(yard, order, "PATCH")
    assert orders.find(order).receive_by == by + 2 * DAY


def test_the_last_parcel_to_arrive_says_when_and_whichever_is_heard_last_never_makes_it_sooner(yard):
    order = yard.paid((0, 2))
    first, _ = yard.shipped(order, (0, 1))
    second, _ = yard.shipped(order, (0, 1))
    yard.scan_sf(first, "80")
    early = orders.find(order).receive_by
    yard.counter.later(days=10)
    at = int(yard.counter.clock.now().timestamp()) * 1000
    yard.scan_sf(second, "80")
    late = orders.find(order).receive_by
    assert late > early + 9 * DAY
    receiving.expect(ShipmentDelivered(order, first, at - 10 * 86_400_000), Work(worker("fulfilment"), "again"))
    assert orders.find(order).receive_by == late
    yard.counter.later(days=5)  # the first one's time has come, and it is not the last
    assert who(order) is None
    yard.counter.later(days=10)
    assert who(order) == "time"


def test_what_has_not_arrived_as_a_whole_is_not_received_by_time(yard):
    order = yard.paid((0, 2))
    first, _ = yard.shipped(order, (0, 1))
    yard.shipped(order, (0, 1))
    yard.scan_sf(first, "80")
    yard.counter.later(days=16)
    assert (yard.state(order), who(order)) == ("shipped", None)


def test_what_did_not_arrive_after_all_is_not_received_by_time_and_is_when_it_arrives_again(yard):
    order, number = arrived(yard)
    told = yard.act("PUT", f"/v1/admin/shipments/{number}/waybill", {"waybill": "SF1000000000777", "carrier": "sf"})
    assert (told.status, yard.state(order)) == (204, "shipped")
    yard.counter.later(days=16)
    assert who(order) is None


def test_a_carriers_clock_that_is_ahead_or_silent_changes_nothing_of_the_two_weeks(yard, there):
    for at in (int((now(yard) + 90 * DAY).timestamp()) * 1000, 0):
        yard.counter.clock.advance(DAY)
        receiving.expect(ShipmentDelivered(there, "", at), Work(worker("fulfilment"), "told"))
        assert orders.find(there).receive_by == yard.counter.clock.now() + 14 * DAY


def test_who_puts_it_off_at_the_last_moment_is_not_overtaken_by_time(yard, there):
    seen = orders.find(there)
    receipt(yard, there, "PATCH")
    with pytest.raises(Exception, match="STALE_ORDER"):
        commit(order_steps.receive(seen, "time", seen.receive_by))
    assert who(there) is None


def test_a_payer_who_confirms_at_the_provider_has_received_it(shop):
    order = shop.order((0, 2))
    shop.shipped(order)
    shop.later(minutes=62)
    shop.fake.states[shop.payment] = 3
    shop.later(days=3)
    assert who(order) == "provider"
    assert receipt(shop, order).json["received"] == "provider"


def test_what_is_partly_unsent_is_not_received_whatever_the_provider_says(shop):
    order = shop.order((0, 2))
    shop.shipped(order, (0, 1))
    shop.later(hours=49)
    shop.fake.states[shop.payment] = 3
    shop.later(days=3)
    assert who(order) is None


def test_where_the_unsent_rest_is_paid_back_after_its_time_that_comes_again_a_day_later(yard):
    order = yard.paid((0, 2))
    first, _ = yard.shipped(order, (0, 1))
    yard.scan_sf(first, "80")
    yard.counter.later(days=16)
    assert (yard.state(order), who(order)) == ("partly_shipped", None)
    given_back(yard, order, 1)
    assert (yard.state(order), who(order)) == ("delivered", None)
    assert yard.counter.later(days=1, minutes=5).count("order.received") == 1
    assert who(order) == "time"


def test_after_two_months_nobody_waits_for_the_rest_any_more(yard):
    order = yard.paid((0, 2))
    first, _ = yard.shipped(order, (0, 1))
    yard.scan_sf(first, "80")
    yard.counter.later(days=14, minutes=5)
    looks = sum(yard.counter.later(days=1, minutes=1).count("order.receipt_due") for _ in range(80))
    assert 55 <= looks <= 60
    assert who(order) is None


def test_a_word_that_comes_twice_looks_again_once(yard):
    order = yard.paid((0, 2))
    first, _ = yard.shipped(order, (0, 1))
    yard.scan_sf(first, "80")
    yard.counter.clock.advance(timedelta(days=14, minutes=5))
    yard.counter.bus.run(times=2)
    for _ in range(3):
        yard.counter.clock.advance(timedelta(days=1, minutes=1))
        assert yard.counter.bus.run(times=2).count("order.receipt_due") == 1


def test_who_confirmed_a_parcel_that_was_never_fetched_is_asked_again(yard):
    order = yard.paid((0, 1))
    number, _ = yard.shipped(order)
    assert receipt(yard, order).json["received"] == "customer"
    yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "packed wrongly"})
    assert (yard.state(order), who(order), orders.find(order).received_at) == ("paid", None, None)
    number, _ = yard.shipped(order)
    yard.scan_sf(number, "80")
    assert receipt(yard, order, "PATCH").status == 200
    assert receipt(yard, order).json["received"] == "customer"


def test_a_later_parcel_does_not_eat_the_week_by_which_it_was_put_off(yard):
    order = yard.paid((0, 2))
    first, _ = yard.shipped(order, (0, 1))
    second, _ = yard.shipped(order, (0, 1))
    yard.scan_sf(first, "80")
    assert receipt(yard, order, "PATCH").status == 200
    yard.counter.later(days=9)
    yard.scan_sf(second, "80")
    assert orders.find(order).receive_by == now(yard) + 21 * DAY


@pytest.mark.parametrize("back", [1, 2])
def test_what_was_paid_back_whole_is_received_by_nobody(yard, back):
    order = yard.paid((0, 2))
    number, _ = yard.shipped(order)
    yard.scan_sf(number, "80")
    given_back(yard, order, back)
    assert detail(yard, order)["can_receive"]["allowed"] is (back == 1)
    yard.counter.later(days=15)
    assert who(order) == ("time" if back == 1 else None)


@pytest.mark.parametrize(
    ("state", "received", "code"),
    [
        ("placed", None, "ORDER_STATE_CONFLICT"), ("paid", None, "ORDER_STATE_CONFLICT"),
        ("partly_shipped", None, "ORDER_STATE_CONFLICT"), ("shipped", None, None), ("delivered", None, None),
        ("delivered", "time", "RECEIVED_ALREADY"), ("annulled", None, "ORDER_STATE_CONFLICT"),
    ],
)  # fmt: skip
def test_only_what_was_sent_whole_and_is_not_received_may_be_received(state, received, code):
    refusal = unreceivable(state, received, kept=True)
    assert (refusal and refusal.code) == code
    nothing_kept = unreceivable(state, received, kept=False)
    assert nothing_kept is not None
    assert nothing_kept.code == (code or "ORDER_STATE_CONFLICT")
