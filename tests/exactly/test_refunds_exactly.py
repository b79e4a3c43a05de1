"""Refunds, to the letter: what is set aside, for which units, who decides, and what is free again afterwards."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal, Refused
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.money import Fen
from chalicelib.processes.checkout.payment_shapes import AskRefund, DecideRefund, UnitsBack
from chalicelib.processes.checkout.service.ask_refund import ask_refund, decide_refund
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import RefundAsked, RefundDeclined, RefundRequested
from chalicelib.records.payments.model import Payment, Refund
from chalicelib.records.payments.rules import REFUND, NothingToRefund, RefundTooLarge, Sent
from chalicelib.records.payments.service import refunds
from chalicelib.runtime import vault
from chalicelib.runtime.work import Done
from tests.exactly.till import (
    CLERK,
    FINANCE,
    HELD,
    ONE,
    ORDER,
    PRICE,
    TWO,
    refund_news,
    refusals,
    said,
    work,
)
from tests.proof.hook import HOOK

SHIRTS, SOCK = 4709, 590  # what two shirts and a pair of socks are worth with their part of the freight
FIRST, SECOND = 2355, 2354  # the one shirt and the other
R1, R2 = "R01KJPB7WG000000000000000R1", "R01KJPB7WG000000000000000R2"


def ask(till, *units, key="k", caller=CLERK, order_id=ORDER):
    """Ask for (line, quantity)s, or for all that is left."""
    wanted = [UnitsBack(line=line, quantity=count) for line, count in units] or None
    return ask_refund(AskRefund(order_id=order_id, units=wanted, reason="broken"), work(caller, key=key))


def decide(refund_id, approved=True, *, key="d", caller=FINANCE):
    return decide_refund(refund_id, DecideRefund(approved=approved), work(caller, key=key))


def refused(act, *args, **more):
    """What an act is refused with, whether at once or by the transaction."""
    with pytest.raises((Refusal, Refused)) as told:
        act(*args, **more)
    error = told.value
    return refusals(error) if isinstance(error, Refused) else [(error.code, dict(error.facts))]


def books(till, number=ONE):
    """What a payment has set aside, for which units, under which numbers."""
    row = till.row(Payment, number)
    return int(row["spent"]), json.loads(row.get("units", "null")), row.get("refunds", set())


def row(refund_id=R1):
    return refunds.find(refund_id)


# ---- asking ---------------------------------------------------------------------------------------------------------
def test_a_refund_that_is_asked_for_is_set_aside_and_waits_for_finance(till):
    till.paid()
    order = till.row(Order, ORDER)
    till.look()
    receipt = ask(till)
    (made,) = till.rows(Refund)
    assert is_id(made.id, "R")
    assert receipt.model_dump() == {"id": made.id, "amount": receipt.amount.model_dump(), "state": "asked"}
    assert receipt.amount.fen == PRICE
    assert till.row(Refund, made.id) == {
        "id": made.id, "payment": ONE, "amount": PRICE, "state": "asked", "cause": "asked", "units": "[2, 1]",
        "created_at": millis(till.at), "asked_by": CLERK.id, "waits": "finance", "said": made.said,
    }  # fmt: skip
    assert books(till) == (PRICE, [2, 1], {made.id})
    assert till.told() == [said(RefundAsked(made.id, ONE, PRICE))]
    assert (till.row(Order, ORDER), till.shelves()) == (order, HELD)


def test_asking_again_under_the_same_key_is_the_same_refund(till):
    till.paid()
    receipt = ask(till, (0, 1))
    with pytest.raises(Done) as done:
        ask(till, (0, 1))
    assert json.loads(done.value.reply) == receipt.model_dump()
    assert len(till.rows(Refund)) == 1


def test_why_it_was_asked_for_is_sealed_to_the_refund(till):
    till.paid()
    made = row(ask(till).id)
    assert b"broken" not in made.said
    assert vault.unseal_legal(made.said, f"refund|{made.id}|said") == "broken"
    assert refunds.why(made) == "broken"
    assert refunds.why_place(made.id) == f"refund|{made.id}|said"


def test_the_shop_s_own_words_are_plain_and_words_that_cannot_be_opened_are_none():
    assert refunds.why(Refund(R1, reason="late")) == "late"
    assert refunds.why(Refund(R1)) == ""


def test_words_that_cannot_be_opened_any_more_are_none(till):
    till.paid()
    made = row(ask(till).id)
    made.id = R2  # sealed to another refund
    assert refunds.why(made) == ""


def test_unit_by_unit_everything_is_worth_what_came_in_to_the_fen(till):
    till.paid()
    worths = [ask(till, (0, 1), key=str(n)).amount.fen for n in range(2)]
    assert (worths, books(till)[:2]) == ([FIRST, SECOND], (SHIRTS, [2, 0]))
    assert ask(till, (1, 1), key="last").amount.fen == SOCK
    assert books(till)[:2] == (PRICE, [2, 1])
    assert SHIRTS + SOCK == PRICE


def test_units_of_one_line_that_are_named_twice_are_added_up(till):
    till.paid()
    assert ask(till, (0, 1), (1, 1), (0, 1)).amount.fen == PRICE
    assert books(till)[:2] == (PRICE, [2, 1])


def test_without_units_all_that_is_left_is_asked_for(till):
    till.paid()
    ask(till, (0, 1))
    assert ask(till, key="2").amount.fen == PRICE - FIRST
    assert sorted(made.units for made in till.rows(Refund)) == ["[1, 0]", "[1, 1]"]


def test_the_last_units_take_every_fen_that_is_left(till):
    till.paid(spent=Fen(FIRST - 1), units="[1,0]")
    assert ask(till, (0, 1)).amount.fen == SECOND  # not the last ones
    assert ask(till, (1, 1), key="2").amount.fen == SOCK + 1
    assert books(till)[:2] == (PRICE, [2, 1])


@pytest.mark.parametrize(
    ("units", "left"), [([(2, 1)], 0), ([(0, 3)], 2), ([(1, 2)], 1), ([(0, 2), (0, 1)], 2), ([(99, 1)], 0)]
)
def test_more_units_than_were_bought_are_refused(till, units, left):
    till.paid()
    assert refused(ask, till, *units) == [("REFUND_UNITS_EXCEEDED", {"left": left})]
    assert (till.rows(Refund), books(till)) == ([], (0, None, set()))


def test_units_that_were_asked_for_are_not_left(till):
    till.paid()
    ask(till, (0, 1))
    assert refused(ask, till, (0, 2), key="2") == [("REFUND_UNITS_EXCEEDED", {"left": 1})]


def test_where_nothing_came_in_or_is_left_there_is_nothing_to_give_back(till):
    till.order()
    assert refused(ask, till) == [("NOTHING_TO_REFUND", {})]
    till.set(Order, ORDER, payment=ONE)
    till.attempt(ONE, "paid", captured=Fen(0))
    assert refused(ask, till, (0, 1)) == [("NOTHING_TO_REFUND", {})]
    till.set(Payment, ONE, captured=Fen(PRICE))
    ask(till)
    assert refused(ask, till, key="2") == [("NOTHING_TO_REFUND", {})]


def test_an_order_that_nobody_knows_has_nothing_either(till):
    assert refused(ask, till) == [("ORDER_NOT_FOUND", {})]


def test_more_than_is_left_of_the_money_is_refused(till):
    till.paid(spent=Fen(PRICE - FIRST + 1))
    assert refused(ask, till, (0, 1)) == [("REFUND_TOO_LARGE", {"left": FIRST - 1})]
    till.set(Payment, ONE, spent=Fen(PRICE - FIRST))
    assert ask(till, (0, 1)).amount.fen == FIRST


def test_of_two_who_ask_at_once_for_the_same_units_one_looks_again(till):
    till.paid()
    till.meanwhile(lambda: ask(till, (0, 1), key="other"))
    assert refused(ask, till, (0, 1)) == [("REFUND_RACED", {})]
    assert books(till)[:2] == (FIRST, [1, 0])
    ask(till, (0, 1), key="2")
    till.meanwhile(lambda: ask(till, (1, 1), key="third"))
    assert refused(ask, till, (1, 1), key="4") == [("REFUND_TOO_LARGE", {"left": 0})]
    assert books(till)[:2] == (PRICE, [2, 1])


def test_what_is_left_is_told_to_who_asks_at_once_for_more(till):
    till.paid()
    till.meanwhile(lambda: till.set(Payment, ONE, spent=Fen(PRICE - FIRST + 1)))
    assert refused(ask, till, (0, 1)) == [("REFUND_TOO_LARGE", {"left": FIRST - 1})]
    till.set(Payment, ONE, spent=Fen(0))
    till.meanwhile(lambda: till.set(Payment, ONE, spent=Fen(PRICE - FIRST), units="[0,0]"))
    assert refused(ask, till, (0, 1), key="2") == [("REFUND_RACED", {})]  # just enough: it may be asked again


def test_money_that_becomes_another_meanwhile_is_looked_at_again(till):
    till.paid()
    till.meanwhile(lambda: till.set(Payment, ONE, captured=Fen(PRICE + 1)))
    assert refused(ask, till, (0, 1)) == [("REFUND_RACED", {})]


def test_a_payment_that_is_gone_has_moved(till):
    till.paid()
    payment = till.payment()
    payment.id = TWO
    asked = refunds.ask(R1, payment, Fen(5), till.at, by="S1", said=b"x")
    assert refused(till.write, *asked) == [("PAYMENT_STATE_CONFLICT", {"state": "unknown"})]


def test_a_number_that_is_taken_is_refused(till):
    till.paid()
    till.refund(R1, 5)
    for steps in (
        refunds.ask(R1, till.payment(), Fen(5), till.at, by="S1", said=b"x"),
        refunds.order_back(R1, till.payment(), Fen(5), till.at, by="S1", reason="wrong"),
        [refunds.owe(R1, ONE, Fen(5), till.at, "late")],
    ):
        assert refused(till.write, *steps) == [("REFUND_RACED", {})]
    assert books(till) == (5, None, {R1})


def test_an_amount_is_asked_for_without_units(till):
    till.paid()
    till.write(*refunds.ask(R1, till.payment(), Fen(5), till.at, by="S1", said=b"x"))
    assert "units" not in till.row(Refund, R1)
    assert books(till) == (5, None, {R1})
    assert refunds.units_in(row()) == []


def test_nothing_and_less_than_nothing_is_not_given_back(till):
    till.paid()
    payment = till.payment()
    for amount in (0, -1):
        with pytest.raises(NothingToRefund):
            refunds.order_back(R1, payment, Fen(amount), till.at, by="S1", reason="x")
    payment.captured = None
    with pytest.raises(NothingToRefund):
        refunds.order_back(R1, payment, Fen(1), till.at, by="S1", reason="x")


def test_a_fen_can_go_back_and_the_last_one(till):
    till.paid()
    till.set(Payment, ONE, spent=None)
    payment = till.payment()
    with pytest.raises(RefundTooLarge) as told:
        refunds.order_back(R1, payment, Fen(PRICE + 1), till.at, by="S1", reason="x")
    assert told.value.facts == {"left": PRICE}
    till.set(Payment, ONE, captured=Fen(1), spent=Fen(0))
    till.write(*refunds.order_back(R1, till.payment(), Fen(1), till.at, by="S1", reason="x"))
    assert books(till) == (1, None, {R1})


# ---- deciding -------------------------------------------------------------------------------------------------------
def test_finance_agrees_and_the_provider_is_asked_next(till):
    till.paid()
    asked = ask(till, (0, 1)).id
    till.look()
    receipt = decide(asked)
    assert (receipt.id, receipt.amount.fen, receipt.state) == (asked, FIRST, "requested")
    decided = till.row(Refund, asked)
    assert (decided["state"], decided["decided_by"], "waits" in decided) == ("requested", FINANCE.id, False)
    assert books(till) == (FIRST, [1, 0], {asked})
    assert till.told() == [said(RefundRequested(asked, ONE, FIRST))]
    with pytest.raises(Done) as done:
        decide(asked)
    assert json.loads(done.value.reply) == receipt.model_dump()


def test_finance_does_not_agree_and_amount_and_units_are_free_again(till):
    till.paid()
    ask(till, (0, 1), key="first")
    asked = ask(till, (0, 1), (1, 1)).id
    till.look()
    receipt = decide(asked, approved=False)
    assert (receipt.id, receipt.amount.fen, receipt.state) == (asked, PRICE - FIRST, "declined")
    decided = till.row(Refund, asked)
    assert (decided["state"], decided["decided_by"], "waits" in decided) == ("declined", FINANCE.id, False)
    assert books(till)[:2] == (FIRST, [1, 0])
    assert till.told() == [said(RefundDeclined(asked, ONE))]
    with pytest.raises(Done) as done:
        decide(asked, approved=False)
    assert json.loads(done.value.reply) == receipt.model_dump()


def test_units_that_another_refund_takes_while_one_is_declined_stay_taken(till):
    till.paid()
    asked = ask(till, (0, 1)).id
    till.meanwhile(lambda: ask(till, (1, 1), key="other"))
    assert refused(decide, asked, approved=False) == [("REFUND_RACED", {})]
    assert books(till)[:2] == (FIRST + SOCK, [1, 1])
    decide(asked, approved=False)
    assert books(till)[:2] == (SOCK, [0, 1])


def test_no_more_is_freed_than_was_set_aside(till):
    till.paid()
    asked = ask(till, (0, 1)).id
    till.set(Payment, ONE, spent=Fen(FIRST - 1))
    assert refused(decide, asked, approved=False) == [("REFUND_RACED", {})]
    assert row(asked).state == "asked"


def test_an_amount_without_units_frees_no_units(till):
    till.paid(units="[1,0]")
    till.refund(R1, 5, "asked")
    decide(R1, approved=False)
    assert books(till)[:2] == (0, [1, 0])


def test_above_the_limit_another_one_must_agree(till, monkeypatch):
    till.paid(spent=Fen(20001))
    till.refund(R1, 20001, "asked")
    assert refused(decide, R1, caller=CLERK) == [("REFUND_NEEDS_ANOTHER", {})]
    decide(R1, caller=FINANCE)
    till.refund(R2, 20000, "asked")
    decide(R2, caller=CLERK, key="2")
    assert {made.state for made in till.rows(Refund)} == {"requested"}


def test_one_s_own_refund_can_be_taken_back_above_the_limit(till):
    till.paid()
    till.refund(R1, 20001, "asked")
    decide(R1, approved=False, caller=CLERK)
    assert row().state == "declined"


def test_the_limit_is_a_setting(till, monkeypatch):
    monkeypatch.setenv("REFUND_SOLO_LIMIT", "4")
    till.paid()
    till.refund(R1, 5, "asked")
    assert refused(decide, R1, caller=CLERK) == [("REFUND_NEEDS_ANOTHER", {})]


@pytest.mark.parametrize("approved", [True, False])
def test_what_is_decided_is_not_decided_again(till, approved):
    till.paid()
    till.refund(R1, 5, "processing")
    assert refused(decide, R1, approved) == [("REFUND_STATE_CONFLICT", {"state": "processing"})]
    assert refused(decide, R2, approved) == [("REFUND_NOT_FOUND", {})]


def test_of_two_who_decide_at_once_one_is_told(till):
    till.paid()
    asked = ask(till, (0, 1)).id
    till.meanwhile(lambda: decide(asked, approved=False, key="other"))
    assert refused(decide, asked) == [("REFUND_STATE_CONFLICT", {"state": "declined"})]
    assert books(till)[:2] == (0, [0, 0])


# ---- the steps ------------------------------------------------------------------------------------------------------
ACTS = {
    "approve": lambda made, pays: [refunds.approve(made, "S9")],
    "decline": lambda made, pays: refunds.decline(made, pays, "S9"),
    "release": lambda made, pays: refunds.release(made, pays, "S9"),
    "retry": lambda made, pays: [refunds.retry(made, "S9")],
    "by_hand": lambda made, pays: [refunds.by_hand(made, "S9")],
    "submit": lambda made, pays: [refunds.outcome(made, "submit", refund_news(R1, "PROCESSING"), made.created)],
    "succeed": lambda made, pays: [refunds.outcome(made, "succeed", refund_news(R1, "SUCCEEDED"), made.created)],
    "fail": lambda made, pays: [refunds.outcome(made, "fail", refund_news(R1, "FAILED"), made.created)],
    "stick": lambda made, pays: [refunds.outcome(made, "stick", refund_news(R1, "ABNORMAL"), made.created)],
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
    assert books(till)[0] == (0 if action in ("decline", "release") else 5)


@pytest.mark.parametrize("action", ACTS)
def test_a_refund_that_has_other_exceptions_than_were_read_is_looked_at_again(till, action):
    till.paid()
    till.refund(R1, 5, REFUND.sources(action)[0])
    steps = ACTS[action](row(), till.payment())
    case = till.case("refund_silent", refund=R1, on=row())
    assert refused(till.write, *steps) == [("REFUND_RACED", {})]
    till.write(*ACTS[action](row(), till.payment()))
    assert row().cases == {case}


def test_what_the_shop_owes_is_asked_for_under_a_new_number_and_stays_set_aside(till):
    till.paid()
    till.refund(R1, 5, "failed", cause="late")
    later = till.at + timedelta(hours=2)
    till.write(*refunds.renumber(row(), R2, later, "S9"))
    old, new = till.row(Refund, R1), till.row(Refund, R2)
    assert (old["state"], old["decided_by"]) == ("released", "S9")
    assert new == {
        "id": R2, "payment": ONE, "amount": 5, "state": "requested", "reason": "late", "cause": "late",
        "created_at": millis(later), "asked_by": "shop", "decided_by": "shop",
    }  # fmt: skip
    assert books(till) == (5, None, {R1, R2})
    assert refused(till.write, *refunds.renumber(row(R2), R1, later, "S9"))[0][0] == "REFUND_STATE_CONFLICT"


def test_what_is_not_set_aside_is_not_renumbered(till):
    till.paid()
    till.refund(R1, 5, "failed", cause="late")
    till.set(Payment, ONE, spent=Fen(4))
    assert refused(till.write, *refunds.renumber(row(), R2, till.at, "S9")) == [("REFUND_RACED", {})]
    assert len(till.rows(Refund)) == 1


def test_a_person_s_word_sends_money_back_at_once(till):
    till.attempt(ONE, "quarantined", captured=Fen(7))
    till.write(*refunds.order_back(R1, till.payment(), Fen(7), till.at, by="S9", reason="amount mismatch"))
    assert till.row(Refund, R1) == {
        "id": R1, "payment": ONE, "amount": 7, "state": "requested", "reason": "amount mismatch", "cause": "exception",
        "created_at": millis(till.at), "asked_by": "S9", "decided_by": "S9",
    }  # fmt: skip
    assert books(till) == (7, None, {R1})


def test_what_a_provider_did_with_it_is_kept(till):
    till.paid()
    till.refund(R1, 5)
    at = till.at + timedelta(minutes=1)
    told = refund_news(R1, "SUCCEEDED", 5, provider_ref="P9", evidence="e9", refunded_at=at)
    till.write(refunds.outcome(row(), "succeed", told, till.at))
    kept = till.row(Refund, R1)
    assert {name: kept.get(name) for name in ("state", "provider_ref", "evidence", "refunded_at", "code", "cases")} == {
        "state": "succeeded", "provider_ref": "P9", "evidence": "e9", "refunded_at": millis(at), "code": None, "cases": None,
    }  # fmt: skip


def test_money_that_went_back_at_an_untold_instant_went_back_now_and_a_no_never(till):
    till.paid()
    till.refund(R1, 5)
    till.refund(R2, 5)
    till.write(refunds.outcome(row(), "succeed", refund_news(R1, "SUCCEEDED"), till.at))
    till.write(refunds.outcome(row(R2), "fail", refund_news(R2, "FAILED", code="X1"), till.at, "XCASE"))
    assert till.row(Refund, R1)["refunded_at"] == millis(till.at)
    failed = till.row(Refund, R2)
    assert ("refunded_at" in failed, failed["code"], failed["cases"]) == (False, "X1", {"XCASE"})


# ---- its sendings ---------------------------------------------------------------------------------------------------
def test_what_is_known_of_its_sendings_is_kept_as_it_was_read(till):
    till.paid()
    till.refund(R1, 5)
    first, second = Sent((100,)), Sent((100, 160), 1, None, True)
    till.write(refunds.note_sent(row(), first))
    assert row().sent == first
    assert row().packed_sent == "[[100],0,null,false]"
    before = row()
    till.write(refunds.note_sent(before, second))
    assert row().sent == second
    assert refused(till.write, refunds.note_sent(before, first)) == [("REFUND_RACED", {})]
    before.packed_sent = None
    assert refused(till.write, refunds.note_sent(before, first)) == [("REFUND_RACED", {})]
    assert row().sent == second


@pytest.mark.parametrize("state", REFUND.all)
def test_sendings_are_noted_only_while_it_moves(till, state):
    till.paid()
    till.refund(R1, 5, state)
    step = refunds.note_sent(row(), Sent((100,)))
    if state in ("requested", "processing"):
        till.write(step)
        assert row().sent == Sent((100,))
    else:
        assert refused(till.write, step) == [("REFUND_STATE_CONFLICT", {"state": state})]


def test_sendings_of_a_refund_that_is_gone_are_unknown(till):
    assert refused(till.write, refunds.note_sent(Refund(R1), Sent((1,)))) == [("REFUND_NOT_FOUND", {})]


def test_a_failed_refund_that_is_tried_again_has_ended_wherever_it_was_sent(till):
    till.paid()
    for number, state, ended in ((R1, "failed", 2), (R2, "abnormal", 0)):
        till.refund(number, 5, state, packed_sent=refunds.packed_sent(Sent((100, 160), 0, None, True)))
        till.write(refunds.retry(row(number), "S9"))
        assert (row(number).sent.times, row(number).sent.over) == ((100, 160), ended)
    assert row(R2).sent.taken


def test_a_failed_refund_that_was_never_dated_keeps_no_sendings(till):
    till.paid()
    till.refund(R1, 5, "failed")
    till.write(refunds.retry(row(), "S9"))
    assert row().packed_sent is None


# ---- exceptions of it -----------------------------------------------------------------------------------------------
def test_an_exception_is_about_the_refund_as_it_stands(till):
    till.paid()
    till.refund(R1, 5, "processing")
    before = row()
    till.write(refunds.watch(before, "X1"))
    assert row().cases == {"X1"}
    assert refused(till.write, refunds.watch(before, "X2")) == [("REFUND_RACED", {})]
    before = row()
    till.set(Refund, R1, state="failed")
    assert refused(till.write, refunds.watch(before, "X2")) == [("REFUND_STATE_CONFLICT", {"state": "failed"})]
    till.write(refunds.watch(row(), "X2"))
    assert row().cases == {"X1", "X2"}


# ---- reading --------------------------------------------------------------------------------------------------------
def test_units_are_counted_line_by_line():
    assert refunds.units_of(Payment(ONE), 3) == [0, 0, 0]
    assert refunds.units_of(Payment(ONE, units="[1,2]"), 3) == [1, 2]
    assert refunds.units_in(Refund(R1, units="[0, 1]")) == [0, 1]


def test_a_refund_is_found_as_it_stands(till):
    till.paid()
    till.refund(R1, 5)
    till.cloud.engine.lag = 1  # plain reads do not see it yet
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
        till.refund(number, 5, "asked", waits="finance", created_at=millis(till.at) + n)
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
