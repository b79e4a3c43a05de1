"""The shop's people at what warehouses pack."""

from chalice.app import Blueprint

from chalicelib.records.orders.rules import OrderNotFound, OrderStateConflict, StaleOrder
from chalicelib.records.shipping.dispatches import service as dispatches
from chalicelib.records.shipping.dispatches.rules import DispatchNotFound, DispatchStateConflict, StaleDispatch
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.work import Work

from .service.send_out import offer_again
from .shapes import AskDispatches, DispatchView, OfferDispatch, dispatch_view

bp = Blueprint(__name__)
ALL = "/v1/admin/dispatches"


@endpoint(bp, "GET", ALL, permit="shipments:read")
def list_dispatches(query: AskDispatches) -> Page[DispatchView]:
    """List orders that a warehouse packs, oldest first. · 下发仓库的订单列表"""
    rows, more = dispatches.listed(query.todo, query.limit, query.cursor)
    return Page[DispatchView](items=[dispatch_view(row) for row in rows], next=more)


@endpoint(
    bp,
    "POST",
    ALL,
    permit="shipments:edit",
    key="required",
    status=204,
    errors=(OrderNotFound, OrderStateConflict, DispatchNotFound, DispatchStateConflict, StaleDispatch, StaleOrder),
)
def offer_dispatch(body: OfferDispatch, work: Work) -> None:
    """Tell a warehouse once more of an order that it did not take. · 重新下发订单"""
    offer_again(body.order_id, work)
