"""An order is sent elsewhere as long as its goods have not left: by its owner, to an address of theirs, at the same price."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Refused
from chalicelib.records.orders import service as orders
from tests.catalog import goods

from .conftest import ADDRESS

ELSEWHERE = {**ADDRESS, "line": "人民大道 200 号", "default": False}


@pytest.fixture
def placed(counter):
    return counter.place(counter.quote((0, 1))).json["order_id"]


def elsewhere(counter, **more):
    answer = counter.ask("POST", "/v1/me/addresses", ELSEWHERE, **more)
    assert answer.status == 201, answer.text
    return answer.json["address_id"]


def send(counter, order_id, address, **more):
    return counter.ask("PUT", f"/v1/orders/{order_id}/address", {"address": address}, **more)


def refused(answer):
    return answer.status, answer.json["code"]


def test_an_unpaid_order_goes_to_the_new_address_at_the_same_price(counter, placed):
    before, address = orders.find(placed), elsewhere(counter)
    assert send(counter, placed, address).status == 204
    after = orders.find(placed)
    assert (before.address != address, after.address) == (True, address)
    assert (after.payable, after.freight, after.state) == (before.payable, before.freight, "placed")
    assert "order.readdressed" in counter.pump.run()


def test_freight_is_the_same_wherever_goods_go(counter, monkeypatch):
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "9901")
    body = {"items": [{"sku": counter.skus[0], "quantity": 1}]}
    told = [counter.ask("POST", "/v1/quotes", body | more).json for more in ({}, {"address": elsewhere(counter)})]
    assert told[0]["address"] != told[1]["address"]
    assert [quote["freight"]["fen"] for quote in told] == [800, 800]


def test_a_paid_order_can_still_be_sent_elsewhere_and_a_closed_one_cannot(counter, placed):
    address, work = elsewhere(counter), goods.work()
    work.add(orders.pay(placed, f"{placed}01", work.now))
    work.commit()
    assert send(counter, placed, address).status == 204
    work = goods.work()
    work.add(orders.move(placed, "annul"))
    work.commit()
    assert refused(send(counter, placed, address)) == (409, "ORDER_STATE_CONFLICT")


def test_an_address_that_is_anothers_or_was_deleted_is_none(counter, placed):
    mine = orders.find(placed).address
    theirs = elsewhere(counter, token=counter.newcomer("13900139000"))
    gone = elsewhere(counter)
    assert counter.ask("DELETE", f"/v1/me/addresses/{gone}").status == 204
    for address in (theirs, gone):
        assert refused(send(counter, placed, address)) == (404, "ADDRESS_UNKNOWN")
    assert refused(send(counter, placed, "no address")) == (422, "INVALID_REQUEST")
    assert orders.find(placed).address == mine


def test_anothers_order_is_not_there_to_be_sent_elsewhere(counter, placed):
    stranger = counter.newcomer("13900139000")
    answer = send(counter, placed, elsewhere(counter, token=stranger), token=stranger)
    assert refused(answer) == (404, "ORDER_NOT_FOUND")


def test_an_order_that_closes_while_it_is_readdressed_stays_as_it_was(counter, placed):
    work = goods.work()
    work.add(orders.readdress(placed, "D1"))
    counter.ask("POST", f"/v1/orders/{placed}/cancellation")
    with pytest.raises(Refused) as caught:
        work.commit()
    assert [reason.facts for reason in caught.value.reasons] == [{"state": "cancelled"}]
    assert orders.find(placed).address != "D1"
