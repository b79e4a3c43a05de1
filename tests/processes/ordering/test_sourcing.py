"""Orders are sourced when they are quoted: held where they are sent from, charged by location, given back where they lay."""

from __future__ import annotations

import pytest

from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.orders import service as orders
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from local import books
from tests.processes.ordering.test_promise import serve
from tests.support import aws
from tests.support.counter import counter as counter
from tests.support.counter import fake as fake
from tests.support.places import Places


@pytest.fixture
def places(counter, front):
    made = Places(counter)
    yield made
    assert [str(one) for one in books.findings(aws.rows)] == []


def placed(counter, *items, **more):
    told = counter.place(counter.quote(*items, **more))
    assert told.status == 201, told.text
    return orders.find(told.json["order_id"])


def where(order):
    return [(line.sku[-2:], line.location, line.quantity) for line in order.lines]


def test_a_location_that_does_not_sell_is_neither_shown_nor_sent_from(counter, places):
    places.open("SH", sells=False)
    places.count("SH", 40, 40)
    assert counter.front.get(f"/v1/products/{counter.skus[0][:-2]}").json["skus"][0]["left"] == 5
    told = counter.ask("POST", "/v1/quotes", {"items": [{"sku": counter.skus[0], "quantity": 6}]})
    assert told.json["code"] == "OUT_OF_STOCK"
    assert where(placed(counter, (0, 5))) == [("01", "MAIN", 5)]


def test_what_the_first_has_whole_comes_from_it_and_the_rest_from_the_next(counter, places):
    places.open("SH")
    places.count("SH", 40, 40)
    order = placed(counter, (0, 2), (1, 7))
    assert where(order) == [("01", "MAIN", 2), ("02", "SH", 7)]
    assert (counter.shelf(0), counter.shelf(1)) == ((3, 2), (6, 0))
    assert (places.shelf("SH", 0), places.shelf("SH", 1)) == ((40, 0), (33, 7))


def test_S017_no_line_is_put_together_from_two_locations(counter, places):
    """What is told to be left is what the fullest location has: nobody can buy more in one order."""
    places.open("SH")
    places.count("SH", 4)
    told = counter.ask("POST", "/v1/quotes", {"items": [{"sku": counter.skus[0], "quantity": 6}]})
    assert (told.status, told.json["code"], told.json["params"]["left"]) == (409, "OUT_OF_STOCK", 5)
    assert counter.front.get(f"/v1/products/{counter.skus[0][:-2]}").json["skus"][0]["left"] == 5
    assert (counter.shelf(), places.shelf("SH")) == ((5, 0), (4, 0)), "nothing is held of it"


def test_pages_tell_what_the_fullest_location_has(counter, places):
    places.open("SH")
    places.count("SH", 9, 2)
    shown = counter.front.get(f"/v1/products/{counter.skus[0][:-2]}").json["skus"]
    assert [one["left"] for one in shown] == [9, 6]
    counter.ask("PUT", f"/v1/cart/items/{counter.skus[0]}", {"quantity": 8})
    (line,) = counter.ask("GET", "/v1/cart").json["lines"]
    assert (line["left"], line["problems"]) == (9, [])


def test_each_location_is_charged_its_freight_once(counter, places, monkeypatch):
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "100000000")
    one = counter.quote((0, 1), (1, 1))
    places.open("SH")
    places.count("SH", 40, 40)
    apart = placed(counter, (0, 2), (1, 7))
    assert [(part.location, int(part.fee)) for part in apart.bill.freights] == [
        ("MAIN", one["freight"]["fen"]),
        ("SH", one["freight"]["fen"]),
    ]
    assert sum(int(line.freight) for line in apart.lines) == 2 * one["freight"]["fen"]


def test_cancelling_gives_back_where_it_was_held(counter, places):
    places.open("SH")
    places.count("SH", 40, 40)
    order = placed(counter, (0, 2), (1, 7))
    assert counter.ask("POST", f"/v1/orders/{order.id}/cancellation").status == 204
    assert (counter.shelf(0), places.shelf("SH", 1)) == ((5, 0), (40, 0))


