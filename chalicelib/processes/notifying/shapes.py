"""What a preview of a message takes and returns."""

from typing import Annotated

from pydantic import Field

from chalicelib.runtime.http import Body, MaybePersonal, View
from chalicelib.runtime.http.kinds import Exact, Word, Words

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


def preview_view(seen: SeenMessage) -> MessagePreview:
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
