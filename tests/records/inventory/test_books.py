"""What the audit says of stock: on hand is what its ledger says, and nothing is sold that nobody counted."""

from __future__ import annotations

from chalicelib.records.inventory import service
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Movement, Stock
from chalicelib.runtime.table import delete, update
from local import books
from tests.support import aws
from tests.support.doors import done

from .test_stock import commit, work


def found() -> list[str]:
    return [str(one) for one in books.findings(aws.rows)]


def test_a_counted_stock_balances(engine):
    commit(*stock_steps.receive("A", 5, buckets=2))
    done(service.adjust, "A", -3, "broken", work=work())
    assert found() == []


def test_a_movement_that_is_lost_is_found(engine):
    commit(*stock_steps.receive("A", 5))
    made = work()
    done(service.adjust, "A", -3, "broken", work=made)
    commit(delete(Movement, "A@MAIN", f"m#{made.id}"))
    assert found() == ["I3 stock A@MAIN: 2 on hand, but its ledger says 5"]


def test_a_piece_that_is_nowhere_is_found(engine):
    commit(*stock_steps.receive("A", 5))
    commit(update(Stock, "A@MAIN", "b0", actions=[Stock.on_hand.add(-1)]))
    assert found() == [
        "I3 stock A@MAIN: 4 on hand, but 5 available + 0 held",
        "I3 stock A@MAIN: 4 on hand, but its ledger says 5",
    ]


def test_what_is_held_for_nobody_is_found(engine):
    """S006: a reservation whose order is gone."""
    commit(*stock_steps.receive("A", 5))
    commit(*stock_steps.hold([("A", 0, 2)]))
    assert found() == ["I3 stock A@MAIN: 2 held, but open orders hold 0"]
