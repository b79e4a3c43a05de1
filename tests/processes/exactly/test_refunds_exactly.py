"""Refunds, to the letter: what is set aside, for which units, who decides, and what is free again afterwards."""

from __future__ import annotations

import json

import pytest

from chalicelib.kernel.bill import KEEP_IF, PRORATE
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.money import Fen
from chalicelib.processes.refunding.rules import RefundUndecided
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund, UnitsBack
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import RefundAsked, RefundDeclined, RefundRequested
from chalicelib.records.payments.model import Payment, Refund
from chalicelib.records.payments.rules import NothingToRefund, RefundTooLarge
from chalicelib.records.payments.service import refunds
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime import vault
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import (
    BUYER,
    CLERK,
    FINANCE,
    HELD,
    LINES,
    ONE,
    ORDER,
    PRICE,
    R1,
    R2,
    START,
    TWO,
    refused,
    said,
    work,
)
from tests.support.doors import asked_view, settled
from tests.support.trade import promised

SHIRTS, SOCK = 4709, 590  # what two shirts and a pair of socks are worth with their part of the freight
FIRST, SECOND = 2355, 2354  # the one shirt and the other


def ask(till, *units, key="k", caller=CLERK, order_id=ORDER):
    """Ask for (line, quantity)s, or for all that is left."""
    wanted = [UnitsBack(line=line, quantity=count) for line, count in units] or None
    return settled(
        ask_refund,
        AskRefund(order_id=order_id, units=wanted, reason="broken"),
        work=work(caller, key=key),
        view=asked_view,
    )


def decide(refund_id, approved=True, *, key="d", caller=FINANCE):
    return settled(
        decide_refund, refund_id, DecideRefund(approved=approved), work=work(caller, key=key), view=asked_view
    )


def books(till, number=ONE):
    """What a payment has set aside, for which units, under which numbers."""
    row = till.row(Payment, number)
    return int(row["refund_reserved"]), json.loads(row.get("units", "null")), row.get("refunds", set())


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
    assert receipt.model_dump() == {
        "id": made.id,
        "amount": receipt.amount.model_dump(),
        "state": "asked",
        "withheld": None,
    }
    assert receipt.amount.fen == PRICE
    assert till.row(Refund, made.id) == {
        "id": made.id,
        "payment": ONE,
        "amount": PRICE,
        "state": "asked",
        "cause": "asked",
        "units": "[2, 1]",
        "created_at": till.at,
        "asked_by": CLERK.id,
        "waits": "finance",
        "said": made.said,
    }
    assert books(till) == (PRICE, [2, 1], {made.id})
    assert till.row(Payment, ONE)["units"] == "[2,1]"
    assert till.told() == [said(RefundAsked(made.id, ONE, PRICE))]
    assert (till.row(Order, ORDER), till.shelves()) == (order, HELD)


def test_asking_again_under_the_same_key_is_the_same_refund(till):
    till.paid()
    receipt = ask(till, (0, 1))
    with pytest.raises(AlreadyCommitted) as done:
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


def hanging(till, policy=KEEP_IF):
    """The order, paid, with a coupon of 300 on three pieces of which every one counts."""
    quote = promised(ORDER, BUYER.id, LINES, 800, [200, 100])
    layer = quote.layers[0]._replace(lane="coupon", threshold=-3, policy=policy)
    till.order("paid", quote=quote._replace(layers=(layer,)), payment=ONE, paid_at=START)
    till.attempt(ONE, "paid", captured=Fen(PRICE - 300))


def test_what_is_withheld_is_told(till):
    hanging(till)
    told = ask(till, (0, 1), key="1")
    assert told.withheld is not None
    assert told.withheld.fen == 200


def test_freight_that_went_back_alone_does_not_come_with_a_unit(till):
    till.paid()
    till.set(Order, ORDER, freight_back=Fen(800))
    till.set(Payment, ONE, refund_reserved=Fen(800))
    assert ask(till, (0, 1)).amount.fen == 1999


