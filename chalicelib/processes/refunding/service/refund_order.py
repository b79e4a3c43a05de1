"""Giving money back: the provider is asked with our number until it has an answer, and its news are folded.

Guarantees: the provider sees one number per refund, and where it names a refund by the second of its sending too, another
second only when the former cannot stand there; an unknown outcome is never taken for a no, nor is a code that no table
knows; a refund that fails, gets stuck or stays unclear lies before a person.
"""

from __future__ import annotations

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.reserving import service as reserving
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderAnnulled
from chalicelib.records.orders.rules import ORDER
from chalicelib.records.orders.service import Order
from chalicelib.records.payments import rules
from chalicelib.records.payments.events import (
    RefundFailed,
    RefundQueryDue,
    RefundRequested,
    RefundSucceeded,
)
from chalicelib.records.payments.providers.port import (
    AuthConfig,
    Declined,
    ProviderError,
    TradeNotFound,
    Untimely,
)
from chalicelib.records.payments.rules import (
    MOVING_REFUND,
    PaymentProviderDown,
    RefundNotFound,
    RefundSnapshot,
    RefundStateConflict,
    Sent,
)
from chalicelib.records.payments.service import attempts, calls, exceptions, refunds
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.service.refunds import Refund
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.records.payments.steps import exceptions as exception_steps
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime.work import Work

from .keep_back import free_to_go

MOST_SILENT = 5  # after an hour and a half without a clear word a person is told, and the asking goes on
MOST_TURNS = 300  # hourly at last: nearly two weeks


# ---- asking the provider --------------------------------------------------------------------------------------------
def send_refund(fact: RefundRequested, work: Work) -> None:
    """Ask the provider to give the money back, under our number; asking twice gives back once. What it is for is kept back
    before that."""
    _drive(fact.refund_id, 0, work, ask_first=False)


def complete_refund(fact: RefundQueryDue, work: Work) -> None:
    """Ask what became of a refund; where the provider knows nothing of it, send it again when that is safe."""
    _drive(fact.refund_id, fact.turn, work, ask_first=True, silent=fact.silent)


def _drive(refund_id: str, turn: int, work: Work, *, ask_first: bool, silent: int = 0) -> None:
    row = refunds.find(refund_id)
    if row.state not in MOVING_REFUND:
        return
    payment = attempts.find(row.payment)
    if not ask_first and not free_to_go(row, payment, work):
        return
    try:
        news = _ask(row, payment, work, ask_first=ask_first)
    except (ProviderError, PaymentProviderDown) as trouble:
        at_once = isinstance(trouble, AuthConfig)
        _bear_silence(row, payment, turn, work, MOST_SILENT if at_once else silent)
        return
    quiet = rules.fold_refund(row.state, row.amount, news) == rules.NO_NEWS
    if quiet or take_refund_news(payment.provider, news, work, turn=turn, row=row) == "mismatch":
        if news.code:
            _bear_silence(row, payment, turn, work, silent)
        else:
            _end_silence(row, work)
            _ask_later(row, payment, turn, work)


def _ask(row: Refund, payment: Payment, work: Work, *, ask_first: bool) -> RefundSnapshot:
    """The provider's word. Raises ProviderError, PaymentProviderDown: only Declined is a no, and only of the refund itself."""
    if (ask_first or row.sent.times) and (told := query_refund(row, payment)).status != "UNKNOWN":
        _note(row, row.sent.heard(), work)
        return told
    if calls.dated(payment) and not _prepare_sending(row, work):
        return RefundSnapshot(row.id, "UNKNOWN", code="missing")
    try:
        told = calls.refund(row, payment)
    except Declined as no:
        return RefundSnapshot(row.id, "FAILED", code=no.code or "declined")
    except (Untimely, PaymentProviderDown):
        _note(row, row.sent.unsent(), work)
        raise
    if not told.code:  # one that was sent before, as it says, is not so until a query finds it
        _note(row, row.sent.heard(), work)
    return told


def _prepare_sending(row: Refund, work: Work) -> bool:
    """Put the second of its sending on record, if a dated provider may be sent it now; whether it was."""
    now = work.separate().now  # of this moment, not of when its message came
    if row.sent.situation(now, calls.lag()) == "unheard":  # it has just said that none exists
        _note(row, row.sent.missed(now), work)
    if rules.NEXT[row.sent.situation(now, calls.lag())] == "ask":
        return False
    return _note(row, row.sent.sending(now), work)


def _note(row: Refund, sent: Sent, work: Work) -> bool:
    """Keep what is known of its sendings; False when somebody else moves it just now, who will see to the rest. Commits."""
    if sent == row.sent:
        return True
    noted = work.separate()
    noted.add(refund_steps.note_sent(row, sent))
    try:
        noted.commit()
    except CommitRejected:
        return False
    row.sent = sent
    return True


def query_refund(row: Refund, payment: Payment) -> RefundSnapshot:
    """What the provider knows of a refund; UNKNOWN is nothing. Raises ProviderError, PaymentProviderDown."""
    try:
        return calls.query_refund(row, payment)
    except TradeNotFound:
        return RefundSnapshot(row.id, "UNKNOWN")


def _bear_silence(row: Refund, payment: Payment, turn: int, work: Work, silent: int) -> None:
    """No answer, or none that says anything: ask on, and after so many let a person know."""
    if silent >= MOST_SILENT:
        _report_silence(row, payment, work)
    _ask_later(row, payment, turn, work, silent + 1)


