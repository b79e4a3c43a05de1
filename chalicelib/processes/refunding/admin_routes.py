"""The shop's doors of giving money back: support asks, finance decides."""

from chalice.app import Blueprint

from chalicelib.records.orders.rules import OrderNotFound, StaleOrder
from chalicelib.records.payments.rules import (
    NothingToRefund,
    RefundNeedsAnother,
    RefundNotFound,
    RefundStateConflict,
    RefundTooLarge,
    RefundUnitsExceeded,
    StaleRefund,
)
from chalicelib.records.payments.service import refunds
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from .rules import RefundUndecided, RefundUsedUp
from .service.ask_refund import ask_refund, decide_refund
from .shapes import AskRefund, DecideRefund, RefundReceipt, RefundView, refund_receipt, refund_view

bp = Blueprint(__name__)


@endpoint(
    bp,
    "POST",
    "/v1/admin/refunds",
    permit="refunds:ask",
    key="required",
    status=201,
    errors=(
        OrderNotFound,
        NothingToRefund,
        RefundUnitsExceeded,
        RefundUsedUp,
        RefundUndecided,
        RefundTooLarge,
        StaleOrder,
        StaleRefund,
    ),
    second="finance decides",
)
def ask_for_refund(body: AskRefund, work: Work) -> RefundReceipt:
    """Request a refund of an order's units. · 申请订单退款

    The amount is set aside until finance decides. It is what was paid for the units, less what the rest of the order has of an
    offer whose policy is `keep_if_threshold_still_met` and does not reach any more, gifts by their value.
    """
    return refund_receipt(*ask_refund(body, work))


@endpoint(bp, "GET", "/v1/admin/refunds", permit="refunds:read")
def refunds_to_decide(query: Paging) -> Page[RefundView]:
    """List refunds awaiting a decision, oldest first. · 待审批的退款列表，最早优先"""
    rows, more = refunds.waiting(query.limit, query.cursor)
    return Page[RefundView](items=[refund_view(row) for row in rows], next=more)


@endpoint(bp, "GET", "/v1/admin/refunds/{refund_id}", permit="refunds:read", errors=(RefundNotFound,))
def read_refund(refund_id: str) -> RefundView:
    """Read a refund and its state. · 退款详情与状态"""
    return refund_view(refunds.find(refund_id))


@endpoint(
    bp,
    "POST",
    "/v1/admin/refunds/{refund_id}/approval",
    permit="refunds:approve",
    step_up=True,
    key="required",
    errors=(RefundNotFound, RefundStateConflict, StaleRefund, RefundNeedsAnother),
    second="is one, above a limit",
)
def approve_refund(refund_id: str, body: DecideRefund, work: Work) -> RefundReceipt:
    """Approve or decline a refund. · 审批退款

    Above the limit it must be somebody else than who asked.
    """
    return refund_receipt(*decide_refund(refund_id, body, work))
