"""The index follows what happens: facts in any order and any number come to what stands now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.merchandising import service as shelve
from chalicelib.processes.searching import consumers, service
from chalicelib.processes.searching.events import IndexCheckDue
from chalicelib.records.catalog.events import ProductChanged, ProductUnpublished
from chalicelib.records.catalog.rules import SkuData, Text
from chalicelib.records.catalog.service import editing
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders.events import OrderCancelled, OrderPlaced
from chalicelib.records.payments.events import RefundSucceeded
from chalicelib.records.search import rules
from chalicelib.records.search import service as search
from chalicelib.records.search.rules import IndexMoved, SearchFilter, Wanted
from chalicelib.runtime import workers, world
from chalicelib.runtime.journal import Journal
from tests.records.catalog import goods
from tests.records.catalog.goods import listing, product, work
from tests.support import aws
from tests.support.shelf import sell


def indexed():
    """The index as another process sees it: the articles by product."""
    search.forget()
    told, _ = search.find(Wanted((), (), SearchFilter(), "newest"), 100, None)
    return {entry.product: entry for entry in told.entries}


def follow(handler, fact):
    made = work()
    handler(fact, made)
    assert not made.pending


def test_what_is_on_the_shelf_is_indexed_as_it_can_be_bought(shop, bus):
    bus.run()
    (entry,) = indexed().values()
    assert entry == rules.SearchEntry(
        product=shop.id,
        title_zh="圆领衫",
        title_en="Crew-neck shirt",
        price=9_900,
        highest=12_000,
        picture=goods.PICTURE,
        places=(shop.category,),
        brands=(),
        attributes={},
        stocked=True,
        title=" 圆领衫 crew neck shirt",
        rest=" ts red s tsreds ts blue s tsblues",
        category=shop.category,
        summary_zh="舒适",
        summary_en="Comfortable",
        stock="in_stock",
        units="01:9900:0;02:12000:0",
    )


def test_every_fact_twice_changes_nothing_more(shop, bus):
    bus.run()
    before = indexed()
    bus.seen.clear()
    bus.run(times=2)
    assert indexed() == before


def test_choices_numbers_and_flags_can_be_filtered_by_and_brands_are_folded(engine, bus):
    shelf = goods.category("shirts", None, goods.FABRIC, goods.SEASON, goods.GRAMS, goods.LINED)
    said = {"fabric": {"zh": "棉", "en": "cotton"}, "season": "summer", "grams": 180, "lined": False}
    product(shelf, attributes=said, brand=Text("集市", "ＪＩＳＨＩ Basics"))
    bus.run()
    (entry,) = indexed().values()
    assert entry.attributes == {"season": "summer", "grams": "180", "lined": "false"}
    assert entry.brands == ("集市", "jishi basics")
    assert entry.rest.startswith(" 集市 jishi basics ts")


@pytest.mark.parametrize("action", ["withdraw", "archive"])
def test_what_leaves_the_shelf_leaves_the_index(shop, bus, action):
    bus.run()
    version = shop.version
    for one in ["withdraw", action][: 1 + (action == "archive")]:
        made = work()
        version = goods.done(shelve.move_product(shop.id, version, one, made), made).version
    bus.run()
    assert indexed() == {}


def test_a_draft_and_a_product_that_is_unknown_are_not_indexed(shirts, bus):
    product(shirts, publish=False)
    bus.run()
    follow(consumers.follow_product, ProductChanged("P01JZ0000000000000000000000", 1))
    assert indexed() == {}


def test_a_fact_that_comes_late_says_what_stands_now(shop):
    follow(consumers.follow_product, ProductUnpublished(shop.id))
    assert list(indexed()) == [shop.id], "it is on the shelf, whatever was told before"


def test_an_edit_is_indexed(shop, bus):
    bus.run()
    made = work()
    editing.edit_product(shop.id, shop.version, listing(shop.category, title=Text("長袖衫", "Longsleeve")), made)
    made.commit()
    bus.run()
    (entry,) = indexed().values()
    assert entry.title == " 长袖衫 longsleeve"


def test_what_is_sold_out_says_so_until_pieces_come_back(shop, bus, monkeypatch):
    bus.run()
    monkeypatch.setattr(service.orders, "find", lambda order: _Order(shop.red, shop.blue))
    sell(shop.red, 5)
    follow(consumers.follow_order, OrderPlaced("O1", "U1", 1))
    assert indexed()[shop.id].stocked, "the other one is there"
    sell(shop.blue, 200)
    follow(consumers.follow_order, OrderPlaced("O1", "U1", 1))
    assert not indexed()[shop.id].stocked
    made = work()
    made.add(*stock_steps.release([(shop.blue, 0, 60)]))
    made.commit()
    assert not indexed()[shop.id].stocked
    follow(consumers.follow_end, OrderCancelled("O1", "customer"))
    assert indexed()[shop.id].stocked


class _Order:
    def __init__(self, *skus):
        self.lines = [type("Line", (), {"sku": sku})() for sku in skus]


def test_while_many_pieces_are_left_an_order_leaves_the_index_alone(shop, bus, monkeypatch):
    bus.run()
    monkeypatch.setattr(service.orders, "find", lambda order: _Order(shop.blue))
    monkeypatch.setattr(service, "index", lambda *_: pytest.fail("nothing has run low"))
    sell(shop.blue, 189)
    follow(consumers.follow_order, OrderPlaced("O1", "U1", 1))


def test_a_count_and_a_stop_are_followed(shop, bus):
    sell(shop.red, 5)
    sell(shop.blue, 200)
    bus.run()
    assert not indexed()[shop.id].stocked
    made = work()
    inventory.adjust(shop.red, 3, "found", made)
    made.commit()
    bus.run()
    assert indexed()[shop.id].stocked
    for sku in (shop.red, shop.blue):
        made = work()
        shelve.stop_sale(sku, "recall", made)
        made.commit()
    bus.run()
    assert indexed() == {}, "nothing of it can be bought"


def test_every_fact_that_frees_or_takes_pieces_is_followed():
    wanted = {name for name, held in workers.CONSUMERS["searching"].subscriptions.items() if held}
    assert {RefundSucceeded.wire, "order.annulled", "order.expired", "order.revived", "stock.opened"} <= wanted


def test_what_may_be_sold_beyond_its_stock_is_followed(shop, bus):
    sell(shop.red, 5)
    sell(shop.blue, 200)
    bus.run()
    assert not indexed()[shop.id].stocked
    for pieces, stocked in ((3, True), (0, False)):
        made = work()
        inventory.sell_beyond(shop.red, pieces, world.now() + timedelta(days=9) if pieces else None, made)
        made.commit()
        bus.run()
        assert indexed()[shop.id].stocked is stocked


def overtaken(monkeypatch, product, prices):
    """From now on somebody else gives the product another price whenever the index is about to be changed."""
    was = service._index

    def slower(products, made):
        was(products, made)
        if (price := next(prices, None)) is not None:
            other = work()
            search.keep([service._entry(product)._replace(price=price)], [], other)
            other.commit()

    monkeypatch.setattr(service, "_index", slower)


def test_who_is_overtaken_looks_again(shop, monkeypatch):
    overtaken(monkeypatch, shop.id, iter(range(1, 1 + service.LOOKS - 1)))
    follow(consumers.follow_product, ProductChanged(shop.id, 1))
    assert indexed()[shop.id].price == 9_900


def test_who_is_always_overtaken_gives_up_and_is_delivered_again(shop, monkeypatch):
    overtaken(monkeypatch, shop.id, iter(range(1, 99)))
    with pytest.raises(CommitRejected) as refused:
        consumers.follow_product(ProductChanged(shop.id, 1), work())
    assert refused.value.only(IndexMoved)
    assert indexed()[shop.id].price == service.LOOKS


def test_a_check_finds_what_no_fact_told_of(shirts, bus, monkeypatch):
    kept = [product(shirts, SkuData(f"C{n}", 9_900, options={"colour": "red", "size": "s"})).id for n in range(5)]
    lost = "P01JZ0000000000000000000000"
    made = work()
    search.keep([service._entry(kept[0])._replace(product=lost)], [], made)
    made.commit()
    search.forget()
    monkeypatch.setattr(service, "STRETCH", 2)
    bus.seen.update(row.id for row in aws.rows(Journal))  # these facts were lost
    consumers.begin_check({}, None)
    assert bus.run() == [IndexCheckDue.wire] * 3
    assert sorted(indexed()) == sorted(kept)


def test_an_empty_shop_is_checked_in_one_stretch(engine, bus):
    made = work()
    made.publish(IndexCheckDue(service.END))
    made.commit()
    assert bus.run() == [IndexCheckDue.wire]


def test_a_change_is_found_within_ten_seconds_by_a_process_that_remembers(shop, bus, clock):
    found = lambda: search.find(Wanted((), (), SearchFilter(), "newest"), 9, None)[0].total
    assert found() == 0
    bus.run()
    clock.advance(timedelta(seconds=3))
    assert found() == 1


def test_a_card_that_went_meanwhile_is_looked_at_again(shop, bus, monkeypatch):
    bus.run()
    sell(shop.red, 5)
    sell(shop.blue, 195)
    told = service.cards.tell_stock

    def withdrawn(*args):
        monkeypatch.setattr(service.cards, "tell_stock", told)
        told(*args)
        made = work()
        shelve.move_product(shop.id, shop.version, "withdraw", made)
        made.commit()

    monkeypatch.setattr(service.cards, "tell_stock", withdrawn)
    follow(consumers.follow_product, ProductChanged(shop.id, 2))
    assert indexed() == {}
