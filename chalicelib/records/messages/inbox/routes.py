"""The customers' doors of their inbox."""

from chalice.app import Blueprint

from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.http.shapes import Paging
from chalicelib.runtime.work import Work

from . import service
from .rules import InboxMessageNotFound
from .shapes import InboxMessageView, UnreadCount, inbox_view

bp = Blueprint(__name__)
BASE = "/v1/me/inbox"


@endpoint(bp, "GET", BASE, permit="me:read")
def list_inbox(query: Paging, caller: Caller) -> Page[InboxMessageView]:
    """List the messages in your inbox, the latest first. · 我的消息，最新在前"""
    rows, more = service.page(caller.id, query.limit, query.cursor)
    return Page(items=[inbox_view(row) for row in rows], next=more)


@endpoint(bp, "GET", f"{BASE}/unread", permit="me:read")
def count_unread(caller: Caller) -> UnreadCount:
    """Count your unread messages. · 未读消息数"""
    return UnreadCount(unread=service.unread(caller.id))


@endpoint(bp, "PUT", f"{BASE}/{{message_id}}/read", permit="me:edit", status=204, errors=(InboxMessageNotFound,))
def mark_read(message_id: str, work: Work) -> None:
    """Mark a message read. · 标记消息为已读"""
    service.read(message_id, work)
