"""The front door of paying and giving back, and the door for the providers' notices."""

from functools import cache
from pathlib import Path

from chalice.app import Blueprint

from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OrderNotFound, OrderStateConflict, OrderTouched
from chalicelib.records.payments.rules import (
    NothingToRefund,
    PayerNeeded,
    PaymentExceptionClosed,
    PaymentExceptionNotFound,
    PaymentMethodUnknown,
    PaymentNotFound,
    PaymentProviderDown,
    PaymentStateConflict,
    RefundNeedsAnother,
    RefundNotFound,
    RefundRaced,
    RefundStateConflict,
    RefundTooLarge,
    RefundUnitsExceeded,
    TooManyPaymentAttempts,
)
from chalicelib.records.payments.service import attempts, exceptions, refunds
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import FIRST, PUBLIC, SIGNED, Page, Raw, Request, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.limits import Limit, local, shared
from chalicelib.runtime.work import Work

from .payment_rules import ResolutionUnfit, StepUpNeeded
from .payment_shapes import (
    AskExceptions,
    AskMethods,
    AskRefund,
    DecideRefund,
    ExceptionView,
    MethodsView,
    PaymentView,
    RefundReceipt,
    RefundView,
    Resolve,
    StartPayment,
    exception_view,
    method_views,
    payment_view,
    refund_view,
)
from .service.ask_refund import ask_refund, decide_refund
from .service.complete_payment import look
from .service.resolve_exception import resolve_exception
from .service.start_payment import handed_over, start_payment
from .service.take_notice import take_notice

bp = Blueprint(__name__)
JSON = ("application/json",)
FORM = ("application/x-www-form-urlencoded",)


# ---- the customer ---------------------------------------------------------------------------------------------------
@endpoint(bp, "GET", "/v1/payments/methods", permit=PUBLIC)
def payment_methods(query: AskMethods, caller: Caller) -> MethodsView:
    """The ways to pay on a terminal, and which of them answer just now."""
    return MethodsView(methods=method_views(query.terminal or caller.terminal))


@endpoint(
    bp, "POST", "/v1/orders/{order_id}/payments", permit="payments:start", session=FIRST, key="required", status=201,
    limit=Limit("pay", local(20, per="minute"), local(300, per="minute", by="ip")),
    errors=(
        OrderNotFound, OrderStateConflict, OrderTouched, PaymentMethodUnknown, PayerNeeded, PaymentProviderDown,
        TooManyPaymentAttempts, StepUpNeeded,
    ),
)  # fmt: skip
def pay_order(order_id: str, body: StartPayment, work: Work) -> PaymentView:
    """Start to pay an order of yours. Asked again with the same key, the same attempt is answered as it stands.

    A provider's no is an attempt that failed: choose another way. While nobody can say what a provider did, it is 503 and
    the fact `methods` names the other ways that answer: the same key asks again, another provider opens another attempt.
    """
    return start_payment(order_id, body, work)


@endpoint(bp, "GET", "/v1/payments/{payment_id}", permit="payments:read", errors=(PaymentNotFound,))
def read_payment(payment_id: str, work: Work) -> PaymentView:
    """An attempt of yours."""
    return _shown(attempts.own(payment_id, work.caller.id), work)


@endpoint(
    bp, "POST", "/v1/payments/{payment_id}/refresh", permit="payments:read", session=FIRST, key="none",
    limit=Limit("provider", shared(20, per="minute")), errors=(PaymentNotFound,),
)  # fmt: skip
def refresh_payment(payment_id: str, work: Work) -> PaymentView:
    """Ask the provider now what became of an attempt of yours."""
    look(attempts.own(payment_id, work.caller.id), work)
    return _shown(attempts.own(payment_id, work.caller.id), work)


def _shown(payment: attempts.Payment, work: Work) -> PaymentView:
    given = handed_over(payment, orders.find(payment.order_id), work.now) if payment.state == "pending" else None
    return payment_view(payment, given)


@endpoint(bp, "GET", "/v1/payments/return", permit=PUBLIC)
def come_back(request: Request) -> Raw:
    """Where a browser lands after paying; it proves nothing and only says so."""
    return _landing()


