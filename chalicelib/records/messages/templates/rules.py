"""What a stored text must say and may hold, and what it costs as a text message. Pure."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.messages import Words

NAME = re.compile("[a-z][a-z0-9_]{1,39}")
BLANK = re.compile("[a-z][a-z0-9_]{0,29}")
SENDER = {"zh": "【集市】", "en": "[Jishi] "}  # with which each text begins: who it is from
WAYS_OUT = {  # one of these stands in each text of an offer
    "zh": ("{opt_out}", "退订", "拒收请回复R"),
    "en": ("{opt_out}", "Reply R", "unsubscribe"),
}
OPT_OUT = "opt_out"  # the blank that the gate fills in
LINK = 200  # letters that its page's address takes at most
APPROVALS = ("none", "asked", "approved", "rejected")  # what the provider of text messages says of it
ONE_SEGMENT, EACH_SEGMENT = 70, 67  # letters of a text message, and of each part of a longer one
MOST_TEXT, LONGEST_BLANK = 500, 35


class MessageTemplateNotFound(NotFound):
    zh, en = "没有这个消息模板", "There is no such message template"


class MessageTemplateStale(Conflict):
    zh, en = "消息模板刚被他人修改，请重新读取", "The message template was changed just now; please read it again"


class MessageTemplateNameTaken(Conflict):
    zh, en = "消息模板名称已被使用", "There is a message of this name already"


class MessageTemplateBlankInvalid(Invalid):
    language: str
    zh, en = (
        "模板（{language}）的变量应写作 {{name}}，只能含小写字母、数字和下划线",
        "Blanks of the text ({language}) are {{name}}: small letters, digits and underlines",
    )


class MessageTemplateBlanksDiffer(Invalid):
    zh, en = "中英文模板的变量不一致", "The two languages fill in other blanks"


class MessageTemplateLengthMissing(Invalid):
    blank: str
    zh, en = "请给出变量 {blank} 的最大长度", "Say how long {blank} may be at most"


class MessageTemplateSenderMissing(Invalid):
    sender: str
    zh, en = "模板须以 {sender} 开头，标明发送方", "The text has to begin with {sender}, so that its sender is known"


class MessageTemplateWayOutMissing(Invalid):
    language: str
    zh, en = (
        "营销模板（{language}）须写明退订方式",
        "An offer ({language}) has to say how to get no more of them",
    )


class MessageTemplateValuesUnfit(Invalid):
    zh, en = "变量缺失或超过最大长度", "What is filled in is missing or too long"


class SavedText(NamedTuple):
    """What one version of a template says: to be an offer or service, in both languages, how long what is filled in may be,
    and by which code the provider of text messages knows it."""

    purpose: str
    zh: Words
    en: Words
    lengths: Mapping[str, int]
    code: str
    approval: str


class SmsCost(NamedTuple):
    """The letters of a text message with its blanks as long as they may be, its parts, and what they cost (fen)."""

    letters: int
    segments: int
    fen: int


def checked(text: SavedText) -> SavedText:
    """The text, if it may be sent. Raises MessageTemplateBlankInvalid, MessageTemplateBlanksDiffer,
    MessageTemplateLengthMissing, MessageTemplateSenderMissing, MessageTemplateWayOutMissing."""
    zh, en = blanks(text.zh, "zh"), blanks(text.en, "en")
    if zh != en:
        raise MessageTemplateBlanksDiffer()
    for blank in sorted(zh - {OPT_OUT}):
        if not 1 <= text.lengths.get(blank, 0) <= LONGEST_BLANK:
            raise MessageTemplateLengthMissing(blank=blank)
    for language, words in (("zh", text.zh), ("en", text.en)):
        if not words.text.startswith(SENDER[language]):
            raise MessageTemplateSenderMissing(sender=SENDER[language].strip())
        if text.purpose == "marketing" and not any(way in words.text for way in WAYS_OUT[language]):
            raise MessageTemplateWayOutMissing(language=language)
    return text


def blanks(words: Words, language: str) -> set[str]:
    """What is filled in. Raises MessageTemplateBlankInvalid."""
    try:
        parts = [*string.Formatter().parse(words.subject), *string.Formatter().parse(words.text)]
    except ValueError:
        raise MessageTemplateBlankInvalid(language=language) from None
    named = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    if any(spec or conversion or not BLANK.fullmatch(name) for name, spec, conversion in named):
        raise MessageTemplateBlankInvalid(language=language)
    return {name for name, _, _ in named}


def ordered(words: Words) -> tuple[str, ...]:
    """What is filled into a text, in the order in which it stands there first."""
    return tuple(dict.fromkeys(name for _, name, _, _ in string.Formatter().parse(words.text) if name))


def cost(text: SavedText, language: str, a_segment: int) -> SmsCost:
    """What it costs at most as a text message, at so many fen a part."""
    words = text.zh if language == "zh" else text.en
    lengths = {blank: LINK if blank == OPT_OUT else text.lengths[blank] for blank in blanks(words, language)}
    letters = len(words.text.format(**{blank: "x" * length for blank, length in lengths.items()}))
    segments = 1 if letters <= ONE_SEGMENT else -(-letters // EACH_SEGMENT)
    return SmsCost(letters, segments, segments * a_segment)


def fits(text: SavedText, values: Mapping[str, str]) -> bool:
    """Whether all is given that is filled in, and nothing of it is too long."""
    wanted = blanks(text.zh, "zh") - {OPT_OUT}
    return wanted <= values.keys() and all(len(values[blank]) <= text.lengths[blank] for blank in wanted)
