"""What people say with an order: where it goes, a remark, why the shop gave it up. Kept sealed, read by who may."""

from __future__ import annotations

import pytest

from chalicelib.records.audit import service as audit
from chalicelib.records.orders import service as orders
from chalicelib.runtime import table
from chalicelib.runtime.journal import Journal
from tests.support import aws, people

REMARK = "请放在门口的红色箱子里"


@pytest.fixture
def order(counter):
    return counter.place(counter.quote((0, 1)), remark=REMARK).json["order_id"]


def test_its_customer_reads_where_an_order_goes_also_after_the_address_was_edited_and_removed(counter, order):
    detail = counter.ask("GET", f"/v1/orders/{order}").json
    place = detail["delivery"]
    assert (place["name"], place["phone"], place["line"]) == ("王小明", "+8613800138000", "世纪大道 1 号")
    assert detail["remark"] == REMARK
    assert counter.ask("DELETE", f"/v1/me/addresses/{place['address_id']}").status == 204
    assert counter.ask("GET", f"/v1/orders/{order}").json["delivery"] == place


def test_staff_read_address_and_remark_for_a_reason_that_is_on_record(counter, order, bus):
    support = people.member(counter.front, "support", fresh=True)
    path = f"/v1/admin/orders/{order}/disclosures"
    assert counter.ask("POST", path, {"reason": "curious"}, token=support.token).status == 422
    shown = counter.ask("POST", path, {"reason": "delivery"}, token=support.token)
    assert shown.status == 200, shown.text
    assert (shown.json["name"], shown.json["place"]) == ("王小明", "上海市浦东新区 世纪大道 1 号")
    assert shown.json["remark"] == REMARK
    bus.run()
    entries = audit.about(orders.find(order).customer, 5, None)[0]
    assert any(one.wire == "user.data_disclosed" and order in one.data for one in entries)
    assert REMARK not in str([row.serialize() for row in aws.rows(Journal)])


def test_nobody_else_reads_them(counter, order):
    operator = people.member(counter.front, "operator")
    body = {"reason": "delivery"}
    path = f"/v1/admin/orders/{order}/disclosures"
    assert counter.ask("POST", path, body, token=operator.token).status == 403
    assert counter.ask("POST", path, body).status == 403
    support = people.member(counter.front, "support", fresh=True)
    unknown = counter.ask("POST", f"/v1/admin/orders/O{'0' * 26}/disclosures", body, token=support.token)
    assert (unknown.status, unknown.json["code"]) == (404, "ORDER_NOT_FOUND")


def test_the_shop_says_why_it_gives_an_order_up_and_what_its_customer_gets_for_want_of_stock(counter, order):
    operator = people.member(counter.front, "operator")

    def cancel(body, key):
        return counter.ask("POST", f"/v1/admin/orders/{order}/cancellation", body, token=operator.token, key=key)

    assert cancel({}, "a").status == 422
    refused = cancel({"reason": "out_of_stock"}, "b")
    assert (refused.status, refused.json["code"]) == (422, "COMPENSATION_NEEDED")
    assert counter.shelf() == (4, 1)
    assert cancel({"reason": "out_of_stock", "compensation": "10 元优惠券"}, "c").status == 204
    row = orders.find(order)
    assert row.state == "cancelled"
    assert row.owed
    assert "优惠券" not in str(row.serialize())
    assert counter.shelf() == (5, 0)
    assert any('"reason":"out_of_stock"' in (row.facts or "") for row in aws.rows(Journal))


def test_a_list_that_reads_an_order_too_early_leaves_it_out(counter, order, monkeypatch):
    """The index may know an order before the copy of the table that is asked."""
    customer = orders_of(counter)
    monkeypatch.setattr(table, "batch", lambda wanted, **_: [None for _ in wanted])
    assert orders.of_customer(customer, 20, None)[0] == []


def orders_of(counter):
    return counter.ask("GET", "/v1/me").json["user_id"]
