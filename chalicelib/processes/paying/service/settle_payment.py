"""News of a payment, from a notice or a query: one transaction settles the attempt and moves its order.

Guarantees: money that came is never dropped. It pays the order; or revives one that had expired, when everything can be
held again; or it goes back in full, as for an order that was given up on purpose, whose price has changed since, or that
another attempt paid. Its customer is told why. News that does not match is put before a person and pays nothing.
"""

from __future__ import annotations

from typing import Literal

from chalicelib.kernel.bill import Bill
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.ids import OrderId, PaymentId, is_payment_id, order_of
from chalicelib.kernel.money import Fen
from chalicelib.processes.reserving import service as reserving
from chalicelib.records.coupons.rules import CouponNotFound, CouponUsed, CouponVoid, NewcomerBenefitTaken
from chalicelib.records.inventory.rules import BackorderPostponed, OutOfStock, SaleStopped
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderPaid, OrderRevived
from chalicelib.records.orders.rules import ORDER
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.events import (
    PaymentDoubled,
    PaymentFailed,
    PaymentLate,
    PaymentMismatch,
    PaymentSucceeded,
    PaymentUnclaimed,
    RefundRequested,
)
from chalicelib.records.payments.rules import (
    ATTEMPT,
    CLAIM_WITHIN,
    PaymentExceptionExists,
    PaymentMismatched,
    PaymentNotFound,
    PaymentSettled,
    PaymentSnapshot,
)
from chalicelib.records.payments.service import attempts, exceptions
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.records.payments.steps import exceptions as exception_steps
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.records.promotions.limits.rules import LimitReached
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

from ..rules import unwanted

Outcome = Literal["paid", "revived", "refunded", "known", "mismatch", "unknown", "ended", "nothing"]
TRIES = 4
GONE = (
    OutOfStock,
    SaleStopped,
    BackorderPostponed,
    LimitReached,
    CouponNotFound,
    CouponUsed,
    CouponVoid,
    NewcomerBenefitTaken,
)  # what the order had is somebody else's now, or nobody's any more, or comes later than was said


def settle_payment(provider: str, news: PaymentSnapshot, work: Work) -> Outcome:
    """Fold news into its attempt and order; returns what became of it. Raises AlreadyCommitted when this work was done before.

    It looks at what its commits meet, so whatever it adds to the work is committed when it returns.
    """
    if not is_payment_id(news.number):
        return _park_unknown(provider, news, work)
    if news.status == "PAID":
        if news.mismatch:
            return _take_mismatch(provider, news, news.mismatch, work)
        return _settle_paid(provider, news, work)
    if news.status in ("CLOSED", "FAILED") and not news.mismatch:
        return _end_attempt(provider, news, work)
    return "nothing"


# ---- the order takes it ---------------------------------------------------------------------------------------------
def _settle_paid(provider: str, news: PaymentSnapshot, work: Work) -> Outcome:
    """The way it nearly always goes, without a read: attempt, order, journal."""
    order_id = order_of(PaymentId(news.number))
    try:
        return _pay_order(provider, news, order_id, work)
    except CommitRejected as refused:
        return _heed_attempt(refused, provider, news, work.retry()) or _settle_out_of_step(
            provider, news, order_id, work.retry()
        )


def _pay_order(
    provider: str, news: PaymentSnapshot, order_id: OrderId, work: Work, payment: Payment | None = None
) -> Outcome:
    """The order gets its money, or raise CommitRejected. Commits."""
    _settle_attempt(provider, news, payment, work)
    work.add(order_steps.pay(order_id, news.number, work.now, amount=news.amount))
    _publish_paid(provider, news, order_id, work)
    work.commit()
    return "paid"


