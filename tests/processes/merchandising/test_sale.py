"""What may be bought: the catalogue, the lists, the page, the cart, the quote and the stock say the same of every SKU."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.model import ListEntry
from chalicelib.records.catalog.rules import NothingToSell, ProductStateConflict, SkuNotFound, StaleVersion, Text
from chalicelib.records.catalog.service import editing
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import SaleStopped
from chalicelib.records.tariffs.rules import TariffNotFound
from chalicelib.runtime import clients
from tests.records.catalog.goods import article, done, listing, work
from tests.support import aws, people
from tests.support.shelf import sell

BLUE = {"price": 12_000, "list_price": 15_000, "picture": "f" * 32}


def move(shop, action: str) -> None:
    made = work()
    shop.version = done(shelve.move_product(shop.id, shop.version, action, made), made).version


def switch(shop, sku: str, *, on: bool) -> None:
    made = work()
    said = article(on=on) if sku == shop.red else article("blue", on=on, **BLUE)
    shop.version = done(shelve.edit_sku(sku, shop.version, said, made), made).version


def stop(shop, sku: str, reason: str = "recall") -> None:
    made = work()
    done(shelve.stop_sale(sku, reason, made), made)
    shop.version = int(catalog.find_product(shop.id).product.version)


def resume(shop, sku: str) -> None:
    made = work()
    done(shelve.resume_sale(sku, made), made)
    shop.version = int(catalog.find_product(shop.id).product.version)


def cards() -> dict[str, list[tuple[int, int | None]]]:
    """What each product's cards cost, in the list of everything and in those of its categories."""
    found: dict[str, list[tuple[int, int | None]]] = {}
    for card in aws.rows(ListEntry):
        if card.place.startswith("list#"):
            found.setdefault(card.product, []).append((int(card.price), card.highest and int(card.highest)))
    return found


def all_agree(front, shop) -> bool:
    """Every place says the same of each SKU of the shirt; answers whether anything of it can be bought."""
    whole = catalog.find_product(shop.id)
    on = {sku.id: sku for sku in whole.skus if catalog.on_sale(sku)}
    prices = sorted(int(sku.price) for sku in on.values())
    stock = inventory.read_levels([sku.id for sku in whole.skus])
    assert {sku for sku, shelf in stock.items() if not shelf.closed} == set(on)
    assert (whole.product.unlisted is None) == bool(on)
    highest = prices[-1] if prices and prices[-1] > prices[0] else None
    assert cards() == ({shop.id: [(prices[0], highest)] * 2} if prices else {})

    page = front.get(f"/v1/products/{shop.id}").json
    assert page["on_sale"] == bool(on)
    assert (page["price"] and page["price"]["fen"]) == (prices[0] if prices else None)
    assert (page["highest"] and page["highest"]["fen"]) == highest
    assert {cell["sku"] for cell in page["skus"] if cell["availability"] != "off"} == set(on)
    for order in ("newest", "price", "price_down"):
        assert [card["id"] for card in front.get(f"/v1/products?sort={order}").json["items"]] == [shop.id] * bool(on)

    guest = people.guest(front).token
    for sku in stock:
        body = {"items": [{"sku": sku, "quantity": 1}]}
        assert (front.post("/v1/quotes", body, token=guest).status == 200) == (sku in on)
        front.put(f"/v1/cart/items/{sku}", {"quantity": 1}, token=guest)
    seen = front.get("/v1/cart", token=guest).json
    assert {line["sku"] for line in seen["lines"] if not line["problems"]} == set(on)
    assert seen["goods"]["fen"] == sum(prices)
    return bool(on)


@pytest.fixture
def calm(monkeypatch) -> None:
    monkeypatch.setenv("LIMIT_SCALE", "100000")


def test_whatever_is_switched_stopped_or_moved_all_places_agree(front, shop, calm):
    chance, went = random.Random(18), {True: 0, False: 0}
    for _ in range(40):
        sku = chance.choice([shop.red, shop.blue])
        act = chance.choice([
            lambda: move(shop, "withdraw"), lambda: move(shop, "publish"), lambda s=sku: switch(shop, s, on=False),
            lambda s=sku: switch(shop, s, on=True), lambda s=sku: stop(shop, s), lambda s=sku: resume(shop, s),
        ])  # fmt: skip
        try:
            act()
        except (ProductStateConflict, NothingToSell):
            continue
        went[all_agree(front, shop)] += 1
    assert min(went.values()) >= 5, went


