"""How long an inbox keeps what lies in it, and its refusals."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.errors import Conflict, NotFound

KEPT = timedelta(days=180)
COUNTED = 100  # unread ones are counted among the latest so many


class InboxMessageTwice(Conflict):
    zh, en = "该消息已在收件箱中", "This message lies in the inbox already"


class InboxMessageNotFound(NotFound):
    zh, en = "收件箱中没有这条消息", "There is no such message in your inbox"
