"""What becomes of a coupon and of what it took off when units of a paid order are given back, before and after it is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.fulfilment.service import returning
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.orders import service as orders
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work
from tests.records.coupons import wallets
from tests.support import aws, people


def bought(yard, policy, pieces=3, off_fen=3000):
    """A paid order of pieces at 99.00 with a coupon of so much off 200.00; (order, coupon)."""
    terms = {"kind": "amount", "terms": {"off_fen": off_fen, "min_fen": 20_000}}
    template = wallets.opened(document={**wallets.DOCUMENT, **terms, "refund_policy": policy})
    counter = yard.counter
    coupon = counter.ask("POST", f"/v1/coupons/{template}/claims").json["coupon_id"]
    body = {"items": [{"sku": counter.skus[0], "quantity": pieces}], "coupons": [coupon]}
    order = counter.place(counter.ask("POST", "/v1/quotes", body).json).json["order_id"]
    paying = counter.ask(
        "POST", f"/v1/orders/{order}/payments", {"provider": "wechat", "product": "native"}, key=f"pay-{order}"
    )
    yard.payment = paying.json["id"]
    yard.fake.pay(yard.payment)
    notice = yard.fake.notice(yard.payment)
    counter.front.post("/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    return order, coupon


def asked(yard, order, pieces=None):
    """What support is answered who asks for so many pieces back, or for all that is left."""
    clerk = people.member(yard.counter.front, "support", fresh=True).token
    body = {"order_id": order, "reason": "broken"} | (
        {"units": [{"line": 0, "quantity": pieces}]} if pieces is not None else {}
    )
    return yard.counter.front.post("/v1/admin/refunds", body, token=clerk, key=next(yard.keys))


def decided(yard, refund, *, approved):
    finance = people.member(yard.counter.front, "finance", fresh=True).token
    path = f"/v1/admin/refunds/{refund}/approval"
    assert yard.counter.front.post(path, {"approved": approved}, token=finance, key=next(yard.keys)).status < 300


def given_back(yard, order, pieces=None):
    """The same, and finance agrees and the money goes."""
    told = asked(yard, order, pieces)
    assert told.status == 201, told.text
    decided(yard, told.json["id"], approved=True)
    yard.counter.bus.run()
    notice = yard.fake.refund_notice(yard.payment, told.json["id"])
    yard.counter.front.post("/v1/webhooks/wechat/refund", raw=notice.body, headers=dict(notice.headers))
    yard.counter.bus.run()
    return told.json


def used_by(coupon):
    return next(row.used_by for row in aws.rows(Coupon) if row.id == coupon)


def test_what_the_rest_does_not_deserve_stays_here_and_comes_with_the_last_piece(yard):
    order, coupon = bought(yard, "keep_if_threshold_still_met")
    paid = int(orders.find(order).payable)
    assert paid == 29_700 - 3000
    first = given_back(yard, order, 2)
    assert (first["amount"]["fen"], first["withheld"]["fen"]) == (paid - 9900, 1000)
    assert (yard.state(order), used_by(coupon)) == ("paid", order), "a part never brings the coupon back"
    assert given_back(yard, order)["amount"]["fen"] == 9900
    assert (yard.state(order), used_by(coupon)) == ("annulled", None)
    assert sum(yard.fake.book[yard.payment].refunds.values()) == paid


def test_another_piece_waits_for_what_was_asked_before_which_may_yet_be_declined(yard):
    order, _ = bought(yard, "keep_if_threshold_still_met")
    first = asked(yard, order, 2).json
    assert asked(yard, order).json["code"] == "REFUND_UNDECIDED", "the rest"
    waits = asked(yard, order, 1)
    assert (waits.status, waits.json["code"], waits.json["params"]) == (
        409,
        "REFUND_UNDECIDED",
        {"refund": first["id"]},
    )
    decided(yard, first["id"], approved=False)
    second = asked(yard, order, 1).json
    assert second["amount"]["fen"] == 6900, "what was withheld of the declined one counts no more"
    assert asked(yard, order).json["params"] == {"refund": second["id"]}


def test_by_the_other_policies_the_last_piece_waits_for_nothing(yard):
    order, _ = bought(yard, "prorate")
    asked(yard, order, 2)
    assert asked(yard, order).json["amount"]["fen"] == 8900


def test_while_the_rest_reaches_the_threshold_it_keeps_its_reduction(yard):
    order, _ = bought(yard, "keep_if_threshold_still_met", 4)
    told = given_back(yard, order, 1)
    assert (told["amount"]["fen"], told["withheld"]) == (9900 - 750, None)


@pytest.mark.parametrize("policy", ["prorate", "return_if_all"])
def test_by_the_other_policies_every_piece_brings_what_was_paid_for_it(yard, policy):
    order, _ = bought(yard, policy)
    told = given_back(yard, order, 2)
    assert (told["amount"]["fen"], told["withheld"]) == (2 * 8900, None)


def test_where_the_rest_loses_more_than_would_go_back_that_is_said_and_nothing_is_asked(yard):
    order, _ = bought(yard, "keep_if_threshold_still_met", off_fen=19_500)
    paid = int(orders.find(order).payable)
    refused = asked(yard, order, 1)
    assert (refused.status, refused.json["code"], refused.json["params"]) == (
        409,
        "REFUND_USED_UP",
        {"more": 19_800 - paid},
    )
    assert given_back(yard, order)["amount"]["fen"] == paid


@pytest.mark.parametrize(("policy", "free"), [("return_if_all", True), ("prorate", False)])
def test_after_all_is_paid_back_a_sent_order_gives_its_coupon_back_where_the_policy_says_so(yard, policy, free):
    order, coupon = bought(yard, policy)
    before = next(row.ends_at for row in aws.rows(Coupon) if row.id == coupon)
    yard.shipped(order)
    given_back(yard, order, 2)
    assert used_by(coupon) == order
    given_back(yard, order)
    assert (yard.state(order), used_by(coupon)) == ("shipped", None if free else order)
    assert next(row.ends_at for row in aws.rows(Coupon) if row.id == coupon) == before


def for_nothing(yard, policy):
    """An order that the shop made free, with a coupon; (order, coupon)."""
    counter = yard.counter
    terms = {"kind": "amount", "terms": {"off_fen": 3000, "min_fen": 20_000}}
    template = wallets.opened(document={**wallets.DOCUMENT, **terms, "refund_policy": policy})
    coupon = counter.ask("POST", f"/v1/coupons/{template}/claims").json["coupon_id"]
    body = {"items": [{"sku": counter.skus[0], "quantity": 3}], "coupons": [coupon]}
    order = counter.place(counter.ask("POST", "/v1/quotes", body).json).json["order_id"]
    off = {"off_fen": int(orders.find(order).payable), "reason": "a gift"}
    assert yard.act("POST", f"/v1/admin/orders/{order}/price-adjustments", off).status < 300
    assert (yard.state(order), int(orders.find(order).payable)) == ("paid", 0)
    return order, coupon


def comes_back(yard, number):
    """Its carrier brings a parcel back to the shop."""
    yard.carriers["jd"].scan(number, "退回", yard.counter.clock.now() + timedelta(minutes=5), "已退回")
    yard.counter.later(hours=30)
    assert yard.parcel(number).state == "returned"


@pytest.mark.parametrize(("policy", "free"), [("return_if_all", True), ("prorate", False)])
def test_a_coupon_comes_back_with_all_of_an_order_that_cost_nothing(yard, policy, free):
    """No money goes back that would bring it: its parcels do."""
    order, coupon = for_nothing(yard, policy)
    first, _ = yard.shipped(order, (0, 1), carrier="jd")
    comes_back(yard, first)
    assert used_by(coupon) == order, "two more are not back"
    second, _ = yard.shipped(order, (0, 2), carrier="jd")
    assert used_by(coupon) == order
    comes_back(yard, second)
    assert used_by(coupon) == (None if free else order)
    work = Work(worker("fulfilment"), "fulfilment")
    returning.come_back(order, work)
    work.settled(None)
    assert used_by(coupon) == (None if free else order)


def test_a_coupon_that_came_back_and_is_used_again_stays_there(yard):
    order, coupon = for_nothing(yard, "return_if_all")
    number, _ = yard.shipped(order, carrier="jd")
    comes_back(yard, number)
    body = {"items": [{"sku": yard.counter.skus[1], "quantity": 3}], "coupons": [coupon]}
    yard.counter.token = people.token(orders.find(order).customer, "customer")
    other = yard.counter.place(yard.counter.ask("POST", "/v1/quotes", body).json).json["order_id"]
    assert used_by(coupon) == other
    work = Work(worker("fulfilment"), "fulfilment")
    returning.come_back(order, work)
    work.settled(None)
    assert used_by(coupon) == other


def test_of_an_order_that_cost_something_the_money_brings_the_coupon(yard):
    order, coupon = bought(yard, "return_if_all")
    number, _ = yard.shipped(order, carrier="jd")
    comes_back(yard, number)
    assert used_by(coupon) == order
    given_back(yard, order)
    assert used_by(coupon) is None