@endpoint(bp, "POST", "/v1/payments/return", permit=PUBLIC, key="none", media=FORM)
def come_back_by_form(request: Request) -> Raw:
    """The same, for a provider that sends the browser by a form."""
    return _landing()


@cache
def _landing() -> Raw:
    """One page with nothing from elsewhere, no script and no form; nobody may frame it."""
    text = Path(__file__).with_name("landing.html").read_text(encoding="utf-8")
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Raw(text, "text/html; charset=utf-8", headers=headers)


# ---- the shop -------------------------------------------------------------------------------------------------------
@endpoint(
    bp, "POST", "/v1/admin/refunds", permit="refunds:ask", key="required", status=201,
    errors=(OrderNotFound, NothingToRefund, RefundUnitsExceeded, RefundTooLarge, RefundRaced), second="finance decides",
)  # fmt: skip
def ask_for_refund(body: AskRefund, work: Work) -> RefundReceipt:
    """Ask to give back units of an order; the amount is set aside until finance decides."""
    return ask_refund(body, work)


@endpoint(bp, "GET", "/v1/admin/refunds", permit="refunds:read")
def refunds_to_decide(query: Paging) -> Page[RefundView]:
    """The refunds that finance must decide, oldest first."""
    rows, more = refunds.waiting(query.limit, query.cursor)
    return Page[RefundView](items=[refund_view(row) for row in rows], next=more)


@endpoint(bp, "GET", "/v1/admin/refunds/{refund_id}", permit="refunds:read", errors=(RefundNotFound,))
def read_refund(refund_id: str) -> RefundView:
    """A refund and where it stands."""
    return refund_view(refunds.find(refund_id))


@endpoint(
    bp, "POST", "/v1/admin/refunds/{refund_id}/approval", permit="refunds:approve", fresh=True, key="required",
    errors=(RefundNotFound, RefundStateConflict, RefundRaced, RefundNeedsAnother), second="is one, above a limit",
)  # fmt: skip
def approve_refund(refund_id: str, body: DecideRefund, work: Work) -> RefundReceipt:
    """Finance decides; above the limit it must be somebody else than who asked."""
    return decide_refund(refund_id, body, work)


@endpoint(bp, "GET", "/v1/admin/payments/exceptions", permit="payments:exceptions")
def payment_exceptions(query: AskExceptions) -> Page[ExceptionView]:
    """What about money a person must decide, oldest first."""
    rows, more = exceptions.listed(query.state, query.limit, query.cursor)
    return Page[ExceptionView](items=[exception_view(row) for row in rows], next=more)


@endpoint(
    bp, "POST", "/v1/admin/payments/exceptions/{case_id}/resolution", permit="payments:resolve", fresh=True,
    session=FIRST, key="required",
    errors=(
        PaymentExceptionNotFound, PaymentExceptionClosed, ResolutionUnfit, NothingToRefund, RefundStateConflict,
        RefundRaced, OrderStateConflict, PaymentStateConflict,
        PaymentProviderDown,
    ),
)  # fmt: skip
def decide_exception(case_id: str, body: Resolve, work: Work) -> ExceptionView:
    """Decide an exception; the decision and its effect happen together."""
    return resolve_exception(case_id, body, work)


# ---- the providers --------------------------------------------------------------------------------------------------
@endpoint(bp, "POST", "/v1/webhooks/wechat/pay", permit=SIGNED, media=JSON)
def wechat_paid(request: Request, work: Work) -> Raw:
    """WeChat Pay's notice of a payment."""
    return take_notice("wechat", request, work)


@endpoint(bp, "POST", "/v1/webhooks/wechat/refund", permit=SIGNED, media=JSON)
def wechat_refunded(request: Request, work: Work) -> Raw:
    """WeChat Pay's notice of a refund."""
    return take_notice("wechat", request, work)


@endpoint(bp, "POST", "/v1/webhooks/alipay", permit=SIGNED, media=FORM)
def alipay_told(request: Request, work: Work) -> Raw:
    """Alipay's notice of a payment or a refund."""
    return take_notice("alipay", request, work)


@endpoint(bp, "POST", "/v1/webhooks/unionpay", permit=SIGNED, media=FORM)
def unionpay_told(request: Request, work: Work) -> Raw:
    """UnionPay's notice of a payment or a refund."""
    return take_notice("unionpay", request, work)
