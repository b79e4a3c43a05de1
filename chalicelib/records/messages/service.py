"""The one gate by which messages leave: the text in the reader's language, handed to the channel for its kind of address.
What it says is declared by the context that sends it.

Guarantees: nothing else hands anything to a channel. A message is tried once, since one that seems lost may have arrived. What
fails is logged and counted without the address, the text or the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.kernel.errors import ResourceNotFound
from chalicelib.kernel.messages import Template, Words
from chalicelib.runtime import observe, settings, table

from .channels import CHANNELS, Channel, outbox
from .channels.outbox import OutboxMessage
from .channels.port import ABSENT as ABSENT
from .channels.port import ARRIVED as ARRIVED  # and what asking for a message answers
from .channels.port import AddressBusy as AddressBusy  # what sending raises
from .channels.port import AddressRefused as AddressRefused
from .channels.port import ChannelSilent as ChannelSilent
from .channels.port import ChannelThrottled as ChannelThrottled
from .channels.port import Message as Message
from .channels.port import Misconfigured as Misconfigured
from .channels.port import NotDelivered as NotDelivered
from .channels.port import NotSubscribed as NotSubscribed
from .channels.port import is_local
from .model import REACH, InboxMessage, MessageClaim, Reach, claim_part, inbox_part


def _chosen(name: str, kind: str, words: str) -> str:
    """The setting that chooses what delivers to a kind of address."""
    return settings.declare(name, "", words, form=settings.choice("", *CHANNELS[kind]))


SURE = ("phone", "email")  # what every shop reaches
PHONE = _chosen("PHONE_CHANNEL", "phone", "what delivers text messages; empty: outbox on a local stage, else sms")
EMAIL = _chosen("EMAIL_CHANNEL", "email", "what delivers e-mail; empty: outbox on a local stage, else mail")
WECHAT = _chosen("WECHAT_CHANNEL", "wechat", "what delivers to WeChat; empty: outbox on a local stage, else wechat")
MINI = _chosen("MINI_CHANNEL", "mini", "what delivers to mini programs; empty: outbox on a local stage, else mini")
GROUP = _chosen("GROUP_CHANNEL", "group", "what asks members to post; empty: outbox on a local stage, else wecom")
CHOSEN = {
    "phone": PHONE,
    "email": EMAIL,
    "wechat": WECHAT,
    "mini": MINI,
    "wecom": GROUP,
    "group": GROUP,
}  # kind of address -> the setting that chooses

NOT_DELIVERED = observe.alarmed(
    "MessageNotDelivered",
    "Codes do not go out; the log says by which channel and why (message not delivered)",
    times=3,
    seconds=300,
)
MISCONFIGURED = observe.alarmed(
    "MessageMisconfigured",
    "A channel for codes has wrong keys, sender, templates or words, or no money left; the log says which (message not "
    "delivered)",
)


def unsent() -> list[OutboxMessage]:
    """What a local shop would have sent, newest first. Raises ResourceNotFound anywhere else."""
    if not is_local():
        raise ResourceNotFound()
    return outbox.latest()


def send(what: Template, kind: str, address: str, language: str, **values: str) -> None:
    """Deliver a text with its blanks filled in, to a phone (kind `phone`) or an e-mail (`email`).

    Raises NotDelivered, or what else kept the channel from delivering.
    """
    hand_over(filled(what.name, what.words(language), kind, address, language, values))


def filled(what: str, words: Words, kind: str, address: str, language: str, values: Mapping[str, str]) -> Message:
    """A text with its blanks filled in, addressed."""
    spoken = "en" if language == "en" else "zh"
    return Message(what, kind, address, spoken, values, words.subject.format(**values), words.text.format(**values))


def hand_over(message: Message) -> str:
    """Have a message delivered by the channel of its kind; answers the provider's number of it. Raises NotDelivered, or what
    else kept the channel from it."""
    try:
        return channel(message.kind).deliver(message)
    except Exception as trouble:  # whatever it is, nobody got the message
        answer = getattr(trouble, "answer", "")
        observe.logger().error(
            "message not delivered", what=message.what, kind=message.kind, trouble=type(trouble).__name__, answer=answer
        )
        if not isinstance(trouble, AddressRefused | AddressBusy):  # neither is a failure of ours
            observe.count(NOT_DELIVERED)
        if isinstance(trouble, Misconfigured):  # nor does this one pass by itself
            observe.count(MISCONFIGURED)
        raise


def reaches(kind: str) -> bool:
    """Whether this shop has a channel for a kind of address, and a contract where that needs one."""
    ways = CHANNELS.get(kind, {}).values()
    return kind in SURE or any(one.local or one.contracted() for one in ways if one.local == is_local())


def channel(kind: str) -> Channel:
    """What delivers to a kind of address on this stage. Raises Misconfigured when the setting names no such channel."""
    name, known = settings.value(CHOSEN[kind]), CHANNELS[kind]
    if not name:
        return next(one for one in known.values() if one.local == is_local())
    if name not in known:
        raise Misconfigured(CHOSEN[kind])
    return known[name]


class KeptMessages(NamedTuple):
    """What is kept of somebody: what became of messages to them, their inbox, and how often they hear of offers."""

    sent: list[MessageClaim]
    inbox: list[InboxMessage]
    reach: Reach | None


def kept(person: str) -> KeptMessages:
    """All that is kept of somebody, for themselves: one query."""
    found = KeptMessages([], [], None)
    for raw in table.every_raw(MessageClaim, person, consistent=True):
        part = raw["r"]["S"]
        if part.startswith(claim_part("")):
            found.sent.append(MessageClaim.from_raw_data(raw))
        elif part.startswith(inbox_part("")):
            found.inbox.append(InboxMessage.from_raw_data(raw))
        elif part == REACH:
            found = found._replace(reach=Reach.from_raw_data(raw))
    return found
