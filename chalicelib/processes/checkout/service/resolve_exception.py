"""Deciding an exception about money: the decision and its effect are one transaction."""

from __future__ import annotations

from chalicelib.kernel.money import Fen
from chalicelib.records.payments.events import (
    PaymentExceptionResolved,
    RefundRequested,
)
from chalicelib.records.payments.rules import CaseClosed, NothingToRefund
from chalicelib.records.payments.service import attempts, exceptions, refunds
from chalicelib.records.payments.service.exceptions import PaymentException
from chalicelib.runtime.work import Work

from ..payment_rules import ResolutionUnfit
from ..payment_shapes import ExceptionView, Resolve, exception_view
from .settle_payment import is_payment_id


def resolve_exception(case_id: str, command: Resolve, work: Work) -> ExceptionView:
    """Carry out what a person decided. Raises CaseUnknown, CaseClosed, ResolutionUnfit, NothingToRefund."""
    case = exceptions.find(case_id)
    if case.state != exceptions.OPEN:
        raise CaseClosed()

    if command.resolution == "refund":
        _send_back(case, command, work)
    elif command.resolution != "noted":
        _decide_refund(case, command.resolution, work)
    work.add(exceptions.resolving(case, command.resolution, work.caller.id, command.note))

    work.publish(PaymentExceptionResolved(case.id, command.resolution))
    case.state, case.resolution, case.resolved_by = exceptions.RESOLVED, command.resolution, work.caller.id
    return work.commit(exception_view(case))


def _send_back(case: PaymentException, command: Resolve, work: Work) -> None:
    """All of a quarantined payment that has not gone back yet."""
    if not is_payment_id(case.payment or ""):
        raise ResolutionUnfit(resolution=command.resolution)
    payment = attempts.find(case.payment)
    if payment.state != "quarantined":
        raise ResolutionUnfit(resolution=command.resolution)
    left = Fen(int(payment.captured or 0)) - Fen(int(payment.spent or 0))
    if left <= 0:
        raise NothingToRefund()
    refund_id = work.new_id("R")
    work.add(*refunds.order_back(refund_id, payment, left, work.now, by=work.caller.id, reason="amount mismatch"))
    work.publish(RefundRequested(refund_id, payment.id, int(left)))


def _decide_refund(case: PaymentException, resolution: str, work: Work) -> None:
    """What becomes of a refund that failed or got stuck."""
    if not case.refund or case.kind not in ("refund_failed", "refund_abnormal"):
        raise ResolutionUnfit(resolution=resolution)
    row = refunds.find(case.refund)
    if resolution == "retry":
        work.add(refunds.retry(row, work.caller.id))
        work.publish(RefundRequested(row.id, row.payment, int(row.amount)))
    elif resolution == "release":
        work.add(*refunds.release(row, attempts.find(row.payment), work.caller.id))
    else:
        work.add(refunds.by_hand(row, work.caller.id))
