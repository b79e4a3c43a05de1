"""How long an inbox keeps what lies in it, and its refusals."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.errors import Conflict

KEPT = timedelta(days=180)


class InboxMessageTwice(Conflict):
    zh, en = "该消息已在收件箱中", "This message lies in the inbox already"
