"""The worker that tells customers about their money. A queue of its own: it alone may open a contact and send."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.money import Fen
from chalicelib.records.payments.events import PaymentDoubled, PaymentLate, RefundSucceeded
from chalicelib.runtime.doors import consumer
from chalicelib.runtime.work import Work

from .service.tell_customer import tell_customer

bp = Blueprint(__name__)
worker = consumer(bp, "customers", batch=2)
LATE = {  # what is told of late money, by why it goes back; of what revived its order there is no why
    "": "paid_late", "gone": "late_returned", "cancelled": "cancelled_returned", "called_off": "called_off_returned",
    "repriced": "repriced_returned", "free": "free_returned",
}  # fmt: skip


@worker.on(PaymentLate)
def late(fact: PaymentLate, work: Work) -> None:
    """Their money came when the order did not wait for it any more."""
    tell_customer(LATE[fact.why], fact.order_id, work)


@worker.on(PaymentDoubled)
def twice(fact: PaymentDoubled, work: Work) -> None:
    """They paid twice."""
    tell_customer("paid_twice", fact.order_id, work)


@worker.on(RefundSucceeded)
def returned(fact: RefundSucceeded, work: Work) -> None:
    """Their money went back."""
    tell_customer("returned", fact.order_id, work, amount=Fen(fact.amount).text)