def _settle_attempt(
    provider: str,
    news: PaymentSnapshot,
    payment: Payment | None,
    work: Work,
    *,
    late: bool = False,
    owed: str | None = None,
    case: str = "",
) -> None:
    """The attempt, as it was read if it was, has its money; that puts right what was wrong with it."""
    work.add(
        attempt_steps.settle(news.number, provider, news, work.now, late=late, owed=owed, known=payment, case=case)
    )
    if payment is not None:
        exceptions.put_right(payment.cases, "settled", work)


def _publish_paid(provider: str, news: PaymentSnapshot, order_id: OrderId, work: Work) -> None:
    work.publish(PaymentSucceeded(news.number, order_id, provider, int(news.amount or 0)))
    work.publish(OrderPaid(order_id, news.number))


def _heed_attempt(refused: CommitRejected, provider: str, news: PaymentSnapshot, work: Work) -> Outcome | None:
    """What follows when the attempt itself said no, or None when the order did."""
    for reason in refused.reasons:
        if isinstance(reason, PaymentSettled):
            return "known"
        if isinstance(reason, PaymentMismatched):
            return _take_mismatch(provider, news, reason.trouble, work)
        if isinstance(reason, PaymentNotFound):
            return _park_unknown(provider, news, work)
    return None


# ---- the order does not wait for it ---------------------------------------------------------------------------------
def _settle_out_of_step(provider: str, news: PaymentSnapshot, order_id: OrderId, work: Work) -> Outcome:
    """Revive the order, or give the money back. The order may move while we look."""
    for _ in range(TRIES):
        order, payment = orders.find(order_id), attempts.find(news.number)
        fits = order.payable == news.amount  # money for a price that has changed since pays nothing
        try:
            if fits and order.state in ORDER.sources("pay"):
                return _pay_order(provider, news, order_id, work, payment)
            if fits and order.state in ORDER.sources("revive"):
                return _revive_order(provider, news, order, payment, work)
            give_back = _give_back_double if order.payment else _give_back_late
            return give_back(provider, news, order, payment, work)
        except CommitRejected as refused:
            if refused.some(PaymentSettled):  # by somebody else, and nothing else of it can have changed
                return "known"
            work = work.retry()
            if refused.some(*GONE):
                return _give_back_late(provider, news, order, payment, work)
    return _give_back_late(provider, news, order, payment, work)


def _revive_order(provider: str, news: PaymentSnapshot, order: Order, payment: Payment, work: Work) -> Outcome:
    """Late money for an order that had expired: it takes everything scarce again, or raise CommitRejected. Commits."""
    bill = _take_again(order, work)

    _settle_attempt(provider, news, payment, work, late=True)
    work.add(order_steps.revive(order.id, news.number, work.now, bill, amount=news.amount))

    work.publish(OrderRevived(order.id, news.number))
    work.publish(PaymentLate(news.number, order.id, "revived"))
    _publish_paid(provider, news, OrderId(order.id), work)
    work.commit()
    return "revived"


def _take_again(order: Order, work: Work) -> Bill:
    """Everything scarce that the order had is taken once more, from wherever there is room; its coupons are judged as when it
    was placed. Returns its bill as it is now. Raises CommitRejected, as the commit does, with one of GONE."""
    bill = reserving.elsewhere(order.bill, order.id)
    reserving.take(bill, order.customer, order.id, work, at=order.placed_at)
    return bill


def _give_back_double(provider: str, news: PaymentSnapshot, order: Order, payment: Payment, work: Work) -> Outcome:
    """The order was paid by another attempt: this one goes back in full, and until it has an operator sees it."""
    case = exceptions.draft(
        "double",
        provider,
        news.number,
        work.now,
        received=news.amount,
        provider_ref=news.provider_ref,
        evidence=news.evidence,
    )
    work.add(exception_steps.open(case))
    work.publish(PaymentDoubled(news.number, order.id))
    _give_back(provider, news, order, payment, work, "double", case.id)
    return "refunded"


