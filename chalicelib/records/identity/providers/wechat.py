"""WeChat mini-program login: the client's js_code is exchanged for openid and unionid.

The secret `wechat_login` holds {base_url, appid, secret}. The session key that comes along is not kept.
"""

from __future__ import annotations

import json
import re
from typing import Any

from chalicelib.runtime import settings

from ..rules import ProviderDown, ProviderRefused, ProviderUnknown
from .port import Confirmed

SECRET = "wechat_login"  # noqa: S105  # the name of a secret, not one
BUSY = {-1, 45011}
LARGEST = 16 * 1024


def confirm(code: str) -> Confirmed:
    """Who a js_code stands for. Raises ProviderRefused, ProviderDown."""
    try:
        held = settings.secret(SECRET)
    except KeyError as error:
        raise ProviderUnknown() from error  # this shop does not offer it
    asked = {"appid": held["appid"], "secret": held["secret"], "js_code": code, "grant_type": "authorization_code"}
    base = held["base_url"].rstrip("/")
    if not base.startswith("https://") and settings.value(settings.STAGE) != "local":
        raise ProviderDown()  # the shop's secret could be read on the way
    told = _get(f"{base}/sns/jscode2session", asked)
    if told.get("errcode") in BUSY:
        raise ProviderDown()
    if told.get("errcode") or not told.get("openid"):
        raise ProviderRefused()
    return Confirmed(_id(told["openid"]), _id(told["unionid"]) if told.get("unionid") else None)


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
