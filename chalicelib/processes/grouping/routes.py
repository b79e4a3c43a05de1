"""The customers' doors at groups: the short link of a post, what is for members only."""

from chalice.app import Blueprint

from chalicelib.records.coupons.rules import (
    RACED,
    ClaimedEnough,
    ClaimedEnoughToday,
    ClaimNotForYou,
    ClaimNotOpen,
    CouponGone,
    CouponTemplateNotFound,
)
from chalicelib.records.coupons.shapes import ClaimedCoupon, claimed
from chalicelib.records.groups.rules import GroupNotFound, LinkNotFound, NotInGroup
from chalicelib.records.groups.service import posts
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import FIRST, PUBLIC, Raw, endpoint
from chalicelib.runtime.limits import Limit, local
from chalicelib.runtime.work import Work

from .service import belonging
from .shapes import GroupPassView, GroupVisitBody

bp = Blueprint(__name__)
ONE = "/v1/groups/{group_id}"
REFUSED = (ClaimNotOpen, ClaimNotForYou, ClaimedEnough, ClaimedEnoughToday, CouponGone, *RACED)


@endpoint(
    bp,
    "GET",
    "/s/{code}",
    permit=PUBLIC,
    errors=(LinkNotFound,),
    limit=Limit("short_link", local(120, per="minute", by="ip")),
)
def follow(code: str, work: Work) -> Raw:
    """Follow the short link of a post. · 打开短链接

    It leads into the shop, and says nothing of whoever follows it.
    """
    target = posts.click(code, work)
    mark = "&" if "?" in target else "?"
    return Raw("", status=302, headers={"Location": f"{target}{mark}s={code}", "Cache-Control": "no-store"})


@endpoint(bp, "POST", "/v1/group-visits", permit="coupons:claim", status=204, errors=(LinkNotFound,))
def visit(body: GroupVisitBody, work: Work) -> None:
    """Say by which short link one came. · 记录群发来源

    An order within seven days counts for its group.
    """
    posts.visit(body.code, work)


@endpoint(
    bp,
    "POST",
    f"{ONE}/coupons/{{template_id}}/claims",
    permit="coupons:claim",
    status=201,
    errors=(CouponTemplateNotFound, NotInGroup, *REFUSED),
    raced=RACED,
    limit=Limit("group_claim", local(60, per="minute")),
)
def claim(group_id: str, template_id: str, work: Work) -> ClaimedCoupon:
    """Claim a coupon that is for members of a group. · 领取群专享优惠券"""
    return claimed(belonging.claim(group_id, template_id, work))


@endpoint(
    bp,
    "POST",
    f"{ONE}/passes",
    permit="coupons:claim",
    key="none",
    session=FIRST,
    errors=(GroupNotFound, NotInGroup),
)
def make_pass(group_id: str, caller: Caller) -> GroupPassView:
    """Have a pass that shows one is a member of a group. · 领取社群凭证

    For sales of the group's; it is good for an hour, and for nobody else.
    """
    return GroupPassView(token=belonging.give_pass(group_id, caller.id), seconds=belonging.PASS_SECONDS)
