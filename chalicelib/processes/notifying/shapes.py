"""What a preview of a message takes and returns, and what customers say of how they are written to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.records.messages.claims.rules import PACES
from chalicelib.records.messages.grants.rules import AT_ONCE
from chalicelib.runtime.http import Body, MaybePersonal, View, one_of
from chalicelib.runtime.http.kinds import Exact, Word, Words

if TYPE_CHECKING:
    from .service.previewing import SeenMessage


class PreviewMessage(Body):
    """To whom, and what is filled in."""

    user_id: Annotated[Exact, Field(min_length=1, max_length=40, examples=["U01JZ0000000000000000000000"])]
    values: dict[Annotated[Word, Field(max_length=30)], Annotated[Words, Field(max_length=35)]] = Field(
        default={}, max_length=10, examples=[{"goods": "春茶"}]
    )


class MessagePreview(View):
    """A message as a customer would read it, their address masked."""

    name: MaybePersonal
    phone: MaybePersonal
    email: MaybePersonal
    subject: str
    text: str
    letters: int
    segments: int
    fen: int = Field(description="what it costs at most as a text message")


def preview_view(seen: "SeenMessage") -> MessagePreview:
    return MessagePreview(
        name=seen.name,
        phone=seen.phone,
        email=seen.email,
        subject=seen.subject,
        text=seen.text,
        letters=seen.cost.letters,
        segments=seen.cost.segments,
        fen=seen.cost.fen,
    )


class RecordGrants(Body):
    """Which subscription messages the window of the mini program was answered with "accept" for, by their names."""

    accepted: list[Annotated[Word, Field(max_length=40)]] = Field(
        min_length=1, max_length=AT_ONCE, examples=[["order_unpaid"]]
    )


class SubscriptionMessageView(View):
    """A subscription message of the mini program: its name, WeChat's id of its template, and how many the caller still gets."""

    template: str
    id: str
    left: int


class MessagePreferencesView(View):
    """How often somebody wants to hear of offers at most, and of which notices in the mini program they are still told."""

    pace: Annotated[str, one_of(*PACES)]
    subscriptions: list[SubscriptionMessageView]


def preferences_view(pace: str, offered: Mapping[str, str], left: Mapping[str, int]) -> MessagePreferencesView:
    told = [SubscriptionMessageView(template=name, id=known, left=left.get(name, 0)) for name, known in offered.items()]
    return MessagePreferencesView(pace=pace, subscriptions=told)