def test_running_out_of_time_gives_back_where_it_was_held(counter, places):
    places.open("SH")
    places.count("SH", 40, 40)
    placed(counter, (1, 7))
    assert "order.expired" in counter.later(minutes=31)
    assert (counter.shelf(1), places.shelf("SH", 1)) == ((6, 0), (40, 0))


def test_placing_does_not_go_to_another_location_than_was_quoted(counter, places):
    places.open("SH")
    places.count("SH", 0, 7)
    quote = counter.quote((1, 7))
    places.count("SH", 0, 3)
    told = counter.place(quote)
    assert (told.status, told.json["code"], told.json["params"]["left"]) == (409, "OUT_OF_STOCK", 3)
    assert counter.shelf(1) == (6, 0)


def test_within_its_location_placing_finds_the_bucket_that_has_it(counter, places):
    places.open("SH")
    places.count("SH", 0, 9)
    shelf = f"{counter.skus[1]}@SH"
    work = Work(Caller("A1", "operator"), "test")
    inventory.spread(shelf, 2, work)
    work.commit()
    quote = counter.quote((1, 7))
    moved = Work(Caller("A1", "operator"), "test")
    inventory.spread(shelf, 3, moved)
    moved.commit()
    order = counter.place(quote)
    assert order.status == 201, order.text
    assert places.shelf("SH", 1) == (2, 7)


def test_the_nearest_policy_sends_from_the_address_side(counter, places, monkeypatch):
    monkeypatch.setenv("SOURCING", "nearest")
    places.open("SH")
    places.open("BJ", area="110000", priority=1)
    places.count("SH", 40, 40)
    places.count("BJ", 40, 40)
    assert where(placed(counter, (0, 1), (1, 1))) == [("01", "SH", 1), ("02", "SH", 1)]
    monkeypatch.setenv("SOURCING", "priority")
    assert where(placed(counter, (0, 1))) == [("01", "MAIN", 1)]


def test_the_fewest_parcels_policy_sends_all_from_where_all_lies(counter, places, monkeypatch):
    monkeypatch.setenv("SOURCING", "fewest_parcels")
    places.open("SH")
    places.count("SH", 40, 40)
    assert where(placed(counter, (0, 2), (1, 7))) == [("01", "SH", 2), ("02", "SH", 7)]


def test_a_share_that_one_location_cannot_give_is_taken_from_another(counter, places):
    """At most half of what lies somewhere, and ten always, go to one order."""
    places.open("SH", priority=0)
    places.open("BJ", priority=60)
    places.count("SH", 14)
    places.count("BJ", 40)
    assert where(placed(counter, (0, 12))) == [("01", "BJ", 12)]


def test_what_is_stopped_is_stopped_at_every_location_at_once(counter, places):
    places.open("SH")
    places.count("SH", 40, 40)
    quote = counter.quote((1, 7))
    stopped = Work(Caller("A1", "operator"), "test")
    rows = inventory.bucket_rows(counter.skus[1])
    assert set(rows) == {counter.skus[1], f"{counter.skus[1]}@SH"}
    stopped.add(*stock_steps.set_stops(rows, {counter.skus[1]: "recall"}))
    stopped.commit()
    told = counter.place(quote)
    assert (told.status, told.json["code"]) == (409, "SALE_STOPPED")
    assert places.shelf("SH", 1) == (40, 0)


def test_a_first_count_elsewhere_of_what_is_stopped_is_stopped_with_it(counter, places):
    places.open("SH")
    stopped = Work(Caller("A1", "operator"), "test")
    stopped.add(*stock_steps.set_stops(inventory.bucket_rows(counter.skus[0]), {counter.skus[0]: "recall"}))
    stopped.commit()
    places.count("SH", 40, 40)
    closed = {row.place: row.closed for row in aws.rows(Stock) if row.place.endswith("@SH") and row.part == "b0"}
    assert closed == {f"{counter.skus[0]}@SH": "recall", f"{counter.skus[1]}@SH": None}


def test_a_stop_that_did_not_see_a_first_count_looks_again(counter, places):
    places.open("SH")
    rows = inventory.bucket_rows(counter.skus[0])
    places.count("SH", 40)
    stopped = Work(Caller("A1", "operator"), "test")
    stopped.add(*stock_steps.set_stops(rows, {counter.skus[0]: "recall"}))
    with pytest.raises(Exception, match="STALE_STOCK") as refused:
        stopped.commit()
    assert [type(one).__name__ for one in refused.value.reasons] == ["StaleStock"]


