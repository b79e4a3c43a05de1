"""The cart as its owner sees it: today's prices, every problem named, nothing dropped; guests' carts taken over."""

from __future__ import annotations

import pytest

from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.catalog.service import editing
from tests.records.catalog.goods import article, done, product, work
from tests.support import people
from tests.support.shelf import sell


@pytest.fixture
def me(front):
    return people.guest(front)


def put(front, who, sku: str, quantity: int):
    return front.put(f"/v1/cart/items/{sku}", {"quantity": quantity}, token=who.token)


def look(front, who, **headers):
    return front.get("/v1/cart", token=who.token, headers=headers).json


def withdraw(shop) -> None:
    made = work()
    done(shelve.move_product(shop.id, shop.version, "withdraw", made), made)


def test_a_cart_shows_todays_prices_and_what_is_to_pay(front, shop, me):
    assert put(front, me, shop.red, 1).json == {"lines": 1, "pieces": 1, "cart": None}
    told = look(front, me)
    (line,) = told["lines"]
    assert (line["sku"], line["product"], line["title_en"]) == (shop.red, shop.id, "Crew-neck shirt")
    assert (line["title_zh"], line["options_zh"], line["options_en"]) == ("圆领衫", ["红", "S"], ["red", "S"])
    assert (line["unit"]["fen"], line["discount"]["fen"], line["payable"]["fen"]) == (9900, 0, 9900)
    assert (line["availability"], line["left"], line["problems"], line["selected"]) == ("low", 5, [], True)
    assert (told["goods"]["fen"], told["freight"]["fen"], told["payable"]["text"]) == (9900, 0, "¥99.00")
    assert (told["can_quote"], told["to_free_freight"]) == (True, None)

    made = work()
    done(editing.edit_sku(shop.red, shop.version, article(price=7000), made), made)
    told = look(front, me)
    assert [told[name]["fen"] for name in ("goods", "freight", "payable", "to_free_freight")] == [7000, 800, 7800, 2900]


def test_the_cart_takes_two_reads(front, shop, me, calls):
    put(front, me, shop.red, 1)
    put(front, me, shop.blue, 1)
    look(front, me)  # what holds of offers is remembered for ten seconds
    calls.clear()
    look(front, me)
    assert calls == ["GetItem", "BatchGetItem"]


def test_an_empty_cart_costs_nothing(front, me):
    told = look(front, me)
    assert (told["lines"], told["pieces"], told["payable"]["fen"], told["can_quote"]) == ([], 0, 0, False)


def test_a_line_off_sale_stays_with_its_reason_and_does_not_count(front, shop, me):
    put(front, me, shop.red, 1)
    withdraw(shop)
    told = look(front, me)
    (line,) = told["lines"]
    assert line["problems"] == [{"code": "LINE_OFF_SALE", "title": "商品已下架", "left": None}]
    assert (line["unit"]["fen"], line["availability"]) == (9900, "off")
    assert (told["goods"]["fen"], told["freight"]["fen"], told["can_quote"]) == (0, 0, False)


def test_a_line_with_too_little_stock_says_what_is_left(front, shop, me):
    put(front, me, shop.red, 6)
    put(front, me, shop.blue, 1)
    told = look(front, me, **{"Accept-Language": "en"})
    red, blue = told["lines"]
    (problem,) = red["problems"]
    assert (problem["code"], problem["left"]) == ("OUT_OF_STOCK", 5)
    assert "5 left" in problem["title"]
    assert (blue["problems"], told["goods"]["fen"], told["pieces"], told["selected_pieces"]) == ([], 12_000, 7, 1)
    assert told["can_quote"] is False


def test_just_what_is_left_can_be_bought(front, shop, me):
    put(front, me, shop.red, 5)
    assert look(front, me)["can_quote"] is True
    sell(shop.red, 5)
    assert look(front, me)["lines"][0]["problems"][0]["left"] == 0


def test_a_recalled_line_is_stopped(front, shop, me):
    put(front, me, shop.red, 1)
    made = work()
    done(shelve.stop_sale(shop.red, "recall", made), made)
    (line,) = look(front, me)["lines"]
    assert ([problem["code"] for problem in line["problems"]], line["availability"]) == (["SALE_STOPPED"], "off")


