"""What was quoted holds: freight as from where it was quoted, a promise that covers all that is sent."""

from __future__ import annotations

import pytest

from chalicelib.processes.fulfilment.service.send_from import send_from
from chalicelib.records.orders import service as orders
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.processes.merchandising.test_tariffs import zone
from tests.processes.ordering.merchant import merchant as merchant
from tests.processes.ordering.test_freight import FAR, address, owed, published, sent
from tests.processes.ordering.test_promise import serve
from tests.support import people
from tests.support.counter import counter as counter
from tests.support.counter import fake as fake
from tests.support.places import Places


@pytest.fixture
def places(counter, front, monkeypatch):
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "100000000")
    made = Places(counter)
    made.open("SH")
    return made


def move(order, location, *lines):
    send_from(order, lines, location, Work(Caller("S1", "operator"), "PUT /v1/admin/orders/{order_id}/shipments"))


# ---- freight --------------------------------------------------------------------------------------------------------
@pytest.fixture
def apart(counter, places, fake):
    """A paid order of two from the main location and seven from SH that goes far, its payment, and a nearer address."""
    places.count("SH", 40, 40)
    published(zones=[zone(fen=600, step=1, step_fen=100), zone("65", fen=2000, step=1, step_fen=500)])
    far, near = address(counter, **FAR), address(counter, region="310104", district="徐汇区")
    order = counter.place(sent(counter, (0, 2), (1, 7), to=far).json).json["order_id"]
    pay = counter.ask("POST", f"/v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, key="pay")
    fake.pay(pay.json["id"])
    notice = fake.notice(pay.json["id"])
    counter.front.post("/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    row = orders.find(order)
    assert [(line.location, line.quantity) for line in row.lines] == [("MAIN", 2), ("SH", 7)]
    assert [int(part.fee) for part in row.bill.freights] == [2500, 5000]
    counter.token = people.token(row.customer, "customer", fresh=True)
    return order, pay.json["id"], near


@pytest.mark.parametrize("moves", [[], ["SH"], ["SH", "MAIN"], ["SH", "MAIN", "SH"]])
def test_what_an_order_costs_less_elsewhere_is_reckoned_from_where_it_was_quoted(counter, apart, moves):
    """From two locations it was 75.00 and is 19.00; from one it would have been 60.00 and 14.00."""
    order, payment, near = apart
    for location in moves:
        move(order, location, 0)
    row = orders.find(order)
    assert [line.location for line in row.lines] == [(["MAIN", *moves])[-1], "SH"]
    assert [line.priced_at for line in row.lines] == ["MAIN", "SH"]
    assert counter.ask("PUT", f"/v1/orders/{order}/address", {"address": near}).status == 204
    assert owed(payment) == [("freight", 5600)]


# ---- what is promised -----------------------------------------------------------------------------------------------
def test_a_gift_from_elsewhere_is_there_by_the_promised_day_too(counter, places, merchant):
    places.count("SH", 0, 40)
    serve(service="standard", days=2, fee_fen=0)
    serve(service="standard", days=4, fee_fen=700, location="SH")
    plain = counter.quote((0, 2))
    merchant.published(kind="gift", terms={"sku": counter.skus[1], "pieces": 7, "min_fen": 100})
    quote = counter.quote((0, 2))
    gift = orders.find(counter.place(quote).json["order_id"]).lines[1]
    assert (gift.kind, gift.location, gift.quantity) == ("gift", "SH", 7)
    assert plain["promised_at"].startswith("2026-06-03")
    assert quote["promised_at"].startswith("2026-06-05")
    assert quote["payable"] == plain["payable"]


def test_where_no_day_is_promised_of_a_gift_none_is_promised_of_the_order(counter, places, merchant):
    places.count("SH", 0, 40)
    serve(service="standard", days=2, fee_fen=0, location="MAIN")
    merchant.published(kind="gift", terms={"sku": counter.skus[1], "pieces": 7, "min_fen": 100})
    assert counter.quote((0, 2))["promised_at"] is None


def test_what_is_faster_is_faster_with_its_gift_or_not_to_be_had(counter, places, merchant):
    """A gift comes from where the service goes, though more of it lie elsewhere; its time to order ends the quote."""
    places.count("SH", 40, 40)
    serve(service="standard", days=3, fee_fen=0)
    serve(days=1, location="SH")
    merchant.published(kind="gift", terms={"sku": counter.skus[1], "pieces": 2, "min_fen": 100})
    quote = counter.quote((0, 2), service="next_day")
    row = orders.find(counter.place(quote).json["order_id"])
    assert [line.location for line in row.lines] == ["SH", "SH"]
    assert quote["promised_at"].startswith("2026-06-02")
