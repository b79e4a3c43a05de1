"""Work, to the letter: looking back, writing over, and what a door makes of what was said before."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from chalicelib.kernel.errors import (
    CommitRejected,
    Forbidden,
    IdempotencyKeyReused,
    NotFound,
    Overloaded,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from chalicelib.records.inventory.model import Stock
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import update
from chalicelib.runtime.work import AlreadyCommitted, Replay, perform, resume

from .conftest import cancelled, failing, lost_answer
from .test_work_exactly import holding, stocked, work


# ---- looking back ---------------------------------------------------------------------------------------------------
def test_looking_back_reads_the_one_row_in_a_transaction(ground):
    made = work("k", fingerprint="p")
    assert made.raise_if_committed() is None
    assert ground.calls == [
        (
            "TransactGetItems",
            {"TransactItems": [{"Get": {"TableName": "jishi-journal", "Key": {"k": {"S": made.key}}}}]},
        )
    ]
    made.commit("said")
    assert made.raise_if_committed() is None  # it is our own
    with pytest.raises(AlreadyCommitted) as done:
        work("k", fingerprint="p").raise_if_committed()
    assert done.value.reply == '"said"'
    with pytest.raises(IdempotencyKeyReused):
        work("k", fingerprint="q").raise_if_committed()


def test_without_a_key_there_is_nothing_to_look_back_at(ground):
    assert work().raise_if_committed() is None
    assert ground.calls == []


def test_looking_back_waits_for_what_is_being_written(ground):
    work("k").commit("said")
    ground.calls.clear()
    ground.script = [cancelled("TransactionConflict"), failing("ThrottlingException"), lost_answer]
    with pytest.raises(AlreadyCommitted):
        work("k").raise_if_committed()
    assert ground.ops == ["TransactGetItems"] * 4
    assert ground.stage.waited > 0
    ground.script = [cancelled("TransactionConflict")] * 500
    with pytest.raises(Overloaded):
        work("k", seconds=1.0).raise_if_committed()
    begun = ground.stage.waited
    ground.script = [failing("ThrottlingException")] * 500
    with pytest.raises(Overloaded):
        work("k", seconds=1.0).raise_if_committed()
    assert ground.stage.waited - begun <= 2.0
    for trouble in (cancelled("None"), cancelled("ValidationError"), failing("AccessDeniedException")):
        ground.script = [trouble]
        with pytest.raises(ClientError):
            work("k").raise_if_committed()


# ---- writing over ---------------------------------------------------------------------------------------------------
def test_a_plain_set_goes_as_one_write_and_answers_the_new_item(ground):
    stocked(ground, "A")
    step = update(Stock, "A@MAIN", "b0", actions=[Stock.held.set(3)], when=Stock.available == 5, otherwise=StaleStock())
    row = work().write_now(step)
    assert (row.held, row.available, row.place) == (3, 5, "A@MAIN")
    ((op, body),) = ground.calls
    assert op == "UpdateItem"
    assert (body["ReturnValues"], body["ReturnValuesOnConditionCheckFailure"]) == ("ALL_NEW", "ALL_OLD")
    assert body["ConditionExpression"] == step.request["ConditionExpression"]


def test_a_plain_set_that_is_refused_is_handed_the_item_as_it_stood(ground):
    stocked(ground, "A")
    seen = []
    step = update(
        Stock,
        "A@MAIN",
        "b0",
        actions=[Stock.held.set(3)],
        when=Stock.available == 9,
        otherwise=lambda old: (seen.append(old), StaleStock())[1],
    )
    with pytest.raises(CommitRejected) as refused:
        work().write_now(step)
    assert [type(reason) for reason in refused.value.reasons] == [StaleStock]
    assert [old.available for old in seen] == [5]


def test_a_plain_set_waits_out_what_passes_and_raises_what_does_not(ground):
    stocked(ground, "A")
    step = update(Stock, "A@MAIN", "b0", actions=[Stock.held.set(3)])
    ground.script = [failing("TransactionConflictException"), lost_answer]
    assert work().write_now(step).held == 3
    assert ground.ops == ["UpdateItem"] * 3
    ground.script = [failing("ValidationException")]
    with pytest.raises(ClientError):
        work().write_now(step)
    ground.script = [failing("ThrottlingException")] * 500
    begun = ground.stage.waited
    with pytest.raises(Overloaded):
        work(seconds=1.0).write_now(step)
    assert ground.stage.waited - begun <= 2.0


# ---- performing -----------------------------------------------------------------------------------------------------
def test_what_was_said_before_is_answered_again_whatever_would_be_said_now(ground):
    work("k").commit("said")
    ground.calls.clear()

    def refusing(reason):
        raise reason

    for reason in (CommitRejected([StaleStock()]), NotFound(), TooMany()):
        answer = perform(work("k"), refusing, reason)
        assert isinstance(answer, Replay)
        assert answer.reply == '"said"'
    assert ground.ops == ["TransactGetItems"] * 3
    with pytest.raises(NotFound):
        perform(work("other"), refusing, NotFound())


@pytest.mark.parametrize("kind", [Unauthenticated, Forbidden, Unavailable, IdempotencyKeyReused, Overloaded])
def test_some_refusals_never_look_back(ground, kind):
    work("k").commit("said")
    ground.calls.clear()

    def refusing():
        raise kind()

    with pytest.raises(kind):
        perform(work("k"), refusing)
    assert ground.calls == []


def test_a_use_case_is_given_its_words_and_answers_itself(ground):
    assert perform(work(), lambda a, *, b: (a, b), 1, b=2) == (1, 2)
    done = perform(work(), lambda: (_ for _ in ()).throw(AlreadyCommitted('"x"')))
    assert isinstance(done, Replay)
    assert (done.reply, done.view) == ('"x"', None)


def test_what_was_done_before_may_be_shown_as_it_stands_now(ground):
    shown = {"n": 1}
    done = perform(work(), lambda: (_ for _ in ()).throw(AlreadyCommitted(view=shown)))
    assert isinstance(done, Replay)
    assert done.view is shown
    assert done.reply == '{"n":1}'


# ---- going on after a first part ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "reason", [CommitRejected([StaleStock()]), NotFound(), Forbidden(), Unauthenticated(), Unavailable()]
)
def test_a_first_part_that_was_committed_stands_whatever_it_would_be_refused_with_now(ground, reason):
    work("k").commit("said")

    def refusing():
        raise reason

    answer = resume(work("k"), refusing)
    assert isinstance(answer, Replay)
    assert answer.reply == '"said"'


def test_a_first_part_is_given_its_words_and_answers_itself(ground):
    assert resume(work(), lambda a, b: (a, b), 1, 2) == (1, 2)
    again = resume(work(), lambda: (_ for _ in ()).throw(AlreadyCommitted('"x"')))
    assert isinstance(again, Replay)
    assert again.reply == '"x"'


def test_a_first_part_that_never_was_is_refused_and_not_looked_for_twice(ground):
    def refusing():
        raise NotFound()

    made = work("k")
    with pytest.raises(NotFound):
        perform(made, resume, made, refusing)
    assert ground.ops == ["TransactGetItems"]


def test_another_request_under_a_key_is_no_first_part_of_this_one(ground):
    work("k", fingerprint="p").commit("said")
    ground.calls.clear()

    def refusing():
        raise IdempotencyKeyReused()

    with pytest.raises(IdempotencyKeyReused):
        resume(work("k", fingerprint="p"), refusing)
    assert ground.calls == []


def test_a_cancellation_that_names_no_reasons_is_never_taken_for_a_commit(ground):
    for reasons in ({}, {"CancellationReasons": []}):
        ground.script = [failing("TransactionCanceledException", **reasons)]
        with pytest.raises(ClientError):
            holding(work("k")).commit("held")
    assert ground.raw(Journal) == []
