"""What the shop's own people see of the messages to somebody."""

from chalice.app import Blueprint

from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging

from . import service
from .shapes import SentMessageView, sent_view

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/admin/users/{user_id}/messages", permit="messages:read")
def list_messages(user_id: str, query: Paging) -> Page[SentMessageView]:
    """List what was sent to a person, and what was not and why. · 某用户的消息记录（含未发送原因）

    The latest first; what waits is not among them.
    """
    rows, more = service.of_person(user_id, query.limit, query.cursor)
    return Page(items=[sent_view(row) for row in rows], next=more)
