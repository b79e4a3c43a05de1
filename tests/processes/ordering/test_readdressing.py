"""An order is sent elsewhere as long as its goods have not left: by its owner, to an address of theirs, at the same price."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.identity.access.service import identify
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.runtime.work import Work
from tests.records.catalog import goods
from tests.support import people
from tests.support.counter import ADDRESS

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
    assert "order.readdressed" in counter.bus.run()


def test_freight_is_the_same_wherever_goods_go(counter, monkeypatch):
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "9901")
    body = {"items": [{"sku": counter.skus[0], "quantity": 1}]}
    told = [counter.ask("POST", "/v1/quotes", body | more).json for more in ({}, {"address": elsewhere(counter)})]
    assert told[0]["address"] != told[1]["address"]
    assert [quote["freight"]["fen"] for quote in told] == [800, 800]


def fresh(counter):
    """The customer, who has just shown a code."""
    return people.token(identify(counter.token, counter.clock.now()).id, "customer", fresh=True)


def paid(order_id):
    work = goods.work()
    work.add(order_steps.pay(order_id, f"{order_id}01", work.now))
    work.commit()


def test_a_paid_order_can_still_be_sent_elsewhere_and_a_closed_one_cannot(counter, placed):
    address = elsewhere(counter)
    paid(placed)
    assert send(counter, placed, address, token=fresh(counter)).status == 204
    assert orders.find(placed).address == address
    work = goods.work()
    work.add(order_steps.move(placed, "annul"))
    work.commit()
    assert refused(send(counter, placed, address, token=fresh(counter))) == (409, "ORDER_STATE_CONFLICT")


def test_a_paid_order_is_sent_elsewhere_only_by_who_has_shown_a_code_lately(counter, placed):
    address, mine = elsewhere(counter), orders.find(placed).address
    paid(placed)
    assert refused(send(counter, placed, address)) == (403, "FRESH_CODE_NEEDED")
    old = fresh(counter)
    counter.clock.advance(timedelta(minutes=9, seconds=59))
    assert send(counter, placed, mine, token=old).status == 204
    counter.clock.advance(timedelta(seconds=2))
    assert send(counter, placed, address, token=old).status in (401, 403)
    assert orders.find(placed).address == mine


@pytest.mark.parametrize("shown", [True, False])
def test_money_that_comes_just_now_asks_for_the_code_too(counter, placed, monkeypatch, shown):
    address, commit, once = elsewhere(counter), Work.commit, []
    token = fresh(counter) if shown else counter.token

    def overtaken(self, reply=None):
        if not once and self.scope.endswith("/address"):
            once.append(paid(placed))
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", overtaken)
    answer = send(counter, placed, address, token=token)
    assert once
    assert (answer.status == 204) is shown
    assert (orders.find(placed).address == address) is shown


def test_an_account_without_a_proven_contact_sends_no_paid_order_elsewhere(counter):
    """There is nobody to ask whether it is them; a first contact can be added."""
    body = {"email": "li@example.com", "password": "long enough 1", "terms": people.TERMS}
    counter.token = people.person(counter.front.post("/v1/auth/register", body)).token
    assert counter.ask("POST", "/v1/me/addresses", ADDRESS).status == 201
    order = counter.place(counter.quote((0, 1))).json["order_id"]
    address = elsewhere(counter)
    paid(order)
    assert refused(send(counter, order, address)) == (403, "FRESH_CODE_NEEDED")


def test_an_address_that_is_anothers_or_was_deleted_is_none(counter, placed):
    mine = orders.find(placed).address
    theirs = elsewhere(counter, token=counter.newcomer("13900139000"))
    gone = elsewhere(counter)
    assert counter.ask("DELETE", f"/v1/me/addresses/{gone}").status == 204
    for address in (theirs, gone):
        assert refused(send(counter, placed, address)) == (404, "ADDRESS_NOT_FOUND")
    assert refused(send(counter, placed, "no address")) == (422, "INVALID_REQUEST")
    assert orders.find(placed).address == mine


def test_anothers_order_is_not_there_to_be_sent_elsewhere(counter, placed):
    stranger = counter.newcomer("13900139000")
    answer = send(counter, placed, elsewhere(counter, token=stranger), token=stranger)
    assert refused(answer) == (404, "ORDER_NOT_FOUND")


def test_an_order_that_closes_while_it_is_readdressed_stays_as_it_was(counter, placed):
    work = goods.work()
    work.add(order_steps.readdress(placed, "D1"))
    counter.ask("POST", f"/v1/orders/{placed}/cancellation")
    with pytest.raises(CommitRejected) as caught:
        work.commit()
    assert [reason.params for reason in caught.value.reasons] == [{"state": "cancelled"}]
    assert orders.find(placed).address != "D1"
