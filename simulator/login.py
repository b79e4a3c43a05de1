"""WeChat login: a code like `sim-alice` stands for the person alice, who has one openid at each appid and one unionid."""

from __future__ import annotations

import base64
import hashlib
import re

from .till import Till
from .wire import Reply, Request, as_json

CODE = re.compile(r"sim-[0-9A-Za-z_-]{1,60}")
PATHS = {"/sns/jscode2session": "js_code", "/sns/oauth2/access_token": "code"}
FRONTS = {"/sns/jscode2session": "mini", "/sns/oauth2/access_token": "official"}  # where each is used


def respond(till: Till, request: Request) -> Reply:
    given, text = request.query, till.keys.text
    if request.path not in PATHS:
        return as_json({"errcode": 404, "errmsg": "not found"}, 404)
    code, appid = given.get(PATHS[request.path], ""), text[f"wechat_{FRONTS[request.path]}"]
    wrong = (
        (given.get("appid") != appid, 40013, "invalid appid"),
        (given.get("secret") != text["login_word"], 40125, "invalid appsecret"),
        (given.get("grant_type") != "authorization_code", 40002, "invalid grant_type"),
        (not code, 41008, "missing code"),
        (not CODE.fullmatch(code), 40029, "invalid code"),
    )
    for failed, errcode, errmsg in wrong:
        if failed:
            return as_json({"errcode": errcode, "errmsg": f"{errmsg}, rid: {till.book.luck(code, errcode, length=8)}"})
    person = {"openid": openid(appid, code), "unionid": "o" + _id("unionid", code)}
    till.book.remember("openid " + person["openid"], appid)
    if request.path == "/sns/jscode2session":
        return as_json({"session_key": base64.b64encode(_hash("session", code)[:16]).decode()} | person)
    token = {"access_token": _id("access", code) * 2, "expires_in": 7200, "refresh_token": _id("refresh", code) * 2}
    return as_json(token | person | {"scope": "snsapi_userinfo"})


def openid(appid: str, code: str) -> str:
    """The open id at an app of the person whom a code stands for."""
    return "o" + _id("openid", appid, code)


def given_at(till: Till, openid: str) -> str | None:
    """The appid that an open id was given at; None for one that nobody signed in with."""
    return till.book.recall("openid " + openid)


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("|".join(parts).encode()).digest()


def _id(*parts: str) -> str:
    """Return 27 characters as WeChat's ids have, the same for the same parts."""
    return base64.urlsafe_b64encode(_hash(*parts)).decode()[:27]
