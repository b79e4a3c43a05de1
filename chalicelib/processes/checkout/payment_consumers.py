"""Payments' worker: refunds on their way, and the completer. A queue of its own, since providers may be slow.

Two messages at a time: each may take three calls of ten seconds, and a function that runs out of time hands all back.
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.payments.events import (
    CertificateWanted,
    PaymentQueryDue,
    PaymentUnclaimed,
    RefundQueryDue,
    RefundRequested,
)
from chalicelib.records.payments.service.certificates import renew
from chalicelib.runtime.doors import consumer
from chalicelib.runtime.work import Work

from .service.claim_payment import claim
from .service.complete_payment import complete
from .service.refund_order import complete_refund, send_refund

bp = Blueprint(__name__)
worker = consumer(bp, "payments", batch=2)


@worker.on(PaymentQueryDue)
def ask_payment(fact: PaymentQueryDue, work: Work) -> None:
    """What became of this attempt?"""
    complete(fact, work)


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
def claim_payment(fact: PaymentUnclaimed, work: Work) -> None:
    """Is this number still unknown?"""
    claim(fact, work)
