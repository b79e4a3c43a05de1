"""The shop's doors of what a person must decide about money."""

from chalice.app import Blueprint

from chalicelib.records.orders.rules import OrderStateConflict
from chalicelib.records.payments.rules import (
    NothingToRefund,
    PaymentExceptionClosed,
    PaymentExceptionNotFound,
    PaymentProviderDown,
    PaymentStateConflict,
    RefundStateConflict,
    StaleRefund,
)
from chalicelib.records.payments.service import exceptions
from chalicelib.runtime.http import FIRST, Page, endpoint
from chalicelib.runtime.work import Work

from .rules import ResolutionUnfit
from .service.resolve_exception import resolve_exception
from .shapes import AskExceptions, ExceptionView, Resolve, exception_view

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/admin/payments/exceptions", permit="payments:exceptions")
def payment_exceptions(query: AskExceptions) -> Page[ExceptionView]:
    """List payment exceptions, oldest first. · 支付异常列表，最早优先

    What about money a person must decide.
    """
    rows, more = exceptions.listed(query.state, query.limit, query.cursor)
    return Page[ExceptionView](items=[exception_view(row) for row in rows], next=more)


@endpoint(
    bp,
    "POST",
    "/v1/admin/payments/exceptions/{case_id}/resolution",
    permit="payments:resolve",
    step_up=True,
    session=FIRST,
    key="required",
    errors=(
        PaymentExceptionNotFound,
        PaymentExceptionClosed,
        ResolutionUnfit,
        NothingToRefund,
        RefundStateConflict,
        StaleRefund,
        OrderStateConflict,
        PaymentStateConflict,
        PaymentProviderDown,
    ),
)
def decide_exception(case_id: str, body: Resolve, work: Work) -> ExceptionView:
    """Resolve a payment exception. · 处理支付异常

    The decision and its effect happen together.
    """
    return exception_view(resolve_exception(case_id, body, work))
