"""The lines of transactions that put something into an inbox, and mark it read."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime.table import Step, insert, update

from ..model import InboxMessage, inbox_part
from .rules import KEPT, InboxMessageNotFound, InboxMessageTwice


def lay(person: str, message_id: str, occasion: str, purpose: str, subject: str, text: str, at: datetime) -> Step:
    """Put a message into somebody's inbox."""
    row = InboxMessage(
        person,
        inbox_part(message_id),
        occasion=occasion,
        purpose=purpose,
        subject=subject,
        text=text,
        at=at,
        expires=int((at + KEPT).timestamp()),
    )
    return insert(row, InboxMessageTwice())


def mark_read(person: str, message_id: str, at: datetime) -> Step:
    """Its owner has read it."""
    return update(
        InboxMessage,
        person,
        inbox_part(message_id),
        actions=[InboxMessage.read_at.set(at)],
        when=InboxMessage.owner.exists(),
        otherwise=InboxMessageNotFound(),
    )
