"""WeChat and WeCom in one thread: tokens that grow stale, template and subscription messages, members and groups."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .desk import Desk

OFFICIAL, MINI, CORP, SECRET = "wxofficial", "wxmini", "wwcorp", "secret-of-the-shop-5d"
TEMPLATES = {"code": {"id": "TPL1", "fields": {"code": "character_string1"}}}
SUBSCRIBED = {"code": {"id": "SUB1", "fields": {"code": "number1"}}}


class Weixin(Desk):
    """`refused` are tokens that are none any more; `fault` may be an errcode, or (status, body)."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = 0
        self.fetched: list[bool] = []
        self.refused: set[str] = set()
        self.posts: dict[str, dict[str, Any]] = {}
        self.chats: dict[str, list[tuple[str, str]]] = {}  # who is in a chat: WeCom's id, and the union id

    def official(self) -> dict[str, Any]:
        return {"endpoint": self.url, "appid": OFFICIAL, "secret": SECRET, "templates": TEMPLATES}

    def mini(self) -> dict[str, Any]:
        return {"endpoint": self.url, "appid": MINI, "secret": SECRET, "templates": SUBSCRIBED}

    def wecom(self) -> dict[str, Any]:
        return {"endpoint": self.url, "corpid": CORP, "secret": SECRET, "agentid": 1000002}

    def hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        where, asked = urlsplit(path).path, {name: told[0] for name, told in parse_qs(urlsplit(path).query).items()}
        told = json.loads(body) if body else {}
        if where == "/cgi-bin/stable_token":
            self.fetched.append(bool(told.get("force_refresh")))
            right = told["grant_type"] == "client_credential" and told["appid"] in (OFFICIAL, MINI)
            return self.token(right and told["secret"] == SECRET)
        if where == "/cgi-bin/gettoken":
            self.fetched.append(False)
            return self.token(asked == {"corpid": CORP, "corpsecret": SECRET})
        if isinstance(self.fault, tuple):
            return self.fault
        if asked.get("access_token") in (None, *self.refused) or asked["access_token"] != f"token{self.tokens}":
            return said({"errcode": 42001, "errmsg": "access_token expired"})
        if isinstance(self.fault, int):
            return said({"errcode": self.fault, "errmsg": f"no, not {body.decode()}"})
        return said({"errcode": 0, "errmsg": "ok"} | self.do(where, told))

    def token(self, right: bool) -> tuple[int, bytes]:
        if not right:
            return said({"errcode": 40001, "errmsg": "invalid credential"})
        self.tokens += 1
        return said({"access_token": f"token{self.tokens}", "expires_in": 7200})

    def do(self, where: str, told: dict[str, Any]) -> dict[str, Any]:
        number = len(self.taken) + 1
        match where:
            case "/cgi-bin/message/template/send" | "/cgi-bin/message/subscribe/send":
                if where.endswith("template/send") and told.get("client_msg_id") in {*self.ids} - {None, ""}:
                    return {"msgid": 901 + self.ids.index(told["client_msg_id"])}
                self.take(told["touser"], json.dumps(told["data"]), told.get("client_msg_id", ""))
                return {"msgid": 900 + number}
            case "/cgi-bin/message/send":
                self.take(told["touser"], told["text"]["content"], "")
                return {"msgid": f"app{number}"}
            case "/cgi-bin/externalcontact/add_msg_template":
                (chat,) = told["chat_id_list"]
                self.take(f"{told['sender']}/{chat}", told["text"]["content"], "")
                self.posts[f"post{number}"] = {"chat_id": chat, "userid": told["sender"], "status": 0, "told": told}
                return {"msgid": f"post{number}", "fail_list": []}
            case "/cgi-bin/externalcontact/get_groupmsg_send_result":
                post = self.posts[told["msgid"]]
                return {"send_list": [{key: post[key] for key in ("chat_id", "userid", "status")}]}
            case "/cgi-bin/externalcontact/groupchat/get":
                customers = [{"userid": one, "type": 2, "unionid": union} for one, union in self.chats[told["chat_id"]]]
                return {"group_chat": {"member_list": [{"userid": "zhangsan", "type": 1}, *customers]}}
            case "/cgi-bin/externalcontact/cancel_groupmsg_send":
                self.posts[told["msgid"]]["status"] = 9
                return {}
        return {"errcode": 404}

    def take(self, to: str, text: str, claim: str) -> None:
        self.taken.append((to, text))
        self.ids.append(claim)


def said(told: dict[str, Any]) -> tuple[int, bytes]:
    return 200, json.dumps(told, ensure_ascii=False).encode()
