"""Paid orders go out to the warehouse, and what it sends is sent by us."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import OrderAtWarehouse
from chalicelib.runtime.table import update
from tests.support import people
from tests.support.trade import commit


def test_a_paid_order_goes_out_once_and_what_the_warehouse_sends_is_sent(house):
    order = house.paid((0, 2), (1, 1))
    assert house.jst.orders[order]["told"] == 1
    assert house.jst.orders[order]["to"] == "王小明"
    assert (house.row(order).state, house.row(order).todo, house.lines(order)) == ("out", "out", [(2, 0, 0), (1, 0, 0)])
    assert (house.yard.state(order), house.yard.shelf(0)) == ("paid", (5, 3, 2))
    house.sent(order, {0: 1})
    assert (house.yard.state(order), house.yard.shelf(0)) == ("partly_shipped", (4, 3, 1))
    house.sent(order)
    assert (house.row(order).state, house.row(order).todo) == ("ended", None)
    assert (house.yard.state(order), house.yard.shelf(0), house.yard.shelf(1)) == ("shipped", (3, 3, 0), (5, 5, 0))
    first, second = house.yard.timeline(order)
    assert (first["waybill"], first["carrier"], first["company"]) == ("YT5555508960001", "kuaidi100", "yuantong")
    assert second["lines"] == [{"line": 0, "quantity": 1}, {"line": 1, "quantity": 1}]


def test_without_a_warehouse_nothing_goes_out(house):
    house.agree(wms="")
    order = house.paid((0, 1))
    assert (house.jst.calls, house.row(order)) == ([], None)
    house.yard.ship(order)


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "500", "garbled", "429"])
def test_an_order_of_which_nobody_knows_whether_it_went_out_is_told_again_under_its_id(house, fault):
    house.jst.faults = [fault]
    order = house.paid((0, 2))
    assert (house.row(order).state, house.row(order).todo) == ("asked", "unacknowledged")
    house.yard.counter.later(minutes=2)
    assert house.row(order).state == "out"
    assert house.jst.orders[order]["left"] == {0: [house.yard.counter.skus[0], 2]}


def test_an_order_that_the_warehouse_does_not_take_lies_before_a_person_who_tells_it_again_or_sends_it(house):
    house.jst.refuses = "ADDRESS"
    order, other = house.paid((0, 1)), house.paid((1, 1))
    assert (house.row(order).todo, house.row(order).code) == ("refused", "ADDRESS")
    listed = house.yard.act("GET", "/v1/admin/dispatches?todo=refused").json["items"]
    assert {(one["order_id"], one["state"], one["code"]) for one in listed} == {
        (order, "refused", "ADDRESS"),
        (other, "refused", "ADDRESS"),
    }
    house.jst.refuses = ""
    assert house.yard.act("POST", "/v1/admin/dispatches", {"order_id": order}).status == 204
    house.run()
    assert house.row(order).state == "out"
    again = house.yard.act("POST", "/v1/admin/dispatches", {"order_id": order})
    assert (again.status, again.json["code"]) == (409, "DISPATCH_STATE_CONFLICT")
    house.yard.ship(other)
    again = house.yard.act("POST", "/v1/admin/dispatches", {"order_id": other})
    assert again.json["code"] == "ORDER_STATE_CONFLICT"
    assert house.yard.act("POST", "/v1/admin/dispatches", {"order_id": "O01J0000000000000000000000A"}).status == 404


def test_what_is_at_the_warehouse_is_sent_given_up_and_sent_elsewhere_by_nobody_else(house):
    order = house.paid((0, 2))
    assert house.yard.ship(order, status=409) == "ORDER_AT_WAREHOUSE"
    assert house.yard.ship(order, (0, 1), status=409) == "ORDER_AT_WAREHOUSE"
    counter = house.yard.counter
    address = counter.ask("GET", "/v1/me/addresses").json["items"][0]["address_id"]
    token = people.token(orders.find(order).customer, "customer", fresh=True)
    told = counter.ask("PUT", f"/v1/orders/{order}/address", {"address": address}, token=token)
    assert (told.status, told.json["code"]) == (409, "ORDER_AT_WAREHOUSE")


def test_an_order_that_cost_nothing_is_not_given_up_while_the_warehouse_packs_it(house):
    order = house.paid((0, 1))
    paid = orders.find(order).payable
    commit(update(Order, order, actions=[Order.payable.set(Fen(0))]))
    told = house.yard.counter.ask("POST", f"/v1/orders/{order}/cancellation", {}, key="off")
    assert (told.status, told.json["code"]) == (409, "ORDER_AT_WAREHOUSE")
    with pytest.raises(CommitRejected) as refused:  # it went out just after it was looked at
        commit(order_steps.close(order, "annul"))
    assert refused.value.only(OrderAtWarehouse)
    commit(update(Order, order, actions=[Order.payable.set(paid)]))


def test_an_order_that_is_held_back_waits_and_is_booked_when_that_is_over_though_it_was_sent(house):
    order = house.paid((0, 1))
    commit(update(Order, order, actions=[Order.hold_reason.set("review")]))
    house.sent(order)
    assert (house.yard.state(order), house.yard.shelf()) == ("paid", (5, 4, 1))
    commit(update(Order, order, actions=[Order.hold_reason.remove()]))
    house.yard.counter.later(minutes=3)
    assert (house.yard.state(order), house.yard.shelf()) == ("shipped", (4, 4, 0))


def test_a_held_order_goes_out_when_nothing_holds_it_any_more(house):
    order = house.yard.paid((0, 1))
    commit(update(Order, order, actions=[Order.hold_reason.set("review")]))
    house.run()
    assert house.row(order) is None
    commit(update(Order, order, actions=[Order.hold_reason.remove()]))
    house.yard.counter.later(minutes=3)
    assert house.row(order).state == "out"


def test_a_parcel_that_is_told_of_again_counts_once_and_what_the_warehouse_cannot_have_sent_not_at_all(house):
    order = house.paid((0, 2))
    row = house.sent(order, {0: 1})
    for _ in range(3):
        house.yard.counter.clock.advance(timedelta(minutes=6))
        house.round()
    assert (house.lines(order), len(house.yard.timeline(order))) == ([(2, 1, 0)], 1)
    strange = {**row, "io_id": 777, "ts": house.jst.next_version()}
    house.jst.parcels_sent.append({**strange, "items": [{**row["items"][0], "qty": 5}]})
    house.jst.parcels_sent.append({**strange, "io_id": 778, "so_id": "O01J0000000000000000000000A"})
    house.jst.parcels_sent.append({**strange, "io_id": 779, "l_id": "?"})
    house.round()
    assert (house.lines(order), house.yard.state(order)) == ([(2, 1, 0)], "partly_shipped")


def test_a_parcel_that_shows_itself_minutes_late_is_heard_all_the_same(house):
    order, other = house.paid((0, 1)), house.paid((1, 1))
    late = house.jst.send(other)
    house.jst.parcels_sent.remove(late)
    house.sent(order)
    house.yard.counter.clock.advance(timedelta(minutes=4))
    house.jst.parcels_sent.append(late)
    house.round()
    assert house.yard.state(other) == "shipped"


def test_what_is_told_in_pages_is_heard_to_its_end_and_an_error_on_the_way_ends_nothing(house):
    house.jst.page = 2
    made = [house.paid((0, 1)) for _ in range(3)] + [house.paid((1, 1)) for _ in range(2)]
    for order in made:
        house.jst.send(order)
    house.jst.faults = ["500"]
    house.round()
    house.round()
    assert {house.yard.state(order) for order in made} == {"shipped"}


def test_what_a_warehouse_sends_of_what_was_waited_for_leaves_the_line(house):
    sku = house.yard.counter.skus[0]
    told = {"backorders": 3, "backorders_by": "2026-06-21T04:00:00.000Z"}
    assert house.yard.act("PATCH", f"/v1/admin/stock/{sku}", told).status == 204
    order = house.paid((0, 6))
    assert [(one.order, one.held) for one in inventory.waiting(sku)] == [(order, 6)]
    house.sent(order, {0: 4})
    assert [(one.order, one.held) for one in inventory.waiting(sku)] == [(order, 2)]
