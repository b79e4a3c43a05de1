"""Subscription messages of a mini program, from the secret `messages/mini`. Whether one went out cannot be asked; each takes one
of the grants that its reader gave (`messages/grants`)."""

from __future__ import annotations

from typing import Any

from ..port import Message, document, is_local
from ..wechat.adapter import WeChatAccount

SECRET = "messages/mini"  # noqa: S105  # the name of a secret, not one


def deliver(message: Message) -> str:
    """Have a subscription message sent; answers its msgid. Raises NotDelivered."""
    account = WeChatAccount.of(document(SECRET), SECRET)
    template, data = account.template(message)
    told: dict[str, Any] = {"touser": message.address, "template_id": template, "data": data}
    told |= {"page": message.link} if message.link else {}
    told |= {"miniprogram_state": "developer" if is_local() else "formal", "lang": "zh_CN"}
    answer = account.call("/cgi-bin/message/subscribe/send", told)
    return str(answer.get("msgid") or "")
