"""Deciding an exception about money, to the letter: what a person may decide of which, and what it brings about."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.ids import is_id
from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.shapes import Resolve, exception_view
from chalicelib.records.orders.events import OrderAnnulled
from chalicelib.records.orders.model import Order
from chalicelib.records.payments import model as payment_model
from chalicelib.records.payments.events import (
    PaymentExceptionResolved,
    PaymentQueryDue,
    RefundRequested,
    RefundSucceeded,
)
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.providers.port import Declined, TradeNotFound, Unknown
from chalicelib.records.payments.rules import Sent
from chalicelib.records.payments.service import exceptions, refunds
from chalicelib.runtime import vault
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import FINANCE, FREE, ONE, ORDER, PRICE, R1, part, refund_news, refused, said, work
from tests.support.doors import settled


def resolve(case, resolution, key="r"):
    return settled(
        resolve_exception,
        case,
        Resolve(resolution=resolution, note="seen"),
        work=work(FINANCE, key=key),
        view=exception_view,
    )


def stuck(till, state="failed", *, cause="asked", kind="", **more):
    """A refund of five fen that lies before a person; answers the exception."""
    till.paid()
    till.refund(R1, 5, state, cause=cause, **more)
    return till.case(kind or f"refund_{state}", refund=R1, on=refunds.find(R1))


def row(number=R1):
    return refunds.find(number)


# ---- deciding -------------------------------------------------------------------------------------------------------
def test_what_needs_nothing_is_noted_with_a_person_s_name_and_sealed_words(till):
    case = till.case("unknown")
    till.look()
    view = resolve(case, "noted")
    kept = till.row(PaymentException, case)
    assert part(kept, "state", "resolution", "resolved_by") == {
        "state": "resolved",
        "resolution": "noted",
        "resolved_by": FINANCE.id,
    }
    assert vault.unseal_legal(exceptions.find(case).note, f"exception|{case}|note") == "seen"
    assert (view.id, view.state, view.resolution, view.resolved_by) == (case, "resolved", "noted", FINANCE.id)
    assert till.told() == [said(PaymentExceptionResolved(case, "noted"))]
    with pytest.raises(AlreadyCommitted) as done:
        resolve_again(till, case)
    assert json.loads(done.value.reply) == view.model_dump()


def resolve_again(till, case):
    till.set(PaymentException, case, state="open")  # as a twin read it
    resolve(case, "noted")


def test_what_is_decided_or_unknown_is_not_decided(till):
    case = till.case("unknown", state="resolved")
    assert refused(resolve, case, "noted") == [("PAYMENT_EXCEPTION_CLOSED", {})]
    assert refused(resolve, "X0", "noted") == [("PAYMENT_EXCEPTION_NOT_FOUND", {})]


def test_of_two_who_decide_at_once_one_is_told(till):
    case = till.case("unknown")
    till.meanwhile(lambda: till.set(PaymentException, case, state="resolved"))
    assert refused(resolve, case, "noted") == [("PAYMENT_EXCEPTION_CLOSED", {})]


def test_a_silent_payment_is_asked_for_once_more_at_once(till):
    till.attempt()
    case = till.case("payment_silent")
    till.look()
    resolve(case, "retry")
    assert till.told() == [said(PaymentQueryDue(ONE, 0), at=till.at), said(PaymentExceptionResolved(case, "retry"))]


# ---- sending back what was quarantined ------------------------------------------------------------------------------
def test_quarantined_money_goes_back_in_full(till):
    till.order()
    till.attempt(state="quarantined", captured=Fen(7))
    case = till.case("amount", on=till.payment())
    till.look()
    resolve(case, "refund")
    (made,) = till.rows(Refund)
    assert is_id(made.id, "R")
    assert till.row(Refund, made.id) == {
        "id": made.id,
        "payment": ONE,
        "amount": 7,
        "state": "requested",
        "reason": "amount mismatch",
        "cause": "exception",
        "created_at": till.at,
        "asked_by": FINANCE.id,
        "decided_by": FINANCE.id,
    }
    assert part(till.row(Payment, ONE), "refund_reserved", "refunds") == {"refund_reserved": 7, "refunds": {made.id}}
    assert till.told() == [said(RefundRequested(made.id, ONE, 7)), said(PaymentExceptionResolved(case, "refund"))]


def test_of_quarantined_money_only_what_has_not_gone_back_goes(till):
    till.attempt(state="quarantined", captured=Fen(7), refund_reserved=Fen(6))
    resolve(till.case("amount"), "refund")
    assert [int(made.amount) for made in till.rows(Refund)] == [1]
    again = till.case("amount", detail="2")
    assert refused(resolve, again, "refund", key="2") == [("NOTHING_TO_REFUND", {})]


@pytest.mark.parametrize("state", ["created", "pending", "paid", "closed", "failed"])
def test_what_is_not_quarantined_is_not_sent_back(till, state):
    till.attempt(state=state, captured=Fen(7))
    assert refused(resolve, till.case("amount"), "refund") == [("RESOLUTION_UNFIT", {"resolution": "refund"})]
    assert till.rows(Refund) == []


def test_what_is_about_no_payment_of_ours_is_not_sent_back(till):
    case = till.case("unknown", "nobody's")
    assert refused(resolve, case, "refund") == [("RESOLUTION_UNFIT", {"resolution": "refund"})]
    till.set(PaymentException, case, payment=None)
    assert refused(resolve, case, "refund") == [("RESOLUTION_UNFIT", {"resolution": "refund"})]


# ---- refunds that failed, got stuck or fell silent ------------------------------------------------------------------
@pytest.mark.parametrize("resolution", ["retry", "release", "by_hand"])
def test_what_is_about_no_refund_of_ours_cannot_be_decided_as_one(till, resolution):
    for n, (kind, refund) in enumerate([("amount", ""), ("unknown_refund", R1), ("payment_silent", "")]):
        if (kind, resolution) != ("payment_silent", "retry"):
            case = till.case(kind, refund=refund)
            assert refused(resolve, case, resolution, key=str(n)) == [("RESOLUTION_UNFIT", {"resolution": resolution})]


@pytest.mark.parametrize("state", ["failed", "abnormal"])
def test_a_stuck_refund_is_tried_once_more_under_the_same_number(till, state):
    case = stuck(till, state, packed_sent=payment_model.pack_sent(Sent((100,), taken=True)))
    till.look()
    resolve(case, "retry")
    assert part(till.row(Refund, R1), "state", "decided_by") == {"state": "processing", "decided_by": FINANCE.id}
    assert till.told() == [said(RefundRequested(R1, ONE, 5)), said(PaymentExceptionResolved(case, "retry"))]
    assert till.row(Payment, ONE)["refund_reserved"] == 5


@pytest.mark.parametrize("state", ["requested", "processing"])
def test_a_silent_refund_is_asked_for_once_more_as_it_stands(till, state):
    case = stuck(till, state, kind="refund_silent")
    till.look()
    resolve(case, "retry")
    assert part(till.row(Refund, R1), "state", "decided_by") == {"state": state, "decided_by": None}
    assert till.told() == [said(RefundRequested(R1, ONE, 5)), said(PaymentExceptionResolved(case, "retry"))]


@pytest.mark.parametrize("state", ["asked", "succeeded", "declined", "released", "manual"])
@pytest.mark.parametrize("resolution", ["retry", "release", "by_hand"])
def test_a_refund_that_moves_no_more_cannot_be_decided(till, state, resolution):
    case = stuck(till, state, kind="refund_silent")
    assert refused(resolve, case, resolution) == [("REFUND_STATE_CONFLICT", {"state": state})]


def test_money_that_was_given_back_by_hand_is_booked(till):
    case = stuck(till, "abnormal")
    silent = till.case("refund_silent", refund=R1, on=row())
    till.look()
    resolve(case, "by_hand")
    assert part(till.row(Refund, R1), "state", "decided_by") == {"state": "manual", "decided_by": FINANCE.id}
    assert part(till.row(Payment, ONE), "refund_reserved", "returned") == {"refund_reserved": 5, "returned": 5}
    assert till.row(Order, ORDER)["refunded"] == 5
    assert till.told() == [
        said(PaymentExceptionResolved(silent, "returned")),
        said(RefundSucceeded(R1, ONE, ORDER, 5)),
        said(PaymentExceptionResolved(case, "by_hand")),
    ]


def test_the_last_money_given_back_by_hand_annuls_its_order(till):
    till.paid()
    till.refund(R1, PRICE, "failed")
    case = till.case("refund_failed", refund=R1)
    till.look()
    resolve(case, "by_hand")
    assert (till.state(), till.shelves()) == ("annulled", FREE)
    assert said(OrderAnnulled(ORDER)) in till.told()


# ---- giving a number up ---------------------------------------------------------------------------------------------
NOTHING = [TradeNotFound(), refund_news(R1, "UNKNOWN"), refund_news(R1, "FAILED"), refund_news(R1, "ABNORMAL")]


@pytest.mark.parametrize("told", NOTHING)
def test_a_refund_that_is_given_up_frees_its_amount_when_its_provider_gave_nothing(till, told):
    case = stuck(till)
    till.providers["wechat"].says["query_refund"] = told
    till.look()
    resolve(case, "release")
    assert till.providers["wechat"].ops() == ["query_refund"]
    assert part(till.row(Refund, R1), "state", "decided_by") == {"state": "released", "decided_by": FINANCE.id}
    assert till.row(Payment, ONE)["refund_reserved"] == 0
    assert till.told() == [said(PaymentExceptionResolved(case, "release"))]
    assert len(till.rows(Refund)) == 1


@pytest.mark.parametrize("status", ["SUCCEEDED", "PROCESSING"])
def test_a_refund_is_not_given_up_when_its_provider_gave_it_back_or_may(till, status):
    case = stuck(till)
    till.providers["wechat"].says["query_refund"] = refund_news(R1, status, 5)
    assert refused(resolve, case, "release") == [("REFUND_STATE_CONFLICT", {"state": status.lower()})]
    assert (row().state, till.row(Payment, ONE)["refund_reserved"]) == ("failed", 5)


@pytest.mark.parametrize("trouble", [Unknown("x"), Declined("x")])
def test_a_refund_is_not_given_up_while_its_provider_says_nothing(till, trouble):
    case = stuck(till)
    till.providers["wechat"].says["query_refund"] = trouble
    assert refused(resolve, case, "release") == [("PAYMENT_PROVIDER_DOWN", {"provider": "wechat"})]
    assert row().state == "failed"


@pytest.mark.parametrize("state", ["requested", "processing", "abnormal"])
def test_only_a_failed_refund_is_given_up(till, state):
    case = stuck(till, state, kind="refund_silent")
    assert refused(resolve, case, "release") == [("REFUND_STATE_CONFLICT", {"state": state})]
    assert till.providers["wechat"].asked == []


@pytest.mark.parametrize("cause", ["late", "double", "exception"])
def test_what_the_shop_owes_by_itself_is_asked_for_under_a_new_number(till, cause):
    case = stuck(till, cause=cause)
    till.providers["wechat"].says["query_refund"] = TradeNotFound()
    till.at += timedelta(minutes=1)
    till.look()
    resolve(case, "release")
    (new,) = [made for made in till.rows(Refund) if made.id != R1]
    assert is_id(new.id, "R")
    assert part(till.row(Refund, new.id), "state", "amount", "cause", "payment", "created_at") == {
        "state": "requested",
        "amount": 5,
        "cause": cause,
        "payment": ONE,
        "created_at": till.at,
    }
    assert part(till.row(Refund, R1), "state", "decided_by") == {"state": "released", "decided_by": FINANCE.id}
    assert part(till.row(Payment, ONE), "refund_reserved", "refunds") == {"refund_reserved": 5, "refunds": {R1, new.id}}
    assert till.told() == [said(RefundRequested(new.id, ONE, 5)), said(PaymentExceptionResolved(case, "release"))]
