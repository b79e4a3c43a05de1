"""The completer: with every notice lost, it alone brings each attempt to an end, by asking the provider."""

from __future__ import annotations

from typing import Literal

from chalicelib.kernel.errors import Refusal
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OPEN, OrderStateConflict, StaleOrder
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.events import PaymentFailed, PaymentQueryDue
from chalicelib.records.payments.providers.port import ProviderError
from chalicelib.records.payments.rules import (
    FORGOTTEN_AFTER,
    OPEN_ATTEMPT,
    SILENT_AFTER,
    PaymentNotFound,
    PaymentProviderDown,
    PaymentSnapshot,
    next_query,
)
from chalicelib.records.payments.service import attempts, calls, exceptions
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.runtime.work import Work

from .settle_payment import Outcome, settle_payment

Polled = Outcome | Literal["missing", "unreachable"]  # missing: the provider knows no such number
MONEY = frozenset({"paid", "revived", "refunded"})


def complete_payment(fact: PaymentQueryDue, work: Work) -> None:
    """Ask what became of an attempt; while nobody knows, ask again later. At its end, close it first."""
    try:
        payment = attempts.find(fact.payment_id)
    except PaymentNotFound:
        return
    if payment.state in ("paid", "failed"):  # one in quarantine is asked for once more: the notice may have been wrong
        _end_silence(payment, work)
        return
    over = work.now >= payment.expires_at
    if over:
        _close_quietly(payment)
    outcome = poll(payment, work, over=over)
    if outcome != "unreachable":
        _end_silence(payment, work)
    if outcome in ("nothing", "missing", "unreachable"):
        _ask_later(payment, fact.turn + 1, work, silent=outcome == "unreachable")


def _ask_later(payment: Payment, turn: int, work: Work, *, silent: bool) -> None:
    """Arm the next question. A day and a half after its end, a provider that still says «unpaid» is believed and the
    attempt closed; one that says nothing clear lies before a person, and is asked daily for a month."""
    over = work.now - payment.expires_at
    if over >= (FORGOTTEN_AFTER if silent else SILENT_AFTER):
        if not silent:
            _finish(payment, work)
        return
    if silent and over >= SILENT_AFTER:
        _report_silence(payment, work)
    work.publish(PaymentQueryDue(payment.id, turn), at=next_query(work.now, payment.expires_at, turn))


def _report_silence(payment: Payment, work: Work) -> None:
    """Nobody can say what became of it: a person is told."""
    case = exceptions.draft_silence(
        "payment_silent", payment.provider, payment.id, work.now, payment.cases, expected=payment.amount
    )
    if case is not None:
        exceptions.put(case, work.separate(), attempt_steps.watch(payment, case.id))


def _end_silence(payment: Payment, work: Work) -> None:
    """Its provider answers, or has answered: it is not silent any more. In a work of its own, mostly an empty one. Commits."""
    heard = work.separate()
    exceptions.put_right(payment.cases, "answered", heard)
    heard.commit()


def poll(payment: Payment, work: Work, *, over: bool = False) -> Polled:
    """Ask the provider once and fold what it says. After the attempt's end an unknown number counts as closed; a state
    that we do not know is no answer."""
    try:
        news = calls.query(payment)
    except (ProviderError, PaymentProviderDown):
        return "unreachable"
    if news.status == "UNKNOWN":
        return "unreachable"
    if news.status == "NOT_FOUND":
        return _finish(payment, work) if over else "missing"
    return settle_payment(payment.provider, news, work)


def _finish(payment: Payment, work: Work) -> Outcome:
    if payment.state in OPEN_ATTEMPT:
        return settle_payment(payment.provider, PaymentSnapshot(payment.id, "CLOSED"), work)
    return "ended"


# ---- closing --------------------------------------------------------------------------------------------------------
def _close_quietly(payment: Payment) -> None:
    """Close at the provider; what it answers is learned from the query that follows."""
    try:
        calls.close(payment)
    except (ProviderError, PaymentProviderDown):
        return


def close_attempt(payment: Payment, work: Work) -> str:
    """Make an open attempt unpayable; returns "paid" when its money was faster (and is settled now), else "open" or
    "closed" as far as the provider says."""
    try:
        outcome = calls.close(payment)
    except (ProviderError, PaymentProviderDown):
        return "open"
    if outcome == "ALREADY_PAID":
        return "paid" if poll(payment, work) in (*MONEY, "known") else "open"
    if outcome == "NOT_SUPPORTED":
        return "paid" if poll(payment, work) in MONEY else "open"
    return "closed" if outcome == "CLOSED" else "open"


def close_open_attempts(order: Order, work: Work) -> bool:
    """Before an unpaid order is given up: close its attempts at their providers, and in this work.

    False when one of them turned out to be paid (it is settled, and the order moved on).
    """
    for payment in open_attempts(order):
        told = close_attempt(payment, work.separate())
        if told == "paid":
            return False
        if told == "closed":
            end_attempt(payment, work)
    return True


def overtaken(order_id: str) -> Refusal:
    """Why an unpaid order cannot be changed after all, when money for it was faster: where that left it."""
    state = orders.find(order_id).state
    return StaleOrder() if state in OPEN else OrderStateConflict(state=state)


def end_attempt(payment: Payment, work: Work) -> None:
    """Close the attempt here, in this work."""
    work.add(attempt_steps.end(payment.id, "close"))
    work.publish(PaymentFailed(payment.id, payment.order_id, payment.provider, "closed"))


def open_attempts(order: Order) -> list[Payment]:
    """The attempts of an order that may still be paid."""
    return [payment for payment in attempts.of_order(order.id, order.attempts or 0) if payment.state in OPEN_ATTEMPT]
