"""News of a refund, to the letter: what its payment, its order and the shelves come to, and what lies before a person."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.refunding.service.refund_order import take_refund_news
from chalicelib.records.orders.events import OrderAnnulled
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import (
    PaymentExceptionResolved,
    RefundFailed,
    RefundQueryDue,
    RefundSucceeded,
)
from chalicelib.records.payments.model import Payment, Refund
from chalicelib.records.payments.rules import REFUND
from chalicelib.records.payments.service import refunds
from tests.processes.exactly.till import (
    FREE,
    HELD,
    ONE,
    ORDER,
    PRICE,
    R1,
    R2,
    SHIRT,
    SOCKS,
    TWO,
    part,
    refund_news,
    said,
    work,
)

FIRST = 2355  # what the first shirt is worth with its part of the freight
REST = PRICE - FIRST


def tell(status="SUCCEEDED", amount=None, *, number=R1, provider="wechat", **more):
    told = refund_news(number, status, amount, **{"provider_ref": "P9", "evidence": "e9", **more})
    return take_refund_news(provider, told, work(key=f"{number}{status}{amount}"))


def asked(till, amount, units, number=R1, state="processing"):
    """A refund for these units of each line, whose amount and units are set aside."""
    row = till.row(Payment, ONE)
    before = json.loads(row.get("units", "[0,0]"))
    till.refund(number, amount, state, units=json.dumps(units))
    together = [b + u for b, u in zip(before, units, strict=True)]
    till.set(Payment, ONE, units=json.dumps(together, separators=(",", ":")))
    return number


def order_of(till):
    return part(till.row(Order, ORDER), "state", "refunded", "packed_ledger")


def row():
    return refunds.find(R1)


# ---- the money went back --------------------------------------------------------------------------------------------
def test_a_part_that_went_back_is_counted_and_its_units_are_held_no_more(till):
    till.paid()
    asked(till, FIRST, [1, 0])
    till.look()
    assert tell(amount=FIRST) == "moved"
    assert part(till.row(Refund, R1), "state", "provider_ref", "evidence", "refunded_at") == {
        "state": "succeeded",
        "provider_ref": "P9",
        "evidence": "e9",
        "refunded_at": till.at,
    }
    assert part(till.row(Payment, ONE), "returned", "refund_reserved") == {"returned": FIRST, "refund_reserved": FIRST}
    assert order_of(till) == {"state": "paid", "refunded": FIRST, "packed_ledger": "[[1,1]]"}
    assert till.shelves() == {SHIRT: (4, 1), SOCKS: (5, 1)}
    assert till.told() == [said(RefundSucceeded(R1, ONE, ORDER, FIRST))]


def test_with_the_last_fen_the_order_is_annulled_and_frees_what_it_still_holds(till):
    till.paid()
    asked(till, FIRST, [1, 0])
    asked(till, REST, [1, 1], number=R2)
    tell(amount=FIRST)
    till.look()
    assert tell(amount=REST, number=R2) == "moved"
    assert order_of(till) == {"state": "annulled", "refunded": PRICE, "packed_ledger": "[[2,2],[1,1]]"}
    assert till.row(Payment, ONE)["returned"] == PRICE
    assert till.shelves() == FREE
    assert till.told() == [said(OrderAnnulled(ORDER)), said(RefundSucceeded(R2, ONE, ORDER, REST))]


def test_the_order_is_annulled_by_the_last_fen_and_not_before(till):
    till.paid()
    asked(till, PRICE - 1, [2, 0])
    double = till.case("double", on=till.payment())
    till.look()
    tell(amount=PRICE - 1)
    assert said(PaymentExceptionResolved(double, "returned")) not in till.told()
    assert row().cases is None
    assert order_of(till) == {"state": "paid", "refunded": PRICE - 1, "packed_ledger": "[[2,2]]"}
    assert till.shelves() == {SHIRT: (5, 0), SOCKS: (5, 1)}


def test_money_without_units_frees_no_goods_until_it_is_all(till):
    till.paid()
    till.refund(R1, 5, "processing")
    tell(amount=5)
    assert order_of(till) == {"state": "paid", "refunded": 5, "packed_ledger": None}
    assert till.shelves() == HELD


@pytest.mark.parametrize(
    ("state", "before", "then", "after", "shelves"),
    [
        ("shipped", "[[0,0,2],[0,0,1]]", "shipped", "[[0,2,2],[0,1,1]]", HELD),
        ("delivered", "[[0,0,2,2],[0,0,1,1]]", "delivered", "[[0,2,2,2],[0,1,1,1]]", HELD),
        ("partly_shipped", "[[0,0,1]]", "shipped", "[[1,2,1],[1,1]]", {SHIRT: (4, 1), SOCKS: (6, 0)}),
    ],
)
def test_goods_that_have_left_are_not_free_again(till, state, before, then, after, shelves):
    till.paid()
    asked(till, PRICE, [2, 1])
    till.set(Order, ORDER, state=state, packed_ledger=before)  # the shelves stay as they were: what comes back shows
    till.look()
    assert tell(amount=PRICE) == "moved"
    assert order_of(till) == {"state": then, "refunded": PRICE, "packed_ledger": after}, "it is not annulled"
    assert till.shelves() == shelves
    assert till.told() == [said(RefundSucceeded(R1, ONE, ORDER, PRICE))]


def test_a_second_payment_s_money_is_none_of_its_order_s(till):
    till.paid()
    till.attempt(TWO, "paid", captured=Fen(PRICE))
    till.refund(R1, PRICE, "processing", payment=TWO, cause="double")
    double = till.case("double", TWO, on=till.payment(TWO))
    before = till.row(Order, ORDER)
    till.look()
    assert tell(amount=PRICE) == "moved"
    assert (till.row(Order, ORDER), till.shelves()) == (before, HELD)
    assert till.told() == [
        said(PaymentExceptionResolved(double, "returned")),
        said(RefundSucceeded(R1, TWO, ORDER, PRICE)),
    ]


def test_what_waited_for_the_money_is_put_right_by_it_and_its_payment_s_by_the_last_of_it(till):
    till.paid()
    silent = till.case("refund_silent", refund=R1)
    double = till.case("double", on=till.payment())
    asked(till, FIRST, [1, 0])
    asked(till, REST, [1, 1], number=R2)
    till.set(Refund, R1, cases={silent})
    till.look()
    tell(amount=FIRST)
    assert till.told() == [
        said(PaymentExceptionResolved(silent, "returned")),
        said(RefundSucceeded(R1, ONE, ORDER, FIRST)),
    ]
    till.look()
    tell(amount=REST, number=R2)
    assert till.told()[0] == said(PaymentExceptionResolved(double, "returned"))
    assert {case["resolved_by"] for case in till.cases()} == {"shop"}


def test_a_success_of_which_no_amount_is_told_is_one(till):
    till.paid()
    till.refund(R1, 5, "failed")
    assert tell(amount=None) == "moved"
    assert row().state == "succeeded"


def test_of_two_refunds_that_succeed_at_once_one_looks_again(till):
    till.paid()
    asked(till, FIRST, [1, 0])
    asked(till, REST, [1, 1], number=R2)
    till.meanwhile(lambda: tell(amount=FIRST))
    with pytest.raises(CommitRejected):
        tell(amount=REST, number=R2)
    assert tell(amount=REST, number=R2) == "moved"
    assert (order_of(till)["state"], till.shelves()) == ("annulled", FREE)


# ---- it moves on, fails or gets stuck -------------------------------------------------------------------------------
def test_one_that_the_provider_has_taken_is_asked_about_later(till):
    till.paid()
    till.refund(R1, 5)
    till.look()
    assert tell("PROCESSING", 5) == "moving"
    assert row().state == "processing"
    assert till.told() == [said(RefundQueryDue(R1, 1), at=till.at + timedelta(seconds=30))]


@pytest.mark.parametrize(("status", "state"), [("FAILED", "failed"), ("ABNORMAL", "abnormal")])
def test_one_that_did_not_go_back_lies_before_a_person(till, status, state):
    till.paid()
    till.refund(R1, 5, "processing")
    till.look()
    assert tell(status, 5, code="X9") == "moved"
    (case,) = till.cases()
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": f"refund_{state}",
        "provider": "wechat",
        "payment": ONE,
        "refund": R1,
        "at": till.at,
        "expected": 5,
    }
    assert part(till.row(Refund, R1), "state", "code", "cases") == {"state": state, "code": "X9", "cases": {case["id"]}}
    assert till.told() == [said(RefundFailed(R1, ONE, state))]
    assert part(till.row(Payment, ONE), "refund_reserved", "returned") == {"refund_reserved": 5, "returned": None}
    assert till.shelves() == HELD


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("succeeded", "SUCCEEDED"), ("succeeded", "FAILED"), ("processing", "PROCESSING"), ("processing", "UNKNOWN"),
        ("failed", "FAILED"), ("declined", "FAILED"), ("manual", "FAILED"),
    ],
)  # fmt: skip
def test_what_is_known_changes_nothing(till, state, status):
    till.paid()
    till.refund(R1, 5, state)
    before = till.tables()
    assert tell(status, 5) == "known"
    assert till.tables() == before


def test_what_another_worker_moved_meanwhile_is_known(till):
    till.paid()
    till.refund(R1, 5)
    till.meanwhile(lambda: till.set(Refund, R1, state="declined"))
    assert tell("PROCESSING", 5) == "known"
    assert row().state == "declined"


def test_what_got_another_exception_meanwhile_is_told_again(till):
    till.paid()
    till.refund(R1, 5)
    till.meanwhile(lambda: till.set(Refund, R1, cases={"X1"}))
    with pytest.raises(CommitRejected):
        tell("PROCESSING", 5)
    assert row().state == "requested"


def test_what_another_worker_booked_meanwhile_is_told_again(till):
    till.paid()
    till.refund(R1, 5, "processing")
    till.set(Payment, ONE, refund_reserved=Fen(4))  # and its payment does not fit either
    till.meanwhile(lambda: till.set(Refund, R1, state="succeeded"))
    with pytest.raises(CommitRejected):
        tell(amount=5)


# ---- it does not fit ------------------------------------------------------------------------------------------------
def test_a_number_that_nobody_knows_lies_before_a_person(till):
    long = "R" * 70
    assert tell(amount=7, number=long) == "unknown"
    (case,) = till.cases()
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": "unknown_refund",
        "provider": "wechat",
        "payment": long[:64],
        "refund": long[:64],
        "at": till.at,
        "received": 7,
        "provider_ref": "P9",
        "evidence": "e9",
    }
    assert tell(amount=7, number=long) == "unknown"
    assert len(till.cases()) == 1


@pytest.mark.parametrize("state", REFUND.all)
def test_another_amount_lies_before_a_person_and_is_put_right_by_the_right_one(till, state):
    till.paid()
    till.refund(R1, 5, state)
    assert tell(amount=4) == "mismatch"
    (case,) = till.cases()
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": "refund_amount",
        "provider": "wechat",
        "payment": ONE,
        "refund": R1,
        "at": till.at,
        "expected": 5,
        "received": 4,
        "provider_ref": "P9",
        "evidence": "e9",
    }
    may_come = state in ("requested", "processing", "failed", "abnormal")
    assert (row().state, row().cases) == (state, {case["id"]} if may_come else None)


def test_another_merchant_s_word_is_an_exception_that_nothing_puts_right(till):
    till.paid()
    till.refund(R1, 5)
    assert tell(amount=5, mismatch="merchant") == "mismatch"
    assert part(till.cases()[0], "kind", "refund") == {"kind": "refund_merchant", "refund": R1}
    assert (row().state, row().cases) == ("requested", None)


def test_another_provider_s_word_changes_nothing(till):
    till.paid()
    till.refund(R1, 5)
    assert tell(amount=5, provider="alipay") == "mismatch"
    assert part(till.cases()[0], "kind", "provider") == {"kind": "refund_provider", "provider": "alipay"}
    assert row().state == "requested"


@pytest.mark.parametrize("state", ["asked", "declined", "released", "manual"])
def test_money_that_went_back_although_nobody_wanted_it_lies_before_a_person(till, state):
    till.paid()
    till.refund(R1, 5, state)
    assert tell(amount=5) == "mismatch"
    assert part(till.cases()[0], "kind", "received") == {"kind": "refund_unexpected", "received": 5}
    assert row().state == state
