"""WeChat login: a code like `sim-alice` stands for the person alice, who has one openid here and one unionid."""

from __future__ import annotations

import base64
import hashlib
import re

from .till import Till
from .wire import Reply, Request, as_json

CODE = re.compile(r"sim-[0-9A-Za-z_-]{1,60}")
PATHS = {"/sns/jscode2session": "js_code", "/sns/oauth2/access_token": "code"}


def respond(till: Till, request: Request) -> Reply:
    given, text = request.query, till.keys.text
    if request.path not in PATHS:
        return as_json({"errcode": 404, "errmsg": "not found"}, 404)
    code = given.get(PATHS[request.path], "")
    wrong = (
        (given.get("appid") != text["wechat_appid"], 40013, "invalid appid"),
        (given.get("secret") != text["login_word"], 40125, "invalid appsecret"),
        (given.get("grant_type") != "authorization_code", 40002, "invalid grant_type"),
        (not code, 41008, "missing code"),
        (not CODE.fullmatch(code), 40029, "invalid code"),
    )
    for failed, errcode, errmsg in wrong:
        if failed:
            return as_json({"errcode": errcode, "errmsg": f"{errmsg}, rid: {till.book.luck(code, errcode, length=8)}"})
    person = {"openid": "o" + _id("openid", text["wechat_appid"], code), "unionid": "o" + _id("unionid", code)}
    if request.path == "/sns/jscode2session":
        return as_json({"session_key": base64.b64encode(_hash("session", code)[:16]).decode()} | person)
    token = {"access_token": _id("access", code) * 2, "expires_in": 7200, "refresh_token": _id("refresh", code) * 2}
    return as_json(token | person | {"scope": "snsapi_userinfo"})


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("|".join(parts).encode()).digest()


def _id(*parts: str) -> str:
    """Return 27 characters as WeChat's ids have, the same for the same parts."""
    return base64.urlsafe_b64encode(_hash(*parts)).decode()[:27]