@pytest.mark.parametrize("state", ["asked", "requested", "processing", "failed", "abnormal"])
def test_more_units_wait_for_a_refund_that_may_yet_come_to_nothing(till, state):
    hanging(till)
    first = ask(till, (0, 1), key="1").id
    till.set(Refund, first, state=state)
    with pytest.raises(RefundUndecided) as waits:
        ask(till, (0, 1), (1, 1), key="2")
    assert waits.value.params == {"refund": first}
    assert len(till.rows(Refund)) == 1
    with pytest.raises(RefundUndecided):
        ask(till, (0, 1), key="3")


@pytest.mark.parametrize("state", ["succeeded", "declined", "released", "manual"])
def test_more_units_wait_for_no_refund_that_has_ended(till, state):
    hanging(till)
    first = ask(till, (0, 1), key="1")
    till.set(Refund, first.id, state=state)
    assert ask(till, key="2").amount.fen == PRICE - 300 - first.amount.fen


def test_where_nothing_hangs_on_what_stays_more_units_wait_for_nobody(till):
    hanging(till, PRORATE)
    first = ask(till, (0, 1), key="1")
    assert ask(till, key="2").amount.fen == PRICE - 300 - first.amount.fen


def test_without_units_all_that_is_left_is_asked_for(till):
    till.paid()
    ask(till, (0, 1))
    assert ask(till, key="2").amount.fen == PRICE - FIRST
    assert sorted(made.units for made in till.rows(Refund)) == ["[1, 0]", "[1, 1]"]


def test_the_last_units_take_every_fen_that_is_left(till):
    till.paid(refund_reserved=Fen(FIRST - 1), units="[1,0]")
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
    till.paid(refund_reserved=Fen(PRICE - FIRST + 1))
    assert refused(ask, till, (0, 1)) == [("REFUND_TOO_LARGE", {"left": FIRST - 1})]
    till.set(Payment, ONE, refund_reserved=Fen(PRICE - FIRST))
    assert ask(till, (0, 1)).amount.fen == FIRST


def test_of_two_who_ask_at_once_for_the_same_units_one_looks_again(till):
    till.paid()
    till.meanwhile(lambda: ask(till, (0, 1), key="other"))
    assert refused(ask, till, (0, 1)) == [("STALE_REFUND", {})]
    assert books(till)[:2] == (FIRST, [1, 0])
    ask(till, (0, 1), key="2")
    till.meanwhile(lambda: ask(till, (1, 1), key="third"))
    assert refused(ask, till, (1, 1), key="4") == [("REFUND_TOO_LARGE", {"left": 0})]
    assert books(till)[:2] == (PRICE, [2, 1])


def test_what_is_left_is_told_to_who_asks_at_once_for_more(till):
    till.paid()
    till.meanwhile(lambda: till.set(Payment, ONE, refund_reserved=Fen(PRICE - FIRST + 1)))
    assert refused(ask, till, (0, 1)) == [("REFUND_TOO_LARGE", {"left": FIRST - 1})]
    till.set(Payment, ONE, refund_reserved=Fen(0))
    till.meanwhile(lambda: till.set(Payment, ONE, refund_reserved=Fen(PRICE - FIRST), units="[0,0]"))
    assert refused(ask, till, (0, 1), key="2") == [("STALE_REFUND", {})]  # just enough: it may be asked again


def test_money_of_which_nothing_is_left_meanwhile_is_not_given_back(till):
    till.paid()
    till.meanwhile(lambda: till.set(Payment, ONE, captured=None))
    assert refused(ask, till, (0, 1)) == [("REFUND_TOO_LARGE", {"left": 0})]
    till.set(Payment, ONE, captured=Fen(PRICE))
    till.meanwhile(lambda: till.set(Payment, ONE, captured=Fen(FIRST), refund_reserved=None))
    assert refused(ask, till, (0, 1), key="2") == [("STALE_REFUND", {})]


