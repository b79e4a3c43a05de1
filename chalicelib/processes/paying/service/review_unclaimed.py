"""A notice for a number nobody knew, looked at again a day later."""

from __future__ import annotations

from chalicelib.records.payments.events import PaymentQueryDue, PaymentUnclaimed
from chalicelib.records.payments.rules import PaymentNotFound
from chalicelib.records.payments.service import attempts, exceptions
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work


def review_unclaimed(fact: PaymentUnclaimed, work: Work) -> None:
    """A day after a notice for an unknown number: known by now, and settled by a query, or an alarm."""
    case = exceptions.find(fact.case_id)
    if case.state != exceptions.OPEN:
        return
    try:
        payment = attempts.find(fact.payment_id)
    except PaymentNotFound:
        observe.count("PaymentUnclaimed", provider=case.provider or "")
        return
    exceptions.put_right({case.id}, "found", work)
    work.publish(PaymentQueryDue(payment.id, 0), at=work.now)
