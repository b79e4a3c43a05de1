"""What having an order sent costs: by the published templates and where it goes, from the quote to the order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.records.catalog import packing
from chalicelib.records.catalog.service import editing, reading
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import StaleOrder
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.records.tariffs import service as tariffs
from chalicelib.runtime.table import update
from tests.processes.merchandising.test_tariffs import document, zone
from tests.records.catalog import goods
from tests.support import people
from tests.support.counter import ADDRESS
from tests.support.counter import fake as fake
from tests.support.trade import commit

FAR = {"region": "653101", "province": "新疆维吾尔自治区", "city": "喀什地区", "district": "喀什市"}


@pytest.fixture(autouse=True)
def dear(monkeypatch):
    """Nothing is free by the shop's settings."""
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "100000000")


def act(use_case):
    work = goods.work()
    told = use_case(work)
    work.commit()
    return told


def published(sort="templates", **more):
    body = document(**more)
    kept = {"by": "piece", "default": True, "free_from_fen": None, "free_pieces": None, "not_delivered": [], **body}
    usual = {"areas": [], "first": 1, "step": 0, "step_fen": 0, "surcharge_fen": 0, "free": True}
    kept["zones"] = [{**usual, **one} for one in body["zones"]]
    name = act(lambda work: tariffs.draft(sort, kept, work))
    act(lambda work: tariffs.publish(sort, name, 1, work))
    return name


def goes_by(counter, n, template, **more):
    """Give a SKU a freight template of its own."""
    sku = counter.skus[n]
    row = reading.find_sku(sku)
    data = packing.sku_data_in(row)._replace(freight=template, **more)
    version = reading.find_product(sku[:-2]).product.version
    act(lambda work: editing.edit_sku(sku, version, data, work))


def address(counter, **more):
    answer = counter.ask("POST", "/v1/me/addresses", {**ADDRESS, "default": False, **more})
    assert answer.status == 201, answer.text
    return answer.json["address_id"]


def freight(quote):
    return quote["freight"]["fen"]


def sent(counter, *items, to=None):
    body = {"items": [{"sku": counter.skus[n], "quantity": pieces} for n, pieces in items]}
    return counter.ask("POST", "/v1/quotes", {**body, **({"address": to} if to else {})})


def test_without_a_template_the_flat_fee_is_taken(counter):
    assert freight(counter.quote((0, 1))) == 800


def test_a_quote_costs_what_its_zone_says_and_seals_the_version_of_the_book(counter):
    published(
        zones=[zone(fen=600, step=1, step_fen=100), zone("65", fen=2000, step=2, step_fen=500, surcharge_fen=300)]
    )
    assert freight(counter.quote((0, 3))) == 800
    far = sent(counter, (0, 4), to=address(counter, **FAR)).json
    assert freight(far) == 2000 + 2 * 500 + 300
    order = orders.find(counter.place(far).json["order_id"])
    (part,) = order.bill.freights
    assert (part.location, part.version, part.fee, part.off) == ("MAIN", tariffs.book().version, 3300, 0)
    assert (order.freight, order.payable) == (3300, order.bill.goods + 3300)


def test_a_price_is_honoured_though_the_template_changes_meanwhile(counter):
    name = published(zones=[zone(fen=600)])
    quote = counter.quote((0, 1))
    act(lambda work: tariffs.withdraw("templates", name, work))
    placed = counter.place(quote)
    assert placed.status == 201
    assert orders.find(placed.json["order_id"]).freight == 600
    assert freight(counter.quote((0, 1))) == 800


def test_freight_is_free_from_an_amount_but_the_surcharge_stays(counter):
    free = published(free_from_fen=9900, zones=[zone(fen=600), zone("65", fen=2000, surcharge_fen=500)])
    far = address(counter, **FAR)
    assert freight(counter.quote((0, 1))) == 0
    assert freight(sent(counter, (0, 1), to=far).json) == 500
    act(lambda work: tariffs.withdraw("templates", free, work))
    published(free_from_fen=9900, zones=[zone(fen=600), zone("65", fen=2000, surcharge_fen=500, free=False)])
    assert freight(sent(counter, (0, 1), to=far).json) == 2500


