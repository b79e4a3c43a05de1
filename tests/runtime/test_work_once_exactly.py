"""A work is sent once: by the door that performs its use case, or by a use case that looks at the outcome."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected, NotFound
from chalicelib.records.inventory.rules import OutOfStock, StaleStock
from chalicelib.records.inventory.steps import hold
from chalicelib.records.orders.events import OrderPaid
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Replay, perform

from .test_work_exactly import available, holding, stocked, work


def test_the_door_commits_what_a_use_case_added_with_what_it_answers(ground):
    stocked(ground, "A")
    made = work("k")
    assert perform(made, lambda: (holding(made), "held")[1]) == "held"
    assert (available(ground), made.pending) == (4, False)
    twin = work("k")
    replayed = perform(twin, lambda: (holding(twin), "held anew")[1])
    assert available(ground) == 4
    assert isinstance(replayed, Replay)
    assert replayed.reply == '"held"'


def test_a_use_case_that_adds_nothing_is_not_remembered(ground):
    made = work("k")
    assert perform(made, lambda: "nothing") == "nothing"
    assert ground.calls == []
    assert not made.sent


def test_a_door_sends_nothing_twice_and_nothing_that_was_given_up(ground):
    stocked(ground, "A")
    made = work()
    assert perform(made, lambda: holding(made).commit("mine")) == "mine"
    assert available(ground) == 4
    given_up = holding(work("k"))
    assert perform(given_up, lambda: holding(given_up.retry(), quantity=2).commit("other")) == "other"
    assert available(ground) == 2


def test_what_was_sent_takes_nothing_more(ground):
    stocked(ground, "A")
    made = holding(work())
    made.commit()
    for more in (lambda: made.add(), lambda: made.commit(), lambda: holding(made)):
        with pytest.raises(ValueError, match=r"^a work is sent once: go on with `retry` or `separate`$"):
            more()
    refused = holding(work(), quantity=9)
    with pytest.raises(CommitRejected):
        refused.commit()
    with pytest.raises(ValueError, match="is sent once"):
        refused.commit()


def test_a_reply_is_kept_under_a_key_only(ground):
    stocked(ground, "A")
    for key, kept in ((None, None), ("k", '"said"')):
        made = holding(work(key))
        if key is None:
            made.publish(OrderPaid("O1", "P1"))
        made.commit("said")
        assert {row.id: row.reply for row in ground.rows(Journal)}[made.id] == kept


# ---- again while somebody was faster ---------------------------------------------------------------------------------
def losing(times: int):
    """A use case that is refused so often, and notes which work it was given."""
    seen = []

    def use_case(made):
        seen.append(made)
        made.add(*hold([("A", 0, 9 if len(seen) <= times else 1)]))
        return len(seen)

    return use_case, seen


def test_it_looks_again_with_a_fresh_work_while_it_is_only_raced(ground):
    stocked(ground, "A")
    use_case, seen = losing(2)
    made = work("k")
    assert made.attempts(3, use_case, OutOfStock) == 3
    assert available(ground) == 4
    assert [one is made for one in seen] == [True, False, False]
    assert {one.key for one in seen} == {made.key}
    with pytest.raises(ValueError, match=r"^no attempt at all$"):
        work().attempts(0, use_case, OutOfStock)


def test_the_last_refusal_and_every_other_goes_up(ground):
    stocked(ground, "A")
    use_case, seen = losing(9)
    with pytest.raises(CommitRejected):
        work().attempts(3, use_case, OutOfStock)
    assert len(seen) == 3
    use_case, seen = losing(9)
    with pytest.raises(CommitRejected):
        work().attempts(3, use_case, StaleStock)
    assert len(seen) == 1

    def absent(made):
        raise NotFound()

    with pytest.raises(NotFound):
        work().attempts(3, absent, NotFound)  # it was not refused by a write: looking again shows the same


def test_an_attempt_that_writes_nothing_answers(ground):
    assert work("k").attempts(1, lambda made: "as it is", OutOfStock) == "as it is"
    assert ground.calls == []
