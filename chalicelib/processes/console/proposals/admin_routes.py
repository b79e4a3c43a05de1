"""What two people do together: one proposes, another agrees."""

from chalice.app import Blueprint

from chalicelib.processes.merchandising.offers.rules import UNLAWFUL
from chalicelib.records.catalog.rules import (
    FloorTooHigh,
    ListPriceTooLow,
    ProductNotFound,
    ProductStateConflict,
    SkuNotFound,
    StaleVersion,
)
from chalicelib.records.coupons.rules import (
    CouponClaimsOver,
    CouponCodesTooMany,
    CouponCodeTaken,
    CouponJobNotFound,
    CouponJobStateConflict,
    CouponTemplateNotFound,
    CouponTemplateStateConflict,
    StaleCouponTemplate,
)
from chalicelib.records.inventory.rules import StaleStock, StockNotFound, StockTooLow
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
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import service
from .service import ProposalNotYours, ProposalUnfit
from .shapes import ProposalRef, ProposalView, Propose, proposal_view

bp = Blueprint(__name__)
THING = (
    CouponJobNotFound,
    ProductNotFound,
    SkuNotFound,
    StockNotFound,
    OfferNotFound,
    CouponTemplateNotFound,
    CouponTemplateStateConflict,
)
OFFER = (OfferStateConflict, OfferEditedMeanwhile, OffersFull, OffersMoved, *UNLAWFUL)


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
    row = service.propose(body.kind, body.about, body.change(), body.reason, work)
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
        CouponClaimsOver,
        CouponCodesTooMany,
        CouponCodeTaken,
        StaleCouponTemplate,
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
    row = service.agree(proposal_id, work)
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
    row = service.decline(proposal_id, work)
    return ProposalRef(id=row.id, state=PROPOSAL.target("decline"))
