"""The console's front door: switches, orders, search, and what two people do together."""

from chalice.app import Blueprint

from chalicelib.kernel.clock import business_day
from chalicelib.processes.merchandising.offers.rules import UNLAWFUL
from chalicelib.records.catalog.rules import (
    FloorTooHigh,
    ListPriceTooLow,
    ProductNotFound,
    ProductStateConflict,
    SkuNotFound,
    StaleVersion,
)
from chalicelib.records.coupons.rules import CouponJobNotFound, CouponJobStateConflict
from chalicelib.records.identity.accounts.rules import UserNotFound
from chalicelib.records.identity.staff.rules import DisclosedTooOften, StaffClosed
from chalicelib.records.identity.staff.shapes import Disclose, Disclosed
from chalicelib.records.inventory.rules import StaleStock, StockNotFound, StockTooLow
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.records.promotions.offers.rules import (
    OfferEditedMeanwhile,
    OfferNotFound,
    OffersFull,
    OffersMoved,
    OfferStateConflict,
)
from chalicelib.records.proposals import service as proposals
from chalicelib.records.proposals.rules import (
    PROPOSAL,
    ProposalNeedsAnother,
    ProposalNotFound,
    ProposalStateConflict,
    ProposerGone,
    StaleProposal,
)
from chalicelib.runtime import world
from chalicelib.runtime.cursors import CursorInvalid
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.limits import Limit, local
from chalicelib.runtime.switches import SwitchNotFound
from chalicelib.runtime.vault import SealedDataUnreadable, VaultClosed
from chalicelib.runtime.work import Work

from .proposals.shapes import ProposalRef, ProposalView, Propose, proposal_view
from .service import disclosures, dossiers, orders, second_person, switches
from .service.disclosures import MatterForeign
from .service.second_person import ProposalNotYours, ProposalUnfit
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
THING = (CouponJobNotFound, ProductNotFound, SkuNotFound, StockNotFound, OfferNotFound)
OFFER = (OfferStateConflict, OfferEditedMeanwhile, OffersFull, OffersMoved, *UNLAWFUL)


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


# ---- proposals ------------------------------------------------------------------------------------------------------
@endpoint(
    bp,
    "POST",
    "/v1/admin/proposals",
    permit="proposals:make",
    step_up=True,
    key="required",
    status=201,
    errors=(ProposalNotYours, ProposalUnfit, *THING),
    second="always",
)
def propose(body: Propose, work: Work) -> ProposalRef:
    """Propose a change that needs a second person. · 提交需双人复核的变更"""
    row = second_person.propose(body.kind, body.about, body.change(), body.reason, work)
    return ProposalRef(id=row.id, state=row.state)


@endpoint(bp, "GET", "/v1/admin/proposals", permit="proposals:read")
def list_proposals(query: Paging) -> Page[ProposalView]:
    """List open proposals, oldest first. · 待复核的提案列表，最早优先

    They wait for a second person. A page may be short and still have a next one.
    """
    rows, more = proposals.waiting(query.limit, query.cursor)
    return Page[ProposalView](items=[proposal_view(row) for row in rows], next=more)


@endpoint(bp, "GET", "/v1/admin/proposals/{proposal_id}", permit="proposals:read", errors=(ProposalNotFound,))
def read_proposal(proposal_id: str) -> ProposalView:
    """Read a proposal and its outcome. · 提案详情与结果"""
    return proposal_view(proposals.find(proposal_id))


@endpoint(
    bp,
    "POST",
    "/v1/admin/proposals/{proposal_id}/agreement",
    permit="proposals:decide",
    step_up=True,
    errors=(
        ProposalNotFound,
        ProposalStateConflict,
        ProposalNeedsAnother,
        ProposerGone,
        StaleProposal,
        CouponJobStateConflict,
        StaleVersion,
        ProductStateConflict,
        StaleStock,
        StockTooLow,
        ListPriceTooLow,
        FloorTooHigh,
        *OFFER,
        *THING,
    ),
    second="is one",
)
def agree(proposal_id: str, work: Work) -> ProposalRef:
    """Agree to another's proposal. · 同意他人的提案

    The change is made with that.
    """
    row = second_person.agree(proposal_id, work)
    return ProposalRef(id=row.id, state=PROPOSAL.target("agree"))


@endpoint(
    bp,
    "POST",
    "/v1/admin/proposals/{proposal_id}/refusal",
    permit="proposals:decide",
    step_up=True,
    errors=(ProposalNotFound, ProposalStateConflict),
)
def decline(proposal_id: str, work: Work) -> ProposalRef:
    """Decline a proposal, or withdraw one's own. · 否决提案或撤回自己的提案"""
    row = second_person.decline(proposal_id, work)
    return ProposalRef(id=row.id, state=PROPOSAL.target("decline"))
