"""A warehouse's system is told of what lies at its location, and of nothing else."""

from __future__ import annotations

import pytest

from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.feeds.service import sources
from chalicelib.records.inventory.feeds.service.sources import SourceTerms
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work
from tests.support.places import Places


@pytest.fixture
def places(house):
    """Forty of each lie at SH, which nobody's system packs, and the main location's system does."""
    made = Places(house.yard.counter)
    made.open("SH")
    made.count("SH", 40, 40)
    return made


def move(house, order, location, *lines):
    told = house.yard.act("PUT", f"/v1/admin/orders/{order}/shipments", {"location": location, "lines": list(lines)})
    house.run()
    return told.status if told.status == 204 else told.json["code"]


def test_only_lines_of_its_location_go_out_and_the_others_are_sent_by_hand(house, places):
    order = house.paid((0, 2), (1, 7))
    assert house.jst.orders[order]["left"] == {0: [house.yard.counter.skus[0], 2]}
    assert house.yard.ship(order, (0, 1), status=409) in {"ORDER_AT_WAREHOUSE", "SHIP_QUANTITY_EXCEEDED"}
    house.yard.ship(order)
    assert (places.shelf("SH", 1), house.yard.state(order)) == ((33, 0), "partly_shipped")
    house.sent(order)
    assert (house.yard.shelf(0), house.yard.state(order)) == ((3, 3, 0), "shipped")


def test_an_order_from_elsewhere_does_not_go_out_until_a_line_is_moved_to_it(house, places):
    order = house.paid((1, 7))
    assert order not in house.jst.orders
    places.count("SH", 40, 40)
    assert move(house, order, "MAIN", 0) == "OUT_OF_STOCK"
    small = house.paid((0, 1))
    assert small in house.jst.orders
    assert move(house, small, "SH", 0) == "ORDER_AT_WAREHOUSE"


def test_a_line_that_is_moved_to_a_warehouses_location_goes_out(house, places):
    house.agree(active=False)
    order = house.paid((0, 1))
    assert order not in house.jst.orders
    assert move(house, order, "SH", 0) == 204
    house.agree()
    assert move(house, order, "MAIN", 0) == 204
    assert house.jst.orders[order]["left"] == {0: [house.yard.counter.skus[0], 1]}


def test_what_another_locations_system_sends_leaves_there_by_its_own_counts(house, places):
    house.agree(wms="")
    work = Work(worker("setup"), "setup")
    terms = SourceTerms("SH", "physical", "SH", 0, 30, True, "jushuitan")
    sources.agree("SH", terms, work)
    work.commit()
    order = house.paid((0, 2), (1, 7))
    assert house.jst.orders[order]["left"] == {1: [house.yard.counter.skus[1], 7]}
    house.yard.counter.later(minutes=1)
    house.sent(order)
    assert (places.shelf("SH", 1), inventory.on_hand(f"{house.yard.counter.skus[1]}@SH")) == ((33, 0), 33)
    assert house.yard.shelf(1) == (6, 6, 0)
    house.yard.ship(order)
    assert (house.yard.shelf(0), house.yard.state(order)) == ((3, 3, 0), "shipped")


def test_what_it_is_asked_to_keep_back_is_not_moved_before_it_has_said_so(house, places):
    order = house.paid((0, 2))
    house.jst.undecided = True
    refund = house.ask_back(order)
    house.agree_to(refund)
    house.run()
    assert (house.row(order).todo, house.row(order).lines[0].left) == ("intercepting", 2)
    assert move(house, order, "SH", 0) == "ORDER_AT_WAREHOUSE"
    assert (house.yard.shelf(0), places.shelf("SH")) == ((5, 3, 2), (40, 0))


def test_what_it_did_not_take_is_not_offered_again_once_a_line_lies_elsewhere(house, places):
    house.jst.refuses = "ADDRESS"
    order = house.paid((0, 1), (1, 1))
    house.jst.refuses = ""
    assert move(house, order, "SH", 0) == 204
    told = house.yard.act("POST", "/v1/admin/dispatches", {"order_id": order})
    assert (told.status, told.json["code"]) == (409, "ORDER_STATE_CONFLICT")
    assert order not in house.jst.orders
    assert move(house, order, "MAIN", 0) == 204
    assert house.yard.act("POST", "/v1/admin/dispatches", {"order_id": order}).status == 204
    house.run()
    assert sorted(house.jst.orders[order]["left"]) == [0, 1]
