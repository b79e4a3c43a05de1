"""Quoting and placing by HTTP: what was promised is what is ordered, once, or everything that stands against it is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.carts.model import Cart, lines_of
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders.model import Order
from chalicelib.runtime import switches
from chalicelib.runtime.journal import Journal
from tests.records.catalog import goods
from tests.support import aws
from tests.support.counter import ADDRESS
from tests.support.doors import done


def test_a_quote_becomes_an_order_and_the_stock_is_held(counter):
    quote = counter.quote((0, 2), (1, 1))
    assert quote["payable"]["fen"] == 3 * 9900
    assert quote["freight"]["fen"] == 0
    placed = counter.place(quote)
    assert placed.status == 201
    assert placed.json == {
        "order_id": quote["order_id"],
        "payable": quote["payable"],
        "pay_before": placed.json["pay_before"],
    }
    assert (counter.shelf(0), counter.shelf(1)) == ((3, 2), (5, 1))
    assert "order.placed" in counter.bus.run()


def test_freight_is_asked_below_the_free_threshold(counter, monkeypatch):
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "9901")
    quote = counter.quote((0, 1))
    assert (quote["goods"]["fen"], quote["freight"]["fen"], quote["payable"]["fen"]) == (9900, 800, 10700)
    assert counter.place(quote).json["payable"]["fen"] == 10700


def test_the_same_quote_sent_again_is_the_same_order_also_after_it_expired(counter, monkeypatch):
    monkeypatch.setenv("QUOTE_MINUTES", "5")
    quote = counter.quote((0, 2))
    first = counter.place(quote)
    counter.clock.advance(timedelta(minutes=6))
    again = counter.place(quote)
    assert (again.status, again.json, again.headers["idempotency-replayed"]) == (200, first.json, "true")
    assert counter.shelf() == (3, 2)


def test_another_body_under_the_same_quote_is_refused(counter):
    quote = counter.quote((0, 1))
    counter.place(quote)
    other = counter.place(quote, remark="对不起，换个备注")
    assert (other.status, other.json["code"]) == (422, "QUOTE_REUSED")
    assert other.json["params"] == {"order_id": quote["order_id"]}


def test_another_customers_quote_is_refused_without_a_look(counter):
    quote = counter.quote((0, 1))
    other = counter.ask("POST", "/v1/orders", {"quote": quote["quote"]}, token=counter.newcomer("13900139000"))
    assert (other.status, other.json["code"]) == (403, "QUOTE_FOREIGN")


def test_a_forged_quote_is_refused(counter):
    quote = counter.quote((0, 1))
    for forged in (quote["quote"][:-2] + "xx", "x" * 40, quote["quote"].replace(".", "", 1)):
        answer = counter.ask("POST", "/v1/orders", {"quote": forged})
        assert (answer.status, answer.json["code"]) == (422, "QUOTE_INVALID")
    assert aws.rows(Order) == []


def test_an_expired_quote_is_answered_with_a_fresh_one_that_can_be_placed(counter, monkeypatch):
    monkeypatch.setenv("QUOTE_MINUTES", "5")
    quote = counter.quote((0, 1))
    counter.clock.advance(timedelta(minutes=5))
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert counter.place(refused.json["params"]["quote"]).status == 201
    assert counter.shelf() == (4, 1)


def test_a_quote_made_anew_is_still_of_the_cart_and_goes_to_the_same_address(counter, monkeypatch):
    """Of two addresses, the one that was chosen and is not the default; what is bought leaves the cart."""
    monkeypatch.setenv("QUOTE_MINUTES", "5")
    other = counter.ask("POST", "/v1/me/addresses", {**ADDRESS, "line": "人民路 9 号", "default": False}).json[
        "address_id"
    ]
    assert counter.ask("PUT", f"/v1/cart/items/{counter.skus[0]}", {"quantity": 1}).status == 200
    quote = counter.ask("POST", "/v1/quotes", {"address": other}).json
    counter.clock.advance(timedelta(minutes=5))
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    anew = refused.json["params"]["quote"]
    assert anew["address"] == quote["address"] == other
    assert counter.place(anew).status == 201
    assert [list(lines_of(cart)) for cart in aws.rows(Cart)] in ([], [[]])


@pytest.mark.parametrize(("most", "status"), [("2", 200), ("1", 422)])
def test_an_order_has_so_many_lines_and_not_one_more(counter, monkeypatch, most, status):
    monkeypatch.setenv("ORDER_MAX_LINES", most)
    body = {"items": [{"sku": counter.skus[n], "quantity": 1} for n in (0, 1)]}
    assert counter.ask("POST", "/v1/quotes", body).status == status


def test_raising_the_price_epoch_voids_every_outstanding_quote(counter):
    quote = counter.quote((0, 1))
    work = goods.work()
    work.add(switches.turn("price_epoch", 2))
    work.commit()
    switches.forget()
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert counter.place(refused.json["params"]["quote"]).status == 201


def test_a_paused_shop_takes_no_orders_but_answers_those_it_took(counter):
    first, second = counter.quote((0, 1)), counter.quote((0, 1))
    counter.place(first)
    work = goods.work()
    work.add(switches.turn("placing_paused", True))
    work.commit()
    switches.forget()
    refused = counter.place(second)
    assert (refused.status, refused.json["code"], refused.headers["retry-after"]) == (503, "PLACING_PAUSED", "60")
    assert counter.shelf() == (4, 1)


def test_everything_that_ran_out_is_said_at_once(counter):
    quote = counter.quote((0, 3), (1, 3))
    for n in (0, 1):
        work = goods.work()
        work.add(*stock_steps.hold([(counter.skus[n], 0, 4)]))
        work.commit()
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"]) == (409, "OUT_OF_STOCK")
    assert [reason["params"] for reason in refused.json["reasons"]] == [
        {"sku": counter.skus[0], "left": 1, "title_zh": "圆领衫 红 / S", "title_en": "Crew-neck shirt, red / S"},
        {"sku": counter.skus[1], "left": 2, "title_zh": "圆领衫 红 / M", "title_en": "Crew-neck shirt, red / M"},
    ]
    assert refused.json["title"] == "圆领衫 红 / S 库存不足，剩余 1 件"
    assert aws.rows(Order) == []


def test_a_quote_says_early_what_is_not_to_be_had(counter):
    answer = counter.ask(
        "POST",
        "/v1/quotes",
        {"items": [{"sku": counter.skus[0], "quantity": 6}, {"sku": "P" + "0" * 28, "quantity": 1}]},
    )
    assert answer.status == 404, "what is not there leads"
    assert [reason["code"] for reason in answer.json["reasons"]] == ["SKU_NOT_FOUND", "OUT_OF_STOCK"]


def test_stopping_the_sale_works_at_once_on_quotes_that_are_out(counter):
    quote = counter.quote((0, 1))
    made = goods.work()
    goods.done(shelve.stop_sale(counter.skus[0], "recall", made), made)
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"]) == (409, "SALE_STOPPED")


def test_the_cart_keeps_what_was_not_bought(counter):
    for n, quantity in ((0, 2), (1, 1)):
        assert counter.ask("PUT", f"/v1/cart/items/{counter.skus[n]}", {"quantity": quantity}).status == 200
    answer = counter.ask("PUT", "/v1/cart/selection", {"skus": [counter.skus[1]], "selected": False})
    assert answer.status == 200, answer.text
    quote = counter.quote()
    assert [line["sku"] for line in quote["lines"]] == [counter.skus[0]]
    assert counter.place(quote).status == 201
    (cart,) = aws.rows(Cart)
    assert list(lines_of(cart)) == [counter.skus[1]]


def test_buying_now_leaves_the_cart_alone(counter):
    counter.ask("PUT", f"/v1/cart/items/{counter.skus[0]}", {"quantity": 2})
    assert counter.place(counter.quote((0, 1))).status == 201
    (cart,) = aws.rows(Cart)
    assert list(lines_of(cart)) == [counter.skus[0]]


def test_a_dry_bucket_is_gone_round_when_others_have_stock(counter):
    done(inventory.spread, counter.skus[0], 3, work=goods.work())
    quote = counter.quote((0, 1))
    work = goods.work()
    work.add(*stock_steps.hold([(counter.skus[0], 0, 2)]))
    work.commit()
    assert counter.place(quote).status == 201
    assert counter.shelf() == (2, 3)


def test_what_no_bucket_has_alone_is_sold_from_several(counter):
    done(inventory.spread, counter.skus[0], 3, work=goods.work())  # 2, 2 and 1
    placed = counter.place(counter.quote((0, 5)))
    assert placed.status == 201, placed.text
    assert counter.shelf() == (0, 5)
    assert counter.ask("POST", f"/v1/orders/{placed.json['order_id']}/cancellation", key="c").status == 204
    assert counter.shelf() == (5, 0)


def test_a_refusal_tells_what_all_buckets_have_left(counter):
    done(inventory.spread, counter.skus[0], 3, work=goods.work())
    quote = counter.quote((0, 3))
    work = goods.work()
    work.add(*stock_steps.hold([(counter.skus[0], 0, 2), (counter.skus[0], 1, 1)]))
    work.commit()
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"], refused.json["params"]) == (
        409,
        "OUT_OF_STOCK",
        {"sku": counter.skus[0], "left": 2, "title_zh": "圆领衫 红 / S", "title_en": "Crew-neck shirt, red / S"},
    )


def test_without_an_address_nothing_is_ordered(counter):
    from tests.support import people

    token = people.register(counter.front, "13600136000").token
    quote = counter.quote((0, 1), token=token)
    refused = counter.ask("POST", "/v1/orders", {"quote": quote["quote"]}, token=token)
    assert (refused.status, refused.json["code"]) == (422, "ADDRESS_NEEDED")


def test_a_remark_is_kept_sealed(counter):
    counter.place(counter.quote((0, 1)), remark="请放在门口的红色箱子里")
    (order,) = aws.rows(Order)
    assert order.remark
    assert "红色" not in str(order.serialize())
    assert "红色" not in str([row.serialize() for row in aws.rows(Journal)])


def test_fields_of_the_clients_own_making_are_refused(counter):
    for body in ({"items": [{"sku": counter.skus[0], "quantity": 1, "price": 1}]}, {"items": [], "total": 1}):
        answer = counter.ask("POST", "/v1/quotes", body)
        assert (answer.status, answer.json["code"]) == (422, "INVALID_REQUEST")


def test_an_unpaid_order_runs_out_and_its_stock_comes_back(counter):
    placed = counter.place(counter.quote((0, 2)))
    assert "order.pay_due" not in counter.later(minutes=29)
    assert counter.shelf() == (3, 2)
    told = counter.later(minutes=1, seconds=1)
    assert "order.expired" in told
    assert counter.shelf() == (5, 0)
    (order,) = aws.rows(Order)
    assert (order.id, order.state) == (placed.json["order_id"], "expired")


def test_a_tick_that_comes_early_or_twice_is_harmless(counter):
    from chalicelib.processes.ordering.consumers import expire
    from chalicelib.records.orders.events import OrderPayDue

    placed = counter.place(counter.quote((0, 2)))
    fact = OrderPayDue(placed.json["order_id"])
    expire(fact, goods.work())
    assert counter.shelf() == (3, 2)
    counter.later(minutes=31)
    expire(fact, goods.work())
    assert counter.shelf() == (5, 0)


def test_a_cancelled_order_gives_everything_back_once(counter):
    order = counter.place(counter.quote((0, 2))).json["order_id"]
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation", key="c1").status == 204
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation", key="c1").status == 204
    again = counter.ask("POST", f"/v1/orders/{order}/cancellation", key="c2")
    assert (again.status, again.json["code"], again.json["params"]) == (
        409,
        "ORDER_STATE_CONFLICT",
        {"state": "cancelled"},
    )
    assert counter.shelf() == (5, 0)
