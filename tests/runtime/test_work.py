"""Work: all or nothing, once, all refusals together."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected, IdempotencyKeyReused
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockChanged
from chalicelib.records.inventory.rules import OutOfStock
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import AlreadyCommitted, Replay, Work, perform
from tests.support import aws

BUYER = Caller("U1", "customer")


def work(key: str | None = None, said: str = "x") -> Work:
    made = Work(BUYER, "test")
    return made.with_key(key, fingerprint=said) if key else made


def stocked(**skus: int) -> None:
    for sku, quantity in skus.items():
        made = work()
        made.add(*stock_steps.receive(sku, quantity))
        made.commit()


def hold(key: str | None, lines: list[tuple[str, int, int]], said: str = "x") -> object:
    made = work(key, said)

    def use_case() -> str:
        made.add(*stock_steps.hold(lines))
        made.publish(StockChanged("A", -1, "test"))
        return made.commit("held")

    return perform(made, use_case)


def test_what_is_done_under_a_key_is_done_once_and_answered_again(engine):
    stocked(A=5)
    assert hold("k", [("A", 0, 2)]) == "held"
    again = hold("k", [("A", 0, 2)])
    assert isinstance(again, Replay)
    assert again.reply == '"held"'
    assert inventory.read_levels(["A"])["A"].available == 3


def test_a_replay_is_answered_also_when_it_would_be_refused_now(engine):
    stocked(A=2)
    hold("k", [("A", 0, 2)])
    assert isinstance(hold("k", [("A", 0, 2)]), Replay)


def test_the_same_key_for_something_else_is_refused(engine):
    stocked(A=5)
    hold("k", [("A", 0, 2)])
    with pytest.raises(IdempotencyKeyReused):
        hold("k", [("A", 0, 1)], said="y")
    assert inventory.read_levels(["A"])["A"].available == 3


def test_all_failed_conditions_come_back_together_and_nothing_is_written(engine):
    stocked(A=1, B=5, C=0)
    with pytest.raises(CommitRejected) as refused:
        hold("k", [("A", 0, 2), ("B", 0, 1), ("C", 0, 1)])
    assert [(type(r), r.params) for r in refused.value.reasons] == [
        (OutOfStock, {"sku": "A", "left": 1}),
        (OutOfStock, {"sku": "C", "left": 0}),
    ]
    assert inventory.read_levels(["B"])["B"].available == 5
    assert aws.rows(Journal) == []


def test_two_steps_on_one_item_are_refused_before_sending(engine):
    made = work()
    made.add(*stock_steps.hold([("A", 0, 1)]), *stock_steps.hold([("A", 0, 1)]))
    with pytest.raises(ValueError, match="two steps on one item"):
        made.commit()


def test_quantities_of_one_sku_on_two_lines_are_summed(engine):
    stocked(A=3)
    with pytest.raises(CommitRejected):
        hold(None, [("A", 0, 2), ("A", 0, 2)])
    hold(None, [("A", 0, 2), ("A", 0, 1)])
    assert inventory.read_levels(["A"])["A"].available == 0


def test_another_caller_may_use_the_same_key(engine):
    stocked(A=5)
    hold("k", [("A", 0, 1)])
    other = Work(Caller("U2", "customer"), "test", key="k")
    other.add(*stock_steps.hold([("A", 0, 1)]))
    other.commit()
    assert inventory.read_levels(["A"])["A"].available == 3


def test_a_commit_of_nothing_writes_nothing(engine):
    assert work().commit("said") == "said"
    assert aws.rows(Journal) == []


def test_done_carries_the_stored_reply(engine):
    work("k").commit({"a": 1})
    with pytest.raises(AlreadyCommitted) as done:
        work("k").commit({"a": 1})
    assert done.value.reply == '{"a":1}'


def test_a_journal_row_of_a_reply_and_one_fact_fits_one_kilobyte(engine):
    stocked(A=5)
    hold("k", [("A", 0, 1)])
    (row,) = [row for row in aws.rows(Journal) if row.reply]
    assert sum(len(str(value)) for value in row.serialize().values()) < 700


def test_everything_under_a_hash_key_is_dropped_and_nothing_else(engine):
    """More than one transaction takes, and than one answer of the database may hold."""
    for owner, rows in (("U1", 161), ("U2", 1)):
        for first in range(0, rows, 80):
            made = work()
            made.add(*(table.insert(Coupon(owner, f"K{n:03d}")) for n in range(first, min(first + 80, rows))))
            made.commit()
    work().drop_all(Coupon, "U1")
    assert [row.customer for row in aws.rows(Coupon)] == ["U2"]
    work().drop_all(Coupon, "U1")
    assert len(aws.rows(Coupon)) == 1
