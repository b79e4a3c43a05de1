"""Who was told to wait stands in the SKU's own line: whole in any shop, and kept with every piece that is held or let go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.fulfilment.service import backorders
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from tests.processes.fulfilment.test_locations import move
from tests.processes.fulfilment.test_shipping import asked_back
from tests.processes.fulfilment.test_sold_ahead import DUE, listed, more
from tests.processes.fulfilment.test_sold_ahead import waiting as waiting
from tests.support.places import Places
from tests.support.trade import commit


def line(yard):
    return [(one.order, one.held) for one in inventory.waiting(yard.counter.skus[0])]


def test_the_line_is_whole_however_many_orders_there_are_beside_it(yard, waiting, monkeypatch):
    """No order is looked through: as in a shop with more of them than anybody looks through."""
    _first, second, third = waiting
    monkeypatch.setattr(backorders, "MOST_STRIDES", 1)
    monkeypatch.setattr(backorders, "MOST_DAYS", 0)
    assert line(yard) == [(second, 3), (third, 1)]
    assert listed(yard) == ([(second, 3, 2), (third, 1, 1)], -3)
    assert yard.act("GET", f"/v1/admin/stock/{yard.counter.skus[0]}/backorders").json["whole"] is False
    assert yard.ship(third, status=409) == "OTHERS_WAITED_LONGER"
    yard.ship(second, (0, 1))
    assert line(yard) == [(second, 2), (third, 1)]
    more(yard, 2)
    assert yard.ship(third, status=409) == "OTHERS_WAITED_LONGER"
    yard.ship(second)
    assert line(yard) == [(third, 1)]
    more(yard, 1)
    yard.ship(third)
    assert line(yard) == []


def test_what_is_there_for_whom_is_counted_to_the_piece(yard, waiting):
    _first, second, _third = waiting
    sku = yard.counter.skus[0]
    assert [backorders.there_for(one, sku) for one in waiting] == [0, 1, 0]
    told = yard.act("POST", f"/v1/admin/orders/{second}/shipments", {"lines": [{"line": 0, "quantity": 2}]})
    assert (told.json["code"], told.json["params"]["there"]) == ("OTHERS_WAITED_LONGER", 1)
    more(yard, 2)
    assert [backorders.there_for(one, sku) for one in waiting] == [0, 3, 0]
    more(yard, 1)
    assert [backorders.there_for(one, sku) for one in waiting] == [0, 3, 1]


def test_a_parcel_that_is_given_up_stands_in_line_again_at_its_place(yard, waiting):
    _first, second, third = waiting
    more(yard, 2)
    number = yard.ship(second)
    assert line(yard) == [(third, 1)]
    told = yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "wrong box"})
    assert told.status == 204, told.text
    assert line(yard) == [(second, 3), (third, 1)]
    assert yard.ship(third, status=409) == "OTHERS_WAITED_LONGER"


def test_what_is_paid_back_unsent_waits_no_more(yard, waiting):
    _first, second, third = waiting
    yard.payment = orders.find(second).payment
    asked_back(yard, second, 2)
    assert line(yard) == [(second, 1), (third, 1)]
    asked_back(yard, second, 1)
    assert (yard.state(second), line(yard)) == ("annulled", [(third, 1)])


def test_an_order_that_is_given_up_or_runs_out_stands_in_line_no_more(yard):
    counter = yard.counter
    sku = counter.skus[0]
    assert yard.act("PATCH", f"/v1/admin/stock/{sku}", {"backorders": 3, "backorders_by": DUE}).status == 204
    one, two = (counter.place(counter.quote((0, pieces))).json["order_id"] for pieces in (6, 1))
    assert line(yard) == [(one, 6), (two, 1)]
    counter.ask("POST", f"/v1/orders/{one}/cancellation")
    assert line(yard) == [(two, 1)]
    counter.later(minutes=31)
    assert line(yard) == []


def test_a_line_that_moves_to_where_it_lies_waits_no_more(yard, waiting):
    _first, second, third = waiting
    places = Places(yard.counter)
    places.open("SH")
    places.count("SH", 3)
    assert move(yard, second, "SH", 0) is None
    assert (line(yard), places.shelf("SH")) == ([(third, 1)], (0, 3))
    yard.ship(second)
    assert yard.state(second) == "shipped"
    assert line(yard) == [(third, 1)]


def test_a_line_that_is_moved_back_stands_where_it_stood(yard, waiting):
    _first, second, third = waiting
    places = Places(yard.counter)
    places.open("SH")
    places.count("SH", 3)
    move(yard, second, "SH", 0)
    more(yard, 3)
    move(yard, second, "MAIN", 0)
    assert line(yard) == [(second, 3), (third, 1)]


def test_while_the_line_moves_less_is_there_and_never_more(yard, waiting, monkeypatch):
    """Somebody orders while it is read: of what lies there nothing is taken for the older order that is not its own."""
    _first, second, third = waiting
    sku, read = yard.counter.skus[0], inventory.waiting
    more(yard, 2)
    order = orders.find(third)

    def meanwhile(shelf):
        commit(*stock_steps.release(order.held), *stock_steps.wait_less(third, order.bill, order.held, order.held))
        found = read(shelf)
        commit(*stock_steps.hold(order.held, order.bill.ahead), *stock_steps.wait(third, order.bill, order.held))
        return found

    monkeypatch.setattr(inventory, "waiting", meanwhile)
    assert backorders.there_for(second, sku) == 2
    monkeypatch.setattr(inventory, "waiting", read)
    assert backorders.there_for(second, sku) == 3


@pytest.mark.parametrize("seconds", [0, 5])
def test_late_money_stands_in_line_at_the_place_of_its_order(yard, fake, seconds):
    counter = yard.counter
    sku = counter.skus[0]
    assert yard.act("PATCH", f"/v1/admin/stock/{sku}", {"backorders": 5, "backorders_by": DUE}).status == 204
    order = counter.place(counter.quote((0, 6))).json["order_id"]
    payment = counter.ask(
        "POST", f"/v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, key="pay"
    ).json["id"]
    fake.fault = "silent"
    counter.later(minutes=31)
    fake.fault = None
    assert (yard.state(order), line(yard)) == ("expired", [])
    counter.clock.advance(timedelta(seconds=seconds))
    fake.pay(payment)
    notice = fake.notice(payment)
    counter.front.post("/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    assert (yard.state(order), line(yard)) == ("paid", [(order, 6)])
