"""What comes onto the shelf and goes off it: catalogue and stock in one step; the shop's own front door to products."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import pictures
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.rules import SaleStopped
from chalicelib.runtime import showcase
from tests.records.catalog import goods
from tests.records.catalog.goods import article, done, work
from tests.support import doors, people
from tests.support.shelf import sell

LISTING = {
    "title": {"zh": "长袖衫", "en": "Long-sleeved shirt"}, "summary": {"zh": "", "en": ""},
    "attributes": {"fabric": {"zh": "棉", "en": "cotton"}},
    "axes": [{"key": "size", "words": {"zh": "尺码", "en": "Size"}, "values": [
        {"key": "s", "words": {"zh": "S", "en": "S"}}, {"key": "m", "words": {"zh": "M", "en": "M"}}]}],
}  # fmt: skip


def move(shop, action: str):
    made = work()
    outcome = done(shelve.move_product(shop.id, shop.version, action, made), made)
    shop.version = outcome.version
    return outcome


def closed(sku: str) -> bool:
    return inventory.read_levels([sku])[sku].closed


def test_off_the_shelf_nothing_can_be_held_from_that_commit_on(shop):
    move(shop, "withdraw")
    with pytest.raises(CommitRejected) as refused:
        sell(shop.red, 1)
    assert isinstance(refused.value.reasons[0], SaleStopped)
    move(shop, "publish")
    sell(shop.red, 1)
    assert inventory.read_levels([shop.red])[shop.red].available == 4


def test_a_sku_taken_off_sale_closes_alone(shop):
    for on in (False, True):
        made = work()
        shop.version = done(shelve.edit_sku(shop.red, shop.version, article(on=on), made), made).version
        assert (closed(shop.red), closed(shop.blue)) == (not on, False)


def test_all_buckets_of_a_warm_sku_close(shop):
    for sku in (shop.red, shop.blue):
        doors.done(inventory.spread, sku, 32, work=work())
    move(shop, "withdraw")
    assert closed(shop.red)
    assert closed(shop.blue)
    for bucket in (0, 31):
        made = work()
        made.add(*stock_steps.hold([(shop.blue, bucket, 1)]))
        with pytest.raises(CommitRejected):
            made.commit()
    move(shop, "publish")
    assert not closed(shop.blue)


def test_a_new_sku_has_an_empty_shelf(shop):
    made = work()
    outcome = done(shelve.add_skus(shop.id, shop.version, [article("red", "m", code="n")], made), made)
    (new,) = outcome.new
    assert inventory.read_levels([new])[new] == inventory.StockLevel(0, 0, None, (0,))
    assert inventory.on_hand(new) == 0


def test_a_product_comes_with_its_first_pieces_or_not_at_all(shirts):
    made = work()
    shelve.stock_up(goods.listing(shirts), [(article(), 7)], made, product_id="P01JZ0000000000000000000000")
    assert inventory.read_levels(["P01JZ000000000000000000000001"]) == {
        "P01JZ000000000000000000000001": inventory.StockLevel(0, 0, None, ())
    }
    made.commit()
    assert inventory.on_hand("P01JZ000000000000000000000001") == 7
    assert closed("P01JZ000000000000000000000001"), "a draft is not sold"


# the front door


@pytest.fixture
def operator(front):
    return people.member(front, "operator", fresh=True)


def test_an_operator_brings_a_product_from_nothing_to_the_shelf(front, operator):
    say = lambda method, path, body, seen=None: front.request(
        method,
        f"/v1/admin/{path}",
        body,
        token=operator.token,
        headers={"If-Match": f'"{seen}"'} if seen is not None else None,
    )
    shelf = say("POST", "categories", {
        "name": {"zh": "衫", "en": "Shirts"},
        "attributes": [{"key": "fabric", "words": {"zh": "面料", "en": "Fabric"}, "kind": "text", "required": True}],
    })  # fmt: skip
    assert shelf.status == 201
    made = say("POST", "products", {**LISTING, "category": shelf.json["id"]})
    assert (made.status, made.json["status"], made.json["version"]) == (201, "draft", 1)
    path = f"products/{made.json['id']}"
    added = say(
        "POST",
        f"{path}/skus",
        {
            "skus": [
                {"code": "L-S", "price": 9900, "options": {"size": "s"}},
                {"code": "L-M", "price": 9900, "options": {"size": "m"}},
            ]
        },
        1,
    )
    assert (added.status, len(added.json["skus"]), added.json["version"]) == (201, 2, 2)
    small = added.json["skus"][0]
    on = say("PUT", f"{path}/status", {"action": "publish"}, 2)
    assert (on.json["status"], on.json["version"]) == ("on", 3)
    assert [card["id"] for card in front.get("/v1/products").json["items"]] == [made.json["id"]]

    dearer = {"code": "L-S", "price": 10_900, "options": {"size": "s"}}
    assert say("PUT", f"{path}/skus/{small}", dearer, 2).json["code"] == "STALE_VERSION"
    assert say("PUT", f"{path}/skus/{small}", dearer).json["code"] == "IF_MATCH_REQUIRED"
    assert say("PUT", f"{path}/skus/{small}", dearer, 3).json["version"] == 4
    prices = front.get(f"/v1/admin/{path}/skus/{small}/prices", token=operator.token).json["items"]
    assert [(p["before"] and p["before"]["fen"], p["after"]["fen"], p["actor"]) for p in prices] == [
        (9900, 10_900, operator.id),
        (None, 9900, operator.id),
    ]

    kept = front.get(f"/v1/admin/{path}", token=operator.token).json
    assert kept["skus"][0]["data"]["price"] == 10_900
    again = say("PUT", path, {**kept["listing"], "title": {"zh": "新", "en": "New"}}, kept["version"])
    assert again.json["version"] == 5
    off = say("PUT", f"{path}/status", {"action": "withdraw"}, 5)
    assert off.json["status"] == "off"
    listed = front.get("/v1/admin/products?status=off", token=operator.token).json["items"]
    assert [(row["id"], row["title_en"]) for row in listed] == [(made.json["id"], "New")]
    assert closed(small)


@pytest.mark.parametrize("change", [
    {"attributes": {}}, {"attributes": {"fabric": 1}}, {"category": "G01JZ0000000000000000000000"}, {"price": 1},
    {"title": {"zh": "", "en": "x"}}, {"title": {"zh": "长" * 61, "en": "x"}}, {"axes": [{"key": "A"}]},
])  # fmt: skip
def test_a_listing_that_does_not_fit_is_refused(front, operator, shirts, change):
    told = front.post("/v1/admin/products", {**LISTING, "category": shirts, **change}, token=operator.token)
    assert told.status in (404, 422), told.text
    assert catalog.by_status("draft", 10, None)[0] == []


@pytest.mark.parametrize("change", [{"price": 0}, {"price": 1.5}, {"price": "1"}, {"code": ""}, {"options": {"size": "xl"}},
                                    {"options": {}}, {"barcode": "12"}, {"fen": 1}, {"list_price": 99}])  # fmt: skip
def test_an_article_that_does_not_fit_is_refused(front, operator, shop, change):
    said = {"code": "N", "price": 100, "options": {"colour": "red", "size": "m"}, **change}
    told = front.post(
        f"/v1/admin/products/{shop.id}/skus",
        {"skus": [said]},
        token=operator.token,
        headers={"If-Match": str(shop.version)},
    )
    assert told.status == 422, told.text
    assert len(catalog.find_product(shop.id).skus) == 2


NOTHING = "0123456789abcdef" * 2


@pytest.mark.parametrize("place", ["small", "large", "webp", "cover"])
def test_a_product_shows_no_picture_that_is_not_there(front, operator, shirts, place):
    there = pictures.keep(b"<svg/>", "image/svg+xml")
    listed = lambda **more: {**LISTING, "category": shirts, "pictures": [{"small": there, **more}]}
    made = front.post("/v1/admin/products", listed(), token=operator.token)
    assert made.status == 201
    told = front.post("/v1/admin/products", listed(**{place: NOTHING}), token=operator.token)
    assert (told.status, told.json["code"], told.json["params"]["picture"]) == (422, "PICTURE_UNKNOWN", NOTHING)
    path, seen = f"/v1/admin/products/{made.json['id']}", {"If-Match": str(made.json["version"])}
    told = front.put(path, listed(**{place: NOTHING}), token=operator.token, headers=seen)
    assert (told.status, told.json["code"]) == (422, "PICTURE_UNKNOWN")
    assert front.put(path, listed(**{place: there}), token=operator.token, headers=seen).status == 200


def test_a_picture_that_a_product_shows_is_not_looked_for_with_each_edit(front, operator, shirts):
    there = pictures.keep(b"<svg/>", "image/svg+xml")
    said = {**LISTING, "category": shirts, "pictures": [{"small": there}]}
    made = front.post("/v1/admin/products", said, token=operator.token).json
    showcase.hide([there])  # whoever looked would find nothing
    path, seen = f"/v1/admin/products/{made['id']}", {"If-Match": str(made["version"])}
    assert front.put(path, said, token=operator.token, headers=seen).status == 200


def test_a_sku_shows_no_picture_that_is_not_there(front, operator, shop):
    there, seen = pictures.keep(b"<svg/>", "image/svg+xml"), {"If-Match": str(shop.version)}
    said = {"code": "N", "price": 12_000, "options": {"colour": "red", "size": "m"}, "picture": NOTHING}
    told = front.post(f"/v1/admin/products/{shop.id}/skus", {"skus": [said]}, token=operator.token, headers=seen)
    assert (told.status, told.json["code"]) == (422, "PICTURE_UNKNOWN")
    path = f"/v1/admin/products/{shop.id}/skus/{shop.red}"
    told = front.put(path, {**said, "picture": NOTHING}, token=operator.token, headers=seen)
    assert (told.status, told.json["code"]) == (422, "PICTURE_UNKNOWN")
    assert front.put(path, {**said, "picture": there}, token=operator.token, headers=seen).status == 200
    assert catalog.find_sku(shop.red).picture == there


def test_a_sku_is_edited_under_its_own_product_only(front, operator, shop):
    other = "P01JZ0000000000000000000000"
    for path in (f"{other}/skus/{shop.red}", f"{shop.id}/skus/{shop.id}99", f"{shop.id}/skus/{shop.id}xx"):
        told = front.put(
            f"/v1/admin/products/{path}",
            {"code": "N", "price": 1},
            token=operator.token,
            headers={"If-Match": str(shop.version)},
        )
        assert (told.status, told.json["code"]) == (404, "SKU_NOT_FOUND")
    for path in (f"{other}/skus/{shop.red}", f"{shop.id}/skus/{shop.id}99", f"{shop.id}/skus/x"):
        told = front.get(f"/v1/admin/products/{path}/prices", token=operator.token)
        assert (told.status, told.json["code"]) == (404, "SKU_NOT_FOUND")


def test_a_product_made_twice_under_one_key_is_one(front, operator, shirts):
    body = {**LISTING, "category": shirts}
    first, second = (front.post("/v1/admin/products", body, token=operator.token, key="k1") for _ in range(2))
    assert first.json == second.json
    assert len(catalog.by_status("draft", 10, None)[0]) == 1


def test_categories_are_kept_by_the_shops_own_people(front, operator, shirts):
    say = lambda method, path, body=None, **headers: front.request(
        method, f"/v1/admin/categories{path}", body, token=operator.token, headers=headers
    )
    words = {"name": {"zh": "衬衫", "en": "Shirts"}, "rank": 2}
    assert say("PUT", f"/{shirts}", words, **{"If-Match": '"1"'}).json == {"id": shirts, "version": 2}
    assert say("PUT", f"/{shirts}", words, **{"If-Match": '"1"'}).status == 409
    below = say("POST", "", {"name": {"zh": "短", "en": "Short"}, "parent": shirts}).json["id"]
    assert say("DELETE", f"/{shirts}").json["code"] == "CATEGORY_IN_USE"
    kept = {row["id"]: (row["parent"], row["version"], row["below"]) for row in say("GET", "").json["items"]}
    assert kept == {shirts: (None, 2, 1), below: (shirts, 1, 0)}
    assert say("DELETE", f"/{below}").status == 204
    for unknown in (below, "x", "G" * 3000):
        assert say("DELETE", f"/{unknown}").status == 404
        assert say("PUT", f"/{unknown}", words, **{"If-Match": "1"}).status == 404


@pytest.mark.parametrize("role", ["guest", "customer", "support"])
def test_nobody_else_edits_the_catalogue(front, shop, role):
    who = {"guest": people.guest, "customer": people.register}.get(role, lambda f: people.member(f, role))(front)
    for method, path in (
        ("POST", "products"), ("PUT", f"products/{shop.id}"), ("POST", f"products/{shop.id}/skus"),
        ("PUT", f"products/{shop.id}/skus/{shop.red}"), ("PUT", f"products/{shop.id}/status"), ("POST", "categories"),
        ("PUT", f"categories/{shop.category}"), ("DELETE", f"categories/{shop.category}"),
    ):  # fmt: skip
        assert front.request(method, f"/v1/admin/{path}", {}, token=who.token).status == 403
