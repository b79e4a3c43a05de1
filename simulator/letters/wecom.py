"""WeCom: messages of an application to a member, posts that a member confirms, and who is in a group."""

from __future__ import annotations

import json
import secrets
from typing import Any

from ..wire import Reply, Request
from . import sealed
from .box import Box

NAME, CORP, AGENT = "wecom", "wwsimulated", 1000002
DOORS = "/cgi-bin/"
TOKEN = "/cgi-bin/gettoken"  # noqa: S105  # a path
CALLS = (
    "message/send", "externalcontact/add_msg_template", "externalcontact/get_groupmsg_send_result",
    "externalcontact/cancel_groupmsg_send", "externalcontact/groupchat/get",
)  # fmt: skip
ASKED, CALLED_OFF = 0, 2
LIVES = 7200


class WeCom:
    def __init__(self, box: Box) -> None:
        self.box = box
        self.chats: dict[str, dict[str, str]] = {}
        self.posts: dict[str, dict[str, Any]] = {}
        self._token, self._until = "", 0.0

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        return {
            "messages/wecom": {
                "endpoint": url,
                "corpid": CORP,
                "secret": self.box.keys["wecom"],
                "agentid": AGENT,
                "token": sealed.token(self.box),
                "aes_key": sealed.aes_key(self.box),
            }
        }

    def settle(self, number: str, status: int) -> bool:
        """The member has sent a post (1), or it could not be (2)."""
        if number in self.posts:
            self.posts[number]["status"] = status
        return number in self.posts

    def gather(self, chat: str, members: dict[str, str]) -> bool:
        """Who is in a group from now on; the shop is told that somebody came or went."""
        self.chats[chat] = members
        said = (
            f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><MsgType><![CDATA[event]]></MsgType>"
            f"<Event><![CDATA[change_external_chat]]></Event><ChatId><![CDATA[{chat}]]></ChatId></xml>"
        )
        path = "/v1/webhooks/groups/wecom/events"
        return self.box.tell(lambda forged: sealed.push(self.box, NAME, path, CORP, said, forged=forged))

    def respond(self, request: Request) -> Reply | None:
        if request.path == TOKEN:
            return self._given(request.query)
        call = request.path.removeprefix(DOORS)
        if call not in CALLS or request.method != "POST":
            return None
        if self.box.knob("down", NAME, call):
            return Reply(503, b"busy\n", "text/plain")
        if request.query.get("access_token") != self._token or self._until < self.box.clock.now():
            return _said(42001)
        if self.box.knob("throttle", NAME, call):
            return _said(45009)
        if code := self.box.knob("code", NAME, call):
            return _said(int(code))
        told = self._do(call, request.json() or {})
        return Reply(0) if self.box.slowly(NAME, call) else told

    def _given(self, asked: dict[str, str]) -> Reply:
        if (asked.get("corpid"), asked.get("corpsecret")) != (CORP, self.box.keys["wecom"]):
            return _said(40001)
        if self._until < self.box.clock.now():
            self._token, self._until = secrets.token_hex(32), self.box.clock.now() + LIVES
        return _said(0, access_token=self._token, expires_in=int(self._until - self.box.clock.now()))

    def _do(self, call: str, told: dict[str, Any]) -> Reply:
        match call:
            case "message/send":
                if told.get("agentid") != AGENT:
                    return _said(40056)
                letter = self.box.keep(NAME, told["touser"], text=told["text"]["content"])
                return _said(0, msgid=letter["number"])
            case "externalcontact/add_msg_template":
                (chat,) = told["chat_id_list"]
                letter = self.box.keep(NAME, f"{told['sender']}/{chat}", text=told["text"]["content"], template="group")
                self.posts[letter["number"]] = {"chat_id": chat, "userid": told["sender"], "status": ASKED}
                return _said(0, msgid=letter["number"], fail_list=[])
            case "externalcontact/groupchat/get":
                rows = [{"userid": one, "type": 2, "unionid": union} for one, union in self._members(told).items()]
                return _said(0, group_chat={"chat_id": told.get("chat_id"), "member_list": rows})
        post = self.posts.get(str(told.get("msgid")))
        if post is None:
            return _said(41050)
        if call == "externalcontact/cancel_groupmsg_send":
            post["status"] = CALLED_OFF
            return _said(0)
        return _said(0, send_list=[post])

    def _members(self, told: dict[str, Any]) -> dict[str, str]:
        return self.chats.get(str(told.get("chat_id")), {})


def _said(code: int, **more: Any) -> Reply:
    return Reply(200, json.dumps({"errcode": code, "errmsg": "ok" if code == 0 else "refused", **more}).encode())
