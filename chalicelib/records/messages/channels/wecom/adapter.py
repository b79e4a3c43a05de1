"""WeCom, from the secret `messages/wecom`.

A message to a member (`wecom`) goes at once. One to a group (`group`, whose address is `member/chat`) is a task: the member
confirms it in his client, so an answer says only that he was asked; what became of it is asked by its number (`posted`), and
what he has not confirmed yet is called off (`call_off`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from .. import tokens, wire
from ..port import AddressRefused, ChannelSilent, ChannelThrottled, Message, Misconfigured, document

SECRET = "messages/wecom"  # noqa: S105  # the name of a secret, not one
ENDPOINT = "https://qyapi.weixin.qq.com"
DUPLICATE_SECONDS = 1800
CUSTOMER = 2  # what kind of member of a group is a customer; 1 is of the company
TROUBLES: tokens.Table = {  # a code that is not listed: somebody must look
    -1: ChannelSilent,
    40003: AddressRefused,
    40031: AddressRefused,
    60111: AddressRefused,
    81013: AddressRefused,
    90500: AddressRefused,  # the owner of the group is no member any more
    90501: AddressRefused,
    45009: ChannelThrottled,
    45033: ChannelThrottled,
    41048: ChannelThrottled,  # groups were posted to often enough
}
Posted = Literal["asked", "confirmed", "refused"]
STATES: dict[object, Posted] = {0: "asked", 1: "confirmed", 2: "refused", 3: "refused"}


@dataclass(frozen=True, slots=True, repr=False)
class WeComContract:
    """The shop's company at WeCom's; never printed."""

    endpoint: str
    corpid: str
    secret: str
    agentid: int

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> WeComContract:
        """Raises Misconfigured: something is missing, or would go in clear."""
        try:
            endpoint = wire.safe(config.get("endpoint"), ENDPOINT)
            return cls(endpoint, config["corpid"], config["secret"], int(config["agentid"]))
        except (KeyError, TypeError, ValueError):
            raise Misconfigured(SECRET) from None

    def call(self, path: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """What a call is answered. Raises NotDelivered."""
        url = f"{self.endpoint}/cgi-bin/{path}?access_token="
        whose = f"{self.corpid}/{self.agentid}"
        return tokens.call(whose, self._fetch, lambda token: wire.ask(f"{url}{token}", told), TROUBLES)

    def _fetch(self, refused: bool) -> dict[str, Any]:  # WeCom gives out the one that stands
        asked = urlencode({"corpid": self.corpid, "corpsecret": self.secret})
        return wire.answered(*wire.exchange("GET", f"{self.endpoint}/cgi-bin/gettoken?{asked}", {}))


def deliver(message: Message) -> str:
    """Have a message sent, or a member asked to post it; answers its msgid. Raises NotDelivered."""
    contract = WeComContract.of(document(SECRET))
    if message.kind == "group":
        return _ask_for(contract, message)
    told = contract.call(
        "message/send",
        {
            "touser": message.address,
            "msgtype": "text",
            "agentid": contract.agentid,
            "text": {"content": message.text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATE_SECONDS,
        },
    )
    if told.get("invaliduser"):
        raise AddressRefused("invaliduser")
    return str(told.get("msgid") or "")


def _ask_for(contract: WeComContract, message: Message) -> str:
    member, _, chat = message.address.partition("/")
    if not member or not chat:
        raise AddressRefused("group")
    asked: dict[str, Any] = {
        "chat_type": "group",
        "sender": member,
        "chat_id_list": [chat],
        "text": {"content": message.text},
    }
    if message.link:
        link = {"title": message.subject, "url": message.link}
        link |= {"picurl": message.values["picture"]} if message.values.get("picture") else {}
        asked["attachments"] = [{"msgtype": "link", "link": link}]
    told = contract.call("externalcontact/add_msg_template", asked)
    if chat in (told.get("fail_list") or ()):
        raise AddressRefused("fail_list")
    return str(told.get("msgid") or "")


def posted(number: str, address: str) -> Posted:
    """What became of a post by its number: whether the member has confirmed it. Raises NotDelivered."""
    member, _, chat = address.partition("/")
    contract = WeComContract.of(document(SECRET))
    told = contract.call("externalcontact/get_groupmsg_send_result", {"msgid": number, "userid": member, "limit": 500})
    rows = [row for row in told.get("send_list") or () if isinstance(row, dict) and row.get("chat_id") == chat]
    return STATES.get(rows[0].get("status"), "asked") if rows else "asked"


def call_off(number: str) -> None:
    """Take back a task that nobody has confirmed yet. Raises NotDelivered."""
    WeComContract.of(document(SECRET)).call("externalcontact/cancel_groupmsg_send", {"msgid": number})


def members(chat: str) -> list[tuple[str, str]]:
    """The customers in a chat: WeCom's id of each, and the union id at WeChat where there is one. Raises NotDelivered."""
    contract = WeComContract.of(document(SECRET))
    told = contract.call("externalcontact/groupchat/get", {"chat_id": chat, "need_name": 0}).get("group_chat")
    rows = told.get("member_list") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        raise ChannelSilent("unreadable")
    return [
        (str(row["userid"]), str(row.get("unionid") or ""))
        for row in rows
        if isinstance(row, dict) and row.get("type") == CUSTOMER and row.get("userid")
    ]