def test_a_sku_goes_by_its_own_template_and_others_by_the_default_one(counter):
    published(zones=[zone(fen=600, surcharge_fen=100)])
    heavy = published(
        default=False, by="weight", zones=[zone(fen=1000, first=1000, step=500, step_fen=200, surcharge_fen=300)]
    )
    goes_by(counter, 1, heavy, weight=600)
    assert freight(counter.quote((0, 1))) == 700
    assert freight(counter.quote((1, 2))) == 1000 + 200 + 300
    assert freight(counter.quote((0, 1), (1, 2))) == 600 + 1200 + 300  # the higher surcharge, once


def test_a_template_that_is_gone_leaves_its_goods_to_the_default_one(counter):
    published(zones=[zone(fen=600)])
    own = published(default=False, zones=[zone(fen=50)])
    goes_by(counter, 0, own)
    assert freight(counter.quote((0, 1))) == 50
    act(lambda work: tariffs.withdraw("templates", own, work))
    assert freight(counter.quote((0, 1))) == 600


def test_by_volume_counts_cubic_centimetres(counter):
    own = published(default=False, by="volume", zones=[zone(fen=100, first=1000, step=1000, step_fen=10)])
    goes_by(counter, 0, own, volume=1500)
    assert freight(counter.quote((0, 2))) == 100 + 2 * 10


def test_where_nothing_is_sent_the_quote_is_refused_by_name(counter):
    published(zones=[zone()], not_delivered=["65"])
    far = address(counter, **FAR)
    told = sent(counter, (0, 1), (1, 1), to=far)
    assert (told.status, told.json["code"]) == (409, "NOT_DELIVERABLE")
    where = ("653101", "新疆维吾尔自治区 喀什地区 喀什市")
    reasons = [(one["code"], one["params"]) for one in told.json["reasons"]]
    assert [(code, said["sku"], said["region"], said["place"]) for code, said in reasons] == [
        ("NOT_DELIVERABLE", sku, *where) for sku in counter.skus
    ]
    assert sent(counter, (0, 1)).status == 200


def test_the_cart_says_what_is_missing_to_free_freight_by_the_default_template(counter):
    published(free_from_fen=20_000, zones=[zone(fen=600)])
    assert counter.ask("PUT", f"/v1/cart/items/{counter.skus[0]}", {"quantity": 1}).status in (200, 204)
    assert counter.ask("GET", "/v1/cart").json["to_free_freight"]["fen"] == 20_000 - 9_900


def test_an_order_is_sent_elsewhere_only_where_that_costs_the_same(counter):
    published(zones=[zone(fen=600), zone("65", fen=2000)])
    far = address(counter, **FAR)
    near = address(counter, region="310104", district="徐汇区")
    order = counter.place(counter.quote((0, 1))).json["order_id"]
    told = counter.ask("PUT", f"/v1/orders/{order}/address", {"address": far})
    assert (told.status, told.json["code"]) == (409, "FREIGHT_DIFFERS")
    assert told.json["params"] == {"before": 600, "after": 2000}
    assert counter.ask("PUT", f"/v1/orders/{order}/address", {"address": near}).status == 204
    assert orders.find(order).address == near


def test_an_order_is_not_sent_to_where_nothing_is_sent(counter, clock):
    order = counter.place(counter.quote((0, 1))).json["order_id"]
    published(zones=[zone()], not_delivered=["65"])
    clock.advance(timedelta(seconds=11))
    far = address(counter, **FAR)
    told = counter.ask("PUT", f"/v1/orders/{order}/address", {"address": far})
    assert (told.status, told.json["code"]) == (409, "NOT_DELIVERABLE")


