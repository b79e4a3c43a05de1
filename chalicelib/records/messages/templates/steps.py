"""The lines of transactions that save a text, and let a version of it be sent."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Step, insert, update

from ..model import TEMPLATES, MessageTemplate, MessageTemplateVersion, template_key, version_part
from .rules import MessageTemplateNameTaken, MessageTemplateNotFound, MessageTemplateStale


def add(name: str, document: dict[str, Any], by: str, at: datetime) -> list[Step]:
    """A new text with its first version; nothing of it is sent yet."""
    head = MessageTemplate(TEMPLATES, name, version=1, purpose=document["purpose"], edited=at)
    return [insert(head, MessageTemplateNameTaken()), _version(name, 1, document, by, at, MessageTemplateNameTaken())]


def edit(name: str, seen: int, document: dict[str, Any], by: str, at: datetime) -> list[Step]:
    """Another version of a text whose latest is the one that was seen."""
    step = update(
        MessageTemplate,
        TEMPLATES,
        name,
        actions=[
            MessageTemplate.version.set(seen + 1),
            MessageTemplate.purpose.set(document["purpose"]),
            MessageTemplate.edited.set(at),
        ],
        when=MessageTemplate.version == seen,
        otherwise=_why_not,
    )
    return [step, _version(name, seen + 1, document, by, at, MessageTemplateStale())]


def publish(name: str, version: int) -> Step:
    """From now on this version, the latest, is sent."""
    return update(
        MessageTemplate,
        TEMPLATES,
        name,
        actions=[MessageTemplate.live.set(version)],
        when=MessageTemplate.version == version,
        otherwise=_why_not,
    )


def _why_not(old: MessageTemplate | None) -> MessageTemplateNotFound | MessageTemplateStale:
    return MessageTemplateNotFound() if old is None else MessageTemplateStale()


def _version(name: str, version: int, document: dict[str, Any], by: str, at: datetime, taken: Refusal) -> Step:
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    row = MessageTemplateVersion(template_key(name), version_part(version), content=content, by=by, at=at)
    return insert(row, taken)
