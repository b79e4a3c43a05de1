"""WeChat mini-program login: the client's js_code is exchanged for openid and unionid.

The secret `wechat_login` holds {base_url, appid, secret}. The session key that comes along is not kept.
A no says whose fault it is: the person's (another code helps), WeChat's (later helps), or ours, and then somebody is called.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from chalicelib.runtime import observe, settings

from ..rules import LoginProviderDown, LoginProviderNotFound, LoginProviderRefused
from .port import Confirmed

SECRET = "wechat_login"  # noqa: S105  # the name of a secret, not one
BUSY = {"-1", "45011"}  # WeChat's own trouble; too many in a minute
NOES = {"40029", "40163", "40226", "41008"}  # the code is bad, used, missing, or its person is barred
LARGEST = 16 * 1024
MISCONFIGURED = observe.alarmed(
    "LoginMisconfigured",
    "Nobody signs in by WeChat; its app's id, secret or address are wrong, and the log says how (login provider)",
)


def confirm(code: str) -> Confirmed:
    """Who a js_code stands for. Raises LoginProviderRefused, LoginProviderDown."""
    try:
        held = settings.secret(SECRET)
    except KeyError as error:
        raise LoginProviderNotFound() from error  # this shop does not offer it
    try:
        asked = {"appid": held["appid"], "secret": held["secret"], "js_code": code, "grant_type": "authorization_code"}
        base = held["base_url"].rstrip("/")
    except (KeyError, AttributeError) as missing:
        _called("incomplete", missing)
    if not base.startswith("https://") and settings.value(settings.STAGE) != "local":
        _called("plain_http")  # the shop's secret could be read on the way
    told = _get(f"{base}/sns/jscode2session", asked)
    no = str(told.get("errcode") or "")
    if no in NOES:
        raise LoginProviderRefused()
    if no and no not in BUSY:  # the app's id or secret (40013, 40125, 41002), or what nobody here has heard of
        _called(no[:16])
    if no:
        raise LoginProviderDown()
    if not told.get("openid"):
        raise LoginProviderRefused()
    return Confirmed(_id(told["openid"]), _id(told["unionid"]) if told.get("unionid") else None)


def _id(told: Any) -> str:
    """An id as WeChat writes them. Raises LoginProviderDown: whatever else it is, it is nobody's."""
    if not isinstance(told, str) or not re.fullmatch("[0-9A-Za-z_-]{1,128}", told):
        raise LoginProviderDown()
    return told


def _called(why: str, cause: Exception | None = None) -> NoReturn:
    """Nobody can sign in by WeChat until somebody puts it right. Raises LoginProviderDown."""
    observe.count(MISCONFIGURED)
    observe.logger().error("login provider", provider="wechat", why=why)
    raise LoginProviderDown() from cause


def _get(url: str, fields: dict[str, str]) -> dict[str, Any]:
    import urllib3

    try:
        with urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=3), retries=False) as pool:
            answer = pool.request("GET", url, fields=fields, redirect=False, preload_content=False)
            body = answer.read(LARGEST)
            answer.release_conn()
        told = json.loads(body) if answer.status == 200 else None
    except (urllib3.exceptions.HTTPError, ValueError, RecursionError) as error:
        raise LoginProviderDown() from error
    if not isinstance(told, dict):
        raise LoginProviderDown()
    return told
