"""Paid pieces leave the stock in parcels, carriers bring them, and the order follows."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.records.inventory.model import FIRST, Stock, place_of
from chalicelib.records.orders.model import Order
from chalicelib.records.shipping.model import Shipment
from chalicelib.runtime.table import update
from tests.support import aws
from tests.support.trade import commit


def test_a_paid_order_is_sent_brought_and_delivered(yard):
    order = yard.paid((0, 2), (1, 1))
    assert (yard.shelf(0), yard.shelf(1)) == ((5, 3, 2), (6, 5, 1))
    number, waybill = yard.shipped(order)
    assert (yard.state(order), yard.ledger(order)) == ("shipped", [(0, 0, 2, 0), (0, 0, 1, 0)])
    assert (yard.shelf(0), yard.shelf(1)) == ((3, 3, 0), (5, 5, 0))
    assert waybill == yard.carriers["sf"].parcels[number].waybill
    assert yard.parcel(number).state == "labelled"
    yard.scan_sf(number, "50", remark="顺丰速运 已收取快件，电话 13912345678")
    yard.scan_sf(number, "31")
    yard.scan_sf(number, "44")
    assert (yard.parcel(number).state, yard.state(order)) == ("out_for_delivery", "shipped")
    yard.scan_sf(number, "80", remark="已签收")
    assert (yard.state(order), yard.ledger(order)) == ("delivered", [(0, 0, 2, 2), (0, 0, 1, 1)])
    (told,) = yard.timeline(order)
    assert [one["status"] for one in told["traces"]] == ["picked_up", "in_transit", "out_for_delivery", "delivered"]
    assert told["traces"][0]["words"] == "顺丰速运 已收取快件，电话 139****"
    assert (told["state"], told["waybill"], told["carrier_zh"]) == ("delivered", waybill, "顺丰速运")
    assert told["delivered_at"] == told["traces"][-1]["at"]
    assert told["returnable_until"] > told["delivered_at"]
    assert told["lines"] == [{"line": 0, "quantity": 2}, {"line": 1, "quantity": 1}]


def test_more_than_lies_there_is_not_sent_and_the_article_is_named(yard):
    order, sku = yard.paid((0, 3)), yard.counter.skus[0]
    there = lambda pieces: commit(update(Stock, place_of(sku), FIRST, actions=[Stock.on_hand.set(pieces)]))
    there(2)
    told = yard.act("POST", f"/v1/admin/orders/{order}/shipments", {})
    assert (told.status, told.json["code"]) == (409, "TOO_FEW_THERE")
    said = told.json["params"]
    assert (said["sku"], said["there"], said["wanted"]) == (sku, 2, 3)
    assert said["title_zh"]
    assert sku not in told.json["title"] + told.json.get("detail", "")
    there(5)
    yard.ship(order)


def test_an_order_goes_in_several_parcels_and_stands_where_they_are(yard):
    order = yard.paid((0, 3), (1, 1))
    first, _ = yard.shipped(order, (0, 2))
    assert yard.state(order) == "partly_shipped"
    yard.scan_sf(first, "80")
    assert (yard.parcel(first).state, yard.state(order)) == ("delivered", "partly_shipped")
    second, _ = yard.shipped(order, (0, 1))
    third, _ = yard.shipped(order)
    assert yard.state(order) == "shipped"
    assert [one.lines for one in map(yard.parcel, (first, second, third))] == [[(0, 2)], [(0, 1)], [(1, 1)]]
    yard.scan_sf(second, "80")
    assert yard.state(order) == "shipped"  # one parcel that is signed for is not the order
    yard.scan_sf(third, "80")
    assert yard.state(order) == "delivered"
    assert len(yard.timeline(order)) == 3


def test_no_piece_is_sent_twice(yard):
    order = yard.paid((0, 3))
    assert yard.ship(order, (0, 4), status=409) == "SHIP_QUANTITY_EXCEEDED"
    assert yard.ship(order, (0, 2), (0, 2), status=409) == "SHIP_QUANTITY_EXCEEDED"
    assert yard.ship(order, (1, 1), status=409) == "SHIP_QUANTITY_EXCEEDED"
    yard.ship(order, (0, 2))
    assert yard.ship(order, (0, 2), status=409) == "SHIP_QUANTITY_EXCEEDED"
    yard.ship(order, (0, 1))
    assert yard.ship(order, status=409) == "NOTHING_TO_SHIP"
    assert yard.shelf() == (2, 2, 0)


def test_one_wish_under_one_key_is_one_parcel(yard):
    order = yard.paid((0, 3))
    path, body = f"/v1/admin/orders/{order}/shipments", {"lines": [{"line": 0, "quantity": 1}]}
    told = [yard.act("POST", path, body, key="once") for _ in range(2)]
    assert told[0].json == told[1].json
    assert len(aws.rows_of(Shipment, "p#")) == 1


@pytest.mark.parametrize("state", ["placed", "expired", "annulled"])
def test_only_what_is_paid_is_sent(yard, state):
    order = yard.paid((0, 1))
    from chalicelib.runtime.table import update

    commit(update(Order, order, actions=[Order.state.set(state)]))
    assert yard.ship(order, status=409) == "ORDER_STATE_CONFLICT"
    commit(update(Order, order, actions=[Order.state.set("paid")]))


def test_an_order_with_a_reason_to_hold_it_is_not_sent(yard):
    from chalicelib.runtime.table import update

    order = yard.paid((0, 1))
    commit(update(Order, order, actions=[Order.hold_reason.set("team")]))
    assert yard.ship(order, status=409) == "ORDER_HELD_BACK"
    assert yard.shelf() == (5, 4, 1)
    commit(update(Order, order, actions=[Order.hold_reason.remove()]))
    yard.ship(order)


def test_an_order_that_is_not_there_is_not_sent(yard):
    assert yard.ship("O01J0000000000000000000000A", status=404) == "ORDER_NOT_FOUND"


def test_a_parcel_that_was_not_fetched_is_given_up_and_its_pieces_are_held_again(yard):
    order = yard.paid((0, 3))
    number, _ = yard.shipped(order, (0, 2))
    other = yard.ship(order)
    told = yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "packed wrongly"})
    assert told.status == 204, told.text
    assert yard.carriers["sf"].parcels[number].state == "cancelled"
    assert (yard.state(order), yard.shelf()) == ("partly_shipped", (4, 2, 2))
    assert yard.parcel(number).state == "cancelled"
    again = yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "packed wrongly"})
    assert again.json["code"] == "SHIPMENT_STATE_CONFLICT"
    assert yard.act("POST", f"/v1/admin/shipments/{other}/cancellation", {"reason": "too"}).status == 204
    assert (yard.state(order), yard.ledger(order), yard.shelf()) == ("paid", [(0, 0, 0, 0)], (5, 2, 3))
    yard.counter.bus.run()
    third, _ = yard.shipped(order)
    assert third.endswith("03")
    assert yard.state(order) == "shipped"
    assert [one["number"] for one in yard.timeline(order)] == [third]


def test_a_parcel_that_the_carrier_has_is_not_given_up(yard):
    order = yard.paid((0, 1))
    number, _ = yard.shipped(order)
    yard.scan_sf(number, "50", push=False)
    told = yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "too late"})
    assert told.json["code"] == "CARRIER_TOO_LATE"
    yard.carriers["sf"].faults = ["lost_before"]
    told = yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "too late"})
    assert told.json["code"] == "CARRIER_DOWN"
    assert (yard.state(order), yard.parcel(number).state) == ("shipped", "labelled")
    assert (
        yard.act("POST", "/v1/admin/shipments/S1/cancellation", {"reason": "none"}).json["code"] == "SHIPMENT_NOT_FOUND"
    )


# ---- pieces that are paid back -------------------------------------------------------------------------------------
def asked_back(yard, order, quantity, *, line=0, settle=True):
    """Support asks money back for pieces, finance agrees, and the provider gives it."""
    from tests.support import people

    clerk, finance = (people.member(yard.counter.front, role, fresh=True).token for role in ("support", "finance"))
    body = {"order_id": order, "reason": "broken", "units": [{"line": line, "quantity": quantity}]}
    told = yard.counter.front.post("/v1/admin/refunds", body, token=clerk, key=next(yard.keys))
    assert told.status == 201, told.text
    refund = told.json["id"]
    if settle:
        path = f"/v1/admin/refunds/{refund}/approval"
        assert yard.counter.front.post(path, {"approved": True}, token=finance, key=next(yard.keys)).status < 300
        yard.counter.bus.run()
        notice = yard.fake.refund_notice(yard.payment, refund)
        yard.counter.front.post("/v1/webhooks/wechat/refund", raw=notice.body, headers=dict(notice.headers))
        yard.counter.bus.run()
    return refund


def test_pieces_that_are_asked_back_are_not_sent(yard):
    order = yard.paid((0, 3))
    asked_back(yard, order, 1, settle=False)
    assert yard.ship(order, (0, 3), status=409) == "SHIP_QUANTITY_EXCEEDED"
    yard.ship(order)
    assert yard.ledger(order) == [(0, 0, 2, 0)]
    assert yard.state(order) == "partly_shipped"
    assert yard.ship(order, status=409) == "NOTHING_TO_SHIP"


def test_unsent_pieces_that_were_paid_back_are_free_again_and_the_order_is_shipped_without_them(yard):
    order = yard.paid((0, 3))
    number, _ = yard.shipped(order, (0, 2))
    asked_back(yard, order, 1)
    assert (yard.state(order), yard.ledger(order), yard.shelf()) == ("shipped", [(1, 1, 2, 0)], (3, 3, 0))
    yard.scan_sf(number, "80")
    assert yard.state(order) == "delivered"


def test_pieces_paid_back_after_they_were_sent_free_nothing(yard):
    order = yard.paid((0, 3))
    yard.shipped(order)
    asked_back(yard, order, 1)
    assert (yard.state(order), yard.ledger(order), yard.shelf()) == ("shipped", [(0, 1, 3, 0)], (2, 2, 0))


def test_of_a_parcel_that_is_given_up_pieces_that_were_paid_back_meanwhile_are_free(yard):
    order = yard.paid((0, 3))
    number, _ = yard.shipped(order)
    asked_back(yard, order, 1)
    assert yard.act("POST", f"/v1/admin/shipments/{number}/cancellation", {"reason": "wrong"}).status == 204
    assert (yard.state(order), yard.ledger(order), yard.shelf()) == ("paid", [(1, 1, 0, 0)], (5, 3, 2))
    yard.counter.bus.run()
    yard.ship(order)
    assert yard.ledger(order) == [(1, 1, 2, 0)]


def test_an_order_that_was_paid_back_whole_is_not_sent_and_one_that_left_is_not_annulled(yard):
    order = yard.paid((0, 2))
    asked_back(yard, order, 2)
    assert yard.state(order) == "annulled"
    assert yard.ship(order, status=409) == "ORDER_STATE_CONFLICT"
    other = yard.paid((0, 2))
    yard.shipped(other)
    asked_back(yard, other, 2)
    assert yard.state(other) == "shipped"
    assert yard.shelf() == (3, 3, 0)


# ---- waybills --------------------------------------------------------------------------------------------------------
def test_a_waybill_that_is_told_is_not_booked_and_is_followed_by_the_aggregator(yard):
    order = yard.paid((0, 1))
    kd = yard.carriers["kuaidi100"]
    assert yard.ship(order, status=422, carrier="kuaidi100") == "WAYBILL_NEEDED"
    assert yard.ship(order, status=422, carrier="kuaidi100", waybill="YT5555508965056") == "WAYBILL_NEEDED"
    assert yard.ship(order, status=422, carrier="nobody") == "NO_SUCH_CARRIER"
    assert yard.ship(order, status=422, carrier="sf", waybill="waybill") == "WAYBILL_MALFORMED"
    number, waybill = yard.shipped(order, carrier="kuaidi100", waybill="YT5555508965056", company="yuantong")
    assert yard.carriers["sf"].parcels == {}
    kd.hand_in(number, waybill)
    kd.scan(number, "1", yard.counter.clock.now(), "已揽收")
    kd.scan(number, "501", yard.counter.clock.now(), "快件已由 驿站 代收")
    for _ in range(2):
        told = push_kd(yard, number)
        assert (told.status, told.json["returnCode"]) == (200, "200")
        yard.counter.bus.run()
    assert (yard.parcel(number).state, yard.state(order)) == ("at_pickup_point", "shipped")
    kd.scan(number, "3", yard.counter.clock.now(), "已签收")
    push_kd(yard, number)
    yard.counter.bus.run()
    assert yard.state(order) == "delivered"
    assert len(yard.timeline(order)[0]["traces"]) == 3


def push_kd(yard, number, token=None, **more):
    body = yard.carriers["kuaidi100"].push(number, **more)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return yard.counter.front.post(f"/v1/webhooks/carriers/kuaidi100/{token or number}", raw=body, headers=headers)


def test_a_push_for_another_parcel_is_forged(yard):
    order = yard.paid((0, 2))
    one, waybill = yard.shipped(order, (0, 1), carrier="kuaidi100", waybill="YT5555508965056", company="yuantong")
    two, _ = yard.shipped(order, (0, 1), carrier="kuaidi100", waybill="YT5555508965057", company="yuantong")
    yard.carriers["kuaidi100"].hand_in(one, waybill)
    yard.carriers["kuaidi100"].scan(one, "3", yard.counter.clock.now())
    assert push_kd(yard, one, token=two).status == 404
    assert push_kd(yard, one, salt="guessed").status == 404
    yard.counter.bus.run()
    assert yard.parcel(one).state == yard.parcel(two).state == "labelled"


def test_a_waybill_is_one_parcels_unless_it_is_said_that_several_go_together(yard):
    first, second = yard.paid((0, 1)), yard.paid((1, 1))
    told = {"carrier": "sf", "waybill": "SF1000000000009"}
    one, _ = yard.shipped(first, **told)
    assert yard.ship(second, status=409, **told) == "WAYBILL_TAKEN"
    two, _ = yard.shipped(second, **told, together=True)
    sf = yard.carriers["sf"]
    from tests.fakes.carriers.common import Parcel

    sf.parcels["theirs"] = Parcel("theirs", "SF1000000000009")
    yard.scan_sf("theirs", "80")
    assert [yard.parcel(each).state for each in (one, two)] == ["delivered", "delivered"]
    assert [yard.state(each) for each in (first, second)] == ["delivered", "delivered"]


def test_a_wrong_waybill_is_corrected_and_what_was_heard_of_it_counts_no_more(yard):
    order = yard.paid((0, 1))
    number, _ = yard.shipped(order)
    yard.scan_sf(number, "80")
    assert yard.state(order) == "delivered"
    wish = {"carrier": "sf", "waybill": "SF1000000000777"}
    path = f"/v1/admin/shipments/{number}/waybill"
    assert yard.act("PUT", path, {**wish, "waybill": "?"}).json["code"] == "WAYBILL_MALFORMED"
    assert yard.act("PUT", path, {**wish, "carrier": "kuaidi100"}).json["code"] == "WAYBILL_NEEDED"
    assert yard.act("PUT", path, wish).status == 204
    assert (yard.parcel(number).state, yard.state(order)) == ("labelled", "shipped")
    assert yard.timeline(order)[0]["traces"] == []
    yard.counter.bus.run()
    old = yard.carriers["sf"].scan(number, "31", yard.counter.clock.now())
    assert yard.push_sf(old).status == 200  # of the former waybill, with our number
    yard.counter.bus.run()
    assert yard.parcel(number).state == "labelled"
    route = {**old, "mailno": "SF1000000000777", "orderid": "", "opCode": "44"}
    yard.push_sf(route)
    yard.counter.bus.run()
    assert yard.parcel(number).state == "out_for_delivery"
    assert yard.act("PUT", path, wish).status == 204  # it has it: nothing changes
    assert yard.parcel(number).state == "out_for_delivery"


def test_what_was_told_of_a_waybill_before_it_was_somebodys_is_heard_then(yard):
    """L007: one waybill of a push is not known; it is parked, and the other is heard."""
    order = yard.paid((0, 2))
    number, _ = yard.shipped(order, (0, 1))
    known = yard.carriers["sf"].scan(number, "50", yard.counter.clock.now())
    other = {**known, "mailno": "SF9999999999999", "orderid": "ORD-X"}
    assert yard.push_sf(known, other).json["return_code"] == "0000"
    yard.counter.bus.run()
    assert yard.parcel(number).state == "picked_up"
    late, _ = yard.shipped(order, carrier="sf", waybill="SF9999999999999")
    assert yard.parcel(late).state == "picked_up"


# ---- what the shop's people see -------------------------------------------------------------------------------------
def test_what_is_to_be_done_is_listed(yard):
    first, second = yard.paid((0, 2)), yard.paid((1, 1))
    told = yard.act("GET", "/v1/admin/shipments/orders").json["items"]
    assert [(one["order_id"], one["lines"], one["late"]) for one in told] == [
        (second, [{"line": 0, "quantity": 1, "location": "MAIN"}], False),
        (first, [{"line": 0, "quantity": 2, "location": "MAIN"}], False),
    ]
    number = yard.ship(first, (0, 1))
    listed = lambda todo: [one["number"] for one in yard.act("GET", f"/v1/admin/shipments?todo={todo}").json["items"]]
    assert listed("waiting") == [number]
    yard.counter.bus.run()
    assert (listed("waiting"), listed("packed")) == ([], [number])
    yard.scan_sf(number, "50")
    assert (listed("packed"), listed("moving"), listed("silent")) == ([], [number], [])
    day = yard.counter.clock.now().date()
    yard.counter.clock.advance(timedelta(hours=49))
    assert listed("silent") == [number]
    told = yard.act("GET", f"/v1/admin/shipments/orders?day={day}").json["items"]
    assert [one["late"] for one in told] == [True, True]
    yard.scan_sf(number, "80")
    assert listed("moving") == listed("silent") == []
    record = yard.act("GET", f"/v1/admin/orders/{first}/shipments").json["shipments"][0]
    assert [(one["code"], one["source"], one["proven"]) for one in record["traces"]][-1] == ("80", "sf", True)
    assert yard.act("GET", f"/v1/admin/orders/{second}/shipments").json["shipments"] == []


def test_what_the_carriers_would_take_is_asked_for_and_one_that_is_silent_says_nothing(yard):
    order = yard.paid((0, 1))
    yard.carriers["jd"].faults = ["lost_before"]
    told = yard.act("GET", f"/v1/admin/orders/{order}/shipping-rates").json["carriers"]
    assert [(one["carrier"], one["silent"], [rate["fee"]["fen"] for rate in one["rates"]]) for one in told] == [
        ("sf", False, [1850, 2300]),
        ("jd", True, []),
    ]


def test_a_customer_sees_only_their_own_parcels(yard):
    order = yard.paid((0, 1))
    assert yard.timeline(order) == []
    yard.shipped(order)
    from tests.support import people

    stranger = people.guest(yard.counter.front).token
    other = people.register(yard.counter.front, "13900139000").token
    for token in (stranger, other):
        assert yard.counter.ask("GET", f"/v1/orders/{order}/shipments", token=token).status in (403, 404)
    assert len(yard.timeline(order)) == 1


def test_whoever_may_not_send_does_not(yard):
    order = yard.paid((0, 1))
    from tests.support import people

    for role in ("support", "finance", "admin"):
        token = people.member(yard.counter.front, role, fresh=True).token
        told = yard.counter.front.post(f"/v1/admin/orders/{order}/shipments", {}, token=token, key=role)
        assert told.status == 403
    assert json.loads(json.dumps(yard.shelf())) == [5, 4, 1]
