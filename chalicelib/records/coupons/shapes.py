"""What coupons take and return at the customers' doors."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.bill import LANES
from chalicelib.kernel.clock import instant, iso, iso_or_none
from chalicelib.runtime.http import Body, Instant, View, one_of
from chalicelib.runtime.http.kinds import Words
from chalicelib.runtime.http.shapes import Paging

from .rules import Terms
from .service.claims import Claimable, Had
from .service.held import HeldCoupon
from .service.templates import Sheet

State = Literal["usable", "not_yet", "used", "expired", "void"]


class ListCoupons(Paging):
    """Which of one's coupons."""

    state: State = Field(default="usable", description="void: given with an order that was given up, or withdrawn")


class RedeemCode(Body):
    """A code as it was given; spaces, dashes and small letters do not matter."""

    code: Words = Field(min_length=1, max_length=40, examples=["7KQ2-M9XR-3TWPA"])


class ClaimedCoupon(View):
    """The coupon that the caller has now, and when it may be used."""

    coupon_id: str
    template_id: str
    starts_at: Instant
    ends_at: Instant


class CouponName(View):
    """What a coupon is called."""

    zh: str
    en: str


class CouponConditions(View):
    """What a coupon takes off, of what, and for whom; see the document of an offer."""

    name: CouponName
    lane: Annotated[str, one_of(*LANES)] = Field(examples=["coupon"])
    kind: str = Field(examples=["threshold"])
    terms: dict[str, Any]
    scope: dict[str, Any]
    with_coupons: bool = Field(description="whether it is used beside another coupon")
    refund_policy: str = Field(examples=["prorate"])
    channels: list[str]
    levels: list[str]
    segments: list[str]
    new_customers: bool
    nth_order: int | None = Field(description="only on one's so-manieth paid order")
    basket_has: dict[str, Any] | None = Field(description="goods of which some must be in the basket, too")
    exclusive: bool = Field(description="no offer works beside it")
    excludes_discounted: bool = Field(description="not on goods that are reduced already")


class UseWindow(View):
    """When it may be used: between two instants, or for so many days from so many days after it was claimed."""

    starts_at: Instant | None
    ends_at: Instant | None
    days_after_claim: int
    days: int | None


class AvailableCoupon(View):
    """A coupon that can be claimed, and until when. `left` of `total` is what there was some seconds ago; null is no limit."""

    template_id: str
    conditions: CouponConditions
    use: UseWindow
    claim_from: Instant | None
    claim_to: Instant | None
    total: int | None
    left: int | None
    per_person: int
    per_day: int | None


class ClaimableCoupon(AvailableCoupon):
    """The same for one customer: how many of it they claimed, and, where they get no other one now, the code and the sentence
    with which it would be refused."""

    claimed: int
    can_claim: bool
    reason: str | None = Field(examples=["CLAIMED_ENOUGH"])
    reason_zh: str | None
    reason_en: str | None


class ClaimableCoupons(View):
    """All coupons that can be claimed now or soon, the oldest first, as they stand for the caller."""

    items: list[ClaimableCoupon]


class GiftCoupon(View):
    """A coupon that comes with an order, and when it may be used."""

    template_id: str
    conditions: CouponConditions
    use: UseWindow


class CouponView(View):
    """One of the caller's coupons as it stands."""

    coupon_id: str
    template_id: str
    state: State
    starts_at: Instant
    ends_at: Instant
    had_at: Instant
    way: str = Field(description="claim, code, grant, newcomer or gift")
    order_id: str | None = Field(description="the order it was used for")
    conditions: CouponConditions


class AvailableCoupons(View):
    """All coupons that can be claimed now or soon, the oldest first."""

    items: list[AvailableCoupon]


def claimed(had: Had) -> ClaimedCoupon:
    return ClaimedCoupon(
        coupon_id=had.id, template_id=had.template, starts_at=iso(had.starts_at), ends_at=iso(had.ends_at)
    )


def conditions(terms: Terms) -> CouponConditions:
    said = terms.document
    needs = said.get("needs") or {}
    return CouponConditions(
        name=CouponName(**said["name"]),
        lane=said["lane"],
        kind=said["kind"],
        terms=dict(said["terms"]),
        scope=dict(said["scope"]),
        with_coupons=said.get("with_coupons", False),
        refund_policy=said.get("refund_policy", "prorate"),
        channels=list(terms.channels),
        levels=list(terms.levels),
        segments=list(terms.segments),
        new_customers=(said.get("audience") or {}).get("new_customers", False),
        nth_order=needs.get("nth_order"),
        basket_has=needs.get("basket_has"),
        exclusive=said.get("exclusive", False),
        excludes_discounted=said.get("excludes_discounted", False),
    )


def use_window(terms: Terms) -> UseWindow:
    return UseWindow(
        starts_at=_iso(terms.use_from),
        ends_at=_iso(terms.use_to),
        days_after_claim=terms.use_after_days,
        days=terms.use_days,
    )


def available(sheets: Sequence[Sheet]) -> AvailableCoupons:
    return AvailableCoupons(items=[available_coupon(sheet) for sheet in sheets])


def available_coupon(sheet: Sheet) -> AvailableCoupon:
    terms = sheet.terms
    return AvailableCoupon(
        template_id=sheet.id,
        conditions=conditions(terms),
        use=use_window(terms),
        claim_from=_iso(terms.claim_from),
        claim_to=_iso(terms.claim_to),
        total=terms.total,
        left=sheet.left,
        per_person=terms.per_person,
        per_day=terms.per_day,
    )


def claimable(several: Sequence[Claimable]) -> ClaimableCoupons:
    return ClaimableCoupons(items=[_claimable(one) for one in several])


def _claimable(one: Claimable) -> ClaimableCoupon:
    refused = one.refused
    return ClaimableCoupon(
        **dict(available_coupon(one.sheet)),
        claimed=one.claimed,
        can_claim=refused is None,
        reason=None if refused is None else refused.code,
        reason_zh=None if refused is None else refused.message("zh"),
        reason_en=None if refused is None else refused.message("en"),
    )


def gift_coupon(sheet: Sheet) -> GiftCoupon:
    return GiftCoupon(template_id=sheet.id, conditions=conditions(sheet.terms), use=use_window(sheet.terms))


def coupon_view(one: HeldCoupon) -> CouponView:
    return CouponView(
        coupon_id=one.id,
        template_id=one.template,
        state=one.state,  # type: ignore[arg-type]  # one of STATES
        starts_at=iso(one.starts_at),
        ends_at=iso(one.ends_at),
        had_at=iso(one.had_at),
        way=one.way,
        order_id=one.used_by,
        conditions=conditions(one.terms),
    )


def _iso(at: int | None) -> str | None:
    return iso_or_none(instant(at) if at is not None else None)
