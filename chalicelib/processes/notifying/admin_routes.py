"""The shop's own people look at messages before they are sent."""

from chalice.app import Blueprint

from chalicelib.records.identity.accounts.rules import UserNotFound
from chalicelib.records.identity.staff.rules import StaffClosed
from chalicelib.records.messages.templates.rules import MessageTemplateNotFound, MessageTemplateValuesUnfit
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import endpoint
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
