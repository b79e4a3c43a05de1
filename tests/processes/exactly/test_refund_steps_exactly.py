"""A refund's row, to the letter: the edges it moves along, what is kept of its sendings, and how refunds are listed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.payments import model as payment_model
from chalicelib.records.payments.model import Payment, Refund
from chalicelib.records.payments.rules import REFUND, RefundTooLarge, Sent
from chalicelib.records.payments.service import refunds
from chalicelib.records.payments.steps import refunds as refund_steps
from tests.hardening.proof.hook import HOOK
from tests.processes.exactly.till import ONE, R1, R2, TWO, refund_news, refused


def books(till, number=ONE):
    """What a payment has set aside, for which units, under which numbers."""
    row = till.row(Payment, number)
    return int(row["refund_reserved"]), json.loads(row.get("units", "null")), row.get("refunds", set())


def row(refund_id=R1):
    return refunds.find(refund_id)


# ---- the steps ------------------------------------------------------------------------------------------------------
ACTS = {
    "approve": lambda made, pays: [refund_steps.approve(made, "S9")],
    "decline": lambda made, pays: refund_steps.decline(made, pays, "S9"),
    "recall": lambda made, pays: refund_steps.recall(made, pays),
    "release": lambda made, pays: refund_steps.release(made, pays, "S9"),
    "retry": lambda made, pays: [refund_steps.retry(made, "S9")],
    "by_hand": lambda made, pays: [refund_steps.book_by_hand(made, "S9")],
    "submit": lambda made, pays: [refund_steps.follow(made, "submit", refund_news(R1, "PROCESSING"), made.created_at)],
    "succeed": lambda made, pays: [refund_steps.follow(made, "succeed", refund_news(R1, "SUCCEEDED"), made.created_at)],
    "fail": lambda made, pays: [refund_steps.follow(made, "fail", refund_news(R1, "FAILED"), made.created_at)],
    "stick": lambda made, pays: [refund_steps.follow(made, "stick", refund_news(R1, "ABNORMAL"), made.created_at)],
}


@pytest.mark.parametrize("state", REFUND.all)
@pytest.mark.parametrize("action", ACTS)
def test_a_refund_moves_along_its_edges_only(till, state, action):
    till.paid()
    till.refund(R1, 5, state, waits="finance")
    steps, target = ACTS[action](row(), till.payment()), REFUND.after(state, action)
    if target is None:
        assert refused(till.write, *steps) == [("REFUND_STATE_CONFLICT", {"state": state})]
        assert (row().state, books(till)[0]) == (state, 5)
        return
    till.write(*steps)
    moved = till.row(Refund, R1)
    by_person = action in ("approve", "decline", "release", "retry", "by_hand")
    assert (moved["state"], moved.get("decided_by")) == (target, "S9" if by_person else None)
    assert ("waits" in moved) == (action not in ("approve", "decline"))
    assert books(till)[0] == (0 if action in ("decline", "recall", "release") else 5)


@pytest.mark.parametrize("action", ACTS)
def test_a_refund_that_has_other_exceptions_than_were_read_is_looked_at_again(till, action):
    till.paid()
    till.refund(R1, 5, REFUND.sources(action)[0])
    steps = ACTS[action](row(), till.payment())
    case = till.case("refund_silent", refund=R1, on=row())
    assert refused(till.write, *steps) == [("STALE_REFUND", {})]
    till.write(*ACTS[action](row(), till.payment()))
    assert row().cases == {case}


def test_what_the_shop_owes_is_asked_for_under_a_new_number_and_stays_set_aside(till):
    till.paid()
    till.refund(R1, 5, "failed", cause="late")
    later = till.at + timedelta(hours=2)
    till.write(*refund_steps.renumber(row(), R2, later, "S9"))
    old, new = till.row(Refund, R1), till.row(Refund, R2)
    assert (old["state"], old["decided_by"]) == ("released", "S9")
    assert new == {
        "id": R2,
        "payment": ONE,
        "amount": 5,
        "state": "requested",
        "reason": "late",
        "cause": "late",
        "created_at": later,
        "asked_by": "shop",
        "decided_by": "shop",
    }
    assert books(till) == (5, None, {R1, R2})
    assert refused(till.write, *refund_steps.renumber(row(R2), R1, later, "S9"))[0][0] == "REFUND_STATE_CONFLICT"


def test_what_is_not_set_aside_is_not_renumbered(till):
    till.paid()
    till.refund(R1, 5, "failed", cause="late")
    till.set(Payment, ONE, refund_reserved=Fen(4))
    assert refused(till.write, *refund_steps.renumber(row(), R2, till.at, "S9")) == [("STALE_REFUND", {})]
    assert len(till.rows(Refund)) == 1


def test_freight_that_was_paid_too_much_goes_back_without_finance(till):
    till.paid()
    till.write(*refund_steps.give_back_freight(R1, till.payment(), Fen(300), till.at))
    assert till.row(Refund, R1) == {
        "id": R1,
        "payment": ONE,
        "amount": 300,
        "state": "requested",
        "reason": "freight",
        "cause": "freight",
        "created_at": till.at,
        "asked_by": "shop",
        "decided_by": "shop",
    }
    assert books(till) == (300, None, {R1})
    with pytest.raises(RefundTooLarge):
        refund_steps.give_back_freight(R2, till.payment(), Fen(till.payment().captured), till.at)


def test_units_that_were_asked_back_since_are_noticed(till):
    till.paid()
    before = till.payment()
    till.write(refund_steps.check_units(before))
    asked = refund_steps.ask(R1, before, Fen(5), till.at, by="S9", said=b"", units=([0, 0], [1, 0]))
    till.write(*asked)
    assert refused(till.write, refund_steps.check_units(before)) == [("STALE_REFUND", {})]
    now = till.payment()
    till.write(refund_steps.check_units(now))
    till.write(*refund_steps.decline(row(), now, "S9"))
    assert refused(till.write, refund_steps.check_units(now)) == [("STALE_REFUND", {})]


def test_a_person_s_word_sends_money_back_at_once(till):
    till.attempt(ONE, "quarantined", captured=Fen(7))
    till.write(*refund_steps.order_back(R1, till.payment(), Fen(7), till.at, by="S9", reason="amount mismatch"))
    assert till.row(Refund, R1) == {
        "id": R1,
        "payment": ONE,
        "amount": 7,
        "state": "requested",
        "reason": "amount mismatch",
        "cause": "exception",
        "created_at": till.at,
        "asked_by": "S9",
        "decided_by": "S9",
    }
    assert books(till) == (7, None, {R1})


def test_what_a_provider_did_with_it_is_kept(till):
    till.paid()
    till.refund(R1, 5)
    at = till.at + timedelta(minutes=1)
    told = refund_news(R1, "SUCCEEDED", 5, provider_ref="P9", evidence="e9", refunded_at=at)
    till.write(refund_steps.follow(row(), "succeed", told, till.at))
    kept = till.row(Refund, R1)
    assert {name: kept.get(name) for name in ("state", "provider_ref", "evidence", "refunded_at", "code", "cases")} == {
        "state": "succeeded",
        "provider_ref": "P9",
        "evidence": "e9",
        "refunded_at": at,
        "code": None,
        "cases": None,
    }


def test_money_that_went_back_at_an_untold_instant_went_back_now_and_a_no_never(till):
    till.paid()
    till.refund(R1, 5)
    till.refund(R2, 5)
    till.write(refund_steps.follow(row(), "succeed", refund_news(R1, "SUCCEEDED"), till.at))
    till.write(refund_steps.follow(row(R2), "fail", refund_news(R2, "FAILED", code="X1"), till.at, "XCASE"))
    assert till.row(Refund, R1)["refunded_at"] == till.at
    failed = till.row(Refund, R2)
    assert ("refunded_at" in failed, failed["code"], failed["cases"]) == (False, "X1", {"XCASE"})


# ---- its sendings ---------------------------------------------------------------------------------------------------
def test_what_is_known_of_its_sendings_is_kept_as_it_was_read(till):
    till.paid()
    till.refund(R1, 5)
    first, second = Sent((100,)), Sent((100, 160), 1, None, True)
    till.write(refund_steps.note_sent(row(), first))
    assert row().sent == first
    assert row().packed_sent == "[[100],0,null,false]"
    before = row()
    till.write(refund_steps.note_sent(before, second))
    assert row().sent == second
    assert refused(till.write, refund_steps.note_sent(before, first)) == [("STALE_REFUND", {})]
    before.packed_sent = None
    assert refused(till.write, refund_steps.note_sent(before, first)) == [("STALE_REFUND", {})]
    assert row().sent == second


@pytest.mark.parametrize("state", REFUND.all)
def test_sendings_are_noted_only_while_it_moves(till, state):
    till.paid()
    till.refund(R1, 5, state)
    step = refund_steps.note_sent(row(), Sent((100,)))
    if state in ("requested", "processing"):
        till.write(step)
        assert row().sent == Sent((100,))
    else:
        assert refused(till.write, step) == [("REFUND_STATE_CONFLICT", {"state": state})]


def test_sendings_of_a_refund_that_is_gone_are_unknown(till):
    assert refused(till.write, refund_steps.note_sent(Refund(R1), Sent((1,)))) == [("REFUND_NOT_FOUND", {})]


def test_a_failed_refund_that_is_tried_again_has_ended_wherever_it_was_sent(till):
    till.paid()
    for number, state, ended in ((R1, "failed", 2), (R2, "abnormal", 0)):
        till.refund(number, 5, state, packed_sent=payment_model.pack_sent(Sent((100, 160), 0, None, True)))
        till.write(refund_steps.retry(row(number), "S9"))
        assert (row(number).sent.times, row(number).sent.over) == ((100, 160), ended)
    assert row(R2).sent.taken


def test_a_failed_refund_that_was_never_dated_keeps_no_sendings(till):
    till.paid()
    till.refund(R1, 5, "failed")
    till.write(refund_steps.retry(row(), "S9"))
    assert row().packed_sent is None


# ---- exceptions of it -----------------------------------------------------------------------------------------------
def test_an_exception_is_about_the_refund_as_it_stands(till):
    till.paid()
    till.refund(R1, 5, "processing")
    before = row()
    till.write(refund_steps.watch(before, "X1"))
    assert row().cases == {"X1"}
    assert refused(till.write, refund_steps.watch(before, "X2")) == [("STALE_REFUND", {})]
    before = row()
    till.set(Refund, R1, state="failed")
    assert refused(till.write, refund_steps.watch(before, "X2")) == [("REFUND_STATE_CONFLICT", {"state": "failed"})]
    till.write(refund_steps.watch(row(), "X2"))
    assert row().cases == {"X1", "X2"}


# ---- reading --------------------------------------------------------------------------------------------------------
def test_units_are_counted_line_by_line():
    assert refunds.units_of(Payment(ONE), 3) == [0, 0, 0]
    assert refunds.units_of(Payment(ONE, units="[1,2]"), 3) == [1, 2]
    assert Refund(R1, units="[0, 1]").unit_counts == [0, 1]


def test_a_refund_is_found_as_it_stands(till):
    till.paid()
    till.refund(R1, 5)
    till.cloud.engine.lag = 2  # plain reads do not see it yet
    assert row().id == R1
    till.cloud.engine.lag = 0
    assert refused(row, R2) == [("REFUND_NOT_FOUND", {})]


def test_refunds_of_payments_come_payment_by_payment_each_in_their_order(till):
    till.paid()
    till.attempt(TWO, "paid")
    r3 = R1[:-1] + "3"
    for number, payment in ((r3, ONE), (R2, TWO), (R1, ONE)):
        till.refund(number, 5, payment=payment)
    till.cloud.engine.lag = 3
    found = refunds.of_payments([till.payment(TWO), till.payment(ONE)])
    assert [made.id for made in found] == [R2, R1, r3]
    till.cloud.engine.lag = 0
    till.set(Payment, TWO, refunds={R2, "R-GONE"})
    assert [made.id for made in refunds.of_payments([till.payment(TWO)])] == [R2]
    till.look()
    assert refunds.of_payments([Payment(ONE)]) == []
    assert till.calls == []


def test_finance_sees_what_waits_for_it_oldest_first_in_pages(till):
    till.paid()
    numbers = [R1[:-1] + str(n) for n in range(5)]
    for n, number in enumerate(numbers):
        till.refund(number, 5, "asked", waits="finance", created_at=till.at + timedelta(milliseconds=n))
    till.refund(R1[:-1] + "9", 5, "requested")
    first, more = refunds.waiting(3, None)
    second, end = refunds.waiting(3, more)
    assert [made.id for made in (*first, *second)] == numbers
    assert (len(first), end) == (3, None)
    assert first[0].amount == 5


def test_what_was_decided_since_the_index_saw_it_does_not_wait(till):
    till.paid()
    till.refund(R1, 5, "asked", waits="finance")
    passing = till._passing

    def decided_between(call, effect):
        answer = passing(call, effect)
        if call.op == "Query":
            till.set(Refund, R1, waits=None)
        return answer

    with HOOK.held(decided_between):
        found = refunds.waiting(3, None)[0]
    assert found == []
