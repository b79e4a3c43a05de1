"""The audit log's front door, for administrators and finance."""

from chalice.app import Blueprint

from chalicelib.runtime.http import Page, endpoint

from . import service
from .shapes import AskEntries, EntryView, Span, VerificationView, entry_view, verification_view

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/admin/audit", permit="audit:read")
def entries(query: AskEntries) -> Page[EntryView]:
    """List audit entries, newest first. · 审计日志，按时间倒序

    What happened that matters to security and money.
    """
    if query.subject is not None:
        found, more = service.about(query.subject, query.limit, query.cursor)
    elif query.actor is not None:
        found, more = service.by(query.actor, query.limit, query.cursor)
    else:
        found, more = service.newest(query.limit, query.cursor)
    return Page(items=[entry_view(entry) for entry in found], next=more)


@endpoint(bp, "GET", "/v1/admin/audit/verification", permit="audit:read")
def verification(query: Span) -> VerificationView:
    """Verify the audit chain. · 校验审计链

    It holds when no entry was changed, removed or put in between.
    """
    return verification_view(service.verify_stretch(query.first, query.last))
