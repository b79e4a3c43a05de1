"""Pieces leave where they are held: a parcel is from one location, and lines may be had from another until they are packed."""

from __future__ import annotations

import pytest

from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.shipping.service import shipments
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.processes.fulfilment.test_shipping import asked_back
from tests.processes.ordering.test_promise import serve
from tests.support import people
from tests.support.places import Places


@pytest.fixture
def places(yard):
    """Forty of each lie at SH, too."""
    made = Places(yard.counter)
    made.open("SH")
    made.count("SH", 40, 40)
    return made


@pytest.fixture
def apart(yard, places):
    """A paid order of two from the main location and seven from SH."""
    order = yard.paid((0, 2), (1, 7))
    assert [line.location for line in orders.find(order).lines] == ["MAIN", "SH"]
    return order


def move(yard, order, location, *lines, status=204):
    told = yard.act("PUT", f"/v1/admin/orders/{order}/shipments", {"location": location, "lines": list(lines)})
    assert told.status == status, told.text
    return told.json["code"] if status != 204 else None


def to_pick(yard, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    told = yard.act("GET", f"/v1/admin/shipments/orders?{query}")
    assert told.status == 200, told.text
    return [[(one["line"], one["quantity"], one["location"]) for one in row["lines"]] for row in told.json["items"]]


def sent(number):
    return list(shipments.find(number).lines)


def on_hand(yard, n, location):
    return inventory.on_hand(f"{yard.counter.skus[n]}@{location}")


# ---- a parcel is from one location ----------------------------------------------------------------------------------
def test_each_location_sends_its_own_and_only_its_own_leaves_there(yard, places, apart):
    first = yard.ship(apart)
    assert (sent(first), yard.state(apart)) == ([(0, 2)], "partly_shipped")
    assert (yard.shelf(0), places.shelf("SH", 1)) == ((3, 3, 0), (33, 7))
    second = yard.ship(apart)
    assert (sent(second), yard.state(apart)) == ([(1, 7)], "shipped")
    assert (on_hand(yard, 1, "SH"), places.shelf("SH", 1), yard.shelf(1)) == (33, (33, 0), (6, 6, 0))
    assert yard.ship(apart, status=409) in {"ORDER_STATE_CONFLICT", "NOTHING_TO_SHIP"}


def test_S010_the_last_piece_that_is_sent_from_there_is_to_be_had_nowhere(yard, places):
    places.count("SH", 0, 7)
    order = yard.paid((1, 7))
    yard.ship(order)
    assert (on_hand(yard, 1, "SH"), places.shelf("SH", 1)) == (0, (0, 0))


def test_a_told_location_sends_first(yard, places, apart):
    assert sent(yard.ship(apart, location="SH")) == [(1, 7)]
    assert yard.ship(apart, location="BJ", status=409) == "NOTHING_TO_SHIP"


def test_lines_of_two_locations_are_no_parcel(yard, places, apart):
    told = yard.act(
        "POST",
        f"/v1/admin/orders/{apart}/shipments",
        {"lines": [{"line": 0, "quantity": 1}, {"line": 1, "quantity": 1}]},
    )
    assert (told.json["code"], told.json["params"]) == ("LIES_ELSEWHERE", {"line": 1, "location": "SH"})
    assert yard.ship(apart, (0, 1), location="SH", status=409) == "LIES_ELSEWHERE"
    assert (yard.shelf(0), places.shelf("SH", 1)) == ((5, 3, 2), (33, 7))
    assert sent(yard.ship(apart, (1, 3))) == [(1, 3)]


def test_a_parcel_that_is_given_up_lies_where_it_was(yard, places, apart):
    number = yard.ship(apart, location="SH")
    told = yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "wrong box"})
    assert told.status == 204, told.text
    assert (places.shelf("SH", 1), on_hand(yard, 1, "SH"), yard.shelf(1)) == ((33, 7), 40, (6, 6, 0))


def test_S018_what_is_paid_back_unsent_is_free_where_it_was_held(yard, places, apart):
    yard.ship(apart, (1, 3))
    asked_back(yard, apart, 4, line=1)
    assert places.shelf("SH", 1) == (37, 0)


def test_what_is_to_be_picked_is_told_by_location(yard, places, apart):
    assert to_pick(yard) == [[(0, 2, "MAIN"), (1, 7, "SH")]]
    assert to_pick(yard, location="SH") == [[(1, 7, "SH")]]
    assert (to_pick(yard, location="MAIN"), to_pick(yard, location="BJ")) == ([[(0, 2, "MAIN")]], [])
    yard.ship(apart, location="SH")
    assert (to_pick(yard), to_pick(yard, location="SH")) == ([[(0, 2, "MAIN")]], [])


def test_who_waits_is_told_by_location(yard, places, apart):
    places.count("SH", 40, 5)
    sku = yard.counter.skus[1]
    told = yard.act("GET", f"/v1/admin/stock/{sku}/backorders?location=SH").json
    assert ([(one["order_id"], one["held"], one["waiting"]) for one in told["orders"]], told["available"]) == (
        [(apart, 7, 2)],
        -2,
    )
    assert yard.act("GET", f"/v1/admin/stock/{sku}/backorders").json["orders"] == []


