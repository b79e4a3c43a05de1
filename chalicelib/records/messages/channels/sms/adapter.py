"""Text messages by Aliyun (SendSms and QuerySendDetails, version 2017-05-25), from the secret `messages/sms`.

A template gets what is filled into its text as parameters. Requests carry the signature ACS3-HMAC-SHA256. SendSms is not
idempotent: a message whose answer was lost is looked for by its phone and day, and known by the claim it carries (OutId).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from chalicelib.kernel.clock import business_day
from chalicelib.runtime import world

from .. import wire, wording
from ..port import (
    ABSENT,
    ARRIVED,
    AddressBusy,
    AddressRefused,
    ChannelSilent,
    ChannelThrottled,
    Message,
    Misconfigured,
    NotDelivered,
    document,
)

SECRET = "messages/sms"  # noqa: S105  # the name of a secret, not one
ENDPOINT = "https://dysmsapi.aliyuncs.com"
SEND, FIND, VERSION = "SendSms", "QuerySendDetails", "2017-05-25"
ALGORITHM = "ACS3-HMAC-SHA256"
CONNECT_SECONDS, READ_SECONDS = wire.CONNECT_SECONDS, wire.READ_SECONDS
PAGE, MOST_PAGES = 50, 4
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
    templates: Mapping[str, Any]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> SmsContract:
        """Raises Misconfigured: something is missing, or would go in clear."""
        try:
            return cls(
                wire.safe(config.get("endpoint"), ENDPOINT),
                config["access_key_id"],
                config["access_key_secret"],
                config["sign_name"],
                dict(config["templates"]),
            )
        except (KeyError, TypeError, ValueError):
            raise Misconfigured(SECRET) from None

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).netloc


def deliver(message: Message, read_seconds: float = READ_SECONDS) -> str:
    """Have a text message sent; answers its BizId. Raises NotDelivered."""
    contract = SmsContract.of(document(SECRET))
    told = _asked(contract, SEND, fields(contract, message), read_seconds)
    return str(told.get("BizId") or "")


def enquire(message: Message, since: datetime, read_seconds: float = READ_SECONDS) -> str:
    """Whether a message went out, by its phone and the day of its claim, and the day after when that has begun. Raises
    NotDelivered."""
    contract, first = SmsContract.of(document(SECRET)), business_day(since)
    days = [day for day in (first, first + timedelta(days=1)) if day <= business_day(world.now())]
    return ARRIVED if any(_found(contract, message, f"{day:%Y%m%d}", read_seconds) for day in days) else ABSENT


def _found(contract: SmsContract, message: Message, day: str, read_seconds: float) -> bool:
    for page in range(1, MOST_PAGES + 1):
        asked = {
            "PhoneNumber": _number(message.address),
            "SendDate": day,
            "PageSize": str(PAGE),
            "CurrentPage": str(page),
        }
        told = _asked(contract, FIND, asked, read_seconds)
        listed = told.get("SmsSendDetailDTOs")
        rows = listed.get("SmsSendDetailDTO") if isinstance(listed, dict) else None
        rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if message.reference and any(row.get("OutId") == message.reference for row in rows):
            return True
        if len(rows) < PAGE:
            break
    return False


def _asked(contract: SmsContract, action: str, told: Mapping[str, str], read_seconds: float) -> dict[str, Any]:
    asked = query(told)
    key_id, key, nonce = contract.access_key_id, contract.access_key_secret, world.current().entropy(16).hex()
    headers = signed(contract.host, action, VERSION, asked, key_id, key, world.now(), nonce)
    return _understood(*wire.exchange("POST", f"{contract.endpoint}/?{asked}", headers, read_seconds=read_seconds))


def fields(contract: SmsContract, message: Message) -> dict[str, str]:
    """What SendSms is asked. Raises Misconfigured when the contract has no template for such a message or it does not fit,
    AddressRefused."""
    template = wording.of(contract.templates, message.what, message.code)
    filled = template.filled(message.values)
    told = {
        "PhoneNumbers": _number(message.address),
        "SignName": contract.sign_name,
        "TemplateCode": template.code,
    }
    told |= {"TemplateParam": json.dumps(filled)} if filled else {}
    return told | ({"OutId": message.reference} if message.reference else {})


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


def _understood(status: int, body: bytes) -> dict[str, Any]:
    """The answer. Raises NotDelivered unless it says `OK`."""
    told = wire.answered(status, body)
    code = told.get("Code")
    if code is None:
        raise ChannelSilent(str(status))
    if code == "OK" and status == 200:
        return told
    unlisted = ChannelSilent if status >= 500 else Misconfigured
    raise TROUBLES.get(str(code), unlisted)(str(code))
