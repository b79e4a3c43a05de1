"""Work, to the letter: what is sent, what each answer of DynamoDB means, and what is remembered."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from pydantic import BaseModel

from chalicelib.kernel.errors import (
    CommitRejected,
    IdempotencyKeyReused,
    Overloaded,
    ResourceNotFound,
)
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockChanged, StockOpened
from chalicelib.records.inventory.model import Stock
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped, StaleStock
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal, digest, lifetime
from chalicelib.runtime.table import check, insert, update
from chalicelib.runtime.work import HTTP_SECONDS, AlreadyCommitted, Work, transact, written

from .conftest import cancelled, failing, lost_answer, lost_request

BUYER = Caller("U1", "customer")


def work(key=None, **more) -> Work:
    return Work(BUYER, "test", key=key, **more)


def stocked(ground, *skus, pieces=5):
    made = work()
    for sku in skus:
        made.add(*stock_steps.receive(sku, pieces))
    made.commit()
    ground.calls.clear()


def holding(made: Work, sku="A", quantity=1) -> Work:
    made.add(*stock_steps.hold([(sku, 0, quantity)]))
    return made


def available(ground, sku="A") -> int:
    return next(int(r.available) for r in ground.rows(Stock) if r.place.startswith(f"{sku}@") and r.part == "b0")


# ---- in the making --------------------------------------------------------------------------------------------------
def test_a_work_knows_who_asked_what_when_and_how_long_it_may_take(ground):
    made = Work(BUYER, "POST /x", key="k", fingerprint="p", seconds=3.0, consumer=True)
    assert (made.caller, made.scope, made.now) == (BUYER, "POST /x", ground.stage.at)
    assert (made.fingerprint, made.deadline.seconds, made.consumer) == ("p", 3.0, True)
    assert made.key == digest("POST /x", "U1", "k")
    assert made.id.startswith("J")
    assert len(made.id) == 27
    plain = Work(BUYER, "POST /x")
    assert (plain.key, plain.fingerprint, plain.consumer) == (None, None, False)
    assert plain.deadline.seconds == HTTP_SECONDS == 8.0
    assert plain.id != made.id
    assert plain.new_id("O")[0] == "O"


def test_a_work_apart_is_the_same_caller_s_without_the_key(ground):
    made = Work(BUYER, "POST /x", key="k", fingerprint="p", seconds=3.0, consumer=True)
    apart = made.separate()
    assert (apart.caller, apart.scope, apart.deadline.seconds) == (BUYER, "POST /x", 3.0)
    assert (apart.key, apart.fingerprint, apart.consumer) == (None, None, False)
    assert apart.id != made.id


def test_a_key_is_the_caller_s_and_the_route_s_and_may_say_what_was_asked(ground):
    made = work(fingerprint="p")
    assert made.with_key("k") is made
    assert (made.key, made.fingerprint) == (digest("test", "U1", "k"), "p")
    assert made.with_key("k", fingerprint="q").fingerprint == "q"
    assert made.with_key("k", fingerprint=7).fingerprint == "7"
    assert made.with_key("k", fingerprint="").fingerprint == ""


def test_another_try_is_the_same_work_without_its_steps(ground):
    first = holding(work("k", fingerprint="p", seconds=3.0, consumer=True))
    first.publish(StockOpened("A"))
    first.deadline.wait()
    again = first.retry()
    assert (again.caller, again.scope, again.key, again.fingerprint, again.now) == (
        BUYER,
        "test",
        first.key,
        "p",
        first.now,
    )
    assert again.consumer is True
    assert again.deadline is first.deadline
    assert again.id != first.id
    again.key = None
    assert again.commit("nothing") == "nothing"
    assert ground.calls == []


def test_time_and_patience_go_on_from_one_try_to_the_next(ground):
    first = work("k")
    ground.stage.advance(minutes=1)
    assert first.retry().now == first.now != ground.stage.at


# ---- what is sent ---------------------------------------------------------------------------------------------------
def test_steps_reply_and_facts_are_one_transaction_under_the_work_s_own_token(ground):
    stocked(ground, "A")
    made = holding(work("k", fingerprint="p", consumer=True))
    made.publish(StockChanged("A", -1, "sold"))
    made.publish(StockOpened("A"), at=ground.stage.at)
    assert made.commit({"é": [1, 2]}) == {"é": [1, 2]}
    assert ground.ops == ["TransactWriteItems"]
    (body,) = ground.bodies("TransactWriteItems")
    assert body["ClientRequestToken"] == made.id
    assert [next(iter(item)) for item in body["TransactItems"]] == ["Update", "Put"]
    row = body["TransactItems"][1]["Put"]
    assert row["TableName"] == "jishi-journal"
    assert row["ConditionExpression"].startswith("attribute_not_exists")
    assert row["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
    at = int(ground.stage.at.timestamp() * 1000)
    assert row["Item"] == {
        "k": {"S": made.key},
        "i": {"S": made.id},
        "p": {"S": "p"},
        "r": {"S": '{"é":[1,2]}'},
        "a": {"S": "U1"},
        "t": {"N": str(at)},
        "x": {"N": str(lifetime(ground.stage.at, consumer=True))},
        "f": {
            "S": json.dumps(
                [
                    ["stock.changed", 1, "inventory", {"sku": "A", "delta": -1, "reason": "sold"}, None],
                    ["stock.opened", 1, "inventory", {"sku": "A"}, at],
                ],
                separators=(",", ":"),
            )
        },
    }


def test_a_fingerprint_is_kept_only_where_a_key_may_come_again(ground):
    made = work(fingerprint="p")
    made.publish(StockOpened("A"))
    made.commit()
    (body,) = ground.bodies("TransactWriteItems")
    assert "p" not in body["TransactItems"][0]["Put"]["Item"]


def test_a_fact_without_a_key_has_a_row_of_its_own_and_a_publisher_s_lifetime(ground):
    made = work()
    made.publish(StockOpened("A"))
    assert made.commit() is None
    (row,) = ground.raw(Journal)
    assert row["k"] == {"S": f".{made.id}"}
    assert row["x"] == {"N": str(lifetime(ground.stage.at, consumer=False))}
    assert set(row) == {"k", "i", "a", "t", "x", "f"}


def test_a_key_alone_leaves_a_row_without_facts_and_steps_alone_leave_none(ground):
    stocked(ground, "A")
    before = len(ground.raw(Journal))
    holding(work()).commit()
    assert len(ground.raw(Journal)) == before
    work("k").commit()
    (row,) = [row for row in ground.raw(Journal) if row["k"] == {"S": digest("test", "U1", "k")}]
    assert set(row) == {"k", "i", "a", "t", "x"}


def test_nothing_to_do_is_said_without_a_call(ground):
    assert work().commit("said") == "said"
    assert ground.calls == []


def test_a_hundred_steps_pass_and_more_are_refused_before_sending(ground):
    def full(count):
        made = work("k")
        made.add(*(insert(Stock(f"S{n}", "b0", available=1)) for n in range(count)))
        return made

    full(99).commit()
    assert len(ground.bodies("TransactWriteItems")[0]["TransactItems"]) == 100
    with pytest.raises(ValueError, match=r"^101 steps: a transaction takes 100$"):
        full(100).commit()
    assert len(ground.calls) == 1


def test_two_steps_on_one_item_are_refused_by_their_names(ground):
    made = work()
    made.add(insert(Stock("S1", "b0")), update(Stock, "S1", "b0", actions=[Stock.held.set(1)]))
    with pytest.raises(ValueError, match="two steps on one item") as refused:
        made.commit()
    assert str(refused.value) == f"two steps on one item: Put and Update of {made._steps[0].target}"
    assert ground.calls == []


def test_a_row_of_forty_eight_kilobytes_is_the_largest(ground):
    work("a").commit("x" * (48 * 1024 - 2))
    with pytest.raises(ValueError, match=r"^a reply and its facts must stay below 48 KB: they hold ids, not contents$"):
        work("b").commit("x" * (48 * 1024 - 1))
    made = work("c")
    made.publish(StockChanged("A", 1, "r" * (48 * 1024)))
    with pytest.raises(ValueError, match="48 KB"):
        made.commit()
    made = work("d")
    made.publish(StockChanged("A", 1, "r" * (30 * 1024)))
    with pytest.raises(ValueError, match="48 KB"):
        made.commit("x" * (20 * 1024))
    assert len(ground.raw(Journal)) == 1


class Answer(BaseModel):
    name: str
    more: int | None = None


def test_replies_are_written_as_compact_json():
    assert written(None) is None
    assert written(Answer(name="集")) == '{"name":"集","more":null}'
    assert written({"a": "集", "b": [1, 2]}) == '{"a":"集","b":[1,2]}'
    assert written("") == '""'


# ---- what the answers mean ------------------------------------------------------------------------------------------
def test_all_refusals_come_back_in_the_order_of_their_steps(ground):
    stocked(ground, "A", "B", "C", "D", pieces=1)
    stopping = work()
    stopping.add(*stock_steps.set_stops(inventory.bucket_rows("C"), {"C": "recall"}))
    stopping.commit()
    ground.calls.clear()
    made = work("k")
    for sku, quantity in (("A", 2), ("B", 1), ("C", 1)):
        holding(made, sku, quantity)
    made.add(insert(Stock("D@MAIN", "b0"), StaleStock()))
    with pytest.raises(CommitRejected) as refused:
        made.commit("x")
    assert [(type(r), r.params) for r in refused.value.reasons] == [
        (OutOfStock, {"sku": "A", "left": 1}),
        (SaleStopped, {"sku": "C"}),
        (StaleStock, {}),
    ]
    assert ground.ops == ["TransactWriteItems"]
    assert available(ground, "B") == 1


def test_a_refusal_of_what_is_not_there_is_handed_nothing(ground):
    seen = []
    made = work()
    made.add(
        check(
            Stock, "X", "b0", when=Stock.held.exists(), otherwise=lambda old: (seen.append(old), ResourceNotFound())[1]
        )
    )
    with pytest.raises(CommitRejected):
        made.commit()
    assert seen == [None]


def test_a_condition_that_nobody_explained_is_an_error_of_ours(ground):
    made = work()
    made.add(check(Stock, "X", "b0", when=Stock.held.exists()))
    with pytest.raises(ValueError, match="nobody said what that means") as wrong:
        made.commit()
    assert str(wrong.value) == (
        f"ConditionCheck of {made._steps[0].target} failed its condition, and nobody said what that means"
    )


def test_the_same_key_says_the_same_again_and_another_s_print_is_refused(ground):
    stocked(ground, "A")
    holding(work("k", fingerprint="p")).commit({"a": 1})
    with pytest.raises(AlreadyCommitted) as done:
        holding(work("k", fingerprint="p")).commit({"a": 2})
    assert done.value.reply == '{"a":1}'
    assert str(done.value) == "done before"
    with pytest.raises(IdempotencyKeyReused):
        holding(work("k", fingerprint="q")).commit({"a": 1})
    with pytest.raises(IdempotencyKeyReused):
        holding(work("k")).commit({"a": 1})
    assert available(ground) == 4


def test_the_same_key_is_known_among_many_steps_too(ground):
    stocked(ground, "A", "B", "C")

    def many():
        made = work("k")
        for sku in "ABC":
            holding(made, sku)
        return made

    many().commit("held")
    with pytest.raises(AlreadyCommitted):
        many().commit("held")
    with pytest.raises(AlreadyCommitted):
        work("k").commit("held")


def test_a_reason_without_a_code_is_none(ground):
    stocked(ground, "A")
    ground.script = [
        failing("TransactionCanceledException", CancellationReasons=[{"Code": "ConditionalCheckFailed"}, {}]),
        failing("TransactionCanceledException", CancellationReasons=[{}, {"Code": "ConditionalCheckFailed"}]),
    ]
    for sku in ("A", "B"):
        made = holding(holding(work()), "B")
        with pytest.raises(CommitRejected) as refused:
            made.commit()
        assert [reason.params["sku"] for reason in refused.value.reasons] == [sku]


def test_being_said_before_goes_before_every_refusal(ground):
    stocked(ground, "A", pieces=1)
    holding(work("k")).commit("held")
    with pytest.raises(AlreadyCommitted) as done:
        holding(work("k")).commit("held")
    assert done.value.reply == '"held"'


def test_a_lost_answer_is_asked_for_again_under_the_same_token(ground):
    stocked(ground, "A")
    ground.script = [lost_answer]
    made = holding(work("k"))
    assert made.commit("held") == "held"
    tokens = [body["ClientRequestToken"] for body in ground.bodies("TransactWriteItems")]
    assert tokens == [made.id, made.id]
    assert available(ground) == 4


def test_a_lost_answer_that_DynamoDB_forgot_is_known_by_its_own_row(ground):
    ground.stage.cloud.engine.remembers = False
    stocked(ground, "A")
    ground.script = [lost_answer]
    assert holding(work("k")).commit("held") == "held"
    assert ground.ops == ["TransactWriteItems"] * 2
    assert available(ground) == 4
    made = holding(work())
    made.publish(StockOpened("A"))
    ground.script = [lost_answer]
    assert made.commit("held") == "held"
    assert available(ground) == 3


def test_a_lost_request_is_sent_again(ground):
    stocked(ground, "A")
    ground.script = [lost_request, lost_request]
    assert holding(work()).commit("held") == "held"
    assert ground.ops == ["TransactWriteItems"] * 3
    assert available(ground) == 4


@pytest.mark.parametrize("trouble", [lost_answer, lost_request, failing("InternalServerError", 500),
                                     failing("InternalFailure", 500), failing("ServiceUnavailable", 503),
                                     failing("502", 502)])  # fmt: skip
def test_a_refusal_after_an_uncertain_answer_without_a_row_is_no_refusal(ground, trouble):
    """It may be the refusal of our own success."""
    ground.stage.cloud.engine.remembers = False
    stocked(ground, "A", pieces=1)
    ground.script = [trouble]
    made = holding(work(), quantity=2 if trouble is not lost_answer else 1)
    with pytest.raises(Overloaded):
        made.commit()


@pytest.mark.parametrize("trouble", [failing("ThrottlingException"), cancelled("TransactionConflict"),
                                     failing("TransactionInProgressException")])  # fmt: skip
def test_a_refusal_after_mere_waiting_is_a_refusal(ground, trouble):
    stocked(ground, "A", pieces=1)
    ground.script = [trouble]
    with pytest.raises(CommitRejected) as refused:
        holding(work(), quantity=2).commit()
    assert refused.value.reasons[0].params == {"sku": "A", "left": 1}


def test_with_a_row_a_refusal_is_sure_also_after_a_lost_request(ground):
    stocked(ground, "A", pieces=1)
    for made in (work("k"), work()):
        made.publish(StockOpened("A"))
        ground.script = [lost_request]
        with pytest.raises(CommitRejected) as refused:
            holding(made, quantity=2).commit()
        assert [type(reason) for reason in refused.value.reasons] == [OutOfStock]


@pytest.mark.parametrize(
    "trouble",
    [
        cancelled("TransactionConflict", "None"), cancelled("None", "TransactionConflict"),
        cancelled("ConditionalCheckFailed", "TransactionConflict"), cancelled("None", "ThrottlingError"),
        cancelled("ProvisionedThroughputExceeded", "None"), failing("ProvisionedThroughputExceededException"),
        failing("RequestLimitExceeded"), failing("InternalServerError", 500), failing("ServiceUnavailable", 503),
        failing("TransactionInProgressException"), failing("ThrottlingException"),
    ],
)  # fmt: skip
def test_what_passes_is_waited_out_even_when_a_condition_failed_beside_it(ground, trouble):
    stocked(ground, "A")
    ground.script = [trouble, trouble]
    assert holding(work("k")).commit("held") == "held"
    assert ground.ops == ["TransactWriteItems"] * 3
    assert ground.stage.waited > 0
    assert available(ground) == 4


@pytest.mark.parametrize("trouble", [
    failing("ValidationException"), failing("AccessDeniedException"), cancelled("ValidationError", "None"),
    cancelled("None", "ItemCollectionSizeLimitExceeded"), failing("ResourceNotFoundException"),
])  # fmt: skip
def test_what_does_not_pass_is_raised_at_once(ground, trouble):
    stocked(ground, "A")
    ground.script = [trouble]
    with pytest.raises(ClientError):
        holding(work("k")).commit("held")
    assert ground.ops == ["TransactWriteItems"]
    assert available(ground) == 5


def test_trouble_that_does_not_pass_in_time_is_told_as_such(ground):
    stocked(ground, "A")
    ground.script = [cancelled("TransactionConflict")] * 500
    with pytest.raises(Overloaded):
        holding(work("k", seconds=2.0)).commit("held")
    assert 2.0 <= ground.stage.waited <= 3.0
    assert available(ground) == 5


def test_a_transaction_tells_whether_an_answer_was_lost(ground):
    steps = [insert(Stock("S1", "b0"))]
    assert transact(steps, "t1", work().deadline) == ([], False)
    ground.script = [lost_request]
    assert transact([insert(Stock("S2", "b0"))], "t2", work().deadline) == ([], True)
    reasons, uncertain = transact(steps, "t3", work().deadline)
    assert (reasons[0]["Code"], uncertain) == ("ConditionalCheckFailed", False)
