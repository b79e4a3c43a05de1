"""The shop's own people look at messages before they are sent, and at what became of them."""

from chalice.app import Blueprint

from chalicelib.records.identity.accounts.rules import UserNotFound
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.staff.rules import StaffClosed
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.claims.shapes import SentMessageView, sent_view
from chalicelib.records.messages.templates.rules import MessageTemplateNotFound, MessageTemplateValuesUnfit
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.vault import VaultClosed

from .service.previewing import preview
from .shapes import MessagePreview, PreviewMessage, preview_view

bp = Blueprint(__name__)


@endpoint(
    bp,
    "POST",
    "/v1/admin/message-templates/{name}/preview",
    permit="messages:edit",
    key="none",
    errors=(MessageTemplateNotFound, MessageTemplateValuesUnfit, UserNotFound, StaffClosed, VaultClosed),
)
def preview_message(name: str, body: PreviewMessage, caller: Caller) -> MessagePreview:
    """Preview a message template for a customer (masked). · 以真实用户（脱敏）预览消息模板

    Its latest version, in their language; nothing is sent.
    """
    return preview_view(preview(name, body.user_id, body.values, caller))


@endpoint(bp, "GET", "/v1/admin/users/{user_id}/messages", permit="messages:read", errors=(UserNotFound,))
def list_messages(user_id: str, query: Paging) -> Page[SentMessageView]:
    """List what was sent to a person, what was not and why, and what waits. · 某用户的消息记录（含未发送原因与待发）

    The latest first; one that waits, by when it was judged last.
    """
    accounts.once(user_id)
    rows, more = claims.of_person(user_id, query.limit, query.cursor)
    return Page(items=[sent_view(row) for row in rows], next=more)
