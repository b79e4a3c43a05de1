"""Safety stock that is not sold, to the letter: what is kept back is in no bucket, and comes back to them."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.inventory import service
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.inventory.rules import OutOfStock, StaleStock, StockTooLow, taken_from
from chalicelib.records.inventory.service import StockLevel
from tests.runtime.test_stock_exactly import commit, set_, shelves, work

PLACE = "A@MAIN"


def level():
    return service.read_levels(["A"])["A"]


def keep(pieces, seen=None):
    here = seen or level()
    commit(*stock_steps.keep_back(PLACE, here.buckets, here.kept, pieces))


def have(pieces, buckets=1):
    commit(*stock_steps.receive("A", pieces, buckets=buckets))


def test_what_is_kept_back_is_not_sold_and_the_rest_is(ground):
    """S002: of eight pieces five are kept back, so that three can be had and four cannot."""
    have(8)
    keep(5)
    assert level() == StockLevel(3, 0, None, (3,), 5)
    assert (level().left, level().free, level().on_hand, service.on_hand("A")) == (3, 8, 8, 8)
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.hold([("A", 0, 4)]))
    assert [type(one) for one in refused.value.reasons] == [OutOfStock]
    commit(*stock_steps.hold([("A", 0, 3)]))
    assert level() == StockLevel(0, 3, None, (0,), 5)
    assert level().on_hand == 8


def test_what_is_kept_back_no_more_can_be_had(ground):
    have(8)
    keep(5)
    keep(2)
    assert (level().available, level().kept) == (6, 2)
    keep(0)
    assert level() == StockLevel(8, 0, None, (8,), 0)
    (row,) = [one for one in ground.rows(Stock) if one.part == "b0"]
    assert row.kept is None


def test_what_is_not_there_yet_is_kept_back_as_it_comes(ground):
    have(3)
    keep(5)
    assert (level().available, level().left, level().free, level().on_hand) == (-2, 0, 3, 3)
    service.count("A", 4, 3, "came", made := work(), agreed=False)
    made.commit()
    assert (level().available, level().kept, level().on_hand) == (2, 5, 7)
    keep(0)
    assert level().available == 7


def test_it_is_taken_out_of_the_fullest_buckets_and_comes_back_to_the_first(ground):
    have(7, buckets=2)
    keep(5)
    assert [row[1] for row in shelves(ground)] == [0, 2]
    assert level().available == 2
    keep(1)
    assert [row[1] for row in shelves(ground)] == [4, 2]
    (first, second) = [one for one in ground.rows(Stock) if one.part.startswith("b")]
    assert (first.kept, second.kept) == (1, None)


def test_of_two_who_read_the_same_only_one_keeps_back(ground):
    have(8)
    seen = level()
    keep(5, seen)
    with pytest.raises(CommitRejected) as refused:
        keep(3, seen)
    assert refused.value.only(StaleStock)
    keep(2)
    seen = level()
    keep(4, seen)
    with pytest.raises(CommitRejected):
        keep(6, seen)
    assert (level().available, level().kept) == (4, 4)


def test_who_was_faster_at_a_bucket_is_looked_at_again_and_a_shelf_that_is_not_there_is_refused(ground):
    have(8)
    seen = level()
    commit(*stock_steps.hold([("A", 0, 4)]))
    with pytest.raises(CommitRejected) as refused:
        keep(5, seen)
    assert refused.value.only(StaleStock)
    assert level() == StockLevel(4, 4, None, (4,), 0)
    commit(*stock_steps.release([("A", 0, 4)]))
    commit(*stock_steps.hold([("A", 0, 3)]))
    keep(5, seen)
    assert level() == StockLevel(0, 3, None, (0,), 5)
    with pytest.raises(CommitRejected):
        commit(*stock_steps.keep_back("B@MAIN", (0,), 0, 1))


def test_what_is_broken_is_taken_of_what_can_be_had_first_and_then_of_what_is_kept_back(ground):
    have(8)
    keep(5)
    service.count("A", -2, 8, "broken", made := work(), agreed=False)
    made.commit()
    assert (level().available, level().kept, level().on_hand) == (1, 5, 6)
    service.count("A", -4, 6, "broken", made := work(), agreed=False)
    made.commit()
    assert (level().available, level().kept, level().on_hand, service.on_hand("A")) == (-3, 5, 2, 2)
    service.count("A", -2, 2, "broken", made := work(), agreed=False)
    made.commit()
    assert (level().available, level().on_hand) == (-5, 0)
    with pytest.raises(StockTooLow) as refused:
        service.count("A", -1, 0, "broken", work(), agreed=False)
    assert refused.value.left == 0


def test_a_count_that_was_made_before_more_was_kept_back_is_made_anew(ground):
    have(8)
    service.count("A", -6, 8, "broken", made := work(), agreed=False)
    keep(5)
    with pytest.raises(CommitRejected) as refused:
        made.commit()
    assert refused.value.only(StaleStock)
    assert level().on_hand == 8
    service.count("A", 2, 8, "found", made := work(), agreed=False)
    keep(4)
    with pytest.raises(CommitRejected):
        made.commit()


def test_more_may_be_counted_where_orders_hold_more_than_there_is(ground):
    have(2)
    set_(ground, "b0", available=-3, held=5)
    with pytest.raises(StockTooLow) as refused:
        service.count("A", -1, 2, "broken", work(), agreed=False)
    assert refused.value.left == 0
    service.count("A", 1, 2, "found", made := work(), agreed=False)
    made.commit()
    assert (level().available, level().free, level().on_hand) == (-2, -2, 3)


@pytest.mark.parametrize(
    ("buckets", "change", "parts"),
    [
        ((3, 4), 2, [2, 0]), ((3, 4), -3, [0, -3]), ((3, 4), -6, [-2, -4]), ((3, 4), -9, [-5, -4]), ((0,), -1, [-1]),
        ((4, 4), -5, [-4, -1]), ((-2, 3), -4, [-1, -3]), ((2,), 0, [0]),
    ],
)  # fmt: skip
def test_what_is_taken_is_taken_where_there_is_most_and_what_nobody_has_is_lacking_in_the_first(buckets, change, parts):
    assert taken_from(buckets, change) == parts