def test_an_unselected_line_does_not_count_and_its_problem_does_not_matter(front, shop, me):
    put(front, me, shop.red, 6)
    put(front, me, shop.blue, 2)
    chosen = front.put("/v1/cart/selection", {"selected": False, "skus": [shop.red]}, token=me.token)
    assert chosen.json == {"lines": 2, "pieces": 8, "cart": None}
    told = look(front, me)
    assert [line["selected"] for line in told["lines"]] == [False, True]
    assert (told["goods"]["fen"], told["can_quote"]) == (24_000, True)


def test_a_sku_that_is_not_there_or_that_nobody_may_know_of_is_not_put(front, shop, shirts, me):
    draft = product(shirts, article(code="D"), publish=False)
    for sku in (f"{shop.id}77", f"P{'0' * 26}01", f"{draft.id}01"):
        told = put(front, me, sku, 1)
        assert (told.status, told.json["code"], told.json["params"]) == (404, "SKU_NOT_FOUND", {"sku": sku})
    for sku in (f"{shop.id}77", f"P{'0' * 26}01"):
        assert front.delete(f"/v1/cart/items/{sku}", token=me.token).status == 404
    assert look(front, me)["lines"] == []


def test_what_left_the_shelf_since_can_still_be_put_and_when_it_was_archived_still_be_taken_out(front, shop, me):
    withdraw(shop)
    assert put(front, me, shop.red, 2).status == 200
    made = work()
    done(shelve.move_product(shop.id, shop.version + 1, "archive", made), made)
    assert put(front, me, shop.red, 1).json["code"] == "SKU_NOT_FOUND"
    (line,) = look(front, me)["lines"]
    assert ([problem["code"] for problem in line["problems"]], line["quantity"]) == (["LINE_OFF_SALE"], 2)
    assert front.delete(f"/v1/cart/items/{shop.red}", token=me.token).json == {"lines": 0, "pieces": 0, "cart": None}


def test_lines_beyond_a_lowered_cap_are_flagged(front, shop, me, monkeypatch):
    put(front, me, shop.red, 1)
    put(front, me, shop.blue, 1)
    monkeypatch.setenv("CART_MAX_LINES", "1")
    told = look(front, me)
    assert [[p["code"] for p in line["problems"]] for line in told["lines"]] == [[], ["CART_FULL"]]


@pytest.mark.parametrize("quantity", [0, -1, 1000, 1.5, "2", True, None])
def test_quantities_are_whole_from_1_to_999(front, shop, me, quantity):
    assert put(front, me, shop.red, quantity).status == 422
    assert look(front, me)["lines"] == []


@pytest.mark.parametrize("extra", [{"price": 1}, {"unit": 1}, {"selected": True}])
def test_a_price_from_the_client_is_refused(front, shop, me, extra):
    assert front.put(f"/v1/cart/items/{shop.red}", {"quantity": 1, **extra}, token=me.token).status == 422


@pytest.mark.parametrize(
    "sku",
    ["x", "P01JZ0000000000000000000000", "P01JZ000000000000000000000001A", "lines", "P01JZ000000000000000000000001%0A"],
)
def test_what_is_no_skus_id_is_not_put(front, me, sku):
    assert put(front, me, sku, 1).json["code"] == "SKU_NOT_FOUND"
    assert front.delete(f"/v1/cart/items/{sku}", token=me.token).status == 404


def test_a_line_is_taken_out_however_often(front, shop, me):
    put(front, me, shop.red, 1)
    for _ in range(2):
        told = front.delete(f"/v1/cart/items/{shop.red}", token=me.token)
        assert (told.status, told.json) == (200, {"lines": 0, "pieces": 0, "cart": None})


def test_nobody_without_a_token_has_a_cart(front, shop):
    assert front.get("/v1/cart").status == 401
    assert front.put(f"/v1/cart/items/{shop.red}", {"quantity": 1}).status == 401


