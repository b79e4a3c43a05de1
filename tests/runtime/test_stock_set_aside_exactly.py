"""Stock that a warehouse keeps for our orders, to the letter: what is set aside, what leaves of it, and what its count knew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.inventory import service
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Movement, Stock
from chalicelib.records.inventory.rules import StaleStock, TooFewThere
from chalicelib.records.inventory.steps import CountedShelf

from .test_stock_exactly import NOON, commit, set_, shelves

NEVER = CountedShelf(None, None, whole=True)
LATER = timedelta(milliseconds=1)


def first(ground):
    return next(row for row in ground.rows(Stock) if (row.place, row.part) == ("A@MAIN", "b0"))


def kept(ground):
    """Pieces set aside, and those of them that were so at the latest count."""
    row = first(ground)
    return row.acked, row.acked_before


def stored(ground, seq=None):
    """Five pieces in two buckets, all held and set aside."""
    commit(*stock_steps.receive("A", 5, buckets=2))
    commit(*stock_steps.hold([("A", 0, 3), ("A", 1, 2)]))
    commit(*stock_steps.acknowledge({"A": 5}, NOON))
    if seq is not None:
        set_(ground, "b0", seq=seq)


def moves(ground):
    return [row for row in ground.rows(Movement) if row.part.startswith("m#")]


def test_what_is_set_aside_is_counted_and_when_it_was_asked_for(ground):
    stored(ground)
    assert (kept(ground), first(ground).acked_at) == ((5, None), NOON)
    commit(*stock_steps.unacknowledge({"A": 2, "B": 0}))
    assert kept(ground) == (3, -2)
    assert first(ground).acked_at == NOON


def test_what_left_before_any_count_is_on_hand_no_more(ground):
    stored(ground)
    commit(*stock_steps.ship_from({"A": NEVER}, [("A", 1, 1), ("A", 0, 1), ("A", 0, 1)], NOON, "w1"))
    assert shelves(ground) == [("b0", 0, 1, 2, None), ("b1", 0, 1, 2, None)]
    assert (service.on_hand("A"), first(ground).sent, first(ground).sent_at) == (2, 3, NOON)
    assert (kept(ground), moves(ground)) == ((2, -3), [])


def test_what_a_whole_count_knew_of_stays_as_it_was_counted_and_is_on_record(ground):
    stored(ground, seq=4)
    counted = CountedShelf(4, NOON, whole=True)
    commit(*stock_steps.ship_from({"A": counted}, [("A", 1, 2)], NOON, "w1"))
    assert shelves(ground) == [("b0", 0, 3, 2, None), ("b1", 2, 0, 2, None)]
    assert (service.on_hand("A"), first(ground).sent, kept(ground)) == (5, None, (3, -2))
    (line,) = moves(ground)
    assert (line.part, line.place, line.delta, line.reason) == ("m#w1A", "A@MAIN", 2, "sync")
    assert (line.actor, line.at, line.agreed) == ("warehouse", NOON, None)


@pytest.mark.parametrize(
    ("counted", "at"),
    [
        (CountedShelf(4, NOON, whole=True), NOON + LATER),
        (CountedShelf(4, NOON, whole=False), NOON),
        (CountedShelf(4, None, whole=True), NOON),
    ],
)
def test_a_count_from_before_or_of_what_is_free_knew_of_nothing(ground, counted, at):
    stored(ground, seq=4)
    commit(*stock_steps.ship_from({"A": counted}, [("A", 0, 1)], at, "w1"))
    assert (service.on_hand("A"), first(ground).sent, moves(ground)) == (4, 1, [])
    assert shelves(ground)[0] == ("b0", 0, 2, 2, None)


def test_a_shelf_that_was_counted_meanwhile_is_looked_at_again(ground):
    stored(ground, seq=5)
    for shelf in (NEVER, CountedShelf(4, NOON, whole=True), CountedShelf(4, None, whole=True)):
        with pytest.raises(CommitRejected) as refused:
            commit(*stock_steps.ship_from({"A": shelf}, [("A", 0, 1)], NOON, "w1"))
        assert [type(reason) for reason in refused.value.reasons] == [StaleStock]
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.ship_from({"X": NEVER}, [("X", 0, 1)], NOON, "w1"))
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]
    assert (service.on_hand("A"), kept(ground), moves(ground)) == (5, (5, None), [])


def test_no_more_leaves_than_is_on_hand(ground):
    stored(ground)
    set_(ground, "b0", on_hand=2)
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.ship_from({"A": NEVER}, [("A", 0, 3)], NOON, "w1"))
    (reason,) = refused.value.reasons
    assert isinstance(reason, TooFewThere)
    assert reason.params == {"sku": "A", "there": 2, "wanted": 3}
    commit(*stock_steps.ship_from({"A": NEVER}, [("A", 0, 2)], NOON, "w1"))
    assert service.on_hand("A") == 0


def test_a_bucket_gives_no_more_than_is_available_in_it(ground):
    commit(*stock_steps.receive("A", 5, buckets=2))
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.count("A", {1: -3}, 5))
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]
    commit(*stock_steps.count("A", {1: -2}, 5))
    assert ([row[1] for row in shelves(ground)], service.on_hand("A")) == ([3, 0], 3)