# ---- from another location ------------------------------------------------------------------------------------------
def test_lines_move_with_their_hold_and_nothing_else_changes(yard, places, apart):
    before = orders.find(apart)
    move(yard, apart, "SH", 0)
    after = orders.find(apart)
    assert (yard.shelf(0), places.shelf("SH", 0)) == ((5, 5, 0), (38, 2))
    assert [line.location for line in after.lines] == ["SH", "SH"]
    kept = [(one.bill.freights, one.freight, one.payable, one.bill.promised, one.state) for one in (before, after)]
    assert kept[0] == kept[1]
    assert yard.counter.bus.run().count("order.lines_moved") == 1
    assert (sent(yard.ship(apart)), yard.state(apart)) == ([(0, 2), (1, 7)], "shipped")
    assert (on_hand(yard, 0, "SH"), on_hand(yard, 1, "SH")) == (38, 33)


def test_moved_again_to_where_it_lies_nothing_happens(yard, places, apart):
    move(yard, apart, "SH", 0)
    move(yard, apart, "SH", 0, 1)
    assert (places.shelf("SH", 0), places.shelf("SH", 1)) == ((38, 2), (33, 7))
    move(yard, apart, "MAIN", 0)
    assert (yard.shelf(0), places.shelf("SH", 0)) == ((5, 3, 2), (40, 0))


def test_what_is_not_there_moves_nothing(yard, places, apart):
    assert move(yard, apart, "MAIN", 1, status=409) == "OUT_OF_STOCK"
    assert move(yard, apart, "BJ", 0, status=404) == "LOCATION_NOT_FOUND"
    assert yard.act("PUT", "/v1/admin/locations/SH", {"name": "上海仓", "active": False}).status == 200
    assert move(yard, apart, "SH", 0, status=404) == "LOCATION_NOT_FOUND"
    assert move(yard, apart, "MAIN", 2, status=409) == "SHIP_QUANTITY_EXCEEDED"
    assert (yard.shelf(0), yard.shelf(1), places.shelf("SH", 1)) == ((5, 3, 2), (6, 6, 0), (33, 7))


def test_what_is_packed_moves_only_when_its_parcel_is_given_up(yard, places, apart):
    number = yard.ship(apart, (0, 1))
    assert move(yard, apart, "SH", 0, status=409) == "LINE_UNDER_WAY"
    told = yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "from elsewhere"})
    assert told.status == 204, told.text
    move(yard, apart, "SH", 0)
    assert (yard.shelf(0), places.shelf("SH", 0)) == ((5, 5, 0), (38, 2))


def test_what_was_paid_back_stays_behind(yard, places, apart):
    asked_back(yard, apart, 1, line=0)
    assert yard.shelf(0) == (5, 4, 1)
    move(yard, apart, "SH", 0)
    assert (yard.shelf(0), places.shelf("SH", 0)) == ((5, 5, 0), (39, 1))
    assert sent(yard.ship(apart, location="SH")) == [(0, 1), (1, 7)]


def test_what_is_all_paid_back_or_not_paid_yet_is_not_moved(yard, places, apart):
    asked_back(yard, apart, 2, line=0)
    assert move(yard, apart, "SH", 0, status=409) == "NOTHING_TO_SHIP"
    unpaid = yard.counter.place(yard.counter.quote((0, 1))).json["order_id"]
    assert move(yard, unpaid, "SH", 0, status=409) == "ORDER_STATE_CONFLICT"


def test_what_is_stopped_is_not_held_anew(yard, places, apart):
    stopped, sku = Work(Caller("A1", "operator"), "test"), yard.counter.skus[0]
    stopped.add(*stock_steps.set_stops(inventory.bucket_rows(sku), {sku: "recall"}))
    stopped.commit()
    assert move(yard, apart, "SH", 0, status=409) == "SALE_STOPPED"


def test_who_may_not_ship_may_not_move(yard, places, apart):
    helper = people.member(yard.counter.front, "support")
    told = yard.counter.front.put(
        f"/v1/admin/orders/{apart}/shipments", {"location": "SH", "lines": [0]}, token=helper.token
    )
    assert told.status == 403


def test_who_does_not_take_a_parcel_is_followed_by_the_next_of_its_own_location(yard, places):
    """SH's service names JD, the main location's SF: of a parcel from SH, SF comes after JD and is asked then."""
    serve(service="standard", days=3, fee_fen=0, carrier="sf")
    serve(service="standard", days=3, fee_fen=0, carrier="jd", location="SH")
    order = yard.paid((0, 2), (1, 7))
    assert [line.location for line in orders.find(order).lines] == ["MAIN", "SH"]
    yard.carriers["jd"].refuses = "2004"
    number = yard.ship(order, location="SH")
    assert shipments.find(number).carrier == "jd"
    yard.counter.bus.run()
    assert shipments.find(number).carrier == "sf"
