"""The providers of messages, played on this machine: Aliyun and Tencent SMS, SES, a mail server, WeChat's official account and
mini program, WeCom. Signatures are checked, messages are kept to be looked at, receipts and answers go out signed.

    GET /letters                                  what arrived, in a browser
    GET /_sim/letters                             the same in JSON, newest first
    POST /_sim/letters {"phone", "say": "退订"}     whoever has this number answers; "provider": "tencent" by that one
    POST /_sim/letters {"fail": "MK:0001"}        the next message does not arrive, and its receipt says so by this code
    POST /_sim/letters {"subscribe": "sim-alice", "template": "TPL_order_unpaid"}  a user of the mini program (by code, or open
                                                  id) agrees to one more message; the shop's client tells the shop
    POST /_sim/letters {"post": number, "status": 1}            the member sent a post to the group; 2: could not
    POST /_sim/letters {"chat": id, "members": {"wm…": "union id"}}  who is in a group of WeCom's, which tells of it

The fault knobs `throttle`, `down`, `slow`, `lost_answer` and `code` strike here as everywhere, by the name of the channel as
provider; of receipts, `drop`, `duplicate` and `wrong_signature` do.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from .. import pages
from ..login import CODE, given_at, openid
from ..shipping_desk import Desk
from ..till import Till
from ..wire import Reply, Request, as_json, as_page
from .aliyun import Aliyun
from .box import Box
from .ses import Ses
from .smtp import PostOffice
from .tencent import Tencent
from .wecom import WeCom
from .weixin import Weixin

SHOWN = 100


class Letters:
    """What arrived at all of them, and what is owed to the shop; the state folder keeps the keys."""

    def __init__(self, state: Path, till: Till, merchant: str, aws_key: str, *, live: bool) -> None:
        self.box, text = Box(state, till.clock, till.faults, merchant, live=live), till.keys.text
        apps = {"wechat": text["wechat_official"], "mini": text["wechat_mini"]}
        self.aliyun, self.tencent = Aliyun(self.box), Tencent(self.box)
        self.weixin = Weixin(self.box, apps, text["login_word"], lambda openid: given_at(till, openid), Desk(till))
        self.wecom = WeCom(self.box)
        self.post_office = PostOffice(self.box)
        self.ses = Ses(self.box, aws_key)
        self.desks = (self.aliyun, self.tencent, self.ses, self.weixin, self.wecom, self.post_office)

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        """What a shop under contract holds; templates that are none are the shop's to name."""
        told: dict[str, dict[str, Any]] = {}
        for desk in self.desks:
            told |= desk.merchants(url)
        return told

    def respond(self, request: Request) -> Reply | None:
        """Answer what is one of theirs; None when it is not."""
        if request.path == "/letters":
            say = pages.tongue(request.query.get("lang", ""), request.headers.get("accept-language", ""))
            return as_page(pages.page(say, say("letters"), self._listed(), switch=f"/letters?lang={say.other}"))
        if request.path == "/_sim/letters":
            return self._turned(request) if request.method == "POST" else as_json({"letters": self.box.came[::-1]})
        return next((told for desk in self.desks if (told := desk.respond(request)) is not None), None)

    def stop(self) -> None:
        self.post_office.stop()

    def _turned(self, request: Request) -> Reply:
        asked = request.json() or {}
        provider = str(asked.get("provider") or "")
        if "fail" in asked:
            return as_json({"failing": self.box.fail(str(asked["fail"]), provider)})
        if "say" in asked:
            desk = self.tencent if provider == "tencent" else self.aliyun
            return as_json({"taken": desk.answered(str(asked.get("phone", "")), str(asked["say"]))})
        if "subscribe" in asked:
            who = str(asked["subscribe"])
            who = openid(self.weixin.apps["mini"], who) if CODE.fullmatch(who) else who
            left = self.weixin.subscribe(who, str(asked.get("template") or ""))
            return as_json({"left": left})
        if "post" in asked:
            return as_json({"known": self.wecom.settle(str(asked["post"]), int(asked.get("status", 1)))})
        if "chat" in asked:
            return as_json({"taken": self.wecom.gather(str(asked["chat"]), dict(asked.get("members") or {}))})
        return as_json({"error": "give fail, say, subscribe, post or chat"}, 422)

    def _listed(self) -> str:
        rows = "".join(
            f'<section class="card"><h2>{escape(one["provider"])} · {escape(one["to"])}</h2><p>{escape(one["at"])}'
            f" · {escape(one['template'])}{' · ' + escape(one['failed']) if one['failed'] else ''}</p>"
            f"<pre>{escape(one['text'] or json.dumps(one['values'], ensure_ascii=False))}</pre></section>"
            for one in self.box.came[::-1][:SHOWN]
        )
        return rows or '<p class="note">–</p>'
