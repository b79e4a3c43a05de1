"""WeChat mini-program login: the client's js_code is exchanged for openid and unionid.

The secret `wechat_login` holds {base_url, appid, secret}. The session key that comes along is not kept.
"""

from __future__ import annotations

import json
import re
from typing import Any

from chalicelib.runtime import observe, settings

from ..rules import ProviderDown, ProviderRefused, ProviderUnknown
from .port import Confirmed

SECRET = "wechat_login"  # noqa: S105  # the name of a secret, not one
LARGEST = 16 * 1024
THEIRS = {40029, 40163, 40226, 41008}  # the client's code: wrong, used before, of a person at risk, or missing
BUSY = {-1, 45011}
OURS = {
    40002,
    40013,
    40125,
    40164,
    41002,
    41004,
}  # appid, secret, what we ask or where from: somebody must put it right


def confirm(code: str) -> Confirmed:
    """Who a js_code stands for; a code of WeChat's that we do not know is nobody's fault. Raises ProviderRefused,
    ProviderDown."""
    try:
        held = settings.secret(SECRET)
    except KeyError as error:
        raise ProviderUnknown() from error  # this shop does not offer it
    try:
        asked = {"appid": held["appid"], "secret": held["secret"], "js_code": code, "grant_type": "authorization_code"}
        base = held["base_url"].rstrip("/")
    except KeyError as missing:
        raise _misconfigured(str(missing)) from None
    if not base.startswith("https://") and settings.value(settings.STAGE) != "local":
        raise _misconfigured("PLAIN_HTTP")  # the shop's secret could be read on the way
    told = _get(f"{base}/sns/jscode2session", asked)
    _understood(told.get("errcode") or 0)
    if not told.get("openid"):
        raise ProviderRefused()
    return Confirmed(_id(told["openid"]), _id(told["unionid"]) if told.get("unionid") else None)


def _understood(errcode: Any) -> None:
    """Raises ProviderRefused, ProviderDown unless it says that all is well."""
    number = int(errcode) if re.fullmatch("-?[0-9]{1,9}", str(errcode)) else None
    if number == 0:
        return
    if number in THEIRS:
        raise ProviderRefused()
    if number in OURS:
        raise _misconfigured(str(number))
    if number not in BUSY:
        observe.logger().error("wechat login", errcode=number)
    raise ProviderDown()


def _misconfigured(what: str) -> ProviderDown:
    observe.count("LoginMisconfigured")  # an alarm: nobody can sign in by WeChat
    observe.logger().error("wechat login misconfigured", what=what)
    return ProviderDown()


def _id(told: Any) -> str:
    """An id as WeChat writes them. Raises ProviderDown: whatever else it is, it is nobody's."""
    if not isinstance(told, str) or not re.fullmatch("[0-9A-Za-z_-]{1,128}", told):
        raise ProviderDown()
    return told


def _get(url: str, fields: dict[str, str]) -> dict[str, Any]:
    import urllib3

    try:
        with urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=3), retries=False) as pool:
            answer = pool.request("GET", url, fields=fields, redirect=False, preload_content=False)
            body = answer.read(LARGEST)
            answer.release_conn()
        told = json.loads(body) if answer.status == 200 else None
    except (urllib3.exceptions.HTTPError, ValueError, RecursionError) as error:
        raise ProviderDown() from error
    if not isinstance(told, dict):
        raise ProviderDown()
    return told
