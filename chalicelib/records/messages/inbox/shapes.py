"""What an inbox answers."""

from pydantic import Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.runtime.http import Instant, View

from ..model import InboxMessage


class InboxMessageView(View):
    """A message to its owner; `offer` is one that they can be without."""

    message_id: str
    subject: str
    text: str
    offer: bool
    at: Instant
    read_at: Instant | None


class UnreadCount(View):
    """How many messages are not read."""

    unread: int = Field(description="of the latest hundred")


def inbox_view(row: InboxMessage) -> InboxMessageView:
    return InboxMessageView(
        message_id=row.id,
        subject=row.subject,
        text=row.text,
        offer=row.purpose == "marketing",
        at=iso(row.at),
        read_at=iso_or_none(row.read_at),
    )
