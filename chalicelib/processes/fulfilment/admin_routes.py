"""The shop's people at fulfilment: what is to be sent, sending it, and parcels on their way."""

from datetime import timedelta

from chalice.app import Blueprint

from chalicelib.kernel.bill import shelf_of
from chalicelib.kernel.clock import business_day
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.inventory.places.rules import LocationNotFound
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped, StaleStock, StockNotFound, TooFewThere
from chalicelib.records.orders.rules import (
    SERVICES,
    OrderAtWarehouse,
    OrderHeldBack,
    OrderNotFound,
    OrderStateConflict,
    StaleOrder,
)
from chalicelib.records.payments.rules import StaleRefund
from chalicelib.records.shipping.dispatches.rules import StaleDispatch
from chalicelib.records.shipping.rules import (
    CarrierDown,
    CarrierTooLate,
    NoSuchCarrier,
    ShipmentExists,
    ShipmentNotFound,
    ShipmentsFull,
    ShipmentStateConflict,
    StaleShipment,
    WaybillMalformed,
    WaybillTaken,
)
from chalicelib.records.shipping.service import shipments
from chalicelib.runtime import world
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work

from .rules import (
    LiesElsewhere,
    LineUnderWay,
    NoCarrier,
    NothingToShip,
    OthersWaitedLonger,
    ShipmentTooLarge,
    ShipQuantityExceeded,
    WaybillNeeded,
)
from .service import survey
from .service.backorders import backorders
from .service.cancel_shipment import cancel_shipment
from .service.mend_shipment import offer_again, rebind
from .service.send_from import send_from
from .service.ship_order import ship_order
from .service.timeline import all_parcels
from .shapes import (
    AskBackorders,
    AskLate,
    AskPromises,
    AskShipments,
    AskUnsent,
    BackorderList,
    BindWaybill,
    CancelShipment,
    OfferShipment,
    OrderParcels,
    OrderRates,
    PromisesView,
    SendFrom,
    ShipmentRef,
    ShipmentRow,
    ShipOrder,
    UnsentOrder,
    backorder_list,
    order_parcels,
    order_rates,
    promises_view,
    shipment_row,
    unsent_order,
)

bp = Blueprint(__name__)
WAYBILLS = (NoSuchCarrier, WaybillNeeded, WaybillMalformed, WaybillTaken)
RACED = (ShipmentExists, StaleShipment, StaleOrder, StaleRefund, StaleStock, StaleDispatch)


@endpoint(bp, "GET", "/v1/admin/shipments/orders", permit="shipments:read")
def orders_to_ship(query: AskUnsent) -> Page[UnsentOrder]:
    """List a day's orders that are to be sent. · 待发货订单

    Newest first, with what is left of each and until when, of one location where that is told; orders that are held back are
    left out.
    """
    now = world.now()
    rows, more = survey.unsent(query.day or business_day(now), now, query.limit, query.cursor, query.location)
    return Page[UnsentOrder](items=[unsent_order(row) for row in rows], next=more)


@endpoint(bp, "GET", "/v1/admin/stock/{sku}/backorders", permit="inventory:read", errors=(StockNotFound,))
def list_backorders(sku: str, query: AskBackorders) -> BackorderList:
    """List who waits for a SKU, oldest first. · SKU 缺货待发订单

    Of a SKU of which less lies at a location than orders hold; the oldest have what there is.
    """
    return backorder_list(sku, backorders(shelf_of(sku, query.location), world.now()))


@endpoint(bp, "GET", "/v1/admin/shipments/late", permit="shipments:read")
def late_orders(query: AskLate) -> Page[UnsentOrder]:
    """List orders of which something is not sent in time. · 超时未发货订单

    Those due first. A page may be short and still have a next one.
    """
    rows, more = survey.late(world.now(), query.limit, query.cursor)
    return Page[UnsentOrder](items=[unsent_order(row) for row in rows], next=more)


@endpoint(bp, "GET", "/v1/admin/shipments/promises", permit="shipments:read")
def promises_kept(query: AskPromises) -> PromisesView:
    """Read how many delivery promises were kept, by day and service. · 时效承诺达成率"""
    now = business_day(world.now())
    last = query.until or now
    days = [last - timedelta(days=n) for n in range(query.days)]
    return promises_view(shipments.promises(days, SERVICES))


