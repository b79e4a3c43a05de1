"""What stored texts take and return."""

from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import EXACT, Exact, Prose, Word, Words

from ..model import MessageTemplate
from .rules import APPROVALS, LONGEST_BLANK, MOST_TEXT, SavedText, SmsCost

TemplateName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,39}$", examples=["spring_new"]), EXACT]
Subject = Annotated[Words, Field(min_length=1, max_length=60, examples=["本周上新"])]
Text = Annotated[Prose, Field(min_length=1, max_length=MOST_TEXT, examples=["【集市】{goods} 已上新。拒收请回复R"])]
English = Annotated[
    Prose, Field(min_length=1, max_length=MOST_TEXT, examples=["[Jishi] {goods} is new. Reply R to stop"])
]


class PutMessageTemplate(Body):
    """What a text says in both languages; `lengths` of what is filled in, and by which code the provider of text messages knows
    it."""

    purpose: Literal["marketing", "service"]
    subject_zh: Subject
    text_zh: Text
    subject_en: Subject
    text_en: English
    lengths: dict[Annotated[Word, Field(max_length=30)], Annotated[int, Field(ge=1, le=LONGEST_BLANK)]] = Field(
        default={}, max_length=10, examples=[{"goods": 20}]
    )
    code: Annotated[Exact, Field(max_length=40)] = Field(default="", examples=["SMS_123456789"])
    approval: Literal[APPROVALS] = "none"  # type: ignore[valid-type]  # the words of the rules


class AddMessageTemplate(PutMessageTemplate):
    """A text and its name."""

    name: TemplateName


class EditMessageTemplate(PutMessageTemplate):
    """What a text says from its next version on; `version` is the latest, as it was read."""

    version: int = Field(ge=1, le=999_999, examples=[1])


class PublishMessageTemplate(Body):
    """Which version is sent: the latest, as it was read."""

    version: int = Field(ge=1, le=999_999, examples=[1])


class MessageTemplateSaved(View):
    """A text's version after a change."""

    name: str
    version: int


class MessageTemplateRow(View):
    """A stored text in the list."""

    name: str
    purpose: str
    version: int
    live: int | None = Field(description="the version that is sent; null: none is")
    edited_at: Instant


class SmsCostView(View):
    """What it costs at most as a text message."""

    letters: int
    segments: int
    fen: int


class MessageTemplateView(MessageTemplateRow):
    """A stored text with what its latest version says."""

    subject_zh: str
    text_zh: str
    subject_en: str
    text_en: str
    lengths: dict[str, int]
    code: str
    approval: str
    sms_zh: SmsCostView
    sms_en: SmsCostView


def document(body: PutMessageTemplate) -> dict[str, Any]:
    """A text as its row keeps it."""
    return {
        "purpose": body.purpose,
        "zh": [body.subject_zh, body.text_zh],
        "en": [body.subject_en, body.text_en],
        "lengths": body.lengths,
        "code": body.code,
        "approval": body.approval,
    }


def template_row(row: MessageTemplate) -> MessageTemplateRow:
    return MessageTemplateRow(**_row(row))


def template_view(row: MessageTemplate, text: SavedText, zh: SmsCost, en: SmsCost) -> MessageTemplateView:
    return MessageTemplateView(
        **_row(row),
        subject_zh=text.zh.subject,
        text_zh=text.zh.text,
        subject_en=text.en.subject,
        text_en=text.en.text,
        lengths=dict(text.lengths),
        code=text.code,
        approval=text.approval,
        sms_zh=SmsCostView(**zh._asdict()),
        sms_en=SmsCostView(**en._asdict()),
    )


def _row(row: MessageTemplate) -> dict[str, Any]:
    return {
        "name": row.name,
        "purpose": row.purpose,
        "version": row.version,
        "live": row.live,
        "edited_at": iso(row.edited),
    }
