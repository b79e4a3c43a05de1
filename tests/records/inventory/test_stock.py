"""Stock: held or refused, given back, counted, closed, spread; on hand = available + held at every point."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.inventory import rules, service
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import FIRST, Movement, Stock
from chalicelib.records.inventory.rules import (
    AdjustmentEmpty,
    OutOfStock,
    SaleStopped,
    StaleStock,
    StockNotFound,
    StockTooLow,
)
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.support import aws
from tests.support.doors import done


def closing(stops):
    """The steps that stop these SKUs' sale, or open it."""
    return stock_steps.set_stops(service.bucket_rows(*stops), stops)


def work() -> Work:
    return Work(Caller("A1", "operator"), "test")


def commit(*steps) -> None:
    made = work()
    made.add(*steps)
    made.commit()


def balanced() -> None:
    rows = aws.rows(Stock)
    shelves: dict[str, int] = {}
    for row in rows:
        if row.part.startswith("b"):
            assert int(row.available) >= 0
            shelves[row.place] = shelves.get(row.place, 0) + int(row.available) + int(row.held)
    levels = {row.place: int(row.on_hand) for row in rows if row.part == FIRST}
    assert shelves == levels


@pytest.fixture(autouse=True)
def books_balance(engine):
    yield
    balanced()


def test_what_is_held_is_not_available_and_given_back_it_is():
    commit(*stock_steps.receive("A", 5))
    commit(*stock_steps.hold([("A", 0, 2)]))
    assert service.read_levels(["A"])["A"] == service.StockLevel(3, 2, None, (3,))
    commit(*stock_steps.release([("A", 0, 2)]))
    assert service.read_levels(["A"])["A"] == service.StockLevel(5, 0, None, (5,))


def test_more_than_there_is_is_refused_with_what_is_left():
    commit(*stock_steps.receive("A", 5))
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.hold([("A", 0, 6)]))
    (reason,) = refused.value.reasons
    assert isinstance(reason, OutOfStock)
    assert reason.params == {"sku": "A", "left": 5}
    assert "5" in reason.message("en")


def test_a_closed_sku_is_not_held_and_an_opened_one_is():
    commit(*stock_steps.receive("A", 5, buckets=2))
    commit(*closing({"A": "recall"}))
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.hold([("A", 1, 1)]))
    assert isinstance(refused.value.reasons[0], SaleStopped)
    commit(*closing({"A": None}))
    commit(*stock_steps.hold([("A", 1, 1)]))


def test_receiving_a_sku_twice_counts_once():
    commit(*stock_steps.receive("A", 5))
    with pytest.raises(CommitRejected) as refused:
        commit(*stock_steps.receive("A", 7))
    assert all(isinstance(reason, StaleStock) for reason in refused.value.reasons)
    assert service.on_hand("A") == 5


def test_an_adjustment_changes_level_and_bucket_and_leaves_a_movement():
    commit(*stock_steps.receive("A", 5))
    commit(*stock_steps.hold([("A", 0, 2)]))
    done(service.adjust, "A", -3, "broken", work=work())
    assert service.on_hand("A") == 2
    assert service.read_levels(["A"])["A"].available == 0
    (movement,) = [row for row in aws.rows(Movement) if row.part.startswith("m#")]
    assert (movement.delta, movement.reason, movement.actor) == (-3, "broken", "A1")


def test_an_adjustment_takes_from_and_gives_to_all_buckets():
    commit(*stock_steps.receive("A", 10, buckets=4))
    done(service.adjust, "A", -8, "broken", work=work())
    assert (service.on_hand("A"), service.read_levels(["A"])["A"].available) == (2, 2)
    done(service.adjust, "A", 10, "found", work=work())
    assert (service.on_hand("A"), service.read_levels(["A"])["A"].available) == (12, 12)
    with pytest.raises(StockTooLow) as refused:
        done(service.adjust, "A", -13, "broken", work=work())
    assert refused.value.params == {"sku": "A", "left": 12}


def test_an_adjustment_never_takes_what_is_held():
    commit(*stock_steps.receive("A", 5))
    commit(*stock_steps.hold([("A", 0, 3)]))
    with pytest.raises(StockTooLow) as refused:
        done(service.adjust, "A", -3, "broken", work=work())
    assert refused.value.params == {"sku": "A", "left": 2}
    with pytest.raises(AdjustmentEmpty):
        done(service.adjust, "A", 0, "nothing", work=work())


def test_spreading_moves_what_is_available_and_nothing_else():
    commit(*stock_steps.receive("A", 10))
    commit(*stock_steps.hold([("A", 0, 3)]))
    done(service.spread, "A", 3, work=work())
    assert service.read_levels(["A"])["A"] == service.StockLevel(7, 3, None, (3, 2, 2))
    done(service.spread, "A", 1, work=work())
    assert service.read_levels(["A"])["A"] == service.StockLevel(7, 3, None, (7, 0, 0))


def test_a_spread_beside_a_hold_is_refused():
    commit(*stock_steps.receive("A", 10))
    slow = work()
    rows = service.bucket_rows("A")["A"]
    commit(*stock_steps.hold([("A", 0, 1)]))
    assert int(rows[0].available) == 10
    stale = Stock.available == 10
    slow.add(
        update(Stock, rows[0].place, rows[0].part, actions=[Stock.available.set(5)], when=stale, otherwise=StaleStock())
    )
    with pytest.raises(CommitRejected):
        slow.commit()


def test_an_unknown_sku_has_no_stock():
    with pytest.raises(StockNotFound):
        service.on_hand("X")
    with pytest.raises(StockNotFound):
        closing({"X": "why"})
    assert service.read_levels(["X"])["X"] == service.StockLevel(0, 0, None, ())


def test_quantities_of_one_bucket_are_summed_and_ordered():
    assert rules.merged([("B", 0, 1), ("A", 1, 2), ("B", 0, 3)]) == [("A", 1, 2), ("B", 0, 4)]
    assert rules.spread(7, 3) == [3, 2, 2]
    assert rules.spread(0, 2) == [0, 0]


@pytest.mark.parametrize(
    ("left", "told", "zh", "en"),
    [
        (0, 0, "A 库存不足，剩余 0 件", "A is out of stock: 0 left"),
        (10, 10, "A 库存不足，剩余 10 件", "A is out of stock: 10 left"),
        (11, None, "A 库存不足，没有这么多件", "There are not so many pieces of A"),
        (457, None, "A 库存不足，没有这么多件", "There are not so many pieces of A"),
    ],
)
def test_who_wants_too_many_is_told_what_is_left_only_when_that_is_little(left, told, zh, en):
    refusal = OutOfStock(sku="A", left=left)
    assert refusal.params == {"sku": "A", "left": told}
    assert (refusal.message("zh"), refusal.message("en")) == (zh, en)
    assert str(left) not in str(refusal) or told is not None
