"""What is demanded of a session, within a transaction and without one."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected, IdempotencyKeyReused, Unauthenticated
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.inventory.rules import OutOfStock
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.standing import Demand, Standing
from chalicelib.runtime.table import Key, check, joined, put, update
from chalicelib.runtime.work import AlreadyCommitted, Work, perform

from .conftest import lost_answer


class Ended(Unauthenticated):
    zh, en = "完", "over"


ENDED = Ended()
BUYER = Caller("U1", "customer")
SKU, SEAT = "A", "S"


@pytest.fixture
def seated(ground):
    """Goods, and a row that stands for a session: it stands while its one piece is there."""
    work = Work(BUYER, "setup")
    work.add(*stock_steps.receive(SKU, 5), *stock_steps.receive(SEAT, 1))
    work.commit()
    ground.calls.clear()
    return ground


def row(sku):
    return Key(Stock, *_key(sku))


def _key(sku):
    request = stock_steps.hold([(sku, 0, 1)])[0].request
    return tuple(part["S"] for part in request["Key"].values())


def standing(*skus, glance=lambda: None):
    demands = [
        Demand(row(sku), Stock.available >= 1, lambda found: found is not None and int(found.available) >= 1)
        for sku in (skus or (SEAT,))
    ]
    return Standing(ENDED, lambda: demands, glance)


def end(sku=SEAT):
    work = Work(BUYER, "end")
    work.add(*stock_steps.hold([(sku, 0, 1)]))
    work.commit()


def pieces(ground, sku=SKU):
    return next(int(r.available) for r in ground.rows(Stock) if (r.place, r.part) == _key(sku))


def work(key=None, demanded=None, checked=True, **more):
    made = Work(BUYER, "test", key=key, **more)
    made.standing = demanded or standing()
    if checked:
        made.demand()
    return made


def taking(made, sku=SKU, quantity=1):
    made.add(*stock_steps.hold([(sku, 0, quantity)]))
    return made


def test_what_is_demanded_is_a_line_of_the_transaction_and_no_round_trip(seated):
    made = taking(work())
    made.commit()
    assert made.standing.shown
    assert seated.ops == ["TransactWriteItems"]
    lines = [next(iter(one)) for one in seated.calls[0][1]["TransactItems"]]
    assert lines == ["ConditionCheck", "Update"]


def test_one_whose_session_ended_writes_nothing_and_hears_only_that(seated):
    end()
    with pytest.raises(Ended) as refused:
        taking(work(), quantity=100).commit()
    assert refused.value is ENDED
    assert pieces(seated) == 5


def test_a_refusal_of_the_step_is_told_to_whom_the_session_stands(seated):
    made = taking(work(), quantity=100)
    with pytest.raises(CommitRejected) as refused:
        made.commit()
    assert [type(reason) for reason in refused.value.reasons] == [OutOfStock]
    assert made.standing.shown, "it was demanded in what was sent"


def test_nothing_is_demanded_where_nobody_asked_for_it(seated):
    end()
    taking(work(checked=False)).commit()
    assert pieces(seated) == 4


def test_a_worker_needs_no_session(seated):
    made = taking(Work(BUYER, "test"))
    made.demand()
    made.commit()
    assert pieces(seated) == 4


def test_it_is_demanded_once_a_request_and_of_every_try_until_then(seated):
    first = taking(work(), quantity=100)
    with pytest.raises(CommitRejected):
        first.commit()
    second = taking(first.retry())
    second.commit()
    assert [len(body["TransactItems"]) for op, body in seated.calls if op == "TransactWriteItems"] == [2, 1]


def test_another_try_is_demanded_anew_when_the_first_was_not_answered(seated):
    made = work().retry()
    end()
    with pytest.raises(Ended):
        taking(made).commit()


def test_what_stands_apart_stands_apart(seated):
    end()
    taking(work().separate()).commit()
    assert pieces(seated) == 4


@pytest.mark.parametrize("stands", [True, False])
def test_what_was_said_under_a_key_is_said_again_only_to_a_session_that_stands(seated, stands):
    assert taking(work("k")).commit("reply") == "reply"
    if not stands:
        end()
    with pytest.raises(AlreadyCommitted if stands else Ended):
        taking(work("k")).commit("reply")
    again = perform(work("k"), lambda made: taking(made, quantity=100).commit("reply"), work("k")) if stands else None
    assert stands is (again is not None)


def test_a_look_back_is_not_taken_for_a_session_that_ended(seated):
    """A use case that is refused looks back; on behalf of a dead session it does not."""
    taking(work("k")).commit("reply")
    end()
    made = work("k")
    with pytest.raises(Ended):
        perform(made, lambda: taking(made, quantity=100).commit("reply"))
    assert "TransactGetItems" not in seated.ops


def test_another_request_under_the_key_is_refused_as_before(seated):
    taking(work("k", fingerprint="one")).commit("reply")
    with pytest.raises(IdempotencyKeyReused):
        taking(work("k", fingerprint="two")).commit("reply")


def test_an_answer_that_was_lost_is_a_success_also_when_the_act_ended_the_session(seated):
    made = work("k")
    made.add(*stock_steps.hold([(SEAT, 0, 1)]))
    seated.script = [lost_answer]
    assert made.commit("reply") == "reply"
    assert pieces(seated, SEAT) == 0


# ---- joined to the line that writes the row ---------------------------------------------------------------------------
@pytest.mark.parametrize(("seat", "wanted", "told"), [(1, 1, None), (1, 2, OutOfStock), (0, 1, Ended), (0, 2, Ended)])
def test_a_line_that_writes_the_row_carries_the_demand_and_each_failure_its_own_meaning(seated, seat, wanted, told):
    if not seat:
        end()
    made = work()
    made.add(*stock_steps.hold([(SEAT, 0, wanted)]))
    if told is None:
        made.commit()
    elif told is Ended:
        with pytest.raises(Ended):
            made.commit()
    else:
        with pytest.raises(CommitRejected) as refused:
            made.commit()
        assert [(type(reason), reason.params) for reason in refused.value.reasons] == [(told, {"sku": SEAT, "left": 1})]
    assert len(seated.calls[-1][1]["TransactItems"]) == 1


def test_a_refusal_that_is_no_function_of_the_row_is_kept(seated):
    made = work()
    made.add(
        update(
            Stock,
            *_key(SEAT),
            actions=[Stock.held.add(1)],
            when=Stock.held == 7,
            otherwise=OutOfStock(sku=SEAT, left=0),
        )
    )
    with pytest.raises(CommitRejected) as refused:
        made.commit()
    assert [type(reason) for reason in refused.value.reasons] == [OutOfStock]


def test_a_line_without_a_condition_takes_the_demands(seated):
    made = work()
    made.add(update(Stock, *_key(SEAT), actions=[Stock.held.add(1)]))
    made.commit()
    end()
    late = work()
    late.add(update(Stock, *_key(SEAT), actions=[Stock.held.add(1)]))
    with pytest.raises(Ended):
        late.commit()


def test_several_rows_are_demanded_each(seated):
    for ended in (SEAT, SKU):
        made = work(demanded=standing(SEAT, SKU))
        made.add(*stock_steps.receive(f"new-{ended}", 1))
        assert len(made.standing.within(made._steps)) == 3
        if ended == SEAT:
            made.commit()
    end()
    late = work(demanded=standing(SKU, SEAT))
    late.add(*stock_steps.receive("later", 1))
    with pytest.raises(Ended):
        late.commit()


def test_joined_conditions_keep_their_names_and_values_apart():
    step = update(
        Stock, "p", "b0", actions=[Stock.held.set(1)], when=(Stock.available >= 2) & Stock.closed.does_not_exist()
    )
    other = check(Stock, "p", "b0", when=(Stock.available >= 9) | (Stock.buckets == 8), otherwise=ENDED)
    both = joined(step, other, ENDED)
    condition, values = both.request["ConditionExpression"], both.request["ExpressionAttributeValues"]
    assert {value["N"] for value in values.values()} == {"1", "2", "8", "9"}
    assert len(values) == 4
    assert set(step.request["ExpressionAttributeValues"]) < set(values)
    assert condition.startswith(step.request["ConditionExpression"] + " AND (")
    assert step.request["ConditionExpression"] != condition
    assert both.otherwise is ENDED


def test_a_line_that_names_nothing_takes_a_demand_without_values():
    bare = put(Stock("p", "b0", available=5))
    both = joined(bare, check(Stock, "p", "b0", when=Stock.closed.does_not_exist(), otherwise=ENDED), ENDED)
    assert both.request["Item"] == bare.request["Item"]
    assert both.request["ExpressionAttributeNames"] == {"#s0": "c"}
    assert "ExpressionAttributeValues" not in both.request, "DynamoDB refuses an empty one"


# ---- without a transaction ----------------------------------------------------------------------------------------------
def test_a_look_is_one_consistent_read_and_refuses_what_does_not_stand(seated):
    standing(SEAT, SKU).look()
    assert seated.ops == ["BatchGetItem"]
    assert all(wish["ConsistentRead"] for wish in seated.calls[0][1]["RequestItems"].values())
    end()
    for demanded in (standing(SEAT), standing(SKU, SEAT), standing("nothing")):
        with pytest.raises(Ended):
            demanded.look()


def test_a_glance_is_what_it_was_given():
    seen: list[int] = []
    standing(glance=lambda: seen.append(1)).glance()
    assert seen == [1]
