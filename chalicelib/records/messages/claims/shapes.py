"""What people say of how often they are written to, and what the shop's own see of the messages to somebody."""

from typing import Annotated, Literal

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.runtime.http import Body, Instant, View, one_of

from ..model import MessageClaim
from .rules import CLAIM, HELD, PACES


class PutPace(Body):
    """How often you want to hear of offers: as often as the shop does, once a week, once a month."""

    pace: Literal[tuple(PACES)]  # type: ignore[valid-type]  # the table's names


class SentMessageView(View):
    """What became of a message to somebody: what it was, by which way, when, and why not; of one that waits, until
    when."""

    occasion: str
    template: str
    purpose: str
    campaign: str | None
    way: str | None
    state: Annotated[str, one_of(*CLAIM.all)]
    why: str | None
    at: Instant
    until: Instant | None
    ended_at: Instant | None


def sent_view(row: MessageClaim) -> SentMessageView:
    return SentMessageView(
        occasion=row.occasion,
        template=row.template,
        purpose=row.purpose,
        campaign=row.campaign,
        way=row.way,
        state=row.state,
        why=row.why,
        at=iso(row.at),
        until=iso_or_none(row.until if row.state == HELD else None),
        ended_at=iso_or_none(row.listed if row.state != HELD else None),
    )
