"""The lines of transactions that put something into an inbox."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime.table import Step, insert

from ..model import InboxMessage, inbox_part
from .rules import KEPT, InboxMessageTwice


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
