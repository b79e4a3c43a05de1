"""Telling a payment's provider what was sent, where it keeps the money until it knows.

Guarantees: it is told when an order's parcels are settled, or what there is once all was to be on its way. What it is told is on
record before, and nobody tells it again before it said that it does not have it: it takes one correction. What cannot be told
lies before a person. Where no provider wants to know, nothing is read and nothing written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.paying.service.goods_lines import goods_lines
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import FULFILLING
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.events import ShippingReportDue
from chalicelib.records.payments.providers.port import (
    AlreadyDone,
    Declined,
    ProviderError,
    ReportedParcel,
    ShippingReport,
    ShippingStanding,
)
from chalicelib.records.payments.rules import TELLING, PaymentProviderDown, StaleReport
from chalicelib.records.payments.service import attempts, exceptions, reports
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.records.shipping.service import shipments
from chalicelib.records.shipping.service.shipments import Shipment
from chalicelib.runtime import observe, settings
from chalicelib.runtime.work import Work

from ..rules import next_report, next_survey
from . import promises, receiving
from .hear_waybill import reference

SETTLE = settings.declare(
    "SHIPPING_REPORT_MINUTES",
    "60",
    "minutes after a parcel is packed until the provider of its payment is told, which takes one correction only",
)
UNTOLD = observe.alarmed(
    "ShippingUntold",
    "A payment's provider keeps its money since it could not be told what was sent; the payment's exceptions say which",
)
CORRECTIONS = 2  # so often a provider takes all that was sent
LATE = 6  # silences after which one that does not answer lies before a person


def arm(order_id: str, payment: Payment | None, work: Work) -> None:
    """A parcel of an order was packed: its payment's provider is told of it a while later, if it wants to know."""
    if payment is not None and reports.wanted(payment):
        later = work.now + timedelta(minutes=settings.number(SETTLE))
        work.publish(ShippingReportDue(payment.id, order_id), at=later)


def arm_again(order_id: str, work: Work) -> None:
    """A parcel that was packed long ago was put right: it is looked at once more, as after packing."""
    if reports.any_wanted() and (payment := orders.find(order_id).payment):
        arm(order_id, attempts.find(payment), work)


def report(fact: ShippingReportDue, work: Work) -> None:
    """See to it that a provider knows what was sent. Commits."""
    payment, order = attempts.find(fact.payment_id), orders.find(fact.order_id)
    if order.payment != payment.id or order.state not in FULFILLING or not reports.wanted(payment):
        return
    if (payment.returned or 0) >= payment.captured:  # nothing is kept there any more
        return
    parcels = [one for one in shipments.of_order(order.id) if one.state != "cancelled"]
    named = [one for one in parcels if one.waybill]
    whole = len(named) == len(parcels) and not any(promises.unsent(order))
    if not parcels or payment.shipping_told.received:
        return
    if not named or (not whole and work.now < promises.ship_by(order)):
        _again(fact, payment, work, until=promises.ship_by(order))
        return
    try:
        news = reports.report_of(payment, _told_of(order, named), work.now, whole=whole)
        ended = whole if _heard(payment, news) and not fact.after else _bring(fact, order, payment, news, work)
    except Declined as no:
        _lay_before_a_person(payment, no.code, work)
    except (ProviderError, PaymentProviderDown) as trouble:
        if fact.silent >= LATE:
            _lay_before_a_person(payment, getattr(trouble, "code", "down"), work)
        _again(fact, payment, work, silent=fact.silent + 1)
    else:
        if not ended:
            _again(fact, payment, work)


def _heard(payment: Payment, news: ShippingReport) -> bool:
    told = payment.shipping_told
    return told.heard and told.words == reports.words_of(news)


def _bring(fact: ShippingReportDue, order: Order, payment: Payment, news: ShippingReport, work: Work) -> bool:
    """Ask what it knows, and tell it what it does not; whether nothing is left to be told. Commits. Raises
    PaymentProviderDown, ProviderError."""
    known, told = reports.standing(payment), payment.shipping_told
    if known.state == "over":
        exceptions.put_right(payment.cases, "told", work)
        return True
    if known.state == "received":
        reports.record(payment, told._replace(heard=True, received=True), work)
        receiving.hear_of_payer(order, work)
        exceptions.put_right(payment.cases, "told", work)
        return True
    if not known.knows(news) and not _heard(payment, news):  # what it was told and has not is a person's doing there
        if known.wholes >= CORRECTIONS:
            raise Declined("CORRECTED")
        if (
            known.wholes and not news.whole
        ):  # it would use the one correction up, for which the parcel in its place waits
            return False
        if told.under_way(work.now) or not _begun(payment, news, work.separate()):
            _again(fact, payment, work, until=work.now + TELLING)
            return True
        _tell(payment, news, known)
    if not _heard(payment, news):
        reports.record(payment, reports.begun(news)._replace(heard=True), work)
        exceptions.put_right(payment.cases, "told", work)
    if news.whole and (at := next_survey(work.now, fact.after)) is not None:
        work.publish(ShippingReportDue(payment.id, fact.order_id, after=fact.after + 1), at=at)
    return news.whole


def _begun(payment: Payment, news: ShippingReport, work: Work) -> bool:
    """Put on record what is told now; False when somebody else did meanwhile. Commits."""
    reports.record(payment, reports.begun(news), work)
    try:
        work.commit()
    except CommitRejected as refused:
        if not refused.only(StaleReport):
            raise
        return False
    return True


def _tell(payment: Payment, news: ShippingReport, known: ShippingStanding) -> None:
    try:
        reports.tell(payment, news, known)
    except AlreadyDone:  # nothing of it is new there
        return


def _again(
    fact: ShippingReportDue, payment: Payment, work: Work, until: datetime | None = None, silent: int = 0
) -> None:
    """Look again a while later, and no later than `until` where that is to come; after the last turn a person does. Commits."""
    at = next_report(work.now, fact.turn)
    if at is None:
        _lay_before_a_person(payment, "UNFINISHED", work)
        return
    at = min(at, until) if until is not None and until > work.now else at
    work.publish(ShippingReportDue(payment.id, fact.order_id, fact.turn + 1, silent, fact.after), at=at)


def _lay_before_a_person(payment: Payment, code: str, work: Work) -> None:
    """Its provider does not take it, has been silent for long, or there was not all to tell for long. Commits."""
    observe.count(UNTOLD)
    observe.logger().error("shipping untold", provider=payment.provider, payment=payment.id, code=code)
    case = exceptions.draft_silence(
        "shipping_untold", payment.provider, payment.id, work.now, payment.cases, expected=payment.amount
    )
    if case is not None:
        case.evidence = code
        exceptions.put(case, work.separate(), attempt_steps.watch(payment, case.id))


def _told_of(order: Order, parcels: Sequence[Shipment]) -> list[ReportedParcel]:
    """What is told of parcels; those that share a waybill are one."""
    names = {good.id: good.name for good in goods_lines(order)}
    told: dict[str, ReportedParcel] = {}
    for one in sorted(parcels, key=lambda one: one.n):
        ref = reference(one)
        rows = [(order.lines[line].sku, pieces) for line, pieces in one.lines]
        goods = "；".join(f"{names.get(sku, sku)} ×{pieces}" for sku, pieces in rows)
        known = told.get(one.waybill)
        goods = f"{known.goods}；{goods}" if known is not None else goods
        told[one.waybill] = ReportedParcel(ref.company, one.waybill, goods, ref.phone)
    return list(told.values())
