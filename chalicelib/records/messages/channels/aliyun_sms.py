"""Text messages by Aliyun (SendSms, version 2017-05-25), from the secret `messages/sms`.

The secret holds {access_key_id, access_key_secret, sign_name, templates: {what: template's code}} and, where it is another,
`endpoint`. A template gets what is filled into its text as parameters. Requests carry the signature ACS3-HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from chalicelib.runtime import world

from .port import (
    AddressBusy,
    AddressRefused,
    ChannelSilent,
    ChannelThrottled,
    Message,
    Misconfigured,
    NotDelivered,
    document,
    may_be_in_clear,
)

SECRET = "messages/sms"  # noqa: S105  # the name of a secret, not one
ENDPOINT = "https://dysmsapi.aliyuncs.com"
ACTION, VERSION = "SendSms", "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
CONNECT_SECONDS, READ_SECONDS = 2.0, 5.0
LARGEST = 16 * 1024
MAINLAND, ABROAD = "1[3-9][0-9]{9}", "(?!86)[1-9][0-9]{6,14}"

TROUBLES: dict[str, type[NotDelivered]] = {  # a code that is not listed: somebody must look
    "isv.BUSINESS_LIMIT_CONTROL": AddressBusy,  # by the minute, hour and day of one number
    "isv.DAY_LIMIT_CONTROL": ChannelThrottled,
    "isv.MONTH_LIMIT_CONTROL": ChannelThrottled,
    "Throttling": ChannelThrottled,
    "Throttling.Api": ChannelThrottled,
    "Throttling.User": ChannelThrottled,
    "isv.MOBILE_NUMBER_ILLEGAL": AddressRefused,
    "isv.MOBILE_COUNT_OVER_LIMIT": Misconfigured,  # too many numbers in one message: our use of it
    "isv.BLACK_KEY_CONTROL_LIMIT": Misconfigured,  # a word in our text
    "isp.SYSTEM_ERROR": ChannelSilent,
    "isp.UNKNOWN": ChannelSilent,
    "InternalError": ChannelSilent,
    "ServiceUnavailable": ChannelSilent,
}


@dataclass(frozen=True, slots=True, repr=False)
class SmsContract:
    """The shop's account at Aliyun; never printed."""

    endpoint: str
    access_key_id: str
    access_key_secret: str
    sign_name: str
    templates: Mapping[str, str]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SmsContract:
        """Raises Misconfigured: something is missing, or would go in clear."""
        try:
            made = cls(
                str(config.get("endpoint") or ENDPOINT).rstrip("/"),
                config["access_key_id"],
                config["access_key_secret"],
                config["sign_name"],
                dict(config["templates"]),
            )
        except (KeyError, TypeError, ValueError):
            raise Misconfigured(SECRET) from None
        place = urlsplit(made.endpoint)
        if place.scheme != "https" and not may_be_in_clear(place.hostname or ""):
            raise Misconfigured("endpoint")
        return made

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).netloc


def deliver(message: Message, read_seconds: float = READ_SECONDS) -> None:
    """Have a text message sent. Raises NotDelivered."""
    contract = SmsContract.of(document(SECRET))
    asked = query(fields(contract, message))
    headers = signed(
        contract.host,
        ACTION,
        VERSION,
        asked,
        contract.access_key_id,
        contract.access_key_secret,
        world.now(),
        world.current().entropy(16).hex(),
    )
    _understood(*_post(f"{contract.endpoint}/?{asked}", headers, read_seconds))


def fields(contract: SmsContract, message: Message) -> dict[str, str]:
    """What SendSms is asked. Raises Misconfigured when the contract has no template for such a message, AddressRefused."""
    code = message.code or contract.templates.get(message.what)
    if not code:
        raise Misconfigured("templates")
    told = {
        "PhoneNumbers": _number(message.address),
        "SignName": contract.sign_name,
        "TemplateCode": code,
    }
    return told | ({"TemplateParam": json.dumps(dict(message.values))} if message.values else {})


def _number(address: str) -> str:
    """An E.164 number as Aliyun reads it: a mainland one bare, others with their country's code. Raises AddressRefused for
    what is no number, and for one abroad that it would take for somebody's in the mainland: +1 380 213 8000.
    """
    if found := re.fullmatch(f"[+]86({MAINLAND})", address):
        return found[1]
    found = re.fullmatch(f"[+]({ABROAD})", address)
    if not found or re.fullmatch(MAINLAND, found[1]):
        raise AddressRefused("number")
    return found[1]


def query(told: Mapping[str, str]) -> str:
    """Fields as a canonical query: sorted, and everything but the unreserved characters of RFC 3986 escaped."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(told.items()))


def signed(
    host: str, action: str, version: str, asked: str, key_id: str, key: str, at: datetime, nonce: str
) -> dict[str, str]:
    """The headers of a POST without body to `/?asked`, its signature among them."""
    nothing = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host, "x-acs-action": action, "x-acs-content-sha256": nothing, "x-acs-date": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": nonce, "x-acs-version": version,
    }  # fmt: skip
    lines, names = "".join(f"{name}:{value}\n" for name, value in headers.items()), ";".join(headers)
    canonical = "\n".join(("POST", "/", asked, lines, names, nothing))
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return headers | {"Authorization": f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"}


def _post(url: str, headers: Mapping[str, str], read_seconds: float) -> tuple[int, bytes]:
    """Once, over a connection of its own: one that outlived a frozen function might be dead."""
    import logging

    import urllib3

    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)  # below, it writes queries: number and code
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)
    try:
        with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
            answer = pool.request("POST", url, headers=dict(headers), redirect=False, preload_content=False)
            with closing(answer):
                return answer.status, answer.read(LARGEST)
    except urllib3.exceptions.HTTPError as silence:
        raise ChannelSilent(type(silence).__name__) from None


def _understood(status: int, body: bytes) -> None:
    """Raises NotDelivered unless the answer says `OK`."""
    try:
        code = json.loads(body)["Code"]
    except (ValueError, KeyError, TypeError):
        raise ChannelSilent(str(status)) from None
    if code == "OK" and status == 200:
        return
    unlisted = ChannelSilent if status >= 500 else Misconfigured
    raise TROUBLES.get(str(code), unlisted)(str(code))
