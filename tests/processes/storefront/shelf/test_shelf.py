"""Searching over HTTP: what is found, in how many reads, together with filters, orders and pages, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from chalicelib.processes.storefront.shelf.shapes import AskShelf
from chalicelib.records.catalog.rules import Text
from chalicelib.records.catalog.service import categories
from chalicelib.records.catalog.service.categories import Named
from chalicelib.records.search import rules
from local.demo.shelves import DEPARTMENTS
from tests.records.catalog import goods
from tests.records.catalog.goods import article, category, product, work

NO_WORDS = ["", " ", "?!…", "👕🔥", "%", '"', '"""', "'", "\\", "--", "<>", "*"]


@pytest.fixture
def shelf(engine, bus):
    """Dresses and shirts, one of them sold out (all are: nothing was put into stock)."""
    dresses = category("连衣裙", None, goods.FABRIC, goods.SEASON)
    shirts = category("T恤", None, goods.FABRIC, goods.SEASON)
    made = {}
    for n, (name, shelf, zh, en, price, season) in enumerate(
        [
            ("silk", dresses, "真丝长裙", "Silk gown", 59_900, "summer"),
            ("red", dresses, "紅色連衣裙", "Red dress", 19_900, "winter"),
            ("crew", shirts, "纯棉圆领T恤", "Cotton crew-neck T-shirt", 9_900, "summer"),
        ]
    ):
        said = {"fabric": {"zh": "棉", "en": "cotton"}, "season": season}
        sku = article(code=f"TS-00{n}-RED", price=price)
        brand = Text("集市", "Jishi") if n else Text("", "")
        made[name] = product(shelf, sku, title=Text(zh, en), attributes=said, brand=brand).id
    bus.run()
    made["dresses"] = dresses
    return made


def ask(front, **query):
    told = front.get("/v1/products?" + "&".join(f"{name}={quote(str(value))}" for name, value in query.items()))
    assert told.status == 200, told.text
    return told.json


def found(front, shelf, **query):
    names = {product_id: name for name, product_id in shelf.items()}
    return [names[one["id"]] for one in ask(front, **query)["items"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("连衣裙", ["red", "silk"]),  # the silk one by its category's name
        ("連衣裙", ["red", "silk"]),
        ("红色", ["red"]),
        ("ｃｏｔｔｏｎ", ["crew"]),
        ("jis", ["crew", "red"]),
        ("集市", ["crew", "red"]),
        ("TS-002", ["crew"]),
        ("ts002red", ["crew"]),
        ("t恤", ["crew"]),
        ('"red" %dress_', ["red"]),
        ("羽绒服", []),
        ("Jishi 连衣裙", ["red"]),
    ],
)
def test_titles_brands_categories_and_codes_are_searched(front, shelf, query, names):
    told = ask(front, q=query)
    assert found(front, shelf, q=query) == names
    assert told["total"] == len(names)
    assert told["next"] is None


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"price_from": 19_900}, ["red", "silk"]),
        ({"price_to": 19_900, "sort": "price"}, ["crew", "red"]),
        ({"brand": "ＪＩＳＨＩ"}, ["crew", "red"]),
        ({"brand": "集市", "attributes": "season:winter"}, ["red"]),
        ({"attributes": "season:summer", "sort": "price_down"}, ["silk", "crew"]),
        ({"in_stock": "true"}, []),
        ({"in_stock": "false", "sort": "best"}, ["crew", "red", "silk"]),
        ({"brand": "nobody"}, []),
    ],
)
def test_filters_work_without_words_too(front, shelf, filters, names):
    assert found(front, shelf, **filters) == names


def test_words_a_category_an_order_and_pages_go_together(front, shelf):
    query = {"q": "j", "category": shelf["dresses"]}
    assert found(front, shelf, **query) == ["red"]
    first = ask(front, q="jishi", sort="price", limit=1)
    assert (first["total"], [one["title_en"] for one in first["items"]]) == (2, ["Cotton crew-neck T-shirt"])
    second = ask(front, q="jishi", sort="price", limit=1, cursor=first["next"])
    assert (second["total"], [one["title_en"] for one in second["items"]], second["next"]) == (2, ["Red dress"], None)
    other = front.get(f"/v1/products?q=jishi&sort=newest&limit=1&cursor={first['next']}")
    assert (other.status, other.json["code"]) == (422, "CURSOR_INVALID")
    plain = front.get(f"/v1/products?cursor={first['next']}")
    assert (plain.status, plain.json["code"]) == (422, "CURSOR_INVALID")


