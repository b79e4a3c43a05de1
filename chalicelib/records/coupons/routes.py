"""The customers' doors: coupons to claim, and one's own."""

from chalice.app import Blueprint

from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import PUBLIC, Page, endpoint
from chalicelib.runtime.limits import Limit, local, shared
from chalicelib.runtime.work import Work

from . import shapes
from .rules import (
    RACED,
    ClaimedEnough,
    ClaimedEnoughToday,
    ClaimNotForYou,
    ClaimNotOpen,
    CouponCodeGone,
    CouponCodeUsed,
    CouponCodeWrong,
    CouponGone,
    CouponTemplateNotFound,
)
from .service import claims, codes, held
from .shapes import AvailableCoupons, ClaimableCoupons, ClaimedCoupon, CouponView, ListCoupons, RedeemCode

bp = Blueprint(__name__)
CLAIM = "coupons:claim"
REFUSED = (ClaimNotOpen, ClaimNotForYou, ClaimedEnough, ClaimedEnoughToday, CouponGone, *RACED)


@endpoint(bp, "GET", "/v1/coupons/available", permit=PUBLIC, etag=True)
def list_available() -> AvailableCoupons:
    """List coupons that can be claimed. · 可领取的优惠券

    With their conditions; a change is shown within ten seconds.
    """
    return shapes.available(claims.public(world.now()))


@endpoint(
    bp,
    "POST",
    "/v1/coupons/{template_id}/claims",
    permit=CLAIM,
    status=201,
    errors=(CouponTemplateNotFound, *REFUSED),
    raced=RACED,
    limit=Limit("coupon_claim", local(60, per="minute")),
)
def claim(template_id: str, work: Work) -> ClaimedCoupon:
    """Claim a coupon. · 领取优惠券"""
    return shapes.claimed(claims.claim(template_id, work))


@endpoint(
    bp,
    "POST",
    "/v1/coupons/redemptions",
    permit=CLAIM,
    status=201,
    errors=(CouponCodeWrong, CouponCodeUsed, CouponCodeGone, CouponTemplateNotFound, *REFUSED),
    raced=RACED,
    limit=Limit("coupon_code", shared(10, per="minute"), shared(60, per="day"), shared(60, per="minute", by="ip")),
)
def redeem(body: RedeemCode, work: Work) -> ClaimedCoupon:
    """Redeem a code for a coupon. · 使用兑换码"""
    return shapes.claimed(codes.redeem(body.code, work))


@endpoint(bp, "GET", "/v1/me/coupons/claimable", permit=CLAIM)
def list_claimable(caller: Caller) -> ClaimableCoupons:
    """List coupons that can be claimed, as they stand for oneself. · 我可领取的优惠券

    How many one claimed of each, and why one gets no other one now; what is left is some seconds old.
    """
    return shapes.claimable(claims.claimable(caller, world.now()))


@endpoint(bp, "GET", "/v1/me/coupons", permit=CLAIM)
def list_mine(query: ListCoupons, caller: Caller) -> Page[CouponView]:
    """List one's own coupons in a state. · 我的优惠券

    A page may be short and still have a next one.
    """
    found, more = held.page(caller.id, query.state, query.limit, query.cursor, world.now())
    return Page[CouponView](items=[shapes.coupon_view(one) for one in found], next=more)
