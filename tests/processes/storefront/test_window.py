"""The shop window: the tree, lists and product pages, in one or two reads, small and cacheable."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.catalog.rules import Picture, Text
from chalicelib.records.catalog.service import categories, pictures
from chalicelib.records.catalog.service.categories import Named
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import availability
from chalicelib.records.search import service as search
from tests.records.catalog import goods
from tests.records.catalog.goods import article, category, done, listing, product, work
from tests.support import doors
from tests.support.shelf import sell


def page(front, product_id: str, **kwargs):
    return front.get(f"/v1/products/{product_id}", **kwargs)


def test_the_tree_is_shown_by_rank_with_what_is_below(front, shirts):
    tees = category("tees", shirts)
    told = front.get("/v1/categories")
    assert told.json == {
        "items": [
            {
                "id": shirts,
                "name_zh": "shirts",
                "name_en": "shirts",
                "children": [{"id": tees, "name_zh": "tees", "name_en": "tees", "children": []}],
            }
        ]
    }
    assert front.get("/v1/categories", headers={"If-None-Match": told.headers["etag"]}).status == 304


def test_the_tree_is_read_once_then_its_mark_each_ten_seconds(front, shirts, clock, calls):
    clock.advance(timedelta(minutes=1))
    tag = front.get("/v1/categories").headers["etag"]
    assert calls == ["GetItem", "Query"]
    for wait, read in ((0, []), (9, []), (1, ["GetItem"]), (10, ["GetItem"])):
        calls.clear()
        clock.advance(timedelta(seconds=wait))
        assert front.get("/v1/categories", headers={"If-None-Match": tag}).status == 304
        assert front.get("/v1/categories").headers["etag"] == tag
        assert calls == read


def test_a_change_of_the_tree_is_seen_by_everybody_after_ten_seconds(front, shirts, clock):
    def seen() -> list[str]:
        return [node["name_en"] for node in front.get("/v1/categories").json["items"]]

    assert seen() == ["shirts"]
    shoes = category("shoes")  # by another process: this one is told nothing
    assert seen() == ["shirts"]
    clock.advance(timedelta(seconds=10))
    assert seen() == ["shirts", "shoes"]
    made = work()
    categories.edit_category(shoes, 1, Named(Text("鞋", "Boots"), 0), made)
    made.commit()
    clock.advance(timedelta(seconds=10))
    assert seen() == ["Boots", "shirts"]
    made = work()
    categories.close_category(shoes, made)
    made.commit()
    clock.advance(timedelta(seconds=10))
    assert seen() == ["shirts"]


def test_an_empty_shop_shows_empty_shelves(front):
    assert front.get("/v1/categories").json == {"items": []}
    assert front.get("/v1/products").json == {"items": [], "next": None, "total": 0}


def test_a_list_shows_cards_with_the_price_from_which_it_starts(front, shop):
    (card,) = front.get(f"/v1/products?category={shop.category}").json["items"]
    assert card == {
        "id": shop.id,
        "category": shop.category,
        "title_zh": "圆领衫",
        "title_en": "Crew-neck shirt",
        "summary_zh": "舒适",
        "summary_en": "Comfortable",
        "picture": f"/media/{goods.PICTURE}",
        "price": {"fen": 9900, "text": "¥99.00"},
        "highest": {"fen": 12000, "text": "¥120.00"},
        "list_price": None,
        "deal_price": None,
        "deal_offer": None,
        "former_price": None,
        "offers": [],
        "availability": "in_stock",
    }


def test_a_card_says_how_much_is_left_in_every_list_and_in_a_search_alike(front, shop, bus):
    lists = ("", f"?category={shop.category}", "?sort=price", f"?ids={shop.id}", "?q=圆领衫", "?sort=best")

    def told():
        bus.run()
        search.forget()
        return {front.get(f"/v1/products{query}").json["items"][0]["availability"] for query in lists}

    seen = []
    for red, blue in ((5, 200), (11, 10), (10, 0), (0, 0), (0, 3), (40, 0)):
        for sku, wanted in ((shop.red, red), (shop.blue, blue)):
            made, there = work(), inventory.on_hand(sku)
            if wanted != there:
                inventory.count(sku, wanted - there, there, "count", made, agreed=True)
            made.commit()
        seen.append(told())
    assert seen == [{"in_stock"}, {"in_stock"}, {"low"}, {"sold_out"}, {"low"}, {"in_stock"}]


def test_products_are_listed_by_their_ids_in_that_order_with_one_read(front, shop, shirts, calls):
    other = product(shirts, article(code="o"), title=Text("别的", "Other"))
    front.get("/v1/products")  # from here on the offers are remembered for ten seconds
    calls.clear()
    ids = f"{other.id},P01JZ0000000000000000000000,{shop.id},{other.id}"
    told = front.get(f"/v1/products?ids={ids}").json
    assert [card["id"] for card in told["items"]] == [other.id, shop.id]
    assert (told["next"], told["total"], calls) == (None, 2, ["BatchGetItem"])
    assert front.get("/v1/products?ids=x").status == 422


def test_a_long_summary_is_cut_in_lists_and_whole_on_its_page(front, shirts):
    made = product(shirts, article(code="o"), summary=Text("长" * 41 + "\n第二行", "w" * 80 + "\nmore"))
    (card,) = front.get(f"/v1/products?ids={made.id}").json["items"]
    assert (card["summary_zh"], card["summary_en"]) == ("长" * 39 + "…", "w" * 80)
    assert page(front, made.id).json["summary_zh"] == "长" * 41 + "\n第二行"


def test_the_fullest_page_of_the_longest_titles_stays_below_twenty_kilobytes(front, shirts):
    title, summary = Text("长" * 60, "w" * 120), Text("长" * 100, "w" * 100)
    for n in range(21):
        skus = article(code=str(n))._replace(list_price=20_000), article("blue", code=f"b{n}", price=10_000)
        product(shirts, *skus, title=title, summary=summary)
    told = front.get("/v1/products?limit=20&sort=price")
    assert len(told.json["items"]) == 20
    assert len(told.text.encode()) <= 20 * 1024
    rest = front.get(f"/v1/products?limit=20&sort=price&cursor={told.json['next']}").json
    assert (len(rest["items"]), rest["next"]) == (1, None)


@pytest.mark.parametrize("query", ["limit=21", "limit=0", "sort=rating", "cursor=x", "colour=red"])
def test_what_a_list_cannot_be_asked_is_refused(front, query):
    assert front.get(f"/v1/products?{query}").status == 422


def test_a_product_page_is_whole(front, shop):
    told = page(front, shop.id).json
    assert (told["on_sale"], told["title_en"], told["summary_en"]) == (True, "Crew-neck shirt", "Comfortable")
    assert told["specs"] == [
        {"key": "fabric", "name_zh": "面料", "name_en": "Fabric", "value_zh": "棉", "value_en": "cotton"}
    ]
    assert [(axis["key"], [value["key"] for value in axis["values"]]) for axis in told["axes"]] == [
        ("colour", ["red", "blue"]),
        ("size", ["s", "m"]),
    ]
    assert told["media"] == [
        {
            "kind": "image",
            "url": f"/media/{goods.PICTURE}",
            "url_2x": None,
            "url_webp": None,
            "cover": None,
            "blur": None,
        }
    ]
    red, blue = told["skus"]
    assert red == {
        "sku": shop.red,
        "options": {"colour": "red", "size": "s"},
        "price": {"fen": 9900, "text": "¥99.00"},
        "list_price": None,
        "deal_price": None,
        "deal_offer": None,
        "former_price": None,
        "picture": f"/media/{goods.PICTURE}",
        "availability": "low",
        "left": 5,
        "ships_by": None,
    }
    assert (blue["availability"], blue["left"], blue["list_price"]["fen"]) == ("in_stock", None, 15_000)
    assert blue["picture"] == f"/media/{'f' * 32}"
    assert (told["price"]["fen"], told["highest"]["fen"]) == (9900, 12_000)
    assert (told["category"], told["categories"]) == (shop.category, [shop.category])
    assert told["policy"] == {"no_reason_days": 7, "exchange_days": 15, "warranty_months": 0}


def test_a_product_page_takes_two_reads(front, shop, calls):
    page(front, shop.id)  # what holds of offers and coupons is remembered for ten seconds
    calls.clear()
    page(front, shop.id)
    assert calls == ["Query", "BatchGetItem"]


def test_a_product_with_several_buckets_shows_their_sum(front, shop):
    doors.done(inventory.spread, shop.red, 3, work=work())
    assert page(front, shop.id).json["skus"][0]["left"] == 5


def test_a_page_that_did_not_change_is_not_sent_again(front, shop):
    tag = page(front, shop.id).headers["etag"]
    assert page(front, shop.id, headers={"If-None-Match": tag}).status == 304
    sell(shop.red, 1)
    again = page(front, shop.id, headers={"If-None-Match": tag})
    assert (again.status, again.json["skus"][0]["left"]) == (200, 4)


def test_a_sold_out_sku_stays_in_the_matrix(front, shop):
    sell(shop.red, 5)
    assert [(sku["availability"], sku["left"]) for sku in page(front, shop.id).json["skus"]] == [
        ("sold_out", None),
        ("in_stock", None),
    ]


def test_a_shelf_that_is_not_there_is_another_thing_than_an_empty_one(front, shop):
    empty = category("empty")
    assert front.get(f"/v1/products?category={empty}").json == {"items": [], "next": None, "total": 0}
    for name in ("G01JZ0000000000000000000000", "x", shop.id):
        told = front.get(f"/v1/products?category={name}")
        assert (told.status, told.json["code"]) == (404, "CATEGORY_NOT_FOUND")


def test_a_sale_stopped_for_any_reason_is_off(front, shop):
    made = work()
    done(shelve.stop_sale(shop.red, "recall", made), made)
    assert page(front, shop.id).json["skus"][0]["availability"] == "off"


def test_off_the_shelf_the_page_stays_with_nothing_to_buy(front, shop):
    made = work()
    done(shelve.move_product(shop.id, shop.version, "withdraw", made), made)
    told = page(front, shop.id).json
    assert (told["on_sale"], told["price"], told["highest"]) == (False, None, None)
    assert {sku["availability"] for sku in told["skus"]} == {"off"}


@pytest.mark.parametrize("action", [None, "archive"])
def test_drafts_and_archived_products_have_no_page(front, shirts, action):
    made = product(shirts, publish=False)
    if action:
        goods.move(made, action)
    assert (page(front, made.id).status, page(front, made.id).json["code"]) == (404, "PRODUCT_NOT_FOUND")


@pytest.mark.parametrize("name", ["x", "P01JZ0000000000000000000000", "categories", "list%23", "product", "P" * 3000])
def test_what_is_no_product_has_no_page(front, shop, name):
    assert page(front, name).status == 404


def test_media_tell_their_sizes_and_a_video_its_cover(front, shirts):
    small, large, webp = "a" * 32, "b" * 32, "c" * 32
    held = (Picture("image", small, large, webp), Picture("video", large, cover=small))
    made = product(shirts, pictures=held)
    told = page(front, made.id).json["media"]
    assert told[0] == {
        "kind": "image",
        "url": f"/media/{small}",
        "url_2x": f"/media/{large}",
        "url_webp": f"/media/{webp}",
        "cover": None,
        "blur": None,
    }
    assert (told[1]["kind"], told[1]["cover"]) == ("video", f"/media/{small}")


def test_pictures_links_lead_to_what_stands_before_the_bucket(monkeypatch):
    monkeypatch.setenv("MEDIA_BASE", "https://cdn.example/")
    assert pictures.url("f" * 32) == f"https://cdn.example/{'f' * 32}"


def test_pictures_links_lead_below_the_stages_own_address(monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://x.example/api/")
    assert pictures.url("f" * 32) == f"https://x.example/api/media/{'f' * 32}"


@pytest.mark.parametrize(("on", "available", "told"), [
    (True, 11, "in_stock"), (True, 10, "low"), (True, 1, "low"), (True, 0, "sold_out"), (False, 50, "off"), (False, 0, "off"),
])  # fmt: skip
def test_shoppers_are_told_of_stock_in_coarse_words(on, available, told):
    assert availability(on=on, available=available) == told


def test_nobody_reads_costs_or_codes_on_the_page(front, shirts):
    made = product(shirts, article(code="SECRET-CODE", cost=4321))
    assert "SECRET-CODE" not in page(front, made.id).text
    assert "4321" not in page(front, made.id).text
    assert listing(shirts).title.en in page(front, made.id).text