def test_a_product_whose_every_sku_is_off_has_no_price_and_no_list_shows_it(front, shop, calm):
    switch(shop, shop.red, on=False)
    assert all_agree(front, shop)
    assert cards()[shop.id][0] == (12_000, None)
    switch(shop, shop.blue, on=False)
    assert not all_agree(front, shop)
    assert catalog.find_product(shop.id).product.unlisted == "skus_off"
    switch(shop, shop.blue, on=True)
    assert all_agree(front, shop)


def test_the_stop_of_the_only_skus_sale_takes_the_product_out_of_all_lists_and_lifting_it_brings_it_back(
    front, shop, calm
):
    switch(shop, shop.blue, on=False)
    stop(shop, shop.red)
    assert not all_agree(front, shop)
    assert catalog.find_product(shop.id).product.unlisted == "sale_stopped"
    resume(shop, shop.red)
    assert all_agree(front, shop)


def test_a_stopped_sku_stays_closed_whatever_the_shelf_and_its_own_switch_do(front, shop, calm):
    stop(shop, shop.red)
    for act in (
        lambda: move(shop, "withdraw"), lambda: move(shop, "publish"), lambda: switch(shop, shop.red, on=False),
        lambda: switch(shop, shop.red, on=True),
    ):  # fmt: skip
        act()
        assert inventory.read_levels([shop.red])[shop.red].stop == "recall"
        all_agree(front, shop)
    resume(shop, shop.red)
    assert inventory.read_levels([shop.red])[shop.red].stop is None


def test_lifting_a_stop_sells_nothing_that_is_off_the_shelf_or_off_by_itself(front, shop, calm):
    stop(shop, shop.red)
    move(shop, "withdraw")
    resume(shop, shop.red)
    assert inventory.read_levels([shop.red])[shop.red].stop == "withdrawn"
    with pytest.raises(CommitRejected) as refused:
        sell(shop.red, 1)
    assert isinstance(refused.value.reasons[0], SaleStopped)
    switch(shop, shop.red, on=False)
    move(shop, "publish")
    resume(shop, shop.red)
    assert inventory.read_levels([shop.red])[shop.red].stop == "withdrawn"
    assert all_agree(front, shop)


def test_what_is_stopped_altogether_is_not_published(front, shop, calm):
    for sku in (shop.red, shop.blue):
        stop(shop, sku)
    move(shop, "withdraw")
    with pytest.raises(NothingToSell):
        move(shop, "publish")
    resume(shop, shop.blue)
    move(shop, "publish")
    assert all_agree(front, shop)


def test_a_draft_can_be_stopped_before_it_is_ever_sold(front, shirts):
    made, stocked = work(), [(article(), 1), (article("blue"), 1)]
    draft = done(shelve.stock_up(listing(shirts), stocked, made, product_id=made.new_id("P")), made)
    shop = SimpleNamespace(id=draft.id, version=draft.version, red=f"{draft.id}01", blue=f"{draft.id}02")
    assert {shelf.stop for shelf in inventory.read_levels(draft.new).values()} == {"withdrawn"}
    stop(shop, shop.red)
    move(shop, "publish")
    assert [inventory.read_levels([sku])[sku].stop for sku in draft.new] == ["recall", None]


def test_a_stop_does_not_wait_for_an_editor(front, shop, calm):
    """It is made whatever is edited meanwhile; the edit that saw the product before is refused."""
    events, call = clients.client("dynamodb").meta.events, "before-call.dynamodb.TransactWriteItems"

    def beside(**_):
        events.unregister(call, beside)
        other = work()
        renamed = listing(shop.category, title=Text("新", "new"))
        done(editing.edit_product(shop.id, shop.version, renamed, other), other)

    events.register(call, beside)
    work().attempts(2, lambda one: shelve.stop_sale(shop.red, "recall", one), StaleVersion)
    assert catalog.find_product(shop.id).product.title_en == "new"
    assert inventory.read_levels([shop.red])[shop.red].stop == "recall"
    assert all_agree(front, shop)


