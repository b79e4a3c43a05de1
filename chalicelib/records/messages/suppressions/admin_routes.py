"""The shop's own people at the suppression list."""

from chalice.app import Blueprint

from chalicelib.kernel.texts import EmailInvalid, PhoneInvalid
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import service
from .rules import SuppressionChanged, SuppressionNotFound, SuppressionTargetNeeded
from .shapes import LiftSuppression, SuppressAddress, SuppressionMark, SuppressionView, suppression_view

bp = Blueprint(__name__)
READ, EDIT = "messages:read", "messages:edit"
BASE = "/v1/admin/suppressions"


@endpoint(bp, "GET", BASE, permit=READ)
def list_suppressions(query: Paging) -> Page[SuppressionView]:
    """List addresses that are not written to. · 屏蔽地址列表

    The latest first, each by its blind index.
    """
    rows, more = service.listed(query.limit, query.cursor)
    return Page(items=[suppression_view(row) for row in rows], next=more)


@endpoint(
    bp,
    "POST",
    BASE,
    example={"body": {"email": "buyer@example.com", "why": "complaint"}},
    permit=EDIT,
    status=201,
    errors=(SuppressionTargetNeeded, PhoneInvalid, EmailInvalid, SuppressionChanged),
)
def suppress_address(body: SuppressAddress, work: Work) -> SuppressionMark:
    """Write to an address no more. · 屏蔽一个地址"""
    if (body.phone is None) == (body.email is None):
        raise SuppressionTargetNeeded()
    mark = service.mark("phone", body.phone) if body.phone is not None else service.mark("email", str(body.email))
    service.suppress(mark, body.why, work)
    return SuppressionMark(mark=mark)


@endpoint(bp, "POST", f"{BASE}/lifting", permit=EDIT, step_up=True, status=204, errors=(SuppressionNotFound,))
def lift_suppression(body: LiftSuppression, work: Work) -> None:
    """Write to an address again, with a reason. · 解除屏蔽（需理由）"""
    service.lift(body.mark, body.reason, work)