def _give_back_late(provider: str, news: PaymentSnapshot, order: Order, payment: Payment, work: Work) -> Outcome:
    """The order takes no money any more, or not this: it goes back in full, and its customer hears why."""
    work.publish(PaymentLate(news.number, order.id, "refunded", unwanted(order.state, order.given_up_by)))
    try:
        _give_back(provider, news, order, payment, work, "late")
    except CommitRejected as refused:
        if not refused.some(PaymentSettled):
            raise
        return "known"
    return "refunded"


def _give_back(
    provider: str, news: PaymentSnapshot, order: Order, payment: Payment, work: Work, cause: str, case: str = ""
) -> None:
    """Settle the attempt, and owe all of it. Commits."""
    refund_id, sum_ = work.new_id("R"), news.amount or Fen(0)
    _settle_attempt(provider, news, payment, work, late=True, owed=refund_id, case=case)
    work.add(refund_steps.owe(refund_id, news.number, sum_, work.now, cause))
    work.publish(PaymentSucceeded(news.number, order.id, provider, int(sum_)))
    work.publish(RefundRequested(refund_id, news.number, int(sum_)))
    work.commit()


# ---- what does not fit ----------------------------------------------------------------------------------------------
def _take_mismatch(provider: str, news: PaymentSnapshot, trouble: str, work: Work) -> Outcome:
    """Another amount, merchant, currency or provider: it pays nothing and a person decides."""
    observe.count("PaymentMismatch", provider=provider)  # an alarm; the exception says what does not fit
    if _put_mismatch(provider, news, trouble, work, quarantine=trouble == "amount") or trouble != "amount":
        return "mismatch"
    _put_mismatch(provider, news, trouble, work.retry(), quarantine=False)
    return "mismatch"


def _find_attempt(number: str) -> Payment | None:
    try:
        return attempts.find(number)
    except PaymentNotFound:
        return None


def _put_mismatch(provider: str, news: PaymentSnapshot, trouble: str, work: Work, *, quarantine: bool) -> bool:
    """Put it on record; False when the attempt cannot be quarantined any more. Commits."""
    payment = _find_attempt(news.number)
    case = exceptions.draft(
        trouble,
        provider,
        news.number,
        work.now,
        detail=str(news.amount),
        expected=None if payment is None else payment.amount,
        received=news.amount,
        provider_ref=news.provider_ref,
        evidence=news.evidence,
    )
    if quarantine:
        work.add(attempt_steps.quarantine(news.number, provider, news, work.now, case.id))
    elif trouble == "amount" and payment is not None and payment.state == ATTEMPT.target("quarantine"):
        work.add(attempt_steps.watch(payment, case.id))  # one more of what the right amount would put right
    work.add(exception_steps.open(case))
    work.publish(PaymentMismatch(case.id, news.number, provider, trouble))
    try:
        work.commit()
    except CommitRejected as refused:
        known = refused.some(PaymentExceptionExists)
        if not known and not quarantine:
            raise
        return known
    return True


def _park_unknown(provider: str, news: PaymentSnapshot, work: Work) -> Outcome:
    """Nobody here knows this number: park it, and look again when the provider has given up repeating it."""
    case = exceptions.draft(
        "unknown",
        provider,
        news.number,
        work.now,
        received=news.amount,
        provider_ref=news.provider_ref,
        evidence=news.evidence,
    )
    other = work.separate()  # without the key: a repeat must be looked at anew
    other.publish(PaymentUnclaimed(case.id, news.number[:64]), at=work.now + CLAIM_WITHIN)
    exceptions.put(case, other)
    return "unknown"


def _end_attempt(provider: str, news: PaymentSnapshot, work: Work) -> Outcome:
    """The provider says that it cannot be paid any more. Commits."""
    action = "close" if news.status == "CLOSED" else "fail"
    order_id = order_of(PaymentId(news.number))
    work.add(attempt_steps.end(news.number, action))
    work.publish(PaymentFailed(news.number, order_id, provider, news.status.lower()))
    try:
        work.commit()
    except CommitRejected:
        return "known"
    return "ended"