def test_of_two_stops_at_once_both_are_made(front, shop, calm):
    first, second = work(), work()
    for sku, made in ((shop.red, first), (shop.blue, second)):
        outcome = editing.stop_sale(sku, "recall", made)
        assert outcome.stops == {sku: "recall"}
    first.commit()
    with pytest.raises(CommitRejected):
        second.commit()
    made = work()
    done(shelve.stop_sale(shop.blue, "recall", made), made)
    assert cards() == {}


# the front door


@pytest.fixture
def operator(front):
    return people.member(front, "operator", fresh=True)


def test_an_operator_stops_a_sale_and_lifts_it_again_and_sees_why(front, shop, operator, bus):
    ask = lambda method, path, body=None: front.request(method, f"/v1/admin/{path}", body, token=operator.token)
    for sku in (shop.red, shop.blue):
        assert ask("PUT", f"stock/{sku}/closure", {"reason": "recall"}).status == 204
        assert ask("PUT", f"stock/{sku}/closure", {"reason": "recall"}).status == 204, "again it is the same"
    kept = ask("GET", f"products/{shop.id}").json
    assert (kept["status"], kept["unlisted"], kept["version"]) == ("on", "sale_stopped", shop.version + 2)
    assert [(sku["on_sale"], sku["stopped"]) for sku in kept["skus"]] == [(False, "recall")] * 2
    (line,) = ask("GET", "products?status=on").json["items"]
    assert (line["id"], line["unlisted"]) == (shop.id, "sale_stopped")
    stock = ask("GET", f"stock/{shop.red}").json
    assert (stock["closed"], stock["reason"], stock["available"]) == (True, "recall", 5)

    assert ask("DELETE", f"stock/{shop.red}/closure").status == 204
    assert ask("DELETE", f"stock/{shop.red}/closure").status == 204
    (line,) = ask("GET", "products?status=on").json["items"]
    assert line["unlisted"] is None
    stock = ask("GET", f"stock/{shop.red}").json
    assert (stock["closed"], stock["reason"]) == (False, None)
    told = [fact for fact in bus.run() if fact.startswith("stock.")]
    assert sorted(told) == ["stock.closed", "stock.closed", "stock.opened"], "what changed nothing is not told"


def test_the_list_of_the_shops_own_says_why_the_public_does_not_see_a_product(front, shirts, operator):
    def line(status: str) -> str | None:
        (found,) = front.get(f"/v1/admin/products?status={status}", token=operator.token).json["items"]
        return found["unlisted"]

    made = work()
    bare = done(editing.add_product(listing(shirts), [], made), made)
    assert line("draft") == "draft"
    shop = SimpleNamespace(id=bare.id, version=bare.version, red=f"{bare.id}01")
    made = work()
    shop.version = done(shelve.add_skus(shop.id, shop.version, [article()], made), made).version
    move(shop, "publish")
    assert line("on") is None
    switch(shop, shop.red, on=False)
    assert line("on") == "skus_off"
    move(shop, "withdraw")
    assert line("off") == "off"
    move(shop, "archive")
    assert line("archived") == "archived"


@pytest.mark.parametrize("sku", ["x", "P01JZ000000000000000000000001", "P01JZ0000000000000000000000", "77"])
def test_what_is_no_sku_is_not_stopped(front, shop, operator, sku):
    name = f"{shop.id}{sku}" if sku == "77" else sku
    for method, body in (("PUT", {"reason": "recall"}), ("DELETE", None)):
        told = front.request(method, f"/v1/admin/stock/{name}/closure", body, token=operator.token)
        assert (told.status, told.json["code"]) == (404, "SKU_NOT_FOUND")
    with pytest.raises(SkuNotFound):
        shelve.stop_sale(name, "recall", work())


def test_an_archived_products_sale_is_over_and_not_stopped(front, shop, operator):
    move(shop, "withdraw")
    move(shop, "archive")
    told = front.put(f"/v1/admin/stock/{shop.red}/closure", {"reason": "recall"}, token=operator.token)
    assert (told.status, told.json["code"]) == (409, "PRODUCT_STATE_CONFLICT")
    assert inventory.read_levels([shop.red])[shop.red].stop == "withdrawn"


def test_a_sku_goes_by_a_freight_template_that_there_is(shop):
    said = article(freight="T01JZ0000000000000000000000")
    with pytest.raises(TariffNotFound):
        shelve.edit_sku(shop.red, shop.version, said, work())
    with pytest.raises(TariffNotFound):
        shelve.add_skus(shop.id, shop.version, [said], work())
