"""The shop's own people at offers: set up, edited in versions, published, ended, killed."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.records.catalog.rules import IfMatchRequired, StaleVersion, seen_version
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.promotions.offers.rules import (
    OfferEditedMeanwhile,
    OfferNotFound,
    OffersFull,
    OffersMoved,
    OfferStateConflict,
)
from chalicelib.runtime import world
from chalicelib.runtime.http import Page, Request, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import shapes
from .rules import UNLAWFUL, WRONG
from .service import setting_up
from .shapes import AskOffers, KillOffer, OfferAdmin, OfferBody, OfferLine, OfferRef, OfferVersionView, PublishOffer

bp = Blueprint(__name__)
VIEW, EDIT = "promotions:view", "promotions:edit"
SEEN = (OfferNotFound, OfferStateConflict, StaleVersion, OfferEditedMeanwhile, IfMatchRequired)
RACED = (OffersMoved, OfferEditedMeanwhile)  # who ends or kills does not wait for an editor


@endpoint(bp, "POST", "/v1/admin/offers", permit=EDIT, status=201, errors=WRONG)
def draft_offer(body: OfferBody, work: Work) -> OfferRef:
    """Create an offer as a draft. · 新建优惠活动草稿"""
    return OfferRef(id=setting_up.draft(body.document(), work), version=1, state="draft")


@endpoint(bp, "GET", "/v1/admin/offers", permit=VIEW)
def list_offers(query: AskOffers) -> Page[OfferLine]:
    """List offers of a state, newest first. · 按状态列出优惠活动

    Of a lane or a kind, or all. A page may be short and still have a next one.
    """
    rows, following = offers.listed(query.state, query.lane, query.kind, query.limit, query.cursor)
    return Page[OfferLine](items=[shapes.offer_line(row, world.now()) for row in rows], next=following)


@endpoint(bp, "GET", "/v1/admin/offers/{offer_id}", permit=VIEW, errors=(OfferNotFound,))
def show_offer(offer_id: str) -> OfferAdmin:
    """Read an offer: its latest version and the published one. · 优惠活动详情"""
    return shapes.offer_admin(*setting_up.show(offer_id), world.now())


@endpoint(bp, "GET", "/v1/admin/offers/{offer_id}/versions", permit=VIEW, errors=(OfferNotFound,))
def list_offer_versions(offer_id: str, query: Paging) -> Page[OfferVersionView]:
    """List what an offer ever said, newest first. · 优惠活动的历史版本"""
    said, following = offers.versions(offer_id, query.limit, query.cursor)
    return Page[OfferVersionView](items=[shapes.offer_version(one) for one in said], next=following)


@endpoint(bp, "PUT", "/v1/admin/offers/{offer_id}", permit=EDIT, errors=(*SEEN, *WRONG))
def edit_offer(offer_id: str, body: OfferBody, request: Request, work: Work) -> OfferRef:
    """Replace an offer's document, which makes a version. · 修改优惠活动（生成新版本）

    What is published holds until the new version is published.
    """
    return shapes.offer_ref(
        setting_up.edit(offer_id, seen_version(request.headers), body.document(), work), world.now()
    )


@endpoint(bp, "DELETE", "/v1/admin/offers/{offer_id}", permit=EDIT, status=204, errors=(*SEEN[:2], *RACED), raced=RACED)
def discard_offer(offer_id: str, work: Work) -> None:
    """Give up a draft. · 删除活动草稿"""
    offers.discard(offer_id, work)


@endpoint(
    bp,
    "POST",
    "/v1/admin/offers/{offer_id}/publication",
    permit=EDIT,
    step_up=True,
    errors=(*SEEN[:-1], OffersFull, OffersMoved, *UNLAWFUL, SecondPersonNeeded),
    second="beyond a limit",
    raced=(OffersMoved,),
)
def publish_offer(offer_id: str, body: PublishOffer, work: Work) -> OfferRef:
    """Publish an offer's latest version. · 发布优惠活动

    Every process knows it within ten seconds; it holds from its start on. What makes single pieces cheaper is for the SKUs
    that it covers now, each of which must get cheaper than it was in the seven days before.
    """
    setting_up.publish(offer_id, body.version, work)
    return OfferRef(id=offer_id, version=body.version, state="published")


@endpoint(
    bp, "POST", "/v1/admin/offers/{offer_id}/end", permit=EDIT, status=204, errors=(*SEEN[:2], *RACED), raced=RACED
)
def end_offer(offer_id: str, work: Work) -> None:
    """End an offer now. · 立即结束优惠活动

    Within ten seconds nobody is quoted it any more. What was quoted with it before is honoured until that quote expires, ten
    minutes later at most (`QUOTE_MINUTES`): who must not order at it any more is refused by killing it.
    """
    offers.end(offer_id, work)


@endpoint(
    bp, "POST", "/v1/admin/offers/{offer_id}/kill", permit=EDIT, status=204, errors=(*SEEN[:2], *RACED), raced=RACED
)
def kill_offer(offer_id: str, body: KillOffer, work: Work) -> None:
    """Kill an offer that was a mistake. · 撤销错误的优惠活动

    Within ten seconds no order is taken that was quoted with it; other quotes are not touched.
    """
    offers.kill(offer_id, body.reason, work)
