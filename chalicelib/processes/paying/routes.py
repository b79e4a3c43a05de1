"""The customer's doors of paying."""

from chalice.app import Blueprint

from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OrderNotFound, OrderStateConflict, StaleOrder
from chalicelib.records.payments.rules import (
    PayerNeeded,
    PaymentMethodUnknown,
    PaymentNotFound,
    PaymentProviderDown,
    ReturnAddressRefused,
    TooManyPaymentAttempts,
)
from chalicelib.records.payments.service import attempts
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import FIRST, PUBLIC, endpoint
from chalicelib.runtime.limits import Limit, local, shared
from chalicelib.runtime.vault import VaultClosed
from chalicelib.runtime.work import Work

from .rules import StepUpNeeded
from .service.complete_payment import poll
from .service.start_payment import handed_over, start_payment
from .shapes import (
    AskMethods,
    MethodsView,
    PaymentView,
    StartPayment,
    method_views,
    payment_view,
)

bp = Blueprint(__name__)
FORM = ("application/x-www-form-urlencoded",)


@endpoint(bp, "GET", "/v1/payments/methods", permit=PUBLIC)
def payment_methods(query: AskMethods, caller: Caller) -> MethodsView:
    """List the ways to pay on a terminal. · 终端可用的支付方式

    And which of them answer just now.
    """
    return MethodsView(methods=method_views(query.terminal or caller.terminal))


@endpoint(
    bp,
    "POST",
    "/v1/orders/{order_id}/payments",
    permit="payments:start",
    session=FIRST,
    key="required",
    status=201,
    limit=Limit("pay", local(20, per="minute"), local(300, per="minute", by="ip")),
    errors=(
        OrderNotFound,
        OrderStateConflict,
        StaleOrder,
        PaymentMethodUnknown,
        PayerNeeded,
        ReturnAddressRefused,
        PaymentProviderDown,
        TooManyPaymentAttempts,
        StepUpNeeded,
        VaultClosed,
    ),
)
def pay_order(order_id: str, body: StartPayment, work: Work) -> PaymentView:
    """Start to pay an order. · 发起支付

    Asked again with the same key, the same attempt is answered as it stands. A provider's no is an attempt that
    failed: choose another way. While nobody can say what a provider did, it is 503 and the fact `methods` names the
    other ways that answer: the same key asks again, another provider opens another attempt.
    """
    return start_payment(order_id, body, work)


@endpoint(bp, "GET", "/v1/payments/{payment_id}", permit="payments:read", errors=(PaymentNotFound,))
def read_payment(payment_id: str, work: Work) -> PaymentView:
    """Read a payment. · 支付详情

    An attempt of yours.
    """
    return _shown(attempts.own(payment_id, work.caller.id), work)


@endpoint(
    bp,
    "POST",
    "/v1/payments/{payment_id}/refresh",
    permit="payments:read",
    session=FIRST,
    key="none",
    limit=Limit("provider", shared(20, per="minute")),
    errors=(PaymentNotFound,),
)
def refresh_payment(payment_id: str, work: Work) -> PaymentView:
    """Refresh a payment from its provider. · 向支付渠道查询支付结果

    Asks now what became of an attempt of yours.
    """
    poll(attempts.own(payment_id, work.caller.id), work)
    return _shown(attempts.own(payment_id, work.caller.id), work)


def _shown(payment: attempts.Payment, work: Work) -> PaymentView:
    given = handed_over(payment, orders.find(payment.order_id), work.now) if payment.state == "pending" else None
    return payment_view(payment, given)
