"""What is sold beyond what lies there, to the letter: who is told so, up to how many, and what is shown of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.quote import Ahead, Bill
from chalicelib.records.inventory import service
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.inventory.rules import (
    BackorderPostponed,
    BackordersInOneBucket,
    BackordersUndated,
    OutOfStock,
    StaleStock,
    StockTooLow,
)
from chalicelib.records.inventory.service import StockLevel
from chalicelib.runtime import world
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import update
from tests.runtime.test_stock_exactly import commit, work

DAY = timedelta(days=1)
NOW_AHEAD = Ahead("A", 0, 2)


def level():
    return service.read_levels(["A"])["A"]


def later(days=20):
    return (world.now() + days * DAY).replace(microsecond=0)


def allow(pieces, due_at=None, when=later):
    made = work()
    service.sell_beyond("A", pieces, due_at if due_at or not pieces else when(), made)
    made.commit()


def have(pieces, buckets=1):
    commit(*stock_steps.receive("A", pieces, buckets=buckets))


def hold(pieces, *ahead):
    commit(*stock_steps.hold([("A", 0, pieces)], ahead))


def refused(act, *args):
    with pytest.raises(CommitRejected) as found:
        act(*args)
    (reason,) = found.value.reasons
    return reason


def test_a_piece_that_is_not_there_is_had_by_who_is_told_and_by_nobody_else(ground):
    """S005: on hand 0 and two may be sold beyond it; on hand itself never falls, and what is sold so is counted apart."""
    have(0)
    allow(2)
    assert (level().available, level().there, level().here, level().left, level().on_hand) == (2, 0, 0, 2, 0)
    wait = Ahead("A", millis(later()))
    for ahead in ((), (NOW_AHEAD,), (Ahead("B", millis(later())),)):
        reason = refused(hold, 1, *ahead)
        assert (type(reason), reason.left) == (OutOfStock, 0)
    hold(1, wait)
    assert (level().there, level().held, level().free, level().on_hand, service.on_hand("A")) == (-1, 1, -1, 0, 0)
    reason = refused(hold, 2, wait)
    assert (type(reason), reason.left) == (OutOfStock, 1)
    hold(1, wait)
    assert refused(hold, 1, wait).left == 0
    commit(*stock_steps.release([("A", 0, 1)]))
    assert (level().available, level().held) == (1, 1)


def test_who_is_told_that_it_lies_there_has_of_what_does_and_spares_what_is_promised(ground):
    have(3)
    allow(2)
    assert refused(hold, 4, NOW_AHEAD).left == 3
    hold(3, NOW_AHEAD)
    assert (level().available, level().there) == (2, 0)
    assert refused(hold, 1, Ahead("A", 0, 1)).left == 0  # it was another number when that was said
    assert refused(hold, 1, NOW_AHEAD).left == 0


def test_what_may_be_sold_so_changes_with_its_number_and_what_was_sold_stays_sold(ground):
    have(1)
    allow(3)
    hold(3, Ahead("A", millis(later())))
    allow(1)
    assert (level().available, level().beyond, level().there, level().free, level().on_hand) == (-1, 1, -2, -2, 1)
    allow(4, later(30))
    assert (level().available, level().due_at) == (2, later(30))
    allow(4, later(40))
    assert (level().available, level().due_at) == (2, later(40))
    allow(0)
    (row,) = ground.rows(Stock)[:1]
    assert (level().available, level().beyond, row.beyond, row.due_at) == (-2, 0, None, None)
    allow(0, later())
    assert ground.rows(Stock)[0].due_at is None, "of none there is no day"


def test_of_two_who_read_the_same_only_one_says_how_many(ground):
    have(1)
    first = service.bucket_rows("A")["A"][0]
    commit(stock_steps.sell_beyond(first, 2, later()))
    assert isinstance(refused(commit, stock_steps.sell_beyond(first, 2, later())), StaleStock)
    first = service.bucket_rows("A")["A"][0]
    commit(stock_steps.sell_beyond(first, 3, later()))
    assert isinstance(refused(commit, stock_steps.sell_beyond(first, 4, later())), StaleStock)
    assert (level().available, level().beyond) == (4, 3)


def test_it_wants_one_bucket_and_a_day_to_come(ground):
    have(4, buckets=2)
    made = work()
    with pytest.raises(BackordersInOneBucket):
        service.sell_beyond("A", 1, later(), made)
    service.sell_beyond("A", 0, None, made)  # that none are sold so may always be said
    commit(*stock_steps.receive("B", 4))
    for due_at in (None, world.now()):
        with pytest.raises(BackordersUndated):
            service.sell_beyond("B", 1, due_at, made)
    service.sell_beyond("B", 1, world.now() + timedelta(seconds=1), made)
    made.commit()
    with pytest.raises(BackordersInOneBucket):
        service.spread("B", 2, work())
    service.spread("B", 1, made := work())
    made.commit()


def test_it_is_told_with_its_number_and_until_when(ground):
    have(1)
    allow(2)
    allow(0)
    told = [fact[3] for row in ground.rows(Journal) if row.facts for fact in json.loads(row.facts)]
    wanted = [{"sku": "A", "pieces": 2, "until": millis(later())}, {"sku": "A", "pieces": 0, "until": 0}]
    assert [one for one in told if "until" in one] == wanted


def test_after_its_day_no_more_is_sold_so(ground):
    have(1)
    allow(2, later(1))
    assert (level().left, level().due_at) == (3, later(1))
    commit(update(Stock, "A@MAIN", "b0", actions=[Stock.due_at.set(world.now().replace(microsecond=0))]))
    assert (level().left, level().available, level().due_at) == (1, 3, None)
    assert service.sold_ahead({"A": 2}, {"A": level()}) == (Ahead("A", 0, 2),)
    with pytest.raises(CommitRejected):
        service.allocate([("A", 2)], {"A": level()}, "O1")
    assert service.allocate([("A", 2)], {"A": level()}, "O1", {"A"}) == {"A": [(0, 2)]}  # it was promised before


def test_what_is_said_follows_from_whether_all_of_it_lies_there(ground):
    due = later()
    one = StockLevel(5, 0, None, (5,), 0, 2, due)
    for pieces, said in ((3, (Ahead("A", 0, 2),)), (4, (Ahead("A", millis(due)),))):
        assert service.sold_ahead({"A": pieces}, {"A": one}) == said
    assert service.sold_ahead({"A": 1}, {"A": StockLevel(5, 0, None, (5,))}) == ()


def test_as_many_are_given_as_was_said(ground):
    due = later()
    levels = {"A": StockLevel(5, 0, None, (5,), 0, 2, due)}
    for waits, most in ((None, 5), ({"A"}, 5), (set(), 3)):
        assert service.allocate([("A", most)], levels, "O1", waits) == {"A": [(0, most)]}
        with pytest.raises(CommitRejected) as found:
            service.allocate([("A", most + 1)], levels, "O1", waits)
        assert found.value.reasons[0].left == most
    low = {"A": StockLevel(-1, 0, None, (-1,), 0, 2, due)}
    with pytest.raises(CommitRejected) as found:
        service.allocate([("A", 1)], low, "O1", {"A"})
    assert found.value.reasons[0].left == 0


@pytest.mark.parametrize(
    ("available", "beyond", "due", "stop", "on", "word"),
    [
        (2, 2, True, None, True, "backorder"), (3, 2, True, None, True, "low"), (13, 2, True, None, True, "in_stock"),
        (0, 2, True, None, True, "sold_out"), (2, 2, False, None, True, "sold_out"), (2, 2, True, "recall", True, "off"),
        (2, 2, True, None, False, "off"), (0, 0, False, None, True, "sold_out"), (1, 0, False, None, True, "low"),
    ],
)  # fmt: skip
def test_a_shopper_is_told_that_it_comes_later_only_where_none_is_there_and_more_may_be_had(
    ground, available, beyond, due, stop, on, word
):
    one = StockLevel(available, 0, stop, (available,), 0, beyond, later() if due else None)
    assert one.word(on=on) == word


def test_what_is_counted_away_is_never_more_than_no_order_holds(ground):
    have(2)
    allow(3)
    hold(4, Ahead("A", millis(later())))
    with pytest.raises(StockTooLow) as found:
        service.count("A", -1, 2, "broken", work(), agreed=False)
    assert found.value.left == 0
    service.count("A", 5, 2, "came", made := work(), agreed=False)
    made.commit()
    assert (level().there, level().on_hand) == (3, 7)
    service.count("A", -3, 7, "broken", made := work(), agreed=False)
    made.commit()
    assert (level().there, level().available, level().on_hand) == (0, 3, 4)


def test_who_spreads_stock_does_not_write_over_what_may_be_sold_since(ground):
    have(5)
    (seen,) = service.bucket_rows("A")["A"]
    allow(5)
    hold(5, Ahead("A", 0, 5))
    assert service.bucket_rows("A")["A"][0].available == seen.available, "as many as before, of which none lies there"
    assert isinstance(refused(commit, stock_steps.refill(seen, 3, 2, None)), StaleStock)
    (seen,) = service.bucket_rows("A")["A"]
    commit(stock_steps.refill(seen, 5, 1, None))


# ---- and a shelf elsewhere ------------------------------------------------------------------------------------------
def first():
    return service.bucket_rows("A")["A"][0]


def test_a_shelf_elsewhere_is_noted_where_the_sale_is_as_it_was_read(ground):
    have(5)
    seen = first()
    commit(stock_steps.open_elsewhere(seen, "SH"))
    assert first().elsewhere == {"SH"}
    commit(update(Stock, "A@MAIN", seen.part, actions=[Stock.closed.set("recall")]))
    assert isinstance(refused(commit, stock_steps.open_elsewhere(seen, "BJ")), StaleStock)
    commit(stock_steps.open_elsewhere(first(), "BJ"))
    assert first().elsewhere == {"SH", "BJ"}


def test_a_day_that_was_told_is_kept_to_the_millisecond_or_it_is_said_that_it_moved(ground):
    have(0)
    allow(2, later(20))
    told = millis(later(20))
    reason = refused(hold, 1, Ahead("A", told - 1))
    assert (type(reason), reason.sku) == (BackorderPostponed, "A")
    hold(1, Ahead("A", told))
    hold(1, Ahead("A", told + 1))
    assert type(refused(hold, 1, Ahead("A", told - 1))) is OutOfStock, "there is none at all"
    allow(0)
    assert type(refused(hold, 1, Ahead("A", told))) is OutOfStock


def test_the_line_of_who_waits_counts_their_pieces_and_nobody_elses(ground):
    bill = Bill(ahead=(Ahead("A", 1), Ahead("B", 1), Ahead("C", 0, 2)))
    parts = [("A", 0, 2), ("A", 1, 1), ("A@SH", 0, 5), ("B", 0, 4), ("C", 0, 7), ("D", 0, 9)]
    commit(*stock_steps.wait("O2", bill, parts), *stock_steps.wait("O1", bill, [("A", 0, 1), ("B", 0, 0)]))
    assert service.waiting("A") == [("O1", 1), ("O2", 3)]
    assert (service.waiting("B"), service.waiting("C"), service.waiting("A@SH")) == ([("O2", 4)], [], [])
    commit(*stock_steps.wait("O2", bill, [("A", 0, 2)]))
    assert service.waiting("A") == [("O1", 1), ("O2", 5)]
    held = [("A", 0, 5), ("B", 0, 4), ("C", 0, 7)]
    commit(*stock_steps.wait_less("O2", bill, [("A", 0, 4), ("B", 0, 4), ("C", 0, 7)], held))
    assert (service.waiting("A"), service.waiting("B")) == ([("O1", 1), ("O2", 1)], [])
    assert stock_steps.wait_less("O2", bill, [("A", 0, 0), ("C", 0, 1)], held) == []
    commit(*stock_steps.wait_less("O1", bill, [("A", 0, 1)], [("A", 0, 1)]))
    assert service.waiting("A") == [("O2", 1)]
