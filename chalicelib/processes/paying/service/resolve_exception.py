"""Deciding an exception about money: the decision and its effect are one transaction.

Guarantees: a refund's number is given up only when its provider says just now that it gave nothing back.
"""

from __future__ import annotations

from chalicelib.kernel.ids import PaymentId, is_payment_id, order_of
from chalicelib.processes.refunding.service.refund_order import book_refund, query_refund
from chalicelib.records.payments.events import PaymentQueryDue, RefundRequested, ShippingReportDue
from chalicelib.records.payments.providers.port import ProviderError
from chalicelib.records.payments.rules import (
    MOVING_REFUND,
    REFUND,
    STUCK_REFUND,
    PaymentExceptionClosed,
    PaymentProviderDown,
    RefundStateConflict,
)
from chalicelib.records.payments.service import attempts, exceptions, refunds
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.service.exceptions import PaymentException
from chalicelib.records.payments.service.refunds import Refund
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime.work import Work

from ..rules import ResolutionUnfit
from ..shapes import Resolve


def resolve_exception(case_id: str, command: Resolve, work: Work) -> PaymentException:
    """Carry out what a person decided.

    Raises PaymentExceptionNotFound, PaymentExceptionClosed, ResolutionUnfit, NothingToRefund, RefundStateConflict,
    StaleRefund, PaymentProviderDown.
    """
    case = exceptions.find(case_id)
    if case.state != exceptions.OPEN:
        raise PaymentExceptionClosed()

    if command.resolution == "refund":
        _send_back(case, command, work)
    elif case.kind == "payment_silent" and command.resolution == "retry":
        work.publish(PaymentQueryDue(case.payment, 0), at=work.now)
    elif case.kind == "shipping_untold" and command.resolution == "retry":
        work.publish(ShippingReportDue(case.payment, order_of(PaymentId(case.payment))), at=work.now)
    elif command.resolution != "noted":
        _decide_refund(case, command.resolution, work)
    exceptions.resolve(case, command.resolution, work.caller.id, work, command.note)

    case.state, case.resolution, case.resolved_by = exceptions.RESOLVED, command.resolution, work.caller.id
    return case


def _send_back(case: PaymentException, command: Resolve, work: Work) -> None:
    """All of a quarantined payment that has not gone back yet."""
    if not is_payment_id(case.payment or ""):
        raise ResolutionUnfit(resolution=command.resolution)
    payment = attempts.find(case.payment)
    if payment.state != "quarantined":
        raise ResolutionUnfit(resolution=command.resolution)
    left = payment.captured - payment.refund_reserved
    refund_id = work.new_id("R")
    work.add(*refund_steps.order_back(refund_id, payment, left, work.now, by=work.caller.id, reason="amount mismatch"))
    work.publish(RefundRequested(refund_id, payment.id, int(left)))


def _decide_refund(case: PaymentException, resolution: str, work: Work) -> None:
    """What becomes of a refund that failed, got stuck, or of which nobody can say what it did."""
    if not case.refund or case.kind == "unknown_refund":
        raise ResolutionUnfit(resolution=resolution)
    row = refunds.find(case.refund)
    if row.state not in MOVING_REFUND | STUCK_REFUND:
        raise RefundStateConflict(state=row.state)
    payment = attempts.find(row.payment)
    if resolution == "retry":
        if row.state in STUCK_REFUND:
            work.add(refund_steps.retry(row, work.caller.id))
        work.publish(RefundRequested(row.id, row.payment, int(row.amount)))
    elif resolution == "release":
        _give_up(row, payment, work)
    else:
        work.add(refund_steps.book_by_hand(row, work.caller.id))
        book_refund(row, payment, work, but=case.id)


def _give_up(row: Refund, payment: Payment, work: Work) -> None:
    """The number is dropped; what the shop owes by itself, and nobody would ask for, is asked for under a new one."""
    if row.state not in REFUND.sources("release"):
        raise RefundStateConflict(state=row.state)
    try:
        told = query_refund(row, payment)
    except ProviderError:
        raise PaymentProviderDown(provider=payment.provider) from None
    if told.status in ("SUCCEEDED", "PROCESSING"):
        raise RefundStateConflict(state=told.status.lower())
    if row.cause == "asked":
        work.add(*refund_steps.release(row, payment, work.caller.id))
        return
    number = work.new_id("R")
    work.add(*refund_steps.renumber(row, number, work.now, work.caller.id))
    work.publish(RefundRequested(number, payment.id, int(row.amount)))
