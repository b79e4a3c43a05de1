"""Text messages by Tencent Cloud (SendSms, version 2021-01-11), from the secret `messages/tencent`.

Requests carry the signature TC3-HMAC-SHA256. The claim travels as SessionContext, which the answer repeats and no receipt
does: those name the SerialNo of the answer. What became of a lost answer cannot be asked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from chalicelib.runtime import world

from .. import wire, wording
from ..port import (
    AddressBusy,
    AddressRefused,
    ChannelSilent,
    ChannelThrottled,
    Message,
    Misconfigured,
    NotDelivered,
    NotSubscribed,
    document,
)

SECRET = "messages/tencent"  # noqa: S105  # the name of a secret, not one
ENDPOINT, REGION = "https://sms.tencentcloudapi.com", "ap-guangzhou"
ACTION, VERSION, SERVICE = "SendSms", "2021-01-11", "sms"
ALGORITHM, MEDIA = "TC3-HMAC-SHA256", "application/json; charset=utf-8"

TROUBLES: dict[str, type[NotDelivered]] = {  # a code that is not listed: somebody must look
    "FailedOperation.PhoneNumberInBlacklist": NotSubscribed,
    "InvalidParameterValue.IncorrectPhoneNumber": AddressRefused,
    "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": AddressRefused,
    "LimitExceeded.PhoneNumberDailyLimit": AddressBusy,
    "LimitExceeded.PhoneNumberOneHourLimit": AddressBusy,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": AddressBusy,
    "LimitExceeded.PhoneNumberThirtySecondLimit": AddressBusy,
    "LimitExceeded.AppDailyLimit": ChannelThrottled,
    "LimitExceeded.DailyLimit": ChannelThrottled,
    "LimitExceeded.DeliveryFrequencyLimit": ChannelThrottled,
    "RequestLimitExceeded": ChannelThrottled,
    "InternalError": ChannelSilent,
    "InternalError.OtherError": ChannelSilent,
    "InternalError.SendAndRecvFail": ChannelSilent,
    "InternalError.Timeout": ChannelSilent,
}


@dataclass(frozen=True, slots=True, repr=False)
class TencentContract:
    """The shop's account at Tencent Cloud; never printed."""

    endpoint: str
    region: str
    secret_id: str
    secret_key: str
    sdk_app_id: str
    sign_name: str
    templates: Mapping[str, Any]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> TencentContract:
        """Raises Misconfigured: something is missing, or would go in clear."""
        try:
            return cls(
                wire.safe(config.get("endpoint"), ENDPOINT),
                str(config.get("region") or REGION),
                config["secret_id"],
                config["secret_key"],
                str(config["sdk_app_id"]),
                config["sign_name"],
                dict(config["templates"]),
            )
        except (KeyError, TypeError, ValueError):
            raise Misconfigured(SECRET) from None

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).netloc


def deliver(message: Message, read_seconds: float = wire.READ_SECONDS) -> str:
    """Have a text message sent; answers its SerialNo. Raises NotDelivered."""
    contract = TencentContract.of(document(SECRET))
    body = json.dumps(fields(contract, message), ensure_ascii=False, separators=(",", ":")).encode()
    headers = signed(contract.host, ACTION, body, contract.secret_id, contract.secret_key, world.now())
    headers |= {"X-TC-Version": VERSION, "X-TC-Region": contract.region}
    told = wire.answered(*wire.exchange("POST", f"{contract.endpoint}/", headers, body, read_seconds)).get("Response")
    if not isinstance(told, dict):
        raise ChannelSilent("unreadable")
    if isinstance(told.get("Error"), dict):
        raise _meaning(told["Error"].get("Code"))
    rows = told.get("SendStatusSet")
    if not isinstance(rows, list) or len(rows) != 1 or not isinstance(rows[0], dict):
        raise ChannelSilent("unreadable")
    if rows[0].get("Code") != "Ok":
        raise _meaning(rows[0].get("Code"))
    return str(rows[0].get("SerialNo") or "")


def fields(contract: TencentContract, message: Message) -> dict[str, Any]:
    """What SendSms is asked. Raises Misconfigured when the contract has no template for such a message or it does not fit,
    AddressRefused."""
    if not re.fullmatch("[+][1-9][0-9]{6,14}", message.address):
        raise AddressRefused("number")
    template = wording.of(contract.templates, message.what, message.code)
    told = {
        "PhoneNumberSet": [message.address],
        "SmsSdkAppId": contract.sdk_app_id,
        "SignName": contract.sign_name,
        "TemplateId": template.code,
        "TemplateParamSet": list(template.filled(message.values).values()),
    }
    return told | ({"SessionContext": message.reference} if message.reference else {})


def signed(host: str, action: str, body: bytes, key_id: str, key: str, at: datetime) -> dict[str, str]:
    """The headers of a POST of this body to `/`, its signature among them: of a service whose name the host begins with."""
    day, second, service = f"{at.astimezone(UTC):%Y-%m-%d}", str(int(at.timestamp())), host.partition(".")[0]
    service = service if host.endswith(".tencentcloudapi.com") else SERVICE
    lines = f"content-type:{MEDIA}\nhost:{host}\n"
    canonical = "\n".join(("POST", "/", "", lines, "content-type;host", _digest(body)))
    scope = f"{day}/{service}/tc3_request"
    text = "\n".join((ALGORITHM, second, scope, _digest(canonical.encode())))
    signing = f"TC3{key}".encode()
    for part in (day, service, "tc3_request"):
        signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()
    return {
        "content-type": MEDIA,
        "host": host,
        "X-TC-Action": action,
        "X-TC-Timestamp": second,
        "Authorization": f"{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders=content-type;host, Signature={signature}",
    }


def _digest(told: bytes) -> str:
    return hashlib.sha256(told).hexdigest()


def _meaning(code: object) -> NotDelivered:
    return TROUBLES.get(str(code), Misconfigured)(str(code))
