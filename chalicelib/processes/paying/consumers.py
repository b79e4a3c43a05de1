"""Paying's worker: the completer, and refunds on their way. A queue of its own, since providers may be slow.

One worker for both: they ask the same providers with the same rights, and are slow at the same time.

Two messages at a time: each may take three calls of ten seconds, and a function that runs out of time hands all back.
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.processes.refunding.service.refund_order import complete_refund, send_refund
from chalicelib.records.payments.events import (
    CertificateWanted,
    PaymentQueryDue,
    PaymentUnclaimed,
    RefundQueryDue,
    RefundRequested,
)
from chalicelib.records.payments.service.certificates import renew
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .service.complete_payment import complete_payment
from .service.review_unclaimed import review_unclaimed

bp = Blueprint(__name__)
worker = consumer(bp, "paying", batch=2)


@worker.on(PaymentQueryDue)
def ask_payment(fact: PaymentQueryDue, work: Work) -> None:
    """What became of this attempt?"""
    complete_payment(fact, work)


@worker.on(RefundRequested)
def give_back(fact: RefundRequested, work: Work) -> None:
    """Send the money back."""
    send_refund(fact, work)


@worker.on(RefundQueryDue)
def ask_refund(fact: RefundQueryDue, work: Work) -> None:
    """What became of this refund?"""
    complete_refund(fact, work)


@worker.on(CertificateWanted, keyed=False)
def fetch_certificates(fact: CertificateWanted, work: Work) -> None:
    """Fetch what this provider signs with now."""
    renew(fact.provider, work)


@worker.on(PaymentUnclaimed)
def review(fact: PaymentUnclaimed, work: Work) -> None:
    """Is this number still unknown?"""
    review_unclaimed(fact, work)