def test_the_main_location_always_sells(counter, places):
    body = {"name": "主仓", "sells": False}
    assert places.act("PUT", "/v1/admin/locations/MAIN", body).json["sells"] is True
    assert places.act("GET", "/v1/admin/locations/MAIN").json["sells"] is True
    assert where(placed(counter, (0, 1))) == [("01", "MAIN", 1)]


# ---- services -------------------------------------------------------------------------------------------------------
def test_a_service_is_sent_from_a_location_that_has_it_and_goods(counter, places):
    places.open("SH")
    places.count("SH", 3, 3)
    serve(location="SH", areas=["31"])
    assert where(placed(counter, (0, 1), (1, 1))) == [("01", "MAIN", 1), ("02", "MAIN", 1)]
    order = placed(counter, (0, 2), (1, 1), service="next_day")
    assert where(order) == [("01", "SH", 2), ("02", "SH", 1)]
    body = {"items": [{"sku": counter.skus[0], "quantity": 2}], "service": "next_day"}
    told = counter.ask("POST", "/v1/quotes", body)
    assert (told.status, told.json["code"]) == (409, "SERVICE_NOT_OFFERED"), "it has one left, the main one has more"


def test_of_two_locations_the_later_promise_and_the_dearer_fee_hold(counter, places):
    places.open("SH")
    places.count("SH", 0, 40)
    serve(service="standard", days=2, fee_fen=0)
    serve(service="standard", days=4, fee_fen=100, location="SH")
    serve(fee_fen=300)
    quote = counter.quote((0, 1), (1, 7))
    assert quote["promised_at"].startswith("2026-06-05")
    alone = counter.quote((0, 1))
    assert alone["promised_at"].startswith("2026-06-03")
    body = {"items": [{"sku": counter.skus[n], "quantity": q} for n, q in ((0, 1), (1, 7))], "service": "next_day"}
    assert counter.ask("POST", "/v1/quotes", body).json["code"] == "SERVICE_NOT_OFFERED", "from one of them it is not"
    assert counter.quote((0, 1), service="next_day")["service"] == "next_day"


def test_a_product_is_promised_from_where_it_would_be_sent(counter, places):
    places.open("SH")
    places.count("SH", 40, 40)
    serve(service="standard", days=2, location="SH")
    path = f"/v1/delivery-promise?region=310115&sku={counter.skus[0]}"
    assert counter.front.get(path).json["options"] == [], "it is sent from the main location"
    placed(counter, (0, 5))
    told = counter.front.get(path).json
    assert (told["available"], [one["service"] for one in told["options"]]) == (True, ["standard"])


# ---- late money -----------------------------------------------------------------------------------------------------
def late(counter, fake, order):
    """An order that was started to be paid ran out of time, and then its money comes."""
    body = {"provider": "wechat", "product": "native"}
    payment = counter.ask("POST", f"/v1/orders/{order.id}/payments", body, key="k1").json["id"]
    fake.fault = "silent"
    counter.later(minutes=31)
    fake.fault = None
    fake.pay(payment)

    def pay():
        notice = fake.notice(payment)
        counter.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
        counter.bus.run()
        return orders.find(order.id)

    return pay


def test_late_money_holds_anew_where_it_was_held(counter, places, fake):
    places.open("SH")
    places.count("SH", 0, 7)
    pay = late(counter, fake, placed(counter, (1, 7)))
    assert places.shelf("SH", 1) == (7, 0)
    revived = pay()
    assert (revived.state, where(revived)) == ("paid", [("02", "SH", 7)])
    assert (places.shelf("SH", 1), counter.shelf(1)) == ((0, 7), (6, 0))


def test_late_money_for_what_is_gone_there_holds_nothing_elsewhere(counter, places, fake):
    places.open("SH")
    places.count("SH", 0, 7)
    order = placed(counter, (1, 4))
    assert where(order) == [("02", "MAIN", 4)]
    other = placed(counter, (1, 6))
    assert where(other) == [("02", "SH", 6)]
    pay = late(counter, fake, other)
    places.count("SH", 0, 2)
    assert pay().state == "expired"
    assert places.shelf("SH", 1) == (2, 0)
