"""Template messages of an official account, from the secret `messages/wechat`. The claim travels as client_msg_id, under which
WeChat sends once; whether a message went out cannot be asked, and a receipt names the msgid of the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import tokens, wire
from ..port import (
    AddressBusy,
    AddressRefused,
    ChannelSilent,
    ChannelThrottled,
    Message,
    Misconfigured,
    NotSubscribed,
    TemplateUnfit,
    document,
)

SECRET = "messages/wechat"  # noqa: S105  # the name of a secret, not one
ENDPOINT = "https://api.weixin.qq.com"
MOST = {  # letters that a field takes, by the kind that its name begins with
    "thing": 20, "character_string": 32, "phrase": 5, "letter": 32, "number": 32, "symbol": 5, "short_thing": 5,
    "name": 10, "keyword": 20, "const": 20,
}  # fmt: skip
TROUBLES: tokens.Table = {  # a code that is not listed: somebody must look
    -1: ChannelSilent,
    40003: AddressRefused,
    43004: NotSubscribed,
    43101: NotSubscribed,
    43107: NotSubscribed,
    43116: AddressBusy,
    45009: ChannelThrottled,
    45011: ChannelThrottled,
    40037: TemplateUnfit,
    47003: TemplateUnfit,
}


@dataclass(frozen=True, slots=True, repr=False)
class WeChatAccount:
    """An account at WeChat's; never printed."""

    endpoint: str
    appid: str
    secret: str
    templates: Mapping[str, Any]

    @classmethod
    def of(cls, config: Mapping[str, Any], name: str = SECRET) -> WeChatAccount:
        """Raises Misconfigured: something is missing, or would go in clear."""
        try:
            endpoint = wire.safe(config.get("endpoint"), ENDPOINT)
            return cls(endpoint, config["appid"], config["secret"], dict(config["templates"]))
        except (KeyError, TypeError, ValueError):
            raise Misconfigured(name) from None

    def call(self, path: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """What a call of this account is answered. Raises NotDelivered."""
        url = f"{self.endpoint}{path}?access_token="
        return tokens.call(self.appid, self._fetch, lambda token: wire.ask(f"{url}{token}", told), TROUBLES)

    def _fetch(self, refused: bool) -> dict[str, Any]:
        asked = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return wire.ask(f"{self.endpoint}/cgi-bin/stable_token", asked | ({"force_refresh": True} if refused else {}))

    def template(self, message: Message) -> tuple[str, dict[str, dict[str, str]]]:
        """The template of a message and what is filled in, by WeChat's names of the fields. Raises Misconfigured,
        TemplateUnfit."""
        told = self.templates.get(message.what)
        try:
            identity, fields = str(told["id"]), dict(told["fields"])  # type: ignore[index]  # what is none of this is caught
        except (KeyError, TypeError, ValueError):
            raise Misconfigured("templates") from None
        if set(fields) - set(message.values):
            raise TemplateUnfit("blanks")
        data = {str(field): message.values[blank] for blank, field in fields.items()}
        if any(len(value) > MOST.get(field.rstrip("0123456789"), 200) for field, value in data.items()):
            raise TemplateUnfit("length")
        return identity, {field: {"value": value} for field, value in data.items()}


def deliver(message: Message) -> str:
    """Have a template message sent; answers its msgid. Raises NotDelivered."""
    account = WeChatAccount.of(document(SECRET))
    template, data = account.template(message)
    told: dict[str, Any] = {"touser": message.address, "template_id": template, "data": data}
    told |= {"url": message.link} if message.link else {}
    told |= {"client_msg_id": once(message.reference)} if message.reference else {}
    return str(account.call("/cgi-bin/message/template/send", told).get("msgid") or "")


def once(reference: str) -> str:
    """A reference in the 32 letters that WeChat takes."""
    return hashlib.sha256(reference.encode()).hexdigest()[:32]
