"""WeCom's notice that who is in a group has changed: written down, and acknowledged at once. Who is in it now a worker asks."""

from __future__ import annotations

from contextlib import suppress

from chalicelib.records.groups.events import GroupMembersTold
from chalicelib.records.messages.posts import service as wecom
from chalicelib.records.messages.posts.service import ReceiptForged, ReceiptMalformed
from chalicelib.records.messages.receipts.service.taking import FORGED
from chalicelib.runtime import observe
from chalicelib.runtime.http import Raw, Request
from chalicelib.runtime.work import AlreadyCommitted, Work

TAKEN = "success"


def take(request: Request, key: str, work: Work) -> Raw:
    """The reply to a notice. Commits."""
    try:
        chat = wecom.heard(request.query, request.body)
    except ReceiptForged:
        observe.count(FORGED)
        return Raw("", status=404)
    except ReceiptMalformed:
        return Raw("", status=400)
    if chat:
        part = work.separate().with_key(f"wecom|{key}", fingerprint="")
        part.publish(GroupMembersTold(chat, key[:16]))
        with suppress(AlreadyCommitted):
            part.commit()
    return Raw(TAKEN)


def echo(request: Request) -> Raw:
    """What WeCom wants to hear."""
    try:
        return Raw(wecom.echo(request.query))
    except ReceiptForged:
        observe.count(FORGED)
        return Raw("", status=404)
