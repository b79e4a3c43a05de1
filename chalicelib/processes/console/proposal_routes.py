"""The front door of what two people do together."""

from chalice.app import Blueprint

from chalicelib.records.catalog.rules import ProductNotFound, ProductStateConflict, SkuNotFound, StaleVersion
from chalicelib.records.inventory.rules import StaleStock, StockNotFound, StockTooLow
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

from .proposal_shapes import ProposalRef, ProposalView, Propose, proposal_view
from .service import second_person
from .service.second_person import ProposalNotYours, ProposalUnfit

bp = Blueprint(__name__)
THING = (ProductNotFound, SkuNotFound, StockNotFound)


@endpoint(
    bp, "POST", "/v1/admin/proposals", permit="proposals:make", fresh=True, key="required", status=201,
    errors=(ProposalNotYours, ProposalUnfit, *THING), second="always",
)  # fmt: skip
def propose(body: Propose, work: Work) -> ProposalRef:
    """Propose a change that needs a second person. · 提交需双人复核的变更"""
    row = second_person.propose(body.kind, body.about, body.after, body.reason, work)
    return work.commit(ProposalRef(id=row.id, state=row.state))


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
    bp, "POST", "/v1/admin/proposals/{proposal_id}/agreement", permit="proposals:decide", fresh=True,
    errors=(
        ProposalNotFound, ProposalStateConflict, ProposalNeedsAnother, ProposerGone, StaleProposal, StaleVersion,
        ProductStateConflict, StaleStock,
        StockTooLow, *THING,
    ),
    second="is one",
)  # fmt: skip
def agree(proposal_id: str, work: Work) -> ProposalRef:
    """Agree to another's proposal. · 同意他人的提案

    The change is made with that.
    """
    row = second_person.agree(proposal_id, work)
    return work.commit(ProposalRef(id=row.id, state=PROPOSAL.target("agree")))


@endpoint(
    bp, "POST", "/v1/admin/proposals/{proposal_id}/refusal", permit="proposals:decide", fresh=True,
    errors=(ProposalNotFound, ProposalStateConflict),
)  # fmt: skip
def decline(proposal_id: str, work: Work) -> ProposalRef:
    """Decline a proposal, or withdraw one's own. · 否决提案或撤回自己的提案"""
    row = second_person.decline(proposal_id, work)
    return work.commit(ProposalRef(id=row.id, state=PROPOSAL.target("decline")))
