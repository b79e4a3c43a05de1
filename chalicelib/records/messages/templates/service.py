"""Texts that the shop's own people write. A version is for good; what is sent is the published one.

Guarantees: what is saved says who it is from, and an offer how to get no more of them; a published version is sent by every
process within ten seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.kernel.messages import TEXTS, Words
from chalicelib.runtime import settings, table
from chalicelib.runtime.memory import Recent
from chalicelib.runtime.work import Work

from ..events import MessageTemplateEdited, MessageTemplatePublished
from ..model import TEMPLATES, MessageTemplate, MessageTemplateVersion, template_key, version_part
from . import rules, steps
from .rules import MessageTemplateNameTaken, MessageTemplateNotFound, SavedText, SmsCost

REMEMBERED_MS = 10_000
SEGMENT_FEN = settings.declare("SMS_SEGMENT_FEN", "5", "what a part of a text message costs the shop, in fen")

_live: Recent[str, SavedText | None] = Recent(REMEMBERED_MS)


def live(name: str) -> SavedText | None:
    """What is sent under this name; None: no such text is published."""
    return _live.recall(name, lambda _: published(name))


def published(name: str) -> SavedText | None:
    """The same, as it stands."""
    head = table.get(MessageTemplate, TEMPLATES, name, consistent=True)
    return read(name, head.live) if head is not None and head.live is not None else None


def read(name: str, version: int) -> SavedText:
    """What a version says. Raises MessageTemplateNotFound."""
    row = table.get(MessageTemplateVersion, template_key(name), version_part(version))
    if row is None:
        raise MessageTemplateNotFound()
    return opened(json.loads(row.content))


def head(name: str) -> MessageTemplate:
    """Where a text is. Raises MessageTemplateNotFound."""
    row = table.get(MessageTemplate, TEMPLATES, name, consistent=True)
    if row is None:
        raise MessageTemplateNotFound()
    return row


def listed(limit: int, cursor: str | None) -> tuple[list[MessageTemplate], str | None]:
    """The stored texts by name."""
    return table.query(MessageTemplate, TEMPLATES, limit=limit, cursor=cursor, consistent=True)


def add(name: str, document: dict[str, Any], work: Work) -> int:
    """Save a new text; answers its version. Raises MessageTemplateNameTaken, and what `rules.checked` does."""
    if name in TEXTS:
        raise MessageTemplateNameTaken()
    rules.checked(opened(document))
    work.add(*steps.add(name, document, work.caller.id, work.now))
    work.publish(MessageTemplateEdited(name, 1))
    return 1


def edit(name: str, seen: int, document: dict[str, Any], work: Work) -> int:
    """Save another version of a text, the latest of which was seen; answers it. Raises what `rules.checked` does."""
    rules.checked(opened(document))
    work.add(*steps.edit(name, seen, document, work.caller.id, work.now))
    work.publish(MessageTemplateEdited(name, seen + 1))
    return seen + 1


def publish(name: str, version: int, work: Work) -> None:
    """Send this version from now on."""
    work.add(steps.publish(name, version))
    work.publish(MessageTemplatePublished(name, version))


def cost(text: SavedText, language: str) -> SmsCost:
    """What it costs at most as a text message."""
    return rules.cost(text, language, settings.number(SEGMENT_FEN))


def opened(document: Mapping[str, Any]) -> SavedText:
    """A text as its row keeps it."""
    return SavedText(
        document["purpose"],
        Words(*document["zh"]),
        Words(*document["en"]),
        document["lengths"],
        document["code"],
        document["approval"],
    )
