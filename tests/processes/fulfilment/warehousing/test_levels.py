"""What the warehouse counts, and what it cannot know of yet. S022, S023: open reservations are still subtracted."""

from __future__ import annotations

from datetime import timedelta

import pytest


def counted(house, pieces, *, n=0, others=0):
    house.jst.count(house.yard.counter.skus[n], pieces, house.yard.counter.clock.now(), others)
    house.round()
    house.yard.counter.clock.advance(timedelta(minutes=1))


def test_S022_a_count_of_all_that_lies_there_leaves_out_what_orders_hold(house):
    counted(house, 5)
    order = house.paid((0, 2))
    counted(house, 5)
    assert house.yard.shelf() == (5, 3, 2)
    house.sent(order)
    assert house.yard.shelf() == (3, 3, 0)


def test_S023_what_was_received_is_had_less_what_is_held(house):
    counted(house, 5)
    house.paid((0, 4))
    counted(house, 80)
    assert house.yard.shelf() == (80, 76, 4)


def test_a_count_without_what_is_set_aside_takes_off_what_is_not_acknowledged_only(house):
    house.agree("free")
    counted(house, 5)
    acknowledged = house.paid((0, 1))
    house.yard.counter.clock.advance(timedelta(seconds=30))
    house.jst.faults = ["500"] * 3
    house.yard.paid((0, 2))
    house.run()
    counted(house, 5)  # of which one is set aside for us; of two more it was not told
    assert house.yard.shelf() == (5, 2, 3)
    assert house.jst.shelves[house.yard.counter.skus[0]]["ours"] == 1
    house.sent(acknowledged)
    house.round()
    assert house.yard.shelf() == (4, 2, 2)


def test_what_is_set_aside_for_others_is_not_ours_to_sell(house):
    house.agree("free")
    counted(house, 9, others=4)
    house.paid((0, 2))
    counted(house, 9, others=4)
    assert house.yard.shelf() == (5, 3, 2)
    counted(house, 9, others=1)
    assert house.yard.shelf() == (8, 6, 2)


def test_an_acknowledgement_that_is_later_than_a_count_is_not_in_it(house):
    house.agree("free")
    counted(house, 5)
    sku = house.yard.counter.skus[0]
    before = dict(house.jst.shelves[sku])
    house.paid((0, 2))
    house.jst.shelves[sku] = before | {"ts": house.jst.next_version()}  # as of before it was told, and told late
    house.round()
    assert house.yard.shelf() == (5, 3, 2)


@pytest.mark.parametrize("fault", ["lost_before", "500", "garbled", "429"])
def test_trouble_on_the_way_changes_nothing_and_the_next_round_is_whole(house, fault):
    house.jst.faults = ["", fault]
    counted(house, 4)
    assert house.yard.shelf() == (5, 5, 0)
    house.round()
    assert house.yard.shelf() == (4, 4, 0)


def test_levels_in_pages_are_all_heard_and_a_sku_that_nobody_has_is_left_alone(house):
    house.jst.page = 1
    for n in (0, 1):
        house.jst.count(house.yard.counter.skus[n], 3, house.yard.counter.clock.now())
    house.jst.count("NOBODY-S", 7, house.yard.counter.clock.now())
    house.round()
    assert (house.yard.shelf(0), house.yard.shelf(1)) == ((3, 3, 0), (3, 3, 0))


@pytest.mark.parametrize("counts", ["physical", "free"])
def test_a_count_that_knows_of_a_parcel_before_we_do_ends_as_one_that_comes_after_it(house, counts):
    house.agree(counts)
    counted(house, 5)
    order = house.paid((0, 2))
    counted(house, 5)
    row = house.jst.send(order)
    house.jst.parcels_sent.clear()
    house.round()  # the levels are told first
    house.yard.counter.clock.advance(timedelta(minutes=2))
    house.jst.parcels_sent.append(row)
    house.round()
    assert (house.yard.state(order), house.yard.shelf()) == ("shipped", (3, 3, 0))


def test_what_is_kept_back_is_never_had_twice_whenever_the_warehouse_lets_go_of_it(house):
    house.agree("free")
    counted(house, 5)
    order = house.paid((0, 2))
    counted(house, 5)
    house.jst.undecided = True
    refund = house.ask_back(order)
    house.agree_to(refund)
    house.run()
    house.yard.counter.clock.advance(timedelta(seconds=20))
    house.jst.decide(refund)
    house.round()
    assert house.yard.shelf() == (5, 3, 2)
    house.yard.counter.later(minutes=3)
    assert (house.refund(refund), house.yard.shelf()) == ("succeeded", (5, 5, 0))
