"""What only WeCom knows of groups. A local shop without it has its posts in the outbox, where nobody need confirm them.

Guarantees: what WeCom tells is heard only if it is sealed and signed by WeCom, and names our company.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kernel.errors import Unavailable

from ..channels import crypt
from ..channels.port import NotDelivered
from ..channels.receiving import ReceiptForged as ReceiptForged
from ..channels.receiving import ReceiptMalformed as ReceiptMalformed
from ..channels.receiving import contract
from ..channels.wecom import adapter
from ..service import channel

KIND = "group"
CONFIRMED = "confirmed"
MEMBERS_CHANGED = "change_external_chat"


class WeComSilent(Unavailable):
    zh, en = "企业微信暂不可用，请稍后重试", "WeCom does not answer; please try again shortly"


def posted(number: str, address: str) -> str:
    """Whether a post was confirmed: asked, confirmed, refused. Raises WeComSilent."""
    if channel(KIND).local:
        return CONFIRMED
    try:
        return adapter.posted(number, address)
    except NotDelivered:
        raise WeComSilent() from None


def call_off(number: str) -> None:
    """Take back what nobody has confirmed yet. Raises WeComSilent."""
    if channel(KIND).local:
        return
    try:
        adapter.call_off(number)
    except NotDelivered:
        raise WeComSilent() from None


def members(chat: str) -> list[tuple[str, str]]:
    """The customers in a chat: WeCom's id of each, and the union id at WeChat where there is one. Raises WeComSilent."""
    try:
        return adapter.members(chat)
    except NotDelivered:
        raise WeComSilent() from None


def heard(query: Mapping[str, str], body: bytes) -> str:
    """The chat whose members have changed, "" when something else is told. Raises ReceiptForged, ReceiptMalformed."""
    document = contract(adapter.SECRET)
    told = crypt.event(document, query, body, str(document.get("corpid")))
    return told.get("ChatId", "") if told.get("Event") == MEMBERS_CHANGED else ""


def echo(query: Mapping[str, str]) -> str:
    """What WeCom wants to hear before it uses an address. Raises ReceiptForged."""
    document = contract(adapter.SECRET)
    return crypt.echo(document, query, str(document.get("corpid")))