# ---- where sending costs less ---------------------------------------------------------------------------------------
@pytest.fixture
def paid_far(counter, fake):
    """A paid order that goes far, its payment, and a nearer address."""
    published(zones=[zone(fen=600), zone("65", fen=2000), zone("11", fen=800)])
    far, near = address(counter, **FAR), address(counter, region="310104", district="徐汇区")
    quote = sent(counter, (0, 2), to=far).json
    order = counter.place(quote).json["order_id"]
    pay = counter.ask("POST", f"/v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, key="pay")
    fake.pay(pay.json["id"])
    notice = fake.notice(pay.json["id"])
    counter.front.post("/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    counter.token = people.token(orders.find(order).customer, "customer", fresh=True)
    return order, pay.json["id"], near


def owed(payment):
    """What is asked back of a payment: (cause, fen)."""
    return sorted((row.cause, int(row.amount)) for row in refunds.of_payments([attempts.find(payment)]))


def test_what_was_paid_too_much_goes_back_once_when_a_paid_order_is_sent_nearer(counter, fake, paid_far):
    order, payment, near = paid_far
    assert orders.find(order).freight == 2000
    for _ in range(2):
        assert counter.ask("PUT", f"/v1/orders/{order}/address", {"address": near}).status == 204
    assert (orders.find(order).address, owed(payment)) == (near, [("freight", 1400)])
    counter.bus.run()
    (refund,) = fake.book[payment].refunds
    notice = fake.refund_notice(payment, refund)
    counter.front.post("/v1/webhooks/wechat/refund", raw=notice.body, headers=dict(notice.headers))
    counter.bus.run()
    row = orders.find(order)
    assert (row.state, int(row.refunded), int(row.freight_back)) == ("paid", 1400, 1400)
    dearer = address(counter, region="110101", province="北京市", city="北京市", district="东城区")
    told = counter.ask("PUT", f"/v1/orders/{order}/address", {"address": dearer})
    assert (told.json["code"], told.json["params"]) == ("FREIGHT_DIFFERS", {"before": 600, "after": 800})


def test_the_rest_goes_back_to_the_fen_when_all_is_paid_back_afterwards(counter, fake, paid_far):
    order, payment, near = paid_far
    assert counter.ask("PUT", f"/v1/orders/{order}/address", {"address": near}).status == 204
    captured = attempts.find(payment).captured
    support = people.member(counter.front, "support", fresh=True)
    body = {"order_id": order, "reason": "不想要了"}
    told = counter.front.request("POST", "/v1/admin/refunds", body, token=support.token, key="ask")
    assert told.json["amount"]["fen"] == captured - 1400


def test_freight_that_went_back_is_not_in_what_a_unit_brings_afterwards(counter, fake, paid_far):
    order, _, near = paid_far
    assert counter.ask("PUT", f"/v1/orders/{order}/address", {"address": near}).status == 204
    support = people.member(counter.front, "support", fresh=True)
    row, told = orders.find(order), []
    for _ in range(2):
        body = {"order_id": order, "reason": "破损", "units": [{"line": 0, "quantity": 1}]}
        asked = counter.front.request("POST", "/v1/admin/refunds", body, token=support.token, key=f"ask-{len(told)}")
        told.append(asked.json["amount"]["fen"])
    assert told == [int(row.bill.goods) // 2 + 300] * 2


def test_two_steps_nearer_give_back_what_one_would_have(counter, paid_far):
    order, payment, near = paid_far
    middle = address(counter, region="110101", province="北京市", city="北京市", district="东城区")
    for place in (middle, near):
        assert counter.ask("PUT", f"/v1/orders/{order}/address", {"address": place}).status == 204
    assert owed(payment) == [("freight", 200), ("freight", 1200)]
    assert int(orders.find(order).freight_back) == 1400


def test_where_something_is_asked_back_the_freight_stays_and_so_does_the_address(counter, paid_far):
    order, payment, near = paid_far
    support = people.member(counter.front, "support", fresh=True)
    body = {"order_id": order, "reason": "破损", "units": [{"line": 0, "quantity": 1}]}
    assert counter.front.request("POST", "/v1/admin/refunds", body, token=support.token, key="ask").status == 201
    told = counter.ask("PUT", f"/v1/orders/{order}/address", {"address": near})
    assert (told.json["code"], [cause for cause, _ in owed(payment)]) == ("FREIGHT_DIFFERS", ["asked"])


def test_of_two_who_send_it_nearer_at_once_one_gives_back(counter, paid_far):
    order, _, near = paid_far
    row = orders.find(order)
    commit(order_steps.readdress_cheaper(row, near, Fen(1400)))
    with pytest.raises(CommitRejected) as refused:
        commit(order_steps.readdress_cheaper(row, near, Fen(1400)))
    assert refused.value.only(StaleOrder)
    commit(update(Order, order, actions=[Order.freight_back.remove()]))


def test_an_order_that_is_unpaid_is_placed_anew_where_sending_costs_less(counter):
    published(zones=[zone(fen=600), zone("65", fen=2000)])
    far, near = address(counter, **FAR), address(counter, region="310104", district="徐汇区")
    order = counter.place(sent(counter, (0, 1), to=far).json).json["order_id"]
    told = counter.ask("PUT", f"/v1/orders/{order}/address", {"address": near})
    assert told.json["code"] == "FREIGHT_DIFFERS"
