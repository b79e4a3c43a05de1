"""What may be sold beyond what lies there: told in product, cart, quote and order, and sealed in the quote."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.bill import Ahead
from chalicelib.kernel.clock import instant, iso
from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.feeds.service import ledger, sources
from chalicelib.records.inventory.feeds.service.sources import SourceTerms
from chalicelib.records.inventory.model import FIRST, Stock
from chalicelib.records.inventory.rules import BackordersMiscounted, StaleStock
from chalicelib.records.orders import service as orders
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from local import books
from tests.processes.ordering.test_promise import serve
from tests.support import aws, people
from tests.support.trade import commit

DUE, SOONER, LATER = (f"2026-0{day}T04:00:00.000Z" for day in ("6-21", "6-11", "7-21"))


@pytest.fixture
def ahead(counter):
    """Of the first SKU five lie there, and three more may be sold."""
    allow(counter, 3)
    return counter


def allow(counter, pieces, by=DUE, status=204, n=0):
    token = people.member(counter.front, "operator", fresh=True).token
    body = {"backorders": pieces, **({"backorders_by": by} if by else {})}
    told = counter.ask("PATCH", f"/v1/admin/stock/{counter.skus[n]}", body, token=token)
    assert told.status == status, told.text
    return told


def stock(counter):
    token = people.member(counter.front, "operator", fresh=True).token
    return counter.ask("GET", f"/v1/admin/stock/{counter.skus[0]}", token=token).json


def shown(counter):
    """(availability, how many, by when) on the product's page."""
    page = counter.ask("GET", f"/v1/products/{counter.skus[0][:-2]}").json
    one = next(sku for sku in page["skus"] if sku["sku"] == counter.skus[0])
    return one["availability"], one["left"], one["ships_by"]


def test_a_sku_of_which_none_lies_there_is_sold_with_a_day_and_shown_so_everywhere(ahead):
    """S005 and S032: what is not there goes into the cart and is ordered; on hand is never below nothing."""
    assert shown(ahead) == ("low", 5, None)
    assert ahead.place(ahead.quote((0, 5))).status == 201
    assert shown(ahead) == ("backorder", None, DUE)
    sku = ahead.skus[0]
    assert ahead.ask("PUT", f"/v1/cart/items/{sku}", {"quantity": 2}).status in (200, 201, 204)
    (line,) = ahead.ask("GET", "/v1/cart").json["lines"]
    assert (line["availability"], line["ships_by"], line["problems"]) == ("backorder", DUE, [])
    quote = ahead.quote()
    assert (quote["lines"][0]["ships_by"], quote["promised_at"]) == (DUE, None)
    placed = ahead.place(quote)
    assert placed.status == 201, placed.text
    order = ahead.ask("GET", f"/v1/orders/{placed.json['order_id']}").json
    assert order["lines"][0]["ships_by"] == DUE
    seen = stock(ahead)
    assert (seen["on_hand"], seen["available"], seen["held"], seen["backorders"]) == (5, -2, 7, 3)
    assert seen["backorders_by"] == DUE


def test_never_more_than_so_many_are_sold_and_what_is_given_up_can_be_had_again(ahead):
    first = ahead.place(ahead.quote((0, 5))).json["order_id"]
    ahead.place(ahead.quote((0, 2)))
    told = ahead.ask("POST", "/v1/quotes", {"items": [{"sku": ahead.skus[0], "quantity": 2}]})
    assert (told.status, told.json["code"], told.json["params"]["left"]) == (409, "OUT_OF_STOCK", 1)
    late = ahead.quote((0, 1))
    assert ahead.place(late).status == 201
    assert shown(ahead) == ("sold_out", None, None)
    ahead.ask("POST", f"/v1/orders/{first}/cancellation")
    assert shown(ahead) == ("low", 2, None)
    assert stock(ahead)["held"] == 3


def test_who_wants_more_than_lies_there_waits_with_the_whole_line(ahead):
    quote = ahead.quote((0, 6))
    assert quote["lines"][0]["ships_by"] == DUE
    assert ahead.quote((0, 5))["lines"][0]["ships_by"] is None


def test_who_was_quoted_what_lay_there_is_not_given_what_does_not(ahead):
    quote = ahead.quote((0, 3))
    ahead.place(ahead.quote((0, 4)))
    told = ahead.place(quote)
    assert (told.status, told.json["code"], told.json["params"]["left"]) == (409, "OUT_OF_STOCK", 1)


