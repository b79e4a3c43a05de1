"""Looking at a stored text as a customer would read it, before it is sent to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.records.identity.staff.service import directory
from chalicelib.records.messages.templates import service as templates
from chalicelib.records.messages.templates.rules import OPT_OUT, MessageTemplateValuesUnfit, SmsCost, fits
from chalicelib.runtime.caller import Caller


class SeenMessage(NamedTuple):
    """A message with its reader's masked data, and what it costs at most as a text message."""

    name: str | None
    phone: str | None
    email: str | None
    subject: str
    text: str
    cost: SmsCost


def preview(name: str, user_id: str, values: Mapping[str, str], caller: Caller) -> SeenMessage:
    """The latest version of a text, filled in for somebody. Nothing is sent. Raises MessageTemplateNotFound, UserNotFound,
    StaffClosed, MessageTemplateValuesUnfit, VaultClosed."""
    text = templates.read(name, templates.head(name).version)
    reader = directory.look(user_id, caller)
    if not fits(text, values):
        raise MessageTemplateValuesUnfit()
    words = text.en if reader.language == "en" else text.zh
    filled = {**values, OPT_OUT: "https://…"}
    return SeenMessage(
        reader.name,
        reader.phone,
        reader.email,
        words.subject.format(**filled),
        words.text.format(**filled),
        templates.cost(text, reader.language),
    )
