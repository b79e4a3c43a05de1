"""WeChat: template messages of the official account, subscription messages of the mini program. Access tokens grow stale, each
grant of a user is one message, and what became of it is told sealed."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

from ..shipping_desk import Desk
from ..wire import Reply, Request
from . import sealed
from .box import Box, Push

PATHS = {"/cgi-bin/message/template/send": "wechat", "/cgi-bin/message/subscribe/send": "mini"}
SHIPPING = "/wxa/sec/order/"
TOKEN = "/cgi-bin/stable_token"  # noqa: S105  # a path
LIVES = 7200
MOST = {"thing": 20, "character_string": 32, "phrase": 5, "number": 32, "name": 10, "const": 20}


class Weixin:
    def __init__(
        self, box: Box, apps: dict[str, str], mini_secret: str, given_at: Callable[[str], str | None], desk: Desk
    ) -> None:
        self.box, self.apps, self.given_at = box, apps, given_at  # the appid at which an open id was given
        self.desk = desk
        self.secrets = {"wechat": box.keys["wechat"], "mini": mini_secret}
        self.grants: Counter[tuple[str, str]] = Counter()  # (open id, template) -> messages that it agreed to
        self._tokens: dict[str, tuple[str, float]] = {}  # token -> whose, until when
        self._told: dict[str, str] = {}  # client_msg_id -> msgid

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        common = {
            "endpoint": url,
            "templates": {},
            "token": sealed.token(self.box),
            "aes_key": sealed.aes_key(self.box),
        }
        return {
            f"messages/{name}": common | {"appid": self.apps[name], "secret": self.secrets[name]}
            for name in ("wechat", "mini")
        }

    def subscribe(self, openid: str, template: str) -> int:
        """A user agrees to one more message."""
        self.grants[openid, template] += 1
        return self.grants[openid, template]

    def respond(self, request: Request) -> Reply | None:
        if request.path == TOKEN and request.method == "POST":
            return self._token(request.json() or {})
        name = "mini" if request.path.startswith(SHIPPING) else PATHS.get(request.path)
        if name is None:
            return None
        if self.box.knob("down", name):
            return Reply(503, b"busy\n", "text/plain")
        whose, until = self._tokens.get(request.query.get("access_token", ""), ("", 0.0))
        if whose != name or until < self.box.clock.now():
            return _said(42001)
        if self.box.knob("throttle", name):
            return _said(45009)
        if code := self.box.knob("code", name):
            return _said(int(code))
        told = request.json() or {}
        if request.path.startswith(SHIPPING):
            code, more = self.desk.respond(request.path.removeprefix(SHIPPING), told)
            return Reply(0) if self.box.slowly(name, "") else _said(code, **more)
        code, number = self._send(name, told)
        if code:
            return _said(code)
        return Reply(0) if self.box.slowly(name, "") else _said(0, msgid=int(number))

    def _token(self, told: dict[str, Any]) -> Reply:
        name = next((name for name, appid in self.apps.items() if appid == told.get("appid")), "")
        if not name or told.get("secret") != self.secrets[name] or told.get("grant_type") != "client_credential":
            return _said(40001)
        now = self.box.clock.now()
        held = [token for token, (whose, until) in self._tokens.items() if whose == name and until > now]
        if held and not told.get("force_refresh"):
            return _said(None, access_token=held[0], expires_in=int(self._tokens[held[0]][1] - now))
        for token in held:
            del self._tokens[token]
        fresh = secrets.token_hex(32)
        self._tokens[fresh] = (name, now + LIVES)
        return _said(None, access_token=fresh, expires_in=LIVES)

    def _send(self, name: str, told: dict[str, Any]) -> tuple[int, str]:
        """The errcode, and the number of the message."""
        openid, template, data = told.get("touser", ""), told.get("template_id", ""), told.get("data", {})
        if not openid or self.given_at(openid) not in (None, self.apps[name]):
            return 40003, ""
        if not template:
            return 40037, ""
        for field, value in data.items():
            if len(value["value"]) > MOST.get(field.rstrip("0123456789"), 200):
                return 47003, ""
        once = told.get("client_msg_id", "")
        if name == "wechat" and once in self._told:
            return 0, self._told[once]
        if name == "mini":
            if not self.grants[openid, template]:
                return 43101, ""
            self.grants[openid, template] -= 1
        number = str(secrets.randbelow(10**15))
        letter = self.box.keep(
            name,
            openid,
            template=template,
            values={field: value["value"] for field, value in data.items()},
            reference=once,
            number=number,
        )
        if once:
            self._told[once] = number
        self.box.tell_soon(lambda forged: self._push(name, letter, forged))
        return 0, number

    def _push(self, name: str, letter: dict[str, Any], forged: bool) -> Push:
        word = _template_done if name == "wechat" else _subscription_sent
        said = word(letter, int(self.box.clock.now()))
        path = f"/v1/webhooks/messages/{name}/events"
        return sealed.push(self.box, name, path, self.apps[name], said, forged=forged)


def _template_done(letter: dict[str, Any], at: int) -> str:
    return (
        f"<xml><ToUserName><![CDATA[gh_simulated]]></ToUserName><FromUserName><![CDATA[{letter['to']}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>"
        f"<MsgID>{letter['number']}</MsgID><Status><![CDATA[{letter['failed'] or 'success'}]]></Status></xml>"
    )


def _subscription_sent(letter: dict[str, Any], at: int) -> str:
    code, word = letter["failed"] or "0", "failed" if letter["failed"] else "success"
    inner = (
        f"<List><TemplateId><![CDATA[{letter['template']}]]></TemplateId><MsgID>{letter['number']}</MsgID>"
        f"<ErrorCode>{code}</ErrorCode><ErrorStatus><![CDATA[{word}]]></ErrorStatus></List>"
    )
    return (
        f"<xml><ToUserName><![CDATA[gh_simulated]]></ToUserName><FromUserName><![CDATA[{letter['to']}]]></FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[subscribe_msg_sent_event]]></Event>"
        f"<SubscribeMsgSentEvent>{inner}</SubscribeMsgSentEvent></xml>"
    )


def _said(code: int | None, **more: Any) -> Reply:
    told = more if code is None else {"errcode": code, "errmsg": "ok" if code == 0 else "refused", **more}
    return Reply(200, json.dumps(told).encode())
