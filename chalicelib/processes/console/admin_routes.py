"""The console's front door: switches, orders and search."""

from chalice.app import Blueprint

from chalicelib.kernel.clock import business_day
from chalicelib.records.identity.accounts.rules import UserNotFound
from chalicelib.records.identity.staff.rules import DisclosedTooOften, StaffClosed
from chalicelib.records.identity.staff.shapes import Disclose, Disclosed
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.runtime import world
from chalicelib.runtime.cursors import CursorInvalid
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.limits import Limit, local
from chalicelib.runtime.switches import SwitchNotFound
from chalicelib.runtime.vault import SealedDataUnreadable, VaultClosed
from chalicelib.runtime.work import Work

from .service import disclosures, dossiers, orders, switches
from .service.disclosures import MatterForeign
from .service.switches import SwitchRisesByOne, SwitchValueWrong
from .shapes import (
    DayOfOrders,
    DisclosedOrder,
    DiscloseOrder,
    FiguresDay,
    FiguresView,
    Found,
    OrderDossier,
    OrderRow,
    PausePlacing,
    Search,
    SwitchesView,
    TurnSwitch,
    disclosed_order,
    disclosed_person,
    figures_view,
    found,
    order_dossier,
    order_row,
    switch_view,
)

bp = Blueprint(__name__)


# ---- switches -------------------------------------------------------------------------------------------------------
@endpoint(bp, "GET", "/v1/admin/switches", permit="switches:read")
def list_switches() -> SwitchesView:
    """List switches with their values. · 开关列表"""
    return SwitchesView(switches=[switch_view(state) for state in switches.all_switches()])


@endpoint(
    bp,
    "PUT",
    "/v1/admin/switches/{name}",
    permit="switches:edit",
    step_up=True,
    status=204,
    errors=(SwitchNotFound, SwitchValueWrong, SwitchRisesByOne),
)
def turn_switch(name: str, body: TurnSwitch, work: Work) -> None:
    """Set a switch for the whole shop. · 设置全店开关

    Every process knows within ten seconds.
    """
    switches.turn(name, body.value, work)


@endpoint(bp, "PUT", "/v1/admin/placing", permit="shop:pause", step_up=True, status=204)
def pause_placing(body: PausePlacing, work: Work) -> None:
    """Pause or resume the placing of orders. · 暂停或恢复下单

    In the whole shop.
    """
    switches.pause_placing(body.paused, work)


# ---- orders ---------------------------------------------------------------------------------------------------------
@endpoint(bp, "GET", "/v1/admin/orders", permit="orders:read_any")
def list_orders(query: DayOfOrders) -> Page[OrderRow]:
    """List a business day's orders, newest first. · 某营业日的订单列表，按时间倒序

    A page may be short and still have a next one.
    """
    day = query.day or business_day(world.now())
    rows, more = orders.of_day(day, query.state, query.limit, query.cursor)
    return Page[OrderRow](items=[order_row(order) for order in rows], next=more)


@endpoint(bp, "GET", "/v1/admin/orders/{order_id}", permit="orders:read_any", errors=(OrderNotFound,))
def read_order(order_id: str) -> OrderDossier:
    """Read an order with its payments and refunds. · 订单详情，含支付与退款

    Whose it is and where it goes are masked.
    """
    return order_dossier(dossiers.read_order(order_id))


@endpoint(
    bp,
    "POST",
    "/v1/admin/orders/{order_id}/disclosures",
    permit="pii:read",
    step_up=True,
    key="none",
    errors=(OrderNotFound, DisclosedTooOften, SealedDataUnreadable),
)
def disclose_order(order_id: str, body: DiscloseOrder, work: Work) -> DisclosedOrder:
    """Disclose an order's address and remark. · 查看订单地址与备注明文

    In clear, for a reason; that it was looked at is on record.
    """
    return disclosed_order(order_id, *disclosures.order(order_id, body.reason, work))


@endpoint(
    bp,
    "POST",
    "/v1/admin/users/{user_id}/disclosures",
    permit="pii:read",
    step_up=True,
    key="none",
    errors=(UserNotFound, StaffClosed, MatterForeign, DisclosedTooOften, SealedDataUnreadable, VaultClosed),
)
def disclose_person(user_id: str, body: Disclose, work: Work) -> Disclosed:
    """Disclose a customer's contact and addresses. · 查看客户联系方式与地址明文

    In clear, for a reason and in a matter of theirs; that you looked is audited.
    """
    return disclosed_person(user_id, *disclosures.person(user_id, body.reason, body.matter, work))


@endpoint(
    bp,
    "GET",
    "/v1/admin/search",
    permit="orders:read_any",
    limit=Limit("search", local(120, per="minute")),
    errors=(CursorInvalid,),
)
def search(query: Search) -> Found:
    """Search orders by number, phone or e-mail. · 按单号、手机号或邮箱搜索订单

    What a caller can name: an order id or its end, an out_trade_no, a phone number, an e-mail. Looking for an end may
    stop before the last week was seen; `next` is the cursor that goes on from there.
    """
    return found(dossiers.search(query.q, world.now(), query.cursor))


@endpoint(bp, "GET", "/v1/admin/figures", permit="shop:watch")
def read_figures(query: FiguresDay) -> FiguresView:
    """Get a business day's order figures. · 某营业日的订单统计

    Orders are counted by what became of them, beside what waits for a person.
    """
    return figures_view(*dossiers.figures(query.day or business_day(world.now())))
