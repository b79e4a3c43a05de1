"""What people watch, and that whoever waits is told once."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.care import consumers
from chalicelib.processes.privacy.service import sections
from chalicelib.records.catalog.service import find_product
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.promotions.events import OfferPublished
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.model import COUNTS, Watch, WatchCount
from chalicelib.records.watching.rules import WatchedAlready, WatchMoved
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.processes.merchandising.offers.staff import Staff
from tests.records.catalog import goods
from tests.support import aws, people


def put(desk, kind, n=0, status=200, **more):
    told = desk.ask("PUT", f"/v1/me/watching/{kind}/{desk.counter.skus[n]}", more.pop("body", {}), **more)
    assert told.status == status, told.text
    return told.json


def mine(desk, kind="favourite", **more):
    told = desk.ask("GET", f"/v1/me/watching?kind={kind}", **more)
    assert told.status == 200, told.text
    return told.json


def counted():
    return [(row.favourite or 0, row.stock or 0, row.price or 0) for row in aws.rows(WatchCount) if row.mark == COUNTS]


def test_a_favourite_is_kept_once_shown_with_its_goods_and_taken_back(desk):
    first = put(desk, "favourite")
    assert put(desk, "favourite") == first
    assert first["price_seen"]["fen"] == 9_900
    (shown,) = mine(desk)["items"]
    assert shown["goods"] | {"product": ""} == {
        "product": "",
        "title_zh": "圆领衫",
        "title_en": "Crew-neck shirt",
        "options_zh": ["红", "S"],
        "options_en": ["red", "S"],
        "picture": shown["goods"]["picture"],
        "price": {"fen": 9_900, "text": "¥99.00"},
        "available": True,
    }
    assert counted() == [(1, 0, 0)]
    path = f"/v1/me/watching/favourite/{desk.counter.skus[0]}"
    assert desk.ask("DELETE", path).status == 204
    assert desk.ask("DELETE", path).json["code"] == "WATCH_NOT_FOUND"
    assert (mine(desk)["items"], counted()) == ([], [(0, 0, 0)])


def test_what_is_watched_is_ones_own_and_comes_in_pages(desk):
    put(desk, "favourite", 0)
    put(desk, "favourite", 1)
    first = mine(desk, "favourite&limit=1")
    second = mine(desk, f"favourite&limit=1&cursor={first['next']}")
    assert [one["sku"] for one in (*first["items"], *second["items"])] == desk.counter.skus[::-1]
    assert second["next"] is None or mine(desk, f"favourite&limit=1&cursor={second['next']}")["items"] == []
    assert mine(desk, "price")["items"] == []
    assert mine(desk, token=people.register(desk.counter.front, "13800138001").token)["items"] == []


def test_what_is_off_the_shelf_is_shown_without_its_goods(desk):
    put(desk, "favourite")
    desk.withdraw("withdraw")
    assert not mine(desk)["items"][0]["goods"]["available"]
    desk.withdraw("archive")
    assert mine(desk)["items"][0]["goods"] is None


@pytest.mark.parametrize(
    ("kind", "sku", "code"),
    [
        ("wish", "", "WATCH_NOT_FOUND"),
        ("price", "P01JZ000000000000000000000001", "SKU_NOT_FOUND"),
        ("price", "nonsense", "SKU_NOT_FOUND"),
        ("stock", "", "GOODS_IN_STOCK"),
    ],
)
def test_what_cannot_be_watched_is_refused(desk, kind, sku, code):
    told = desk.ask("PUT", f"/v1/me/watching/{kind}/{sku or desk.counter.skus[0]}", {})
    assert told.json["code"] == code
    assert desk.ask("DELETE", f"/v1/me/watching/wish/{desk.counter.skus[0]}").json["code"] == "WATCH_NOT_FOUND"
    assert counted() == []


def test_nobody_watches_more_than_a_hundred_of_a_kind(desk):
    put(desk, "favourite")
    (row,) = [row for row in aws.rows(WatchCount) if row.mark == COUNTS]
    made = goods.work()
    made.add(watching_at(row.person, 99))
    made.commit()
    put(desk, "favourite", 1)
    told = desk.ask("DELETE", f"/v1/me/watching/favourite/{desk.counter.skus[1]}")
    assert (told.status, counted()) == (204, [(99, 0, 0)])
    made = goods.work()
    made.add(watching_at(row.person, 100))
    made.commit()
    full = put(desk, "favourite", 1, status=409)
    assert (full["code"], full["params"]) == ("WATCHING_FULL", {"most": 100})
    assert put(desk, "price", 1)["kind"] == "price"


def watching_at(person, number):
    return update(WatchCount, person, COUNTS, actions=[WatchCount.favourite.set(number)])


def test_whoever_waits_is_told_once_when_it_is_back_however_often_it_flaps(desk):
    desk.sell(0, 5)
    put(desk, "stock")
    put(desk, "favourite")
    assert "watching.back_in_stock" not in desk.level(0)
    assert desk.give_back(0, 5).count("watching.back_in_stock") == 1
    assert (mine(desk, "stock")["items"], len(mine(desk)["items"]), counted()) == ([], 1, [(1, 0, 0)])
    desk.sell(0, 5)
    assert "watching.back_in_stock" not in desk.give_back(0, 5)
    desk.sell(0, 5)
    put(desk, "stock")
    assert desk.give_back(0, 1).count("watching.back_in_stock") == 1


def test_a_wish_that_was_taken_back_and_made_anew_is_not_the_one_that_was_read(desk):
    put(desk, "price")
    (read,) = [row for row in aws.rows(Watch) if row.mark != COUNTS]
    assert desk.ask("DELETE", f"/v1/me/watching/price/{read.sku}").status == 204
    put(desk, "price")
    made = goods.work()
    watching.tell(read, 1, made)
    with pytest.raises(CommitRejected) as refused:
        made.commit()
    assert refused.value.only(WatchMoved)
    assert [row.turn for row in watching.every(read.person)] != [read.turn]


def test_what_two_add_at_once_is_watched_once_and_only_what_is_told_is_found_by_its_goods(desk):
    who, sku = Caller("U01JZ0000000000000000000000", "customer"), desk.counter.skus[0]
    first, second = (Work(who, "test") for _ in range(2))
    for made in (first, second):
        watching.add("price", sku, 9_900, made)
    first.commit()
    with pytest.raises(CommitRejected) as refused:
        second.commit()
    assert refused.value.only(WatchedAlready)
    made = Work(who, "test")
    watching.add("favourite", sku, 9_900, made)
    made.commit()
    assert {row.kind: row.goods for row in aws.rows(Watch) if row.mark != COUNTS} == {
        "price": f"price#{sku}",
        "favourite": None,
    }


def test_a_category_is_watched_at_no_price(desk):
    category = find_product(desk.counter.skus[0][:27]).product.places.split()[0]
    told = desk.ask("PUT", f"/v1/me/watching/arrival/{category}", {})
    assert (told.status, told.json["price_seen"]["fen"]) == (200, 0), told.text


def test_what_is_closed_or_lies_elsewhere_brings_nobody_back(desk):
    desk.sell(0, 5)
    put(desk, "stock")

    made = goods.work()
    for fact in (
        StockLevelChanged(desk.counter.skus[0], "MAIN", 5, 5, True, 0),
        StockLevelChanged(desk.counter.skus[0], "SH01", 5, 5, False, 0),
        StockLevelChanged(desk.counter.skus[0], "MAIN", 0, 5, False, 0),
        StockLevelChanged(desk.counter.skus[0], "MAIN", 5, 5, False, 0),  # by now it is gone again
    ):
        consumers.back(fact, made)
    assert not made.pending
    assert len(mine(desk, "stock")["items"]) == 1


def test_a_lower_price_is_told_and_one_as_high_as_was_seen_is_not(desk):
    put(desk, "price")
    assert "watching.price_dropped" not in desk.price(0, 11_000)
    assert "watching.price_dropped" not in desk.price(0, 9_900)
    assert desk.price(0, 9_899).count("watching.price_dropped") == 1
    assert "watching.price_dropped" not in desk.price(0, 9_000)
    assert mine(desk, "price")["items"] == []


def test_the_price_seen_is_what_the_customer_says_but_never_above_what_it_is(desk):
    assert put(desk, "price", 0, body={"price_fen": 9_000})["price_seen"]["fen"] == 9_000
    assert put(desk, "price", 1, body={"price_fen": 90_000})["price_seen"]["fen"] == 9_900
    assert "watching.price_dropped" not in desk.price(0, 9_000)
    assert put(desk, "favourite", 0, status=422, body={"price_fen": 0})["code"] == "INVALID_REQUEST"


def test_a_wish_that_came_true_while_it_was_noted_is_told_a_minute_later(desk):
    desk.sell(0, 5)
    put(desk, "stock")
    made = goods.work()

    made.add(*stock_steps.release([(desk.counter.skus[0], 0, 1)]))  # no level is told of it
    made.commit()
    assert "watching.back_in_stock" not in desk.counter.later(seconds=59)
    assert desk.counter.later(seconds=1).count("watching.back_in_stock") == 1


def test_a_minute_later_a_wish_that_was_taken_back_or_has_not_come_true_is_left_alone(desk):
    desk.sell(0, 5)
    put(desk, "stock")
    put(desk, "price")
    assert desk.ask("DELETE", f"/v1/me/watching/price/{desk.counter.skus[0]}").status == 204
    told = desk.counter.later(minutes=2)
    assert not {"watching.back_in_stock", "watching.price_dropped"} & set(told)
    assert "watch.check_due" in told
    assert len(mine(desk, "stock")["items"]) == 1


def test_those_who_wait_are_told_page_by_page_each_once(desk):
    sku = desk.counter.skus[0]
    for n in range(95):
        made = goods.work(goods.OPERATOR._replace(id=f"U{n:026d}"))
        watching.add("price", sku, 9_900 if n % 5 else 9_000, made)
        made.commit()
    told = desk.price(0, 9_500)
    assert told.count("watching.price_dropped") == 76
    assert told.count("watch.page_due") == 2
    assert {int(row.price) for row in aws.rows(Watch) if row.mark != COUNTS} == {9_000}


def test_what_a_person_watches_is_taken_along_and_forgotten(desk):
    put(desk, "price")
    (row,) = [row for row in aws.rows(Watch) if row.mark != COUNTS]

    (told,) = sections.SECTIONS["watching"](row.person)
    assert told == {"kind": "price", "sku": row.sku, "price_seen_fen": 9_900, "since": told["since"]}
    watching.forget(row.person, goods.work())
    assert aws.rows(Watch) == []


def published(desk, **more):
    """An offer of two people that takes ten percent off the shirt."""
    said = {"lane": "price", "kind": "percent", "terms": {"pay_bp": 9000}, "scope": {"skus": desk.counter.skus[:1]}}
    offer_id = Staff(desk.counter.front).published(**said, **more)
    return offer_id, desk.counter.bus.run()


def test_an_offer_for_everybody_is_a_lower_price_of_its_goods_from_its_start_on(desk):
    put(desk, "price", 0)
    put(desk, "price", 1)
    _, told = published(desk, starts_at="2026-06-02T02:00:00Z")
    assert "watching.price_dropped" not in told
    assert desk.counter.later(days=1).count("watching.price_dropped") == 1
    assert [row.sku for row in aws.rows(Watch) if row.mark != COUNTS] == [desk.counter.skus[1]]


def test_an_offer_that_holds_at_once_is_told_at_once_and_one_for_some_is_not(desk):
    put(desk, "price", 0)
    _, told = published(desk, audience={"new_customers": True})
    assert "watching.price_dropped" not in told
    _, told = published(desk)
    assert told.count("watching.price_dropped") == 1


def test_an_offer_that_ended_before_it_began_is_told_to_nobody(desk):
    put(desk, "price", 0)
    offer_id, _ = published(desk, starts_at="2026-06-02T02:00:00Z")
    made = goods.work()
    offers.end(offer_id, made)
    made.commit()
    assert "watching.price_dropped" not in desk.counter.later(days=1)
    made = goods.work()
    consumers.await_offer(OfferPublished("F01JZ0000000000000000000000", 1, None), made)
    assert not made.pending
