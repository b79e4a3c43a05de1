"""An attempt's row and its exceptions, to the letter: each step under its condition, and how both are read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.payments import model as payment_model
from chalicelib.records.payments.events import PaymentExceptionResolved
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.providers.port import CreateResult, NextAction
from chalicelib.records.payments.rules import ATTEMPT, PUT_RIGHT
from chalicelib.records.payments.service import attempts, exceptions
from chalicelib.records.payments.service.attempts import NOBODY, Told
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.records.payments.steps import exceptions as exception_steps
from chalicelib.runtime import vault
from chalicelib.runtime.journal import digest
from chalicelib.runtime.vault import SealedDataUnreadable
from tests.hardening.proof.scenario import START
from tests.processes.exactly.till import BUYER, ONE, ORDER, PRICE, R1, TWO, handed, news, part, refused, said, work

END = START + timedelta(minutes=30)
OTHER = ORDER[:-1] + "B"


def drafted(attempt=1, **more):
    values = {
        "customer": BUYER.id,
        "provider": "wechat",
        "product": "native",
        "amount": Fen(PRICE),
        "now": START,
        "expires": END,
    }
    return attempts.draft(ORDER, attempt, **values | more)


def row(till, number=ONE):
    return till.row(Payment, number)


# ---- opening --------------------------------------------------------------------------------------------------------
def test_a_drafted_attempt_is_stored_once_with_what_its_provider_is_told(till):
    payment = drafted()
    assert (payment.id, payment.order_id, payment.created_at, payment.expires_at) == (ONE, ORDER, START, END)
    keys = accounts.keys_of(BUYER.id)
    till.write(attempt_steps.open(payment, Told("o-1", "203.0.113.7", known=True), "print", keys))
    stored = row(till)
    assert stored == {
        "id": ONE,
        "customer": BUYER.id,
        "provider": "wechat",
        "product": "native",
        "amount": PRICE,
        "state": "created",
        "created_at": START,
        "expires_at": END,
        "captured": 0,
        "refund_reserved": 0,
        "asked": "print",
        "told": stored["told"],
    }
    read = till.payment()
    opened = vault.unseal(BUYER.id, keys[0], read.told, f"payment|{ONE}|told")
    assert json.loads(opened) == ["o-1", "203.0.113.7", True, ""]
    assert attempts.told(read, keys) == Told("o-1", "203.0.113.7", known=True)
    with pytest.raises(SealedDataUnreadable):
        attempts.told(read, ())
    read.id = TWO
    with pytest.raises(SealedDataUnreadable):
        attempts.told(read, keys)
    assert refused(till.write, attempt_steps.open(drafted())) == [("PAYMENT_EXISTS", {})]


@pytest.mark.parametrize("told", [Told("o-1"), Told(client_ip="203.0.113.7"), Told(known=True)])
def test_whatever_is_told_of_a_person_is_kept(till, told):
    keys = accounts.keys_of(BUYER.id)
    till.write(attempt_steps.open(drafted(), told, None, keys))
    assert attempts.told(till.payment(), keys) == told


def test_of_somebody_who_was_forgotten_nothing_is_kept(till):
    till.write(attempt_steps.open(drafted(), Told("o-1")))
    assert "told" not in row(till)


def test_of_whom_nothing_is_told_nothing_is_kept(till):
    till.write(attempt_steps.open(drafted(), keys=accounts.keys_of(BUYER.id)))
    assert "told" not in row(till)
    assert attempts.told(till.payment(), ()) == NOBODY == Told("", "", known=False)


def test_an_order_has_ninety_nine_attempts_at_most(till):
    assert drafted(99).id == ORDER + "99"
    assert refused(drafted, 100) == [("TOO_MANY_PAYMENT_ATTEMPTS", {})]


# ---- moving ---------------------------------------------------------------------------------------------------------
def result(**more):
    given = NextAction("form", "https://pay.test/form", {"b": "二", "a": "1"})
    return CreateResult(given, START + timedelta(minutes=5), **more)


STEPS = {
    "prepare": lambda: attempt_steps.prepare(Payment(ONE), result(), kept=True),
    "close": lambda: attempt_steps.end(ONE, "close"),
    "fail": lambda: attempt_steps.end(ONE, "fail"),
    "quarantine": lambda: attempt_steps.quarantine(ONE, "wechat", news(amount=7), START, "X1"),
}


@pytest.mark.parametrize("state", ATTEMPT.all)
@pytest.mark.parametrize("action", STEPS)
def test_an_attempt_moves_along_its_edges_only(till, state, action):
    till.attempt(state=state)
    target = ATTEMPT.after(state, action)
    if target is None:
        assert refused(till.write, STEPS[action]()) == [("PAYMENT_STATE_CONFLICT", {"state": state})]
        assert row(till)["state"] == state
    else:
        till.write(STEPS[action]())
        assert row(till)["state"] == target


@pytest.mark.parametrize("action", STEPS)
def test_an_attempt_that_is_not_there_is_unknown(till, action):
    assert refused(till.write, STEPS[action]()) == [("PAYMENT_NOT_FOUND", {})]


@pytest.mark.parametrize("action", ["close", "fail"])
def test_an_attempt_that_has_ended_keeps_neither_what_was_handed_over_nor_what_was_told_of_a_person(till, action):
    till.attempt(next_action="x", told=b"x")
    till.write(attempt_steps.end(ONE, action))
    assert part(row(till), "next_action", "told") == {"next_action": None, "told": None}


@pytest.mark.parametrize("state", ATTEMPT.all)
def test_an_attempt_is_settled_from_any_state_but_paid(till, state):
    till.attempt(state=state)
    step = attempt_steps.settle(ONE, "wechat", news(), START)
    if state == "paid":
        assert refused(till.write, step) == [("PAYMENT_SETTLED", {})]
    else:
        till.write(step)
        assert row(till)["state"] == "paid"


def test_what_a_provider_hands_over_is_kept_in_short_where_it_cost_a_call(till):
    till.attempt(state="created")
    till.write(attempt_steps.prepare(till.payment(), result(), kept=True))
    assert part(row(till), "state", "valid_until", "next_action") == {
        "state": "pending",
        "valid_until": START + timedelta(minutes=5),
        "next_action": '["form","https://pay.test/form",{"b":"二","a":"1"}]',
    }
    assert attempts.unpack(row(till)["next_action"]) == result().next_action
    till.write(attempt_steps.prepare(till.payment(), handed(9), kept=False))
    assert row(till)["valid_until"] == START + timedelta(minutes=9)
    assert "form" in row(till)["next_action"]


def test_money_settles_an_attempt_only_as_it_was_asked_for(till):
    till.attempt()
    for told_by, told, trouble in (
        ("alipay", news(), "provider"), ("wechat", news(amount=PRICE - 1), "amount"),
        ("wechat", news(products=("jsapi",)), "merchant"),
    ):  # fmt: skip
        step = attempt_steps.settle(ONE, told_by, told, START)
        assert refused(till.write, step) == [("PAYMENT_MISMATCHED", {"trouble": trouble})]
    assert refused(till.write, attempt_steps.settle(ONE, "wechat", news(amount=None), START)) == [
        ("PAYMENT_MISMATCHED", {"trouble": "amount"})
    ]
    assert refused(till.write, attempt_steps.settle(TWO, "wechat", news(number=TWO), START)) == [
        ("PAYMENT_NOT_FOUND", {})
    ]
    settles = news(products=("jsapi", "native"))
    for told_by, told, trouble in (
        ("wechat", settles._replace(amount=Fen(PRICE - 1)), "amount"), ("alipay", settles, "provider"),
    ):  # fmt: skip
        step = attempt_steps.settle(ONE, told_by, told, START)
        assert refused(till.write, step) == [("PAYMENT_MISMATCHED", {"trouble": trouble})]
    till.write(attempt_steps.settle(ONE, "wechat", settles, START))
    assert refused(till.write, attempt_steps.settle(ONE, "wechat", settles, START)) == [("PAYMENT_SETTLED", {})]


def test_money_of_which_no_amount_is_told_settles_nothing(till):
    till.attempt(amount=Fen(0))
    till.attempt(TWO, amount=Fen(1))
    assert refused(till.write, attempt_steps.settle(TWO, "wechat", news(amount=None, number=TWO), START))
    till.write(attempt_steps.settle(ONE, "wechat", news(amount=0), START))
    assert row(till)["captured"] == 0


def test_exceptions_that_were_not_read_are_looked_at_first(till):
    till.attempt()
    before = till.payment()
    case = till.case("payment_silent", on=till.payment())
    for known in (None, before):
        step = attempt_steps.settle(ONE, "wechat", news(), START, known=known)
        assert refused(till.write, step) == [("PAYMENT_EXCEPTION_EXISTS", {})]
    till.write(attempt_steps.settle(ONE, "wechat", news(), START, known=till.payment(), late=True, owed=R1, case="X2"))
    assert part(row(till), "late", "refund_reserved", "refunds", "cases", "captured") == {
        "late": True,
        "refund_reserved": PRICE,
        "refunds": {R1},
        "cases": {case, "X2"},
        "captured": PRICE,
    }


def test_what_was_quarantined_and_is_on_its_way_back_is_settled(till):
    till.attempt(state="quarantined", refund_reserved=Fen(1))
    assert refused(till.write, attempt_steps.settle(ONE, "wechat", news(), START)) == [("PAYMENT_SETTLED", {})]


def test_money_in_quarantine_keeps_its_proof(till):
    till.attempt(next_action="x", told=b"x")
    at = START + timedelta(minutes=2)
    assert refused(till.write, attempt_steps.quarantine(ONE, "alipay", news(amount=7), START, "X1")) == [
        ("PAYMENT_STATE_CONFLICT", {"state": "pending"})
    ]
    till.write(attempt_steps.quarantine(ONE, "wechat", news(amount=7, paid_at=at), START, "X1"))
    assert part(
        row(till), "state", "captured", "paid_at", "provider_ref", "evidence", "cases", "next_action", "told"
    ) == {
        "state": "quarantined",
        "captured": 7,
        "paid_at": at,
        "provider_ref": "T1",
        "evidence": "e1",
        "cases": {"X1"},
        "next_action": None,
        "told": None,
    }
    till.attempt(TWO)
    till.write(attempt_steps.quarantine(TWO, "wechat", news(amount=None, number=TWO), START, "X1"))
    assert row(till, TWO)["captured"] == 0


def test_what_goes_back_is_added_up_as_it_was_read_and_is_no_more_than_was_set_aside(till):
    till.attempt(state="paid", captured=Fen(9), refund_reserved=Fen(7))
    first = till.payment()
    till.write(attempt_steps.give_back(first, Fen(4)))
    assert row(till)["returned"] == 4
    assert refused(till.write, attempt_steps.give_back(first, Fen(1))) == [("STALE_REFUND", {})]
    second = till.payment()
    assert refused(till.write, attempt_steps.give_back(second, Fen(8))) == [("STALE_REFUND", {})]
    till.write(attempt_steps.give_back(second, Fen(3)))
    assert row(till)["returned"] == 7
    assert refused(till.write, attempt_steps.give_back(second, Fen(3))) == [("STALE_REFUND", {})]
    till.set(Payment, ONE, returned=None)
    till.write(attempt_steps.give_back(till.payment(), Fen(7)))
    assert row(till)["returned"] == 7


def test_an_exception_is_about_the_attempt_as_it_stands(till):
    till.attempt()
    before = till.payment()
    till.write(attempt_steps.watch(before, "X1"))
    assert row(till)["cases"] == {"X1"}
    assert refused(till.write, attempt_steps.watch(before, "X2")) == [("PAYMENT_STATE_CONFLICT", {"state": "pending"})]
    before = till.payment()
    till.set(Payment, ONE, state="paid")
    assert refused(till.write, attempt_steps.watch(before, "X2")) == [("PAYMENT_STATE_CONFLICT", {"state": "paid"})]
    till.write(attempt_steps.watch(till.payment(), "X2"))
    assert row(till)["cases"] == {"X1", "X2"}


def test_an_exception_and_money_that_goes_back_each_see_the_other(till):
    till.attempt(state="paid", captured=Fen(9), refund_reserved=Fen(9))
    before = till.payment()
    till.write(attempt_steps.give_back(before, Fen(4)))
    assert refused(till.write, attempt_steps.watch(before, "X1")) == [("PAYMENT_STATE_CONFLICT", {"state": "paid"})]
    before = till.payment()
    till.write(attempt_steps.watch(before, "X1"))
    assert refused(till.write, attempt_steps.give_back(before, Fen(5))) == [("STALE_REFUND", {})]
    till.write(attempt_steps.give_back(till.payment(), Fen(5)))
    assert (row(till)["returned"], row(till)["cases"]) == (9, {"X1"})


# ---- reading --------------------------------------------------------------------------------------------------------
def test_an_attempt_is_found_as_it_stands_unless_asked_otherwise(till):
    till.order()
    till.attempt()
    till.cloud.engine.lag = 3
    assert attempts.find(ONE).id == ONE
    assert refused(attempts.find, ONE, consistent=False) == [("PAYMENT_NOT_FOUND", {})]
    till.cloud.engine.lag = 0
    assert attempts.find(ONE, consistent=False).id == ONE
    till.look()
    for number in ("", "01", ORDER, "R" + ONE[1:], ONE + "0", "../" + ONE):
        assert refused(attempts.find, number) == [("PAYMENT_NOT_FOUND", {})]
    assert till.calls == []
    assert refused(attempts.find, TWO) == [("PAYMENT_NOT_FOUND", {})]


def test_another_one_s_attempt_does_not_exist(till):
    till.attempt()
    assert attempts.own(ONE, BUYER.id).id == ONE
    assert refused(attempts.own, ONE, "C2") == [("PAYMENT_NOT_FOUND", {})]


def test_all_attempts_of_orders_come_in_their_order_in_one_round_trip(till):
    for number in (TWO, ONE, OTHER + "01", ORDER + "03"):
        till.attempt(number)
    till.cloud.engine.lag = 2
    till.look()
    assert [one.id for one in attempts.of_order(ORDER, 2)] == [ONE, TWO]
    assert [one.id for one in attempts.of_orders([(OTHER, 2), (ORDER, 3)])] == [OTHER + "01", ONE, TWO, ORDER + "03"]
    assert till.calls == ["BatchGetItem"] * 2
    till.cloud.engine.lag = 0
    till.look()
    assert attempts.of_order(ORDER, 0) == []
    assert attempts.keys_of(ORDER, 2) == [attempts.key(ONE), attempts.key(TWO)]
    assert tuple(attempts.key(ONE)) == (Payment, ONE, None)
    assert till.calls == []


# ---- exceptions -----------------------------------------------------------------------------------------------------
def test_an_exception_has_the_same_number_however_often_it_is_told(till):
    assert exceptions.case_id("k", "v", "n", "d") == "X" + digest("k", "v", "n", "d").upper()
    assert exceptions.case_id("k", "v", "n") == "X" + digest("k", "v", "n", "").upper()
    case = exceptions.draft("k", "v", ONE, START)
    name, step = case.id, exception_steps.open(case)
    assert name == exceptions.case_id("k", "v", ONE)
    till.write(step)
    assert till.row(PaymentException, name) == {
        "id": name,
        "state": "open",
        "at": START,
        "kind": "k",
        "provider": "v",
        "payment": ONE,
    }
    assert refused(till.write, step) == [("PAYMENT_EXCEPTION_EXISTS", {})]


def test_an_exception_says_what_it_is_about(till):
    long = "9" * 70
    case = exceptions.draft(
        "k",
        "v",
        long,
        START,
        detail="d",
        refund=R1,
        expected=Fen(5),
        received=Fen(6),
        provider_ref=long,
        evidence="e",
    )
    name, step = case.id, exception_steps.open(case)
    assert name == exceptions.case_id("k", "v", R1, "d")
    till.write(step)
    assert till.row(PaymentException, name) == {
        "id": name,
        "state": "open",
        "at": START,
        "kind": "k",
        "provider": "v",
        "payment": long[:64],
        "refund": R1,
        "expected": 5,
        "received": 6,
        "provider_ref": long[:64],
        "evidence": "e",
    }


def test_a_silence_lies_before_a_person_once_until_it_is_broken(till):
    def silence(cases):
        case = exceptions.draft_silence("payment_silent", "wechat", ONE, START, cases, expected=Fen(5), refund="")
        return case and (case.id, exception_steps.open(case))

    other = till.case("amount")
    first, step = silence({other})
    assert first == exceptions.case_id("payment_silent", "wechat", ONE)
    till.write(step)
    assert part(till.row(PaymentException, first), "expected", "refund") == {"expected": 5, "refund": None}
    assert silence({first, other}) is None
    till.set(PaymentException, first, state="resolved", resolution="answered")
    second, step = silence({first, other})
    assert second == exceptions.case_id("payment_silent", "wechat", ONE, "1")
    till.write(step)
    assert silence({first, second}) is None
    till.set(PaymentException, second, state="resolved", resolution="noted")
    assert silence({first, second}) is None
    assert silence(None)[0] == first


def test_a_silence_of_a_refund_is_named_by_it(till):
    case = exceptions.draft_silence("refund_silent", "wechat", ONE, START, None, expected=Fen(5), refund=R1)
    name, step = case.id, exception_steps.open(case)
    assert name == exceptions.case_id("refund_silent", "wechat", R1)
    till.write(step)
    assert part(till.row(PaymentException, name), "refund", "payment") == {"refund": R1, "payment": ONE}


def test_an_exception_that_is_on_record_stays_as_it_is(till):
    case = exceptions.draft("k", "v", ONE, START)
    exceptions.put(case, work(key=None))
    exceptions.put(case, work(key=None))
    assert len(till.cases()) == 1
    till.attempt()
    mixed = work(key=None)
    mixed.add(attempt_steps.end(ONE, "close"))
    till.set(Payment, ONE, state="paid")
    with pytest.raises(CommitRejected):
        exceptions.put(case, mixed)


def test_what_is_decided_is_decided_once(till):
    case = till.case("amount")
    for words in ("seen", ""):
        till.set(PaymentException, case, state="open", note=None)
        till.look()
        deciding = work(key=None)
        exceptions.resolve(exceptions.find(case), "noted", "S9", deciding, words)
        deciding.commit()
        kept = exceptions.find(case)
        assert (kept.state, kept.resolution, kept.resolved_by) == ("resolved", "noted", "S9")
        assert (vault.unseal_legal(kept.note, f"exception|{case}|note") if kept.note else "") == words
        assert till.told() == [said(PaymentExceptionResolved(case, "noted"))]
    again = work(key=None)
    exceptions.resolve(exceptions.find(case), "noted", "S9", again)
    assert refused(again.commit) == [("PAYMENT_EXCEPTION_CLOSED", {})]
    gone = work(key=None)
    exceptions.resolve(PaymentException("X0"), "noted", "S9", gone)
    assert refused(gone.commit) == [("PAYMENT_EXCEPTION_NOT_FOUND", {})]


@pytest.mark.parametrize("how", PUT_RIGHT)
def test_what_comes_right_by_itself_is_what_the_table_says_and_open(till, how):
    kinds = sorted(set().union(*PUT_RIGHT.values()) | {"currency"})
    cases = {kind: till.case(kind) for kind in kinds}
    ended = till.case("amount", detail="2", state="resolved")
    but = till.case(min(PUT_RIGHT[how]), detail="3")
    till.look()
    righting = work(key=None)
    exceptions.put_right({*cases.values(), ended, but}, how, righting, but=but)
    righting.commit()
    right = sorted(cases[kind] for kind in PUT_RIGHT[how])
    assert till.told() == [said(PaymentExceptionResolved(case, how)) for case in right]
    assert {till.row(PaymentException, case)["resolved_by"] for case in right} == {"shop"}


def test_where_nothing_is_wrong_nothing_is_put_right(till):
    till.look()
    righting = work(key=None)
    for none in (None, set()):
        exceptions.put_right(none, "settled", righting)
    righting.commit()
    assert till.calls == []


def test_exceptions_are_read_as_they_stand_in_the_order_of_their_numbers(till):
    names = sorted(till.case(kind) for kind in ("a", "b", "c"))
    till.cloud.engine.lag = 3
    assert [case.id for case in exceptions.several({*names, "X-GONE"})] == names
    assert exceptions.find(names[0]).id == names[0]
    till.cloud.engine.lag = 0
    assert refused(exceptions.find, "X0") == [("PAYMENT_EXCEPTION_NOT_FOUND", {})]


def test_a_page_of_exceptions_comes_oldest_first(till):
    names = []
    for n in range(5):
        till.at += timedelta(seconds=1)
        names.append(till.case("amount", detail=str(n)))
    till.case("amount", detail="9", state="resolved")
    first, more = exceptions.listed("open", 3, None)
    second, end = exceptions.listed("open", 3, more)
    assert ([case.id for case in (*first, *second)], len(first), end) == (names, 3, None)
    assert first[0].kind == "amount"


def test_a_row_is_as_it_was_read_when_it_has_the_same_exceptions(till):
    """Nothing read is as good as none, for attempts and refunds."""
    till.attempt()
    for known in (None, Payment(ONE), Payment(ONE, cases=None)):
        assert repr(payment_model.as_read(known)) == repr(Payment.cases.does_not_exist())
    assert repr(payment_model.as_read(Payment(ONE, cases={"X1"}))) == repr(Payment.cases == {"X1"})
    assert repr(payment_model.as_read(Refund(R1, cases={"X1"}))) == repr(Refund.cases == {"X1"})