def test_a_card_that_was_found_is_the_card_of_the_list(front, shelf):
    (listed,) = [one for one in ask(front)["items"] if one["id"] == shelf["crew"]]
    (searched,) = ask(front, q="纯棉")["items"]
    assert searched == listed


def test_a_list_of_pages_is_not_counted_and_one_that_is_whole_is(front, shelf):
    there = ask(front, category=shelf["dresses"])
    assert (there["total"], there["next"]) == (len(there["items"]), None)
    first = ask(front, limit=1)
    assert (first["total"], ask(front, cursor=first["next"])["total"]) == (None, None)
    everything = ask(front, sort="price")
    assert everything["total"] == len(everything["items"])


def test_an_id_of_a_product_or_a_sku_finds_it(front, shelf):
    for word in (shelf["crew"], f"{shelf['crew']}01", shelf["crew"].lower()):
        told = ask(front, q=word)
        assert ([one["id"] for one in told["items"]], told["total"]) == ([shelf["crew"]], 1)
    assert ask(front, q="P01JZ0000000000000000000000")["items"] == []


def test_the_documents_example_of_a_search_finds_something_in_the_demo_shop():
    (example,) = AskShelf.model_fields["q"].examples
    titles = [rules.folded((item.zh, item.en)) for department in DEPARTMENTS for item in department.items]
    found = lambda title: all(sum(part in title for part in n.parts) >= len(n.parts) - n.spare for n in needles)
    needles = rules.needles(example)
    assert [title for title in titles if found(title)]


def test_without_words_and_filters_the_list_is_the_catalogues(front, shelf, calls):
    ask(front, category=shelf["dresses"])
    assert calls == ["Query", "GetItem"], "the list, and every ten seconds what is on offer"
    calls.clear()
    ask(front, category=shelf["dresses"])
    assert calls == ["Query"]


def test_a_search_takes_three_reads_at_most_after_the_first(front, shelf, calls, clock):
    clock.advance(timedelta(minutes=1))
    ask(front, q="裙")
    known_by = ["GetItem", "Query", "BatchGetItem", "GetItem"]
    assert calls == known_by, "a process that knows nothing: the tree, all segments, and what is on offer"
    for wait, reads in ((0, []), (3, ["Query"]), (10, ["GetItem", "Query", "GetItem"])):
        calls.clear()
        clock.advance(timedelta(seconds=wait))
        ask(front, q="裙")
        assert calls == reads


def test_a_categorys_new_name_is_searched_for_within_ten_seconds(front, shelf, clock):
    made = work()
    categories.edit_category(shelf["dresses"], 1, Named(Text("旗袍", "Qipao"), 0, (goods.FABRIC, goods.SEASON)), made)
    made.commit()
    clock.advance(timedelta(seconds=10))
    assert found(front, shelf, q="旗袍") == ["red", "silk"]
    assert found(front, shelf, q="连衣裙") == ["red"]


@pytest.mark.parametrize("query", NO_WORDS)
def test_a_query_without_a_word_is_refused_by_name(front, query):
    told = front.get(f"/v1/products?q={quote(query)}")
    assert (told.status, told.json["code"]) == (422, "QUERY_UNCLEAR")
    assert front.get(f"/v1/products?brand={quote(query or '-')}").json.get("code", "") in ("QUERY_UNCLEAR", "")


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "a" * 61, "price_from=-1", "price_from=x", "price_to=100000001", "attributes=season",
        "attributes=season:summer,", "attributes=SEASON:summer", "in_stock=yes", "q=a&sort=rating", "q=a&limit=31",
        "q=a&cursor=x", "brand=" + "b" * 41,
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(front, query):
    assert front.get(f"/v1/products?{query}").status == 422


def test_a_category_that_is_not_there_is_another_thing_than_one_where_nothing_is_found(front, shelf):
    empty = category("empty")
    categories.forget()
    assert ask(front, q="裙", category=empty)["total"] == 0
    told = front.get("/v1/products?q=dress&category=G01JZ0000000000000000000000")
    assert (told.status, told.json["code"]) == (404, "CATEGORY_NOT_FOUND")


def test_the_longest_query_is_answered(front, shelf):
    assert ask(front, q="裙" * 60)["total"] == 0
    assert ask(front, q="红色连衣裙" * 12)["total"] >= 0