def test_who_was_quoted_before_anything_was_sold_ahead_has_of_what_lies_there(counter):
    one, two = counter.quote((0, 3)), counter.quote((0, 3))
    allow(counter, 3)
    assert counter.place(one).status == 201
    told = counter.place(two)
    assert (told.status, told.json["code"]) == (409, "OUT_OF_STOCK")
    assert counter.shelf() == (5, 3)


def test_who_was_told_a_day_is_asked_again_when_it_is_a_later_one_by_now(ahead):
    quote = ahead.quote((0, 6))
    allow(ahead, 3, LATER)
    told = ahead.place(quote)
    assert told.status == 409
    postponed, fresh = told.json["reasons"]
    assert (postponed["code"], postponed["params"]["sku"]) == ("BACKORDER_POSTPONED", ahead.skus[0])
    assert fresh["code"] == "PRICE_CHANGED"
    again = fresh["params"]["quote"]
    assert again["lines"][0]["ships_by"] == LATER
    assert stock(ahead)["held"] == 0
    order = ahead.place(again).json["order_id"]
    assert ahead.ask("GET", f"/v1/orders/{order}").json["lines"][0]["ships_by"] == LATER


def test_who_was_told_a_day_keeps_it_when_it_is_an_earlier_one_by_now(ahead):
    quote = ahead.quote((0, 6))
    allow(ahead, 3, SOONER)
    order = ahead.place(quote).json["order_id"]
    assert ahead.ask("GET", f"/v1/orders/{order}").json["lines"][0]["ships_by"] == DUE


def test_who_was_told_a_day_and_finds_none_left_hears_that(ahead):
    quote = ahead.quote((0, 6))
    ahead.place(ahead.quote((0, 3)))
    allow(ahead, 3, LATER)
    told = ahead.place(quote)
    assert (told.status, told.json["code"], told.json["params"]["left"]) == (409, "OUT_OF_STOCK", 5)


def test_a_quote_does_not_outlive_the_day_it_tells(counter):
    soon = counter.clock.now() + timedelta(minutes=4)
    allow(counter, 3, iso(soon))
    assert counter.quote((0, 6))["expires_at"] == iso(soon)
    assert counter.quote((0, 5))["expires_at"] == iso(counter.clock.now() + timedelta(minutes=10))


@pytest.fixture
def too_late(ahead, fake):
    """An order of six that ran out before its money came, and what lets the money come."""
    order = ahead.place(ahead.quote((0, 6))).json["order_id"]
    body = {"provider": "wechat", "product": "native"}
    payment = ahead.ask("POST", f"/v1/orders/{order}/payments", body, key="k1").json["id"]
    fake.fault = "silent"
    ahead.later(minutes=31)
    assert orders.find(order).state == "expired"
    fake.fault = None
    ahead.token = people.token(orders.find(order).customer, "customer")

    def money():
        fake.pay(payment)
        notice = fake.notice(payment)
        told = ahead.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
        assert told.status in (200, 204), told.text
        ahead.bus.run()
        return orders.find(order)

    return money


def test_late_money_is_promised_the_day_that_is_told_now(ahead, too_late):
    allow(ahead, 3, SOONER)
    paid = too_late()
    assert (paid.state, [iso(instant(until)) for until in paid.bill.waits.values()]) == ("paid", [SOONER])
    assert stock(ahead)["held"] == 6


def test_late_money_for_what_is_sent_later_than_was_told_goes_back(ahead, too_late):
    allow(ahead, 3, LATER)
    paid = too_late()
    assert (paid.state, paid.payment, stock(ahead)["held"]) == ("expired", None, 0)


def test_late_money_for_what_is_not_sold_ahead_any_more_goes_back(ahead, too_late):
    allow(ahead, 0, None)
    assert (too_late().state, stock(ahead)["held"]) == ("expired", 0)


def test_late_money_for_what_has_come_meanwhile_waits_for_nothing(ahead, too_late):
    token = people.member(ahead.front, "operator", fresh=True).token
    body = {"delta": 1, "reason": "came"}
    path = f"/v1/admin/stock/{ahead.skus[0]}/adjustments"
    assert ahead.ask("POST", path, body, token=token, key="more").status == 204
    paid = too_late()
    assert (paid.state, paid.bill.waits) == ("paid", {})


def test_the_books_balance_while_customers_wait_for_what_is_not_sold_ahead_any_more(ahead):
    ahead.place(ahead.quote((0, 7)))
    allow(ahead, 0, None)
    assert (stock(ahead)["available"], books.findings(aws.rows)) == (-2, [])
    commit(update(Stock, f"{ahead.skus[0]}@MAIN", FIRST, actions=[Stock.available.add(-6), Stock.held.add(6)]))
    assert "I3 stock" in str(books.findings(aws.rows)[0])


