"""Shelves end to end: what is paid counts once, what lies low is told once, and each night every shelf is looked at."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.replenishing import service
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.rules import OutOfStock
from chalicelib.records.orders.events import OrderPaid, OrderRevived
from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment.model import SHARDS, DaySold, ShelfRow, shard_of
from chalicelib.records.replenishment.rules import ShelfMoved
from chalicelib.records.replenishment.service import Lying
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, people, trade
from tests.support.doors import done
from tests.support.shelf import sell
from tests.support.trade import commit

from .shelves import DAY, alerts, heard, known, night, place, shelf, sold

CLERK = Caller("S01JZ0000000000000000000000", "operator")


def demand():
    rows = [row for row in aws.rows(DaySold) if row.part.startswith("d#")]
    return {(row.place, row.part.removeprefix("d#")): (row.pieces, row.lost) for row in rows}


def paid(fact):
    work = Work(worker("shop"), "test")
    work.publish(fact)
    work.commit()


def test_a_paid_order_is_demand_of_its_day_once_and_two_lines_of_a_sku_add_up(shop, bus):
    order = trade.order(lines=((shop.red, 2, 9900, 0), (shop.blue, 3, 9900, 0), (shop.red, 1, 9900, 0)))
    paid(OrderPaid(order, ""))
    bus.run(3)
    assert demand() == {(place(shop.red), "2026-06-01"): (3, None), (place(shop.blue), "2026-06-01"): (3, None)}


def test_an_order_revived_counts_as_one_paid(shop, bus, engine):
    engine.advance(15 * DAY / 24)  # past midnight of the shop's zone
    paid(OrderRevived(trade.order(lines=((shop.red, 2, 9900, 0),)), "Y1"))
    bus.run()
    assert demand() == {(place(shop.red), "2026-06-02"): (2, None)}


def test_a_shelf_is_known_from_its_first_movement_on_and_found_by_its_shard(shop):
    assert shelf(shop.red) is None
    heard(shop.red)
    row = shelf(shop.red)
    assert (row.available, row.level, row.reorder_point) == (5, None, 0)
    assert shelves.places_of(shard_of(place(shop.red)), "", 9) == [place(shop.red)]


def test_what_falls_to_its_reorder_point_is_told_once_with_what_to_order(shop):
    commit(*stock_steps.receive("S01", 80))
    heard("S01")
    known("S01", *[7] * 10, weekly=7.0, variance=7.0)
    (row,) = shelves.shelves([place("S01")])
    done(shelves.judge, row, Lying(place("S01"), 80, False, False), work=Work(CLERK, "test"))
    done(service.supply, place("S01"), None, work=Work(CLERK, "test"))
    point = shelf("S01").reorder_point
    assert (point, shelf("S01").order_up_to) == (32, 60)
    sell("S01", 80 - point - 1)
    heard("S01")
    assert alerts() == []
    sell("S01", 1)
    heard("S01")
    heard("S01")
    assert alerts() == [("low", point, 28)]
    sell("S01", point)
    heard("S01")
    assert (shelf("S01").level, alerts()) == ("out", [("low", point, 28)])


def test_what_is_still_so_a_day_after_something_was_told_is_told_by_night(shop, bus, engine):
    heard(shop.red)
    done(service.supply, place(shop.red), shelves.terms_of(None)._replace(least=4), work=Work(CLERK, "test"))
    sell(shop.red, 2)
    heard(shop.red)
    sell(shop.red, 3)
    heard(shop.red)
    assert [level for level, *_ in alerts()] == ["low"]
    engine.advance(DAY)
    night(bus)
    night(bus)
    assert alerts() == [("low", 3, 1), ("out", 0, 4)]


def test_a_message_that_is_late_is_not_believed(shop):
    """What was told of an instant before is looked up."""
    heard(shop.red)
    done(service.judge, Lying(place(shop.red), 0, False, True), work=Work(worker("w"), "test"))
    assert (alerts(), shelf(shop.red).level) == ([], None)


def test_a_day_that_begins_without_stock_or_stopped_is_marked(shop, bus, engine):
    heard(shop.red)
    heard(shop.blue)
    sell(shop.red, 5)
    engine.advance(DAY)
    night(bus)
    assert demand() == {(place(shop.red), "2026-06-02"): (None, True)}
    done(_stop, shop.blue, work=Work(CLERK, "test"))
    engine.advance(DAY)
    night(bus)
    assert (place(shop.blue), "2026-06-03") in demand()


def _stop(sku, work):
    work.add(*stock_steps.set_stops(inventory.bucket_rows(sku), {sku: "recall"}))


def test_a_shelf_counts_from_its_first_whole_week_on(shop, bus, engine):
    heard(shop.red)
    night(bus)
    assert (shelf(shop.red).until, shelf(shop.red).weeks) == ("2026-06-08", "")
    engine.advance(7 * DAY)
    night(bus)
    assert (shelf(shop.red).until, shelf(shop.red).weeks) == ("2026-06-08", "")
    sold(shop.red, (0, 4), (-6, 3))
    engine.advance(7 * DAY)
    night(bus)
    row = shelf(shop.red)
    assert (row.until, row.weeks, row.mean) == ("2026-06-15", "7", 7000)
    assert row.reorder_point > 21


def test_weeks_missed_are_made_up_for_at_most_four(shop, bus, engine):
    heard(shop.red)
    known(shop.red, 1)
    sold(shop.red, (-1, 5), (-8, 6), (-15, 7), (-22, 8), (-29, 9))
    engine.advance(35 * DAY)
    night(bus)
    assert shelf(shop.red).weeks == "1,6,7,8,9"


def test_a_night_goes_on_part_by_part_and_is_begun_once(engine, bus):
    skus = [f"S{number:03d}" for number in range(service.PART * 2 + 1)]
    same = [sku for sku in (f"T{number:04d}" for number in range(3000)) if shard_of(place(sku)) == "00"][
        : service.PART + 1
    ]
    for sku in [*skus, *same]:
        commit(*stock_steps.receive(sku, 1))
        heard(sku)
    assert len({row.shard for row in aws.rows(ShelfRow) if row.part == "shelf"}) == SHARDS
    night(bus)
    assert {row.until for row in aws.rows(ShelfRow) if row.part == "shelf"} == {"2026-06-08"}
    begun = bus.told.count("shelves.due")
    assert begun == SHARDS + 1
    night(bus)
    assert bus.told.count("shelves.due") == begun


def test_what_is_left_of_a_night_that_is_over_is_left_to_the_next(shop, engine):
    heard(shop.red)
    shard = shard_of(place(shop.red))
    done(service.go_on, "2026-05-31", shard, "", work=Work(worker("w"), "test"))
    assert shelf(shop.red).until is None
    done(service.go_on, "2026-06-01", shard, place(shop.red), work=Work(worker("w"), "test"))
    assert shelf(shop.red).until is None
    done(service.go_on, "2026-06-01", shard, "", work=Work(worker("w"), "test"))
    assert shelf(shop.red).until == "2026-06-08"


def test_two_who_look_at_once_are_one_and_the_other_is_told(shop):
    heard(shop.red)
    (row,) = shelves.shelves([place(shop.red)])
    done(shelves.judge, row, Lying(place(shop.red), 0, False, True), work=Work(CLERK, "test"))
    with pytest.raises(CommitRejected) as refused:
        done(shelves.judge, row, Lying(place(shop.red), 0, False, True), work=Work(CLERK, "test"))
    assert refused.value.only(ShelfMoved)


def test_what_changes_nothing_is_one_read(shop, calls):
    heard(shop.red)
    before = len(aws.rows(Journal))
    calls.clear()
    done(service.judge, Lying(place(shop.red), 4, False, False), work=Work(worker("w"), "test"))
    assert calls == ["BatchGetItem"]
    assert len(aws.rows(Journal)) == before


def test_operators_see_shelves_by_level_and_what_sold_and_say_how_they_are_supplied(front, shop, bus):
    clerk = people.member(front, "operator", fresh=True)
    one = f"/v1/admin/shelves/MAIN/{shop.red}"
    assert front.get(one, token=clerk.token).json["code"] == "SHELF_NOT_FOUND"
    assert front.put(f"{one}/terms", {}, token=clerk.token).json["code"] == "SHELF_NOT_FOUND"
    heard(shop.red)
    sold(shop.red, (0, 4), (1, 2))
    told = front.get(one, token=clerk.token).json
    assert (told["level"], told["available"], told["terms"]["own"], told["cover_days"]) == ("fine", 5, False, None)
    wrong = {"min_reorder": 9, "max_reorder": 8}
    assert front.put(f"{one}/terms", wrong, token=clerk.token).json["code"] == "REORDER_BOUNDS_CROSSED"
    assert front.put(f"{one}/terms", {"min_reorder": 8, "cover_days": 0}, token=clerk.token).status == 204
    told = front.get(one, token=clerk.token).json
    assert (told["level"], told["reorder_point"], told["suggested"], told["terms"]["own"]) == ("low", 8, 3, True)
    assert [one["sku"] for one in front.get("/v1/admin/shelves", token=clerk.token).json["items"]] == [shop.red]
    assert front.get("/v1/admin/shelves?level=out", token=clerk.token).json["items"] == []
    days = front.get(f"{one}/demand?limit=1", token=clerk.token).json
    assert days["items"] == [{"day": "2026-06-01", "pieces": 4, "lost": False}]
    more = front.get(f"{one}/demand?limit=9&cursor={days['next']}", token=clerk.token)
    assert [day["pieces"] for day in more.json["items"]] == [2]
    assert front.delete(f"{one}/terms", token=clerk.token).status == 204
    told = front.get(one, token=clerk.token).json
    assert (told["level"], told["reorder_point"], told["terms"]["own"]) == ("fine", 0, False)
    assert "shelf.terms_changed" in bus.run()


def test_who_may_not_edit_stock_may_not_say_how_it_is_supplied(front, shop):
    heard(shop.red)
    helper = people.member(front, "support", fresh=True)
    assert front.get(f"/v1/admin/shelves/MAIN/{shop.red}", token=helper.token).status == 200
    assert front.put(f"/v1/admin/shelves/MAIN/{shop.red}/terms", {}, token=helper.token).status == 403


def test_safety_stock_is_told_and_withholds_nothing(shop):
    """S002, decided otherwise: below the reorder point somebody orders, and customers may have the last piece."""
    heard(shop.red)
    done(service.supply, place(shop.red), shelves.terms_of(None)._replace(least=4), work=Work(CLERK, "test"))
    sell(shop.red, 5)
    heard(shop.red)
    assert [level for level, *_ in alerts()] == ["out"]


def test_without_stock_nothing_is_sold_ahead(shop):
    """S005 and S032, decided otherwise: no SKU may be sold beyond what there is; its limit of back-ordered pieces is none."""
    sell(shop.red, 5)
    with pytest.raises(CommitRejected) as refused:
        sell(shop.red, 1)
    assert refused.value.only(OutOfStock)