def _report_silence(row: Refund, payment: Payment, work: Work) -> None:
    """Nobody can say what became of it: whether to wait on is for a person."""
    case = exceptions.draft_silence(
        "refund_silent", payment.provider, payment.id, work.now, row.cases, refund=row.id, expected=row.amount
    )
    if case is not None:
        exceptions.put(case, work.separate(), refund_steps.watch(row, case.id))


def _end_silence(row: Refund, work: Work) -> None:
    """The provider answers, though nothing is new: it is not silent any more. Commits."""
    heard = work.separate()
    exceptions.put_right(row.cases, "answered", heard)
    heard.commit()


def _ask_later(row: Refund, payment: Payment, turn: int, work: Work, silent: int = 0) -> None:
    """Ask again, for two weeks; then a person decides."""
    if turn >= MOST_TURNS:
        _report_silence(row, payment, work)
    else:
        work.publish(RefundQueryDue(row.id, turn + 1, silent), at=rules.next_refund_query(work.now, turn))


# ---- news -----------------------------------------------------------------------------------------------------------
def take_refund_news(
    provider: str, news: RefundSnapshot, work: Work, *, turn: int = 0, row: Refund | None = None
) -> str:
    """Fold a refund's news, from a notice or a query; returns moved, moving, known, mismatch or unknown. Commits."""
    try:
        row = row or refunds.find(news.number)
    except RefundNotFound:
        exceptions.put(
            exceptions.draft(
                "unknown_refund",
                provider,
                news.number,
                work.now,
                refund=news.number[:64],
                received=news.amount,
                provider_ref=news.provider_ref,
                evidence=news.evidence,
            ),
            work.separate(),
        )
        return "unknown"
    payment = attempts.find(row.payment)
    verdict = rules.fold_refund(row.state, row.amount, news)
    trouble = "provider" if payment.provider != provider else verdict.trouble
    if trouble:
        _put_mismatch(trouble, row, payment, provider, news, work)
        return "mismatch"
    if not verdict.action:
        return "known"

    case = _add_consequences(verdict.action, row, payment, turn, work)
    work.add(refund_steps.follow(row, verdict.action, news, work.now, case))
    try:
        work.commit()
    except CommitRejected as refused:
        if refused.only(RefundStateConflict):
            return "known"
        raise
    return "moving" if verdict.action == "submit" else "moved"


def _put_mismatch(trouble: str, row: Refund, payment: Payment, provider: str, news: RefundSnapshot, work: Work) -> None:
    """What does not fit lies before a person; another amount is put right by the right one."""
    case = exceptions.draft(
        f"refund_{trouble}",
        provider,
        payment.id,
        work.now,
        refund=row.id,
        expected=row.amount,
        received=news.amount,
        provider_ref=news.provider_ref,
        evidence=news.evidence,
    )
    comes_right = trouble == "amount" and row.state in rules.REFUND.sources("succeed")
    exceptions.put(case, work.separate(), *([refund_steps.watch(row, case.id)] if comes_right else []))


def _add_consequences(action: str, row: Refund, payment: Payment, turn: int, work: Work) -> str:
    """What a refund's move brings about elsewhere; returns the exception that it is, if it is one."""
    if action == "succeed":
        book_refund(row, payment, work)
        return ""
    exceptions.put_right(row.cases, "answered", work)
    if action == "submit":
        work.publish(RefundQueryDue(row.id, turn + 1), at=rules.next_refund_query(work.now, turn))
        return ""
    state = rules.REFUND.target(action)
    case = exceptions.draft(
        f"refund_{state}",
        payment.provider,
        payment.id,
        work.now,
        detail=str(millis(work.now)),
        refund=row.id,
        expected=row.amount,
    )
    work.add(exception_steps.open(case))
    work.publish(RefundFailed(row.id, payment.id, state))
    return case.id


def book_refund(row: Refund, payment: Payment, work: Work, *, but: str = "") -> None:
    """The money went back: its payment and its order count it, it is told, and what waited for it is put right; `but` is
    an exception that is decided otherwise."""
    amount = row.amount
    order = orders.find(payment.order_id)
    work.add(attempt_steps.give_back(payment, amount))
    exceptions.put_right(row.cases, "returned", work, but=but)
    if (payment.returned or 0) + amount >= payment.captured:
        exceptions.put_right(payment.cases, "returned", work)
    if order.payment == payment.id:
        _book_on_order(order, row, work)
    work.publish(RefundSucceeded(row.id, payment.id, payment.order_id, int(amount)))


def _book_on_order(order: Order, row: Refund, work: Work) -> None:
    """The order's own count of what went back. Nothing of a paid order has been sent: the units that it is for are free
    again, and after the last fen the order is annulled and frees the rest. The coupons it gifted die with the last fen, and those
    that say so come back with it, though goods were sent."""
    amount, unsent = row.amount, order.state in ORDER.sources("annul")
    last = (order.refunded or 0) + amount >= order.payable
    if last:
        reserving.void_gifts(order, work)
    if unsent and last:
        work.add(order_steps.refund_last(order, amount, row.unit_counts))
        reserving.give_back(order, work)
        work.publish(OrderAnnulled(order.id))
        return
    if last:
        reserving.return_coupons(order, work)
    units = row.unit_counts
    freed = order.pieces(order.let_go(units))
    work.add(order_steps.refund(order, amount, units), *stock_steps.release(freed))
    work.add(*stock_steps.wait_less(order.id, order.bill, freed, order.held))
