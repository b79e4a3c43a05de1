"""The shop's own people at coupons: templates, codes, grants, and what became of them."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.records.catalog.rules import IfMatchRequired, seen_version
from chalicelib.records.coupons.rules import (
    CouponClaimsOver,
    CouponCodesTooMany,
    CouponCodeTaken,
    CouponEditTooDeep,
    CouponJobNotFound,
    CouponTemplateNotFound,
    CouponTemplateStateConflict,
    CouponTermsWrong,
    CouponTotalTooLow,
    StaleCouponTemplate,
)
from chalicelib.records.coupons.service import codes, grants, jobs, templates
from chalicelib.records.pricing.rules.reading import OfferInvalid
from chalicelib.runtime.http import Page, Raw, Request, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from ..offers.rules import OfferGoodsUnknown, OfferScopeWrong
from . import service, shapes
from .shapes import (
    AskCodes,
    AskCouponTemplates,
    AskGrant,
    AskListedCodes,
    CouponFunnelView,
    CouponJobView,
    CouponTemplateAdmin,
    CouponTemplateBody,
    CouponTemplateLine,
    CouponTemplateRef,
    ExportCodes,
    ListedCodes,
    MissedGrant,
    MoveCouponTemplate,
)

bp = Blueprint(__name__)
VIEW, EDIT, GRANT = "promotions:view", "promotions:edit", "coupons:grant"
SEEN = (CouponTemplateNotFound, CouponTemplateStateConflict, StaleCouponTemplate, IfMatchRequired)
WRONG = (OfferInvalid, OfferGoodsUnknown, OfferScopeWrong, CouponTermsWrong)
ONE = "/v1/admin/coupon-templates/{template_id}"


@endpoint(bp, "POST", "/v1/admin/coupon-templates", permit=EDIT, status=201, errors=WRONG)
def add_template(body: CouponTemplateBody, work: Work) -> CouponTemplateRef:
    """Create a coupon template as a draft. · 新建优惠券模板草稿"""
    return CouponTemplateRef(id=service.add(body.kept(), work), version=1, state="draft")


@endpoint(bp, "GET", "/v1/admin/coupon-templates", permit=VIEW)
def list_templates(query: AskCouponTemplates) -> Page[CouponTemplateLine]:
    """List coupon templates of a state, newest first. · 按状态列出优惠券模板

    Of a lane, of the newcomers' pack or not, or all. A page may be short and still have a next one.
    """
    found, more = service.listed(query.state, query.lane, query.newcomer, query.limit, query.cursor)
    return Page[CouponTemplateLine](items=[shapes.template_line(one) for one in found], next=more)


@endpoint(bp, "GET", ONE, permit=VIEW, errors=(CouponTemplateNotFound,))
def show_template(template_id: str) -> CouponTemplateAdmin:
    """Read a coupon template. · 优惠券模板详情"""
    return shapes.template_admin(templates.find(template_id))


@endpoint(
    bp,
    "PUT",
    ONE,
    permit=EDIT,
    step_up=True,
    errors=(*SEEN, *WRONG, CouponTotalTooLow, CouponEditTooDeep),
)
def edit_template(template_id: str, body: CouponTemplateBody, request: Request, work: Work) -> CouponTemplateRef:
    """Replace what a coupon template says. · 修改优惠券模板

    Who has a coupon of it keeps what they have. Only a draft is made to take off more than one person decides.
    """
    return shapes.template_ref(service.edit(template_id, seen_version(request.headers), body.kept(), work))


@endpoint(
    bp,
    "PUT",
    f"{ONE}/status",
    permit=EDIT,
    step_up=True,
    errors=(*SEEN, SecondPersonNeeded),
    second="beyond a limit",
)
def move_template(template_id: str, body: MoveCouponTemplate, request: Request, work: Work) -> CouponTemplateRef:
    """Open, close, stop or discard a coupon template. · 优惠券模板开放、停止发放、停用或作废

    What is closed is not claimed from that moment on; what is stopped is not used any more within ten seconds. One that takes
    off more than one person decides is opened by a proposal of the kind coupon_template.
    """
    sheet = service.move(template_id, seen_version(request.headers), body.action, work)
    return shapes.template_ref(sheet)


@endpoint(bp, "GET", f"{ONE}/funnel", permit=VIEW, errors=(CouponTemplateNotFound,))
def show_funnel(template_id: str) -> CouponFunnelView:
    """Read what became of a coupon template. · 优惠券领取与使用情况

    Left, had by each way, used by orders, given back by them.
    """
    return shapes.funnel_view(templates.funnel(template_id))


@endpoint(
    bp,
    "POST",
    f"{ONE}/grants",
    permit=GRANT,
    step_up=True,
    key="required",
    status=202,
    errors=(CouponTemplateNotFound, CouponTemplateStateConflict),
    second="beyond a limit",
)
def grant(template_id: str, body: AskGrant, work: Work) -> CouponJobView:
    """Give customers a coupon each. · 向客户批量发放优惠券

    A worker does it. Beyond a limit it waits until a second person agrees to a proposal of the kind coupon_grant.
    """
    return shapes.job_view(grants.ask(template_id, body.customers, work))


@endpoint(
    bp,
    "POST",
    f"{ONE}/codes",
    permit=GRANT,
    step_up=True,
    key="required",
    status=202,
    errors=(CouponTemplateNotFound, CouponTemplateStateConflict, CouponClaimsOver, CouponCodesTooMany, CouponCodeTaken),
    second="beyond a limit",
)
def make_codes(template_id: str, body: AskCodes, work: Work) -> CouponJobView:
    """Make codes that are redeemed for coupons. · 生成兑换码

    A worker makes those that are redeemed once each; one that many redeem is there at once. Beyond a limit either waits until a
    second person agrees to a proposal of the kind coupon_codes.
    """
    if body.code is not None:
        return shapes.job_view(codes.share(template_id, body.code, body.pieces, work))
    return shapes.job_view(codes.ask_codes(template_id, body.pieces, work))


@endpoint(bp, "GET", f"{ONE}/jobs", permit=VIEW, errors=(CouponTemplateNotFound,))
def list_jobs(template_id: str, query: Paging) -> Page[CouponJobView]:
    """List the codes and grants of a coupon template, newest first. · 兑换码与批量发放任务列表"""
    templates.find(template_id)
    found, more = jobs.of_template(template_id, query.limit, query.cursor)
    return Page[CouponJobView](items=[shapes.job_view(one) for one in found], next=more)


@endpoint(bp, "GET", f"{ONE}/jobs/{{job_id}}", permit=VIEW, errors=(CouponJobNotFound,))
def show_job(template_id: str, job_id: str) -> CouponJobView:
    """Read how far codes or grants are. · 发放任务进度"""
    return shapes.job_view(jobs.find(job_id, template_id))


@endpoint(bp, "GET", f"{ONE}/jobs/{{job_id}}/missed", permit=VIEW, errors=(CouponJobNotFound,))
def list_missed(template_id: str, job_id: str, query: Paging) -> Page[MissedGrant]:
    """List whom a grant gave nothing, and why. · 未发放成功的客户

    A page may be short, or longer, and still have a next one.
    """
    found, more = jobs.missed(jobs.find(job_id, template_id).id, query.limit, query.cursor)
    return Page[MissedGrant](items=shapes.missed_view(found), next=more)


@endpoint(bp, "GET", f"{ONE}/jobs/{{job_id}}/codes", permit=GRANT, errors=(CouponJobNotFound,))
def list_codes(template_id: str, job_id: str, query: AskListedCodes) -> ListedCodes:
    """List the codes of a batch. · 兑换码列表"""
    job = jobs.find(job_id, template_id)
    return shapes.listed_codes(codes.listed(job, query.first, query.limit), query.first, job.done)


@endpoint(
    bp, "POST", f"{ONE}/jobs/{{job_id}}/exports", permit=GRANT, step_up=True, key="none", errors=(CouponJobNotFound,)
)
def export_codes(template_id: str, job_id: str, body: ExportCodes, work: Work) -> Raw:
    """Export codes of a batch as CSV. · 导出兑换码

    At most a thousand at once; that they were taken along is on record.
    """
    job = jobs.find(job_id, template_id)
    found = codes.take_along(job, body.first, body.limit, work)
    return Raw(shapes.csv(found), "text/csv; charset=utf-8")
