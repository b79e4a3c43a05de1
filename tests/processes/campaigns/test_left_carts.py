"""A cart that was left: its customer is told once for what they last put in, and nobody who ordered, emptied it or is a guest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel import holdout
from chalicelib.processes.campaigns.service import planning
from chalicelib.processes.storefront.service import filling
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import LEFT
from chalicelib.records.messages.channels import outbox
from chalicelib.records.orders import steps as order_steps
from chalicelib.runtime import clients
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support.trade import line, promised

from . import shelf
from .conftest import touches
from .test_return_pack import SMS, Sleepers, enrolled

NAME = "abandoned_cart"
A, B = "P01KJPB7WG0000000000000000A01", "P01KJPB7WG0000000000000000B02"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def buyer(engine, bus):
    engine.at = engine.at.replace(hour=2, minute=0, second=0, microsecond=0)  # ten in the morning
    people = Sleepers(engine)
    shelf.running(NAME, dict(planning.shipped()[NAME]))
    while True:
        who = people.sleeper(SMS)
        if not _left_alone(who):
            break
    outbox.clear()
    yield Caller(who, "customer")
    outbox.clear()


def _left_alone(who: str) -> bool:
    return holdout.in_holdout(who, NAME)


def puts(who: Caller, sku: str, quantity: int = 1) -> carts.CartSize:
    return filling.put_item(sku, quantity, Work(who, "test"))


def awaited() -> list[object]:
    return [one.at for one in touches() if one.kind == LEFT]


def test_a_cart_in_which_nothing_new_came_for_a_day_is_spoken_of_once(buyer, days):
    """M003: a step is done once, however often the rule runs."""
    puts(buyer, A)
    assert awaited() == [days.clock.now() + DAY]
    days.pass_(hours=23, minutes=59)
    assert (outbox.latest(), enrolled()) == ([], [])
    days.pass_(minutes=2)
    days.tick()
    assert ["购物车" in one.text for one in outbox.latest()] == [True]
    assert ([row.state for row in enrolled()], awaited()) == (["done"], [])
    days.pass_(days=3)
    days.tick(times=2)
    assert len(outbox.latest()) == 1


def test_whoever_goes_on_filling_it_costs_the_line_alone_and_is_looked_at_a_day_after_the_last(buyer, days, calls):
    puts(buyer, A)
    days.clock.advance(timedelta(hours=3))
    calls.clear()
    puts(buyer, A, 2)
    puts(buyer, B)
    assert calls == ["UpdateItem", "UpdateItem"]
    last = days.clock.now()
    days.pass_(hours=22)
    assert (outbox.latest(), awaited()) == ([], [last + DAY])
    days.pass_(hours=2, minutes=1)
    days.tick()
    assert len(outbox.latest()) == 1


def test_what_was_taken_out_or_ordered_is_not_spoken_of(buyer, days):
    puts(buyer, A)
    carts.remove_item(A, Work(buyer, "test"))
    days.pass_(days=1, hours=1)
    days.tick()
    assert (outbox.latest(), enrolled(), awaited()) == ([], [], [])


def test_an_order_after_the_last_line_says_that_nothing_was_left(buyer, days):
    puts(buyer, A)
    days.clock.advance(HOUR)
    orders(buyer, days)
    days.pass_(days=1)
    days.tick()
    assert (outbox.latest(), enrolled(), awaited()) == ([], [], [])


def orders(buyer, days) -> None:
    own = shelf.work(buyer)
    own.add(
        order_steps.open(promised(own.new_id("O"), buyer.id, [line(B, 1, 100)]), days.clock.now(), days.clock.now())
    )
    own.commit()


@pytest.mark.parametrize("way", ["emptied", "ordered"])
def test_a_message_that_waits_for_the_morning_is_stopped_by_what_happens_at_night(buyer, days, way):
    """M007: a stop rule is judged as a message goes out."""
    days.clock.advance(timedelta(hours=13))  # eleven in the evening
    puts(buyer, A)
    days.pass_(days=1, minutes=10)
    days.tick()
    assert ([row.state for row in enrolled()], outbox.latest()) == (["under_way"], [])
    if way == "emptied":
        carts.remove_item(A, Work(buyer, "test"))
    else:
        orders(buyer, days)
    days.pass_(hours=11)
    days.tick()
    assert ([row.state for row in enrolled()], outbox.latest()) == (["stopped"], [])


def test_m004_who_was_reminded_is_not_reminded_again_within_a_week(buyer, days):
    """M004: re-entry is by the plan's rule; a second cart within it is no second reminder, one behind it is."""
    puts(buyer, A)
    days.pass_(days=1, hours=1)
    days.tick()
    puts(buyer, B)
    days.pass_(days=1, hours=1)
    days.tick()
    assert len(outbox.latest()) == 1
    days.pass_(days=5)
    puts(buyer, A.replace("A", "C"))
    days.pass_(days=1, hours=1)
    days.tick()
    assert len(outbox.latest()) == 2


def test_nobody_looks_at_the_cart_of_a_guest_until_it_becomes_a_customers(buyer, days):
    guest = Caller("G01KJPB7WG0000000000000000G", "guest")
    puts(guest, A)
    assert awaited() == []
    own = Work(buyer, "test")
    assert filling.merge(guest, own) == []
    own.commit()
    assert awaited() == [days.clock.now() + DAY]
    days.pass_(days=1, minutes=1)
    days.tick()
    assert len(outbox.latest()) == 1


def test_taking_over_a_guests_cart_into_one_that_is_awaited_writes_no_row_more(buyer, days):
    guest = Caller("G01KJPB7WG0000000000000000G", "guest")
    puts(buyer, A)
    days.clock.advance(timedelta(hours=2))
    puts(guest, B)
    own = Work(buyer, "test")
    filling.merge(guest, own)
    own.commit()
    assert awaited() == [days.clock.now() + timedelta(hours=22)]


def test_a_cart_is_filled_also_where_nobody_can_note_that_it_is_to_be_looked_at(buyer):
    """`touches` does not answer: the line stands, and at once."""

    def down(params, **_):
        if params.get("TableName", "").endswith("touches"):
            raise ConnectionError("down")

    events = clients.client("dynamodb").meta.events
    events.register("before-parameter-build.dynamodb.PutItem", down)
    try:
        assert puts(buyer, A)[:2] == (1, 1)
    finally:
        events.unregister("before-parameter-build.dynamodb.PutItem", down)
    assert awaited() == []
    assert [one.sku for one in carts.lines(buyer.id)] == [A]


def test_while_its_journey_is_paused_a_left_cart_waits(buyer, days):
    shelf.move(NAME, "pause")
    puts(buyer, A)
    days.pass_(days=1, minutes=1)
    days.tick()
    assert (outbox.latest(), enrolled(), len(awaited())) == ([], [], 1)
    shelf.move(NAME, "start")
    days.pass_(days=1, minutes=1)
    days.tick()
    assert len(outbox.latest()) == 1


def test_nobody_looks_for_who_is_about_to_leave(buyer, days):
    puts(buyer, A)
    Sleepers(days.clock).change(buyer.id, leaving_at=days.clock.now())
    days.pass_(days=1, minutes=1)
    days.tick()
    assert (outbox.latest(), enrolled(), awaited()) == ([], [], [])
