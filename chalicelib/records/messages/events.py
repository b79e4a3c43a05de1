"""What is told of messages: of addresses that are not written to, by their blind index."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact, Left


class AddressSuppressed(Fact, context="messages", audit=Audit("shop", "mark")):
    """An address is not written to any more; `why` is a word of the rules."""

    mark: str
    why: str


class SuppressionLifted(Fact, context="messages", audit=Audit("shop", "mark")):
    """A member of staff lets an address be written to again; `reason` is a word of the rules."""

    mark: str
    reason: str


class MessageTemplateEdited(Fact, context="messages", audit=Audit("shop", "name")):
    """A stored text has another version (`edit`); it is not sent yet."""

    name: str
    edit: int


class MessageTemplatePublished(Fact, context="messages", audit=Audit("shop", "name")):
    """This version (`edit`) of a stored text is sent from now on."""

    name: str
    edit: int


class MessagesReported(Fact, context="messages", audit=Left("what is told of a message is kept with it")):
    """A provider told what became of messages: each report is [outcome, reference, number, mark of the address, key]; the
    `turn`-th time that this is looked at."""

    channel: str
    reports: list[list[str]]
    turn: int
