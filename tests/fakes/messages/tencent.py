"""Tencent Cloud's SMS endpoint: it derives each request's signature by itself, from the protocol's page, then answers as told.
`signature` is proved on the published example."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

from .desk import Desk

KEY_ID, KEY, SIGN, APP = "AKIDshop", "key-of-the-shop-7c", "集市", "1400006666"
TEMPLATES = {
    "code": {"code": "1110", "approved": True, "blanks": ["code"], "most": {"code": 6}},
    "invitation": {"code": "1111", "approved": True, "blanks": ["code"], "most": {"code": 20}},
}


def sha(told: bytes) -> str:
    return hashlib.new("sha256", told).hexdigest()


def signature(key: str, service: str, second: int, host: str, media: str, body: bytes) -> str:
    """TC3-HMAC-SHA256 over content-type and host, in hex."""
    day = datetime.fromtimestamp(second, UTC).date().isoformat()
    asked = f"POST\n/\n\ncontent-type:{media}\nhost:{host}\n\ncontent-type;host\n{sha(body)}"
    text = f"TC3-HMAC-SHA256\n{second}\n{day}/{service}/tc3_request\n{sha(asked.encode())}"
    made = hmac.digest(("TC3" + key).encode(), day.encode(), "sha256")
    made = hmac.digest(made, service.encode(), "sha256")
    made = hmac.digest(made, b"tc3_request", "sha256")
    return hmac.digest(made, text.encode(), "sha256").hex()


class Tencent(Desk):
    @property
    def document(self) -> dict[str, Any]:
        """The secret `messages/tencent` of a shop that has its account here."""
        return {
            "endpoint": self.url,
            "region": "ap-guangzhou",
            "secret_id": KEY_ID,
            "secret_key": KEY,
            "sdk_app_id": APP,
            "sign_name": SIGN,
            "templates": TEMPLATES,
        }

    def hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if isinstance(self.fault, tuple):
            return self.fault
        if wrong := self.wrong(headers, body):
            return 200, json.dumps({"Response": {"Error": {"Code": wrong, "Message": body.decode()}}}).encode()
        told = json.loads(body)
        (number,) = told["PhoneNumberSet"]
        if isinstance(self.fault, str) and self.fault != "lost":
            return 200, self.row(number, self.fault, told)
        self.taken.append((number, json.dumps(told["TemplateParamSet"])))
        self.ids.append(told.get("SessionContext", ""))
        return 200, self.row(number, "Ok", told)

    def row(self, number: str, code: str, told: dict[str, Any]) -> bytes:
        row = {
            "SerialNo": f"2640:{len(self.taken):04d}", "PhoneNumber": number, "Fee": int(code == "Ok"), "Code": code,
            "Message": f"for {number}", "SessionContext": told.get("SessionContext", ""), "IsoCode": "CN",
        }  # fmt: skip
        return json.dumps({"Response": {"SendStatusSet": [row], "RequestId": "R"}}).encode()

    def wrong(self, headers: dict[str, str], body: bytes) -> str:
        """The code of a refusal, or nothing."""
        shape = r"TC3-HMAC-SHA256 Credential=([^/]+)/([0-9-]{10})/sms/tc3_request, "
        shape += r"SignedHeaders=content-type;host, Signature=(.+)"
        found = re.fullmatch(shape, headers.get("authorization", ""))
        if found is None or found[1] != KEY_ID:
            return "AuthFailure.SecretIdNotFound"
        second = int(headers["x-tc-timestamp"])
        if self.now and abs(self.now.timestamp() - second) > 300:
            return "AuthFailure.SignatureExpire"
        if found[3] != signature(KEY, "sms", second, headers["host"], headers["content-type"], body):
            return "AuthFailure.SignatureFailure"
        if (headers["x-tc-action"], headers["x-tc-version"]) != ("SendSms", "2021-01-11"):
            return "InvalidAction"
        told = json.loads(body)
        if (told["SmsSdkAppId"], told["SignName"]) != (APP, SIGN):
            return "FailedOperation.SignatureIncorrectOrUnapproved"
        if told["TemplateId"] not in {one["code"] for one in TEMPLATES.values()}:
            return "FailedOperation.TemplateIncorrectOrUnapproved"
        return ""
