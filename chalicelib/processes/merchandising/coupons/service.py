"""Coupons' use cases for the shop's own people, where they need more than the coupons themselves.

Guarantees: no template is kept whose document pricing does not understand, or that names goods that there are not; what is
given out takes off no more than one person may give away alone, unless two agreed; only customers who are there are granted
anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.processes.merchandising.offers.rules import check_kept, check_reachable
from chalicelib.processes.merchandising.offers.service import depth, goods
from chalicelib.records.coupons.rules import (
    TEMPLATE,
    CouponEditTooDeep,
    CouponTemplateNotFound,
    CouponTemplateStateConflict,
    Terms,
    template_of,
)
from chalicelib.records.coupons.service import gifts, grants, is_benefit, templates
from chalicelib.records.coupons.service.held import ALWAYS
from chalicelib.records.coupons.service.templates import Sheet
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.orders import service as orders
from chalicelib.records.pricing.rules.offers import parse
from chalicelib.runtime import observe
from chalicelib.runtime.work import Work

AS_ONE = {"starts_at": ALWAYS, "ends_at": None}  # what a coupon adds to its template's document
NO_COMPENSATION = observe.alarmed(
    "CompensationMissing", "A broken delivery promise is to bring a coupon of a template that there is not"
)
KIND = "coupon_template"  # of a proposal
MOST_PAGES = 5  # of the templates of a state, looked at for one page of those that are asked for


def add(terms: Terms, work: Work, *, template_id: str | None = None) -> str:
    """A new template, a draft; returns its id. Raises OfferInvalid, OfferGoodsUnknown, OfferScopeWrong, CouponTermsWrong."""
    _require_understood(terms.document)
    return templates.add(terms, work, template_id=template_id)


def edit(template_id: str, seen: int, terms: Terms, work: Work) -> Sheet:
    """Other terms from now on. Raises CouponEditTooDeep, and as `add` and `templates.edit`. Of one that is closed orders and
    broken promises still bring what it says, so only a draft may say anything."""
    sheet = templates.find(template_id)
    _require_understood(terms.document)
    if sheet.state != templates.DRAFT:
        _require_modest_edit(terms)
    return sheet._replace(revision=templates.edit(template_id, seen, terms, work))


def _require_modest_edit(terms: Terms) -> None:
    try:
        depth.require_modest_coupon(terms.document, KIND)
    except SecondPersonNeeded as beyond:
        raise CouponEditTooDeep(limit=beyond.limit) from None


def move(template_id: str, seen: int, action: str, work: Work, *, agreed: bool = False) -> Sheet:
    """Open, close, stop or discard a template; `agreed`: by two people. Raises SecondPersonNeeded, and as `templates.move`."""
    sheet = templates.move(template_id, seen, action, work)
    if action == templates.OPENING and not agreed:
        depth.require_modest_coupon(sheet.terms.document, KIND)
    return sheet


def stands(template_id: str) -> dict[str, Any]:
    """Where a template is, as a proposal to open it keeps it. Raises CouponTemplateNotFound, and CouponTemplateStateConflict
    of one that cannot be opened."""
    sheet = templates.find(template_id)
    if TEMPLATE.after(sheet.state, templates.OPENING) is None:
        raise CouponTemplateStateConflict(state=sheet.state)
    return {"version": sheet.revision, "state": sheet.state}


def listed(
    state: str, lane: str | None, newcomer: bool | None, limit: int, cursor: str | None
) -> tuple[list[Sheet], str | None]:
    """A page of the templates of a state, newest first, that fit. Each is looked at, so a page may be short and still have
    a next one."""
    found = list[Sheet]()
    for _ in range(MOST_PAGES):
        rows, cursor = templates.by_state(state, limit - len(found), cursor)
        found += [one for one in rows if _fits(one.terms, lane, newcomer)]
        if cursor is None or len(found) == limit:
            break
    return found, cursor


def _fits(terms: Terms, lane: str | None, newcomer: bool | None) -> bool:
    return (lane is None or terms.document["lane"] == lane) and newcomer in (None, terms.newcomer)


def give(job_id: str, work: Work) -> None:
    """The next parts of a grant, to customers who are there. Commits by part, as `grants.give` says."""
    grants.give(job_id, accounts.standing, work)


def follow_paid(order_id: str, work: Work) -> None:
    """Give what a paid order gifts, and count what each template's coupons took off it and what was paid with them; of most
    orders there is nothing to do. Commits the gifts by themselves."""
    order, offs = orders.find(order_id), Counter[str]()
    gifts.give(order.customer, order.bill.gifted, order.id, work)
    for use in [one for one in order.bill.coupons if not is_benefit(one.id)]:
        offs[template_of(use.id)] += int(order.bill.layers[use.layer].off) if use.layer >= 0 else 0
    for template, off in offs.items():
        templates.tally(template, work, paid=1, off=off, worth=int(order.payable))


def _require_understood(document: Mapping[str, Any]) -> None:
    """Raises OfferInvalid where pricing cannot make anything of it, OfferGoodsUnknown, OfferScopeWrong."""
    parse({**document, **AS_ONE})
    check_reachable(document)
    check_kept(document)
    goods.check_named(document)


def compensate(customer: str, template: str, order_id: str, work: Work) -> None:
    """Give a customer the coupon that makes up for an order, if there is one. Commits by gift."""
    if not template:
        return
    try:
        gifts.give(customer, [template], order_id, work)
    except CouponTemplateNotFound:
        observe.count(NO_COMPENSATION)