@endpoint(bp, "GET", "/v1/admin/shipments", permit="shipments:read")
def list_shipments(query: AskShipments) -> Page[ShipmentRow]:
    """List shipments of which something is to be done, oldest first. · 待处理包裹列表"""
    rows, more = survey.under_way(query.todo, world.now(), query.limit, query.cursor)
    return Page[ShipmentRow](items=[shipment_row(row) for row in rows], next=more)


@endpoint(bp, "GET", "/v1/admin/orders/{order_id}/shipments", permit="shipments:read", errors=(OrderNotFound,))
def shipments_of_order(order_id: str) -> OrderParcels:
    """Read the shipments of an order with all that was told of them. · 订单包裹与轨迹"""
    return order_parcels(order_id, all_parcels(order_id))


@endpoint(
    bp,
    "GET",
    "/v1/admin/orders/{order_id}/shipping-rates",
    permit="shipments:edit",
    errors=(OrderNotFound, AddressNotFound, SealedDataUnreadable),
)
def shipping_rates(order_id: str, work: Work) -> OrderRates:
    """Ask the carriers what sending the rest of an order costs. · 询价"""
    return order_rates(survey.rates(order_id, work))


@endpoint(
    bp,
    "POST",
    "/v1/admin/orders/{order_id}/shipments",
    permit="shipments:edit",
    key="required",
    status=201,
    errors=(
        OrderNotFound,
        OrderStateConflict,
        OrderHeldBack,
        OrderAtWarehouse,
        NothingToShip,
        ShipQuantityExceeded,
        LiesElsewhere,
        ShipmentTooLarge,
        ShipmentsFull,
        NoCarrier,
        TooFewThere,
        OthersWaitedLonger,
        *WAYBILLS,
        *RACED,
    ),
)
def ship(order_id: str, body: ShipOrder, work: Work) -> ShipmentRef:
    """Ship pieces of a paid order as one shipment. · 发货

    They leave the stock at once; the carrier is asked for its waybill then, unless that is told.
    """
    return ship_order(order_id, body.wish, work)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/orders/{order_id}/shipments",
    permit="shipments:edit",
    status=204,
    errors=(
        OrderNotFound,
        OrderStateConflict,
        OrderAtWarehouse,
        LocationNotFound,
        ShipQuantityExceeded,
        LineUnderWay,
        NothingToShip,
        ShipmentTooLarge,
        OutOfStock,
        SaleStopped,
        StaleOrder,
        StaleDispatch,
    ),
)
def move_lines(order_id: str, body: SendFrom, work: Work) -> None:
    """Have lines of a paid order sent from another location. · 更换发货仓库

    Their pieces are held there at once; what the order costs and what was promised of it stay.
    """
    send_from(order_id, body.lines, body.location, work)


@endpoint(
    bp,
    "POST",
    "/v1/admin/shipments/{number}/cancellation",
    permit="shipments:edit",
    key="required",
    status=204,
    errors=(ShipmentNotFound, ShipmentStateConflict, CarrierTooLate, CarrierDown, StaleShipment, StaleOrder),
)
def cancel(number: str, body: CancelShipment, work: Work) -> None:
    """Cancel a shipment before it is fetched. · 揽收前取消包裹

    Its pieces are in stock again, for the order.
    """
    cancel_shipment(number, body.reason, work)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/shipments/{number}/waybill",
    permit="shipments:edit",
    status=204,
    errors=(ShipmentNotFound, ShipmentStateConflict, *WAYBILLS, StaleShipment, StaleOrder),
)
def bind_waybill(number: str, body: BindWaybill, work: Work) -> None:
    """Correct the waybill of a shipment. · 更正运单号

    What was heard of the former one does not count any more.
    """
    rebind(number, body.wish, work)


@endpoint(
    bp,
    "POST",
    "/v1/admin/shipments/{number}/offers",
    permit="shipments:edit",
    status=204,
    errors=(ShipmentNotFound, ShipmentStateConflict, NoSuchCarrier, WaybillNeeded, StaleShipment),
)
def offer(number: str, body: OfferShipment, work: Work) -> None:
    """Offer a shipment that no carrier took to one of them. · 重新下单"""
    offer_again(number, body.carrier, work)
