"""Changes beyond what one person may do alone: each kind says who may propose it, what stands, and how it is made.

Guarantees: what is agreed to is exactly what was proposed, of a thing that is still as it was; who proposed it may still
do it at that moment; the change and the agreement are one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Forbidden, Invalid
from chalicelib.processes.merchandising.coupons import service as coupons
from chalicelib.processes.merchandising.offers.service import setting_up
from chalicelib.records.catalog.service import editing, reading
from chalicelib.records.coupons.service import codes, grants, jobs
from chalicelib.records.identity.accounts.steps import require_active
from chalicelib.records.identity.staff.service import directory
from chalicelib.records.inventory import service as inventory
from chalicelib.records.proposals import service as proposals
from chalicelib.records.proposals.rules import ProposerGone, StaleProposal
from chalicelib.records.proposals.service import Proposal
from chalicelib.runtime import world
from chalicelib.runtime.work import Work


class ProposalUnfit(Invalid):
    kind: str
    at: str
    zh, en = "该类变更 {kind} 的内容不正确：{at}", "This is no change of the kind {kind}: {at}"


class ProposalNotYours(Forbidden):
    zh, en = "您无权提交此类变更", "You may not propose changes of this kind"


class ChangeKind(NamedTuple):
    """`permit`: what who proposes must be allowed. `stands`: what there is now; raises when there is no such thing.
    `make`: adds the change to a work. `seen`: what is proposed of what there is now, and not of something else."""

    permit: str
    stands: Callable[[str], Any]
    make: Callable[[Proposal, Mapping[str, Any], Work], None]
    seen: str = ""


def _price(sku: str) -> dict[str, int]:
    return {"price": reading.price_of(sku)}


def _set_price(row: Proposal, after: Mapping[str, Any], work: Work) -> None:
    editing.set_price(row.about, after["price"], work)


def _stock(sku: str) -> dict[str, int]:
    return {"on_hand": inventory.on_hand(sku)}


def _count(row: Proposal, after: Mapping[str, Any], work: Work) -> None:
    seen = json.loads(row.before)["on_hand"]
    inventory.count(row.about, after["delta"], seen, proposals.why(row), work, agreed=True)


def _grant(row: Proposal, after: Mapping[str, Any], work: Work) -> None:
    jobs.agree(row.about, work)


def _codes(row: Proposal, after: Mapping[str, Any], work: Work) -> None:
    codes.agree(row.about, work)


def _offer(offer_id: str) -> dict[str, Any]:
    return setting_up.stands(offer_id, world.now())


def _publish(row: Proposal, after: Mapping[str, Any], work: Work) -> None:
    setting_up.publish(row.about, after["version"], work, agreed=True)


def _open(row: Proposal, after: Mapping[str, Any], work: Work) -> None:
    coupons.move(row.about, after["version"], "open", work, agreed=True)


KINDS: Mapping[str, ChangeKind] = {
    "coupon_template": ChangeKind("promotions:edit", coupons.stands, _open, "version"),
    "coupon_codes": ChangeKind("coupons:grant", codes.waiting, _codes, "pieces"),
    "coupon_grant": ChangeKind("coupons:grant", grants.waiting, _grant, "customers"),
    "sku_price": ChangeKind("catalog:edit", _price, _set_price),
    "stock": ChangeKind("inventory:edit", _stock, _count),
    "offer": ChangeKind("promotions:edit", _offer, _publish, "version"),
}


def propose(kind: str, about: str, after: Mapping[str, Any], reason: str, work: Work) -> Proposal:
    """Put a change before a second person. Raises ProposalNotYours, ProposalUnfit, SkuNotFound, StockNotFound,
    OfferNotFound, CouponTemplateNotFound, CouponTemplateStateConflict, CouponJobNotFound."""
    rule = KINDS[kind]
    if not work.caller.may(rule.permit):
        raise ProposalNotYours()
    stands = rule.stands(about)
    if rule.seen and after[rule.seen] != stands[rule.seen]:
        raise ProposalUnfit(kind=kind, at=rule.seen)
    return proposals.make(kind, about, stands, after, reason, work)


def agree(name: str, work: Work) -> Proposal:
    """Agree to a change, which is made with that.

    Raises ProposalNotFound, ProposalNeedsAnother, ProposalStateConflict, ProposerGone, StaleProposal, and what the
    change itself raises.
    """
    row = proposals.find(name)
    rule = KINDS[row.kind]
    proposals.agree(row, work)
    who = directory.who_may(row.proposed_by, rule.permit)
    if who is None:
        raise ProposerGone()
    if json.loads(row.before) != rule.stands(row.about):
        raise StaleProposal()

    work.add(require_active(who))
    rule.make(row, json.loads(row.after), work)
    return row


def decline(name: str, work: Work) -> Proposal:
    """Do not agree, or take back what one proposed. Raises ProposalNotFound, ProposalStateConflict."""
    row = proposals.find(name)
    proposals.decline(row, work)
    return row