def test_a_guest_who_signs_in_keeps_the_cart_once(front, shop, me):
    put(front, me, shop.red, 2)
    customer = people.register(front)
    put(front, customer, shop.red, 1)
    for _ in range(2):
        told = front.post("/v1/cart/merge", {"guest_token": me.token}, token=customer.token)
        assert (told.status, told.json) == (200, {"left_out": [], "cart": None})
    assert [(line["sku"], line["quantity"]) for line in look(front, customer)["lines"]] == [(shop.red, 3)]
    assert look(front, me)["lines"] == []


def test_a_merge_under_one_key_is_answered_alike(front, shop, me):
    put(front, me, shop.red, 2)
    customer = people.register(front)
    body = {"guest_token": me.token}
    assert (
        front.post("/v1/cart/merge", body, token=customer.token, key="m1").headers.get("idempotency-replayed") is None
    )
    put(front, me, shop.blue, 1)
    again = front.post("/v1/cart/merge", body, token=customer.token, key="m1")
    assert (again.json, again.headers["idempotency-replayed"]) == ({"left_out": [], "cart": None}, "true")
    assert look(front, me)["pieces"] == 1


def test_only_a_guests_token_opens_a_cart_to_be_merged(front, shop, me):
    one, two = people.register(front), people.register(front, "13900139000")
    put(front, one, shop.red, 2)
    for token in (one.token, two.token, "x" * 30, me.token[:-3] + "AAA"):
        told = front.post("/v1/cart/merge", {"guest_token": token}, token=two.token)
        assert (told.status, told.json["code"]) == (422, "GUEST_NEEDED")
    assert front.post("/v1/cart/merge", {"guest_token": me.token}, token=me.token).status == 403
    assert look(front, one)["pieces"] == 2


def test_a_change_answers_the_whole_cart_when_it_is_asked_for(front, shop, me):
    asked = {"Prefer": "respond-async, return=representation"}
    told = front.put(f"/v1/cart/items/{shop.red}", {"quantity": 2}, token=me.token, headers=asked).json
    assert told["cart"] == front.get("/v1/cart", token=me.token).json
    assert (told["pieces"], told["cart"]["selected_pieces"]) == (2, 2)
    none = front.put("/v1/cart/selection", {"selected": False}, token=me.token, headers=asked).json["cart"]
    assert (none["selected_pieces"], none["can_quote"]) == (0, False)
    every = front.put("/v1/cart/selection", {"selected": True}, token=me.token, headers=asked).json["cart"]
    assert every == told["cart"]
    gone = front.delete(f"/v1/cart/items/{shop.red}", token=me.token, headers={"Prefer": "return=representation"})
    assert gone.json["cart"]["lines"] == []
    assert gone.headers["preference-applied"] == "return=representation"
    for other in ("return=minimal", "xreturn=representation", ""):
        put = front.put(f"/v1/cart/items/{shop.red}", {"quantity": 1}, token=me.token, headers={"Prefer": other})
        assert (put.json["cart"], "preference-applied" in put.headers) == (None, False)


def test_a_merge_answers_the_cart_as_it_stands_also_when_it_was_done_before(front, shop, me):
    put(front, me, shop.red, 2)
    customer = people.register(front)
    put(front, customer, shop.blue, 1)
    asked = {"Prefer": "return=representation"}
    told = front.post("/v1/cart/merge", {"guest_token": me.token}, token=customer.token, key="m", headers=asked).json
    assert told == {"left_out": [], "cart": look(front, customer)}
    assert told["cart"]["pieces"] == 3
    put(front, customer, shop.blue, 4)
    again = front.post("/v1/cart/merge", {"guest_token": me.token}, token=customer.token, key="m", headers=asked)
    assert (again.headers["idempotency-replayed"], again.json["cart"]) == ("true", look(front, customer))
    assert again.json["cart"]["pieces"] == 6


def test_a_problem_names_its_article(front, shop, me):
    put(front, me, shop.red, 9)
    (problem,) = look(front, me)["lines"][0]["problems"]
    assert problem["title"] == "圆领衫 红 / S 库存不足，剩余 5 件"
