"""Money that does not fit, that nobody knows, or that never comes: what lies before a person, and what changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.ids import is_payment_id
from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.settle_payment import settle_payment
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import PaymentFailed, PaymentMismatch, PaymentUnclaimed
from chalicelib.records.payments.model import Payment, PaymentException
from chalicelib.records.payments.service import attempts
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import LINES, ONE, ORDER, PRICE, PROOF, TWO, news, part, said, work

STRANGE = {"kind": "unknown", "state": "open", "provider": "wechat"}


def row_of(till, model, key, *names):
    return part(till.row(model, key), *names)


def only(till):
    (case,) = till.cases()
    return case


# ---- money that does not fit ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["created", "pending", "failed", "closed"])
def test_another_amount_is_captured_pays_nothing_and_lies_before_a_person(till, state):
    till.order()
    till.attempt(state=state, next_action="[]", told=b"sealed")
    till.look()
    assert settle_payment("wechat", news(amount=PRICE - 1), work()) == "mismatch"
    case = only(till)
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": "amount",
        "provider": "wechat",
        "payment": ONE,
        "at": till.at,
        "expected": PRICE,
        "received": PRICE - 1,
        "provider_ref": "T1",
        "evidence": "e1",
    }
    assert row_of(till, Payment, ONE, "state", "captured", "paid_at", "cases", "next_action", "told", *PROOF) == {
        "state": "quarantined",
        "captured": PRICE - 1,
        "paid_at": till.at,
        "cases": {case["id"]},
        "next_action": None,
        "told": None,
        **PROOF,
    }
    assert till.told() == [said(PaymentMismatch(case["id"], ONE, "wechat", "amount"))]
    assert till.counted == {"PaymentMismatch wechat": 1}
    assert till.state() == "placed"


def test_the_same_wrong_amount_told_again_is_the_same_exception(till):
    till.order()
    till.attempt()
    settle_payment("wechat", news(amount=7), work())
    first = only(till)
    till.look()
    assert settle_payment("wechat", news(amount=7), work(key="2")) == "mismatch"
    assert (only(till), till.told()) == (first, [])


def test_a_second_wrong_amount_is_an_exception_that_the_right_one_will_put_right(till):
    till.order()
    till.attempt()
    settle_payment("wechat", news(amount=7), work())
    till.look()
    assert settle_payment("wechat", news(amount=8), work(key="2")) == "mismatch"
    seven, eight = sorted(till.cases(), key=lambda case: case["received"])
    assert [case["received"] for case in (seven, eight)] == [7, 8]
    assert row_of(till, Payment, ONE, "captured", "cases") == {"captured": 7, "cases": {seven["id"], eight["id"]}}
    assert till.told() == [said(PaymentMismatch(eight["id"], ONE, "wechat", "amount"))]
    assert settle_payment("wechat", news(), work(key="3")) == "paid"
    assert {case["state"] for case in till.cases()} == {"resolved"}


def test_another_amount_for_what_is_paid_already_is_an_exception_beside_it(till):
    till.paid()
    before = till.row(Payment, ONE)
    assert settle_payment("wechat", news(amount=7), work()) == "mismatch"
    assert part(only(till), "kind", "expected", "received") == {"kind": "amount", "expected": PRICE, "received": 7}
    assert till.row(Payment, ONE) == before


@pytest.mark.parametrize("trouble", ["merchant", "currency"])
def test_another_merchant_s_or_another_currency_s_money_touches_nothing(till, trouble):
    till.order()
    till.attempt()
    before = till.row(Payment, ONE)
    till.look()
    assert settle_payment("wechat", news(mismatch=trouble), work()) == "mismatch"
    case = only(till)
    assert part(case, "kind", "expected", "received", "provider") == {
        "kind": trouble,
        "expected": PRICE,
        "received": PRICE,
        "provider": "wechat",
    }
    assert till.told() == [said(PaymentMismatch(case["id"], ONE, "wechat", trouble))]
    assert till.counted == {"PaymentMismatch wechat": 1}
    assert (till.row(Payment, ONE), till.state()) == (before, "placed")


def test_another_merchant_s_money_of_which_no_amount_is_told_and_for_no_attempt_of_ours(till):
    assert settle_payment("wechat", news(amount=None, mismatch="merchant"), work()) == "mismatch"
    assert part(only(till), "kind", "expected", "received", "payment") == {
        "kind": "merchant",
        "expected": None,
        "received": None,
        "payment": ONE,
    }


def test_another_provider_s_word_pays_nothing(till):
    till.order()
    till.attempt()
    till.look()
    assert settle_payment("alipay", news(), work()) == "mismatch"
    assert part(only(till), "kind", "provider") == {"kind": "provider", "provider": "alipay"}
    assert till.counted == {"PaymentMismatch alipay": 1}
    assert (till.row(Payment, ONE)["state"], till.state()) == ("pending", "placed")


def test_two_amounts_of_another_merchant_are_two_exceptions(till):
    till.attempt()
    settle_payment("wechat", news(amount=7, mismatch="merchant"), work())
    settle_payment("wechat", news(amount=8, mismatch="merchant"), work(key="2"))
    settle_payment("wechat", news(amount=8, mismatch="merchant"), work(key="3"))
    assert sorted(case["received"] for case in till.cases()) == [7, 8]


def test_a_wrong_amount_of_what_moves_meanwhile_is_told_again(till):
    till.order()
    till.attempt(state="quarantined")
    moves = [lambda: till.set(Payment, ONE, state="paid")]
    till.meanwhile(None, None, *moves)
    with pytest.raises(CommitRejected):  # whoever tells us is not answered, and tells us again
        settle_payment("wechat", news(amount=7), work())
    assert till.cases() == []
    assert settle_payment("wechat", news(amount=7), work()) == "mismatch"
    assert only(till)["kind"] == "amount"


# ---- nobody knows it ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "number",
    [ONE, "", "01", ORDER, "P" + ONE[1:], ORDER + "0", ORDER + "0A", ORDER + "A0", ONE + "1", "x" * 70, ORDER + "٠١"],
)
def test_money_for_a_number_that_nobody_knows_is_parked_and_looked_at_a_day_later(till, number):
    till.look()
    assert settle_payment("wechat", news(number=number), work()) == "unknown"
    case = only(till)
    assert case == {
        **STRANGE,
        "id": case["id"],
        "payment": number[:64],
        "at": till.at,
        "received": PRICE,
        **PROOF,
    }
    assert till.told() == [said(PaymentUnclaimed(case["id"], number[:64]), at=till.at + timedelta(hours=24))]
    settle_payment("wechat", news(number=number), work())  # it is not done under its key: a repeat is looked at anew
    assert len(till.cases()) == 1
    assert till.rows(Order) == []


def test_what_is_parked_by_a_repeat_is_the_same_exception(till):
    assert settle_payment("wechat", news(), work()) == "unknown"
    first = only(till)
    till.at += timedelta(minutes=5)
    assert settle_payment("wechat", news(), work()) == "unknown"
    assert only(till) == first


def test_a_number_of_ours_is_an_order_s_with_two_digits():
    assert is_payment_id(ONE)
    assert is_payment_id(ORDER + "99")
    wrong = (ORDER, ONE + "0", "R" + ONE[1:], ORDER + "A1", ORDER + "1A", "", "1", ORDER.lower() + "01")
    assert [number for number in wrong if is_payment_id(number)] == []


def test_also_an_end_of_a_number_that_is_not_ours_is_parked(till):
    assert settle_payment("wechat", news("CLOSED", None, number="x"), work()) == "unknown"
    assert only(till)["kind"] == "unknown"


# ---- ends and no news -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("status", "state"), [("CLOSED", "closed"), ("FAILED", "failed")])
def test_an_attempt_that_cannot_be_paid_any_more_ends(till, status, state):
    till.order()
    till.attempt(next_action="[]", told=b"sealed")
    till.look()
    assert settle_payment("wechat", news(status, None), work()) == "ended"
    assert row_of(till, Payment, ONE, "state", "next_action", "told", "captured") == {
        "state": state,
        "next_action": None,
        "told": None,
        "captured": 0,
    }
    assert till.told() == [said(PaymentFailed(ONE, ORDER, "wechat", state))]
    assert till.state() == "placed"


def test_an_attempt_that_has_ended_is_known_to_have(till):
    till.attempt(state="closed")
    till.attempt(TWO, state="paid")
    before = till.tables()
    assert settle_payment("wechat", news("CLOSED", None), work()) == "known"
    assert settle_payment("wechat", news("FAILED", None, number=TWO), work(key="2")) == "known"
    assert till.tables() == before


@pytest.mark.parametrize(
    ("status", "mismatch"),
    [("PENDING", ""), ("NOT_FOUND", ""), ("UNKNOWN", ""), ("CLOSED", "merchant"), ("FAILED", "currency")],
)
def test_what_says_nothing_changes_nothing(till, status, mismatch):
    till.order()
    till.attempt()
    before = till.tables()
    assert settle_payment("wechat", news(status, mismatch=mismatch), work()) == "nothing"
    assert till.tables() == before


def test_every_outcome_is_committed_under_the_news_own_key(till):
    """A notice that comes again is answered by the journal, whatever became of the money."""
    scenes = {"paid": {}, "expired": {}, "cancelled": {}, "wrong": {"amount": 7}, "ended": {"status": "CLOSED"}}
    for n, (name, more) in enumerate(scenes.items()):
        order = till.order(
            name if name in ("expired", "cancelled") else "placed", order_id=f"{ORDER[:-1]}{n}", lines=LINES[1:]
        )
        till.attempt(order + "01", amount=Fen(1301), state="pending")
        told = news(**{"amount": 1301, "number": order + "01", **more})
        settle_payment("wechat", told, work(key=name))
        with pytest.raises(AlreadyCommitted):
            settle_payment("wechat", told, work(key=name))
    keys = [row.key for row in till.rows(Journal) if not row.key.startswith(".")]
    assert len(keys) == len(scenes)


def test_an_order_s_row_that_is_gone_is_not_paid(till):
    till.attempt()
    with pytest.raises(Exception, match="ORDER_NOT_FOUND"):
        settle_payment("wechat", news(), work())
    assert attempts.find(ONE).state == "pending"
    assert till.rows(PaymentException) == []