def test_money_that_becomes_another_meanwhile_is_looked_at_again(till):
    till.paid()
    till.meanwhile(lambda: till.set(Payment, ONE, captured=Fen(PRICE + 1)))
    assert refused(ask, till, (0, 1)) == [("STALE_REFUND", {})]


def test_a_payment_that_is_gone_has_moved(till):
    till.paid()
    payment = till.payment()
    payment.id = TWO
    asked = refund_steps.ask(R1, payment, Fen(5), till.at, by="S1", said=b"x")
    assert refused(till.write, *asked) == [("PAYMENT_STATE_CONFLICT", {"state": "unknown"})]


def test_a_number_that_is_taken_is_refused(till):
    till.paid()
    till.refund(R1, 5)
    for steps in (
        refund_steps.ask(R1, till.payment(), Fen(5), till.at, by="S1", said=b"x"),
        refund_steps.order_back(R1, till.payment(), Fen(5), till.at, by="S1", reason="wrong"),
        [refund_steps.owe(R1, ONE, Fen(5), till.at, "late")],
    ):
        assert refused(till.write, *steps) == [("STALE_REFUND", {})]
    assert books(till) == (5, None, {R1})


def test_an_amount_is_asked_for_without_units(till):
    till.paid()
    till.write(*refund_steps.ask(R1, till.payment(), Fen(5), till.at, by="S1", said=b"x"))
    assert "units" not in till.row(Refund, R1)
    assert books(till) == (5, None, {R1})
    assert row().unit_counts == []


def test_nothing_and_less_than_nothing_is_not_given_back(till):
    till.paid()
    payment = till.payment()
    for amount in (0, -1):
        with pytest.raises(NothingToRefund):
            refund_steps.order_back(R1, payment, Fen(amount), till.at, by="S1", reason="x")
    payment.captured = None
    with pytest.raises(NothingToRefund):
        refund_steps.order_back(R1, payment, Fen(1), till.at, by="S1", reason="x")


def test_a_fen_can_go_back_and_the_last_one(till):
    till.paid()
    till.set(Payment, ONE, refund_reserved=None)
    payment = till.payment()
    with pytest.raises(RefundTooLarge) as told:
        refund_steps.order_back(R1, payment, Fen(PRICE + 1), till.at, by="S1", reason="x")
    assert told.value.params == {"left": PRICE}
    till.set(Payment, ONE, captured=Fen(1), refund_reserved=Fen(0))
    till.write(*refund_steps.order_back(R1, till.payment(), Fen(1), till.at, by="S1", reason="x"))
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
    with pytest.raises(AlreadyCommitted) as done:
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
    with pytest.raises(AlreadyCommitted) as done:
        decide(asked, approved=False)
    assert json.loads(done.value.reply) == receipt.model_dump()


def test_units_that_another_refund_takes_while_one_is_declined_stay_taken(till):
    till.paid()
    asked = ask(till, (0, 1)).id
    till.meanwhile(lambda: ask(till, (1, 1), key="other"))
    assert refused(decide, asked, approved=False) == [("STALE_REFUND", {})]
    assert books(till)[:2] == (FIRST + SOCK, [1, 1])
    decide(asked, approved=False)
    assert books(till)[:2] == (SOCK, [0, 1])


def test_no_more_is_freed_than_was_set_aside(till):
    till.paid()
    asked = ask(till, (0, 1)).id
    till.set(Payment, ONE, refund_reserved=Fen(FIRST - 1))
    assert refused(decide, asked, approved=False) == [("STALE_REFUND", {})]
    assert row(asked).state == "asked"


def test_an_amount_without_units_frees_no_units(till):
    till.paid(units="[1,0]")
    till.refund(R1, 5, "asked")
    decide(R1, approved=False)
    assert books(till)[:2] == (0, [1, 0])


def test_above_the_limit_another_one_must_agree(till, monkeypatch):
    till.paid(refund_reserved=Fen(20001))
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