def test_nobody_is_told_a_day_that_is_over(ahead):
    mine = orders.find(ahead.place(ahead.quote((1, 1))).json["order_id"]).customer
    ahead.clock.advance(timedelta(days=21))
    ahead.token = people.token(mine, "customer")
    assert shown(ahead) == ("low", 5, None)
    told = ahead.ask("POST", "/v1/quotes", {"items": [{"sku": ahead.skus[0], "quantity": 6}]})
    assert (told.status, told.json["code"]) == (409, "OUT_OF_STOCK")


def test_what_waits_goes_by_standard_and_nothing_is_promised_of_its_way(ahead):
    serve(service="standard", days=3, fee_fen=0)
    serve(service="next_day", days=1, fee_fen=500)
    assert ahead.quote((0, 5))["promised_at"] is not None
    assert ahead.quote((0, 6))["promised_at"] is None
    body = {"items": [{"sku": ahead.skus[0], "quantity": 6}], "service": "next_day"}
    told = ahead.ask("POST", "/v1/quotes", body)
    assert (told.status, told.json["code"]) == (409, "SERVICE_NOT_OFFERED")


def test_one_click_asks_before_it_orders_what_is_sent_later(ahead, fake):
    click = {"sku": ahead.skus[0], "quantity": 6, "pay": {"provider": "wechat", "product": "native"}}
    told = ahead.ask("POST", "/v1/orders/one-click", click, key="k1")
    assert (told.status, told.json["code"]) == (409, "CONFIRMATION_NEEDED")


def test_the_day_is_to_come_and_what_is_sold_so_has_one_bucket(counter):
    for by in (None, "2026-06-01T01:00:00.000Z"):
        assert allow(counter, 1, by, 422).json["code"] == "BACKORDERS_UNDATED"
    token = people.member(counter.front, "operator", fresh=True).token
    path = f"/v1/admin/stock/{counter.skus[0]}/buckets"
    assert counter.ask("PUT", path, {"buckets": 2}, token=token).status == 204
    assert allow(counter, 1, DUE, 409).json["code"] == "BACKORDERS_IN_ONE_BUCKET"
    allow(counter, 0, None)
    allow(counter, 1, n=1)
    told = counter.ask("PUT", f"/v1/admin/stock/{counter.skus[1]}/buckets", {"buckets": 2}, token=token)
    assert (told.status, told.json["code"]) == (409, "BACKORDERS_IN_ONE_BUCKET")
    allow(counter, 0, None, n=1)
    assert (counter.shelf(), counter.shelf(1)) == ((5, 0), (6, 0))


def test_an_order_keeps_what_its_customer_was_told(ahead):
    order = ahead.place(ahead.quote((0, 6), (1, 1))).json["order_id"]
    kept = orders.find(order).bill
    assert list(kept.waits) == [ahead.skus[0]]
    level = inventory.read_levels([ahead.skus[0]])[ahead.skus[0]]
    assert (level.there, level.available, level.on_hand) == (-1, 2, 5)


def test_who_takes_away_what_lies_there_takes_nothing_that_was_just_promised_of_it(counter):
    """A count of what was seen, while a customer has it: what may be sold ahead is nothing that could be taken out."""
    allow(counter, 10)
    sku = counter.skus[0]
    seen = inventory.read_levels([sku])[sku]
    here = seen.here
    assert (here, seen.beyond) == (5, 10)
    work = Work(ANYONE, "test")
    inventory.count(sku, -here, inventory.on_hand(sku), "counted", work, agreed=True)
    commit(*stock_steps.hold([(sku, 0, here)], [Ahead(sku, 0, seen.beyond)]))
    with pytest.raises(CommitRejected) as stale:
        work.commit()
    assert stale.value.only(StaleStock)


def test_what_is_counted_without_what_orders_hold_is_not_sold_ahead(counter):
    sku = counter.skus[0]
    source("FREE", counts="free")
    commit(update(Stock, f"{sku}@MAIN", FIRST, actions=[Stock.source.set("FREE")]))
    work = Work(ANYONE, "test")
    due = counter.clock.now() + timedelta(days=9)
    with pytest.raises(BackordersMiscounted) as refused:
        ledger.sell_beyond(sku, 3, due, work)
    assert refused.value.params == {"sku": sku, "source": "FREE"}
    ledger.sell_beyond(sku, 0, None, work)
    source("FREE", counts="physical")
    ledger.sell_beyond(sku, 3, due, Work(ANYONE, "test"))


def source(code, counts):
    work = Work(ANYONE, "test")
    sources.agree(code, SourceTerms("仓", counts, "MAIN", 0, 30, True, ""), work)
    work.commit()
