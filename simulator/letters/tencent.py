"""Tencent Cloud SMS (SendSms): requests carry TC3-HMAC-SHA256; receipts go, unsigned, to an address that nobody else was told
and name the SerialNo of the answer."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any

from ..wire import Reply, Request, shanghai
from .box import Box, Push

NAME, KEY_ID, SIGN, APP = "tencent", "AKIDsimulated", "集市", "1400006666"
SHAPE = re.compile(
    "TC3-HMAC-SHA256 Credential=([^/]+)/([0-9-]{10})/sms/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})"
)
STALE = 300
WORD = b'"result":0'


class Tencent:
    def __init__(self, box: Box) -> None:
        self.box = box

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        return {
            "messages/tencent": {
                "endpoint": url,
                "secret_id": KEY_ID,
                "secret_key": self.box.keys["tencent"],
                "sdk_app_id": APP,
                "sign_name": SIGN,
                "templates": {},
                "receipts": self.box.keys["receipts"],
            }
        }

    def respond(self, request: Request) -> Reply | None:
        action = request.headers.get("x-tc-action", "")
        if request.path != "/" or not action:
            return None
        if self.box.knob("down", NAME, action):
            return Reply(503, b"busy\n", "text/plain")
        if self.box.knob("throttle", NAME, action):
            return _error("RequestLimitExceeded")
        told = request.json() or {}
        if wrong := self._wrong(request, told):
            return _error(wrong)
        (number,) = told["PhoneNumberSet"]
        if code := self.box.knob("code", NAME, action):
            return _row(number, str(code), told, "")
        letter = self.box.keep(
            NAME,
            number,
            template=told["TemplateId"],
            values=dict(enumerate(told.get("TemplateParamSet", []), 1)),
            reference=told.get("SessionContext", ""),
        )
        self.box.tell_soon(lambda forged: self._push([self._report(letter)], forged))
        return Reply(0) if self.box.slowly(NAME, action) else _row(number, "Ok", told, letter["number"])

    def _wrong(self, request: Request, told: dict[str, Any]) -> str:
        """The code of a refusal, or nothing."""
        found = SHAPE.fullmatch(request.headers.get("authorization", ""))
        if found is None or found[1] != KEY_ID:
            return "AuthFailure.SecretIdNotFound"
        stamp = request.headers.get("x-tc-timestamp", "")
        if not stamp.isdigit() or abs(int(stamp) - self.box.clock.now()) > STALE:
            return "AuthFailure.SignatureExpire"
        day = f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}"
        lines = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in found[3].split(";"))
        canonical = f"POST\n/\n\n{lines}\n{found[3]}\n{hashlib.sha256(request.body).hexdigest()}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"TC3-HMAC-SHA256\n{stamp}\n{day}/sms/tc3_request\n{digest}"
        made = f"TC3{self.box.keys['tencent']}".encode()
        for part in (day, "sms", "tc3_request"):
            made = hmac.digest(made, part.encode(), "sha256")
        if found[2] != day or not hmac.compare_digest(hmac.digest(made, text.encode(), "sha256").hex(), found[4]):
            return "AuthFailure.SignatureFailure"
        if (request.headers["x-tc-action"], request.headers.get("x-tc-version")) != (
            "SendSms",
            "2021-01-11",
        ):
            return "InvalidAction"
        if (told.get("SmsSdkAppId"), told.get("SignName")) != (APP, SIGN):
            return "FailedOperation.SignatureIncorrectOrUnapproved"
        return "" if told.get("TemplateId") else "FailedOperation.TemplateIncorrectOrUnapproved"

    def _report(self, letter: dict[str, Any]) -> dict[str, Any]:
        return {
            "user_receive_time": shanghai(self.box.clock.now()),
            "nationcode": "86",
            "mobile": letter["to"].removeprefix("+86"),
            "report_status": "FAIL" if letter["failed"] else "SUCCESS",
            "errmsg": letter["failed"] or "DELIVRD",
            "description": "",
            "sid": letter["number"],
        }

    def answered(self, phone: str, words: str) -> bool:
        """Somebody answers a text message."""
        told = {"extend": "0", "mobile": phone, "nationcode": "86", "sign": SIGN, "text": words}
        return self.box.tell(lambda forged: self._push(told | {"time": int(self.box.clock.now())}, forged))

    def _push(self, told: Any, forged: bool) -> Push:
        end = self.box.keys["forger" if forged else "receipts"]
        body = json.dumps(told, ensure_ascii=False).encode()
        return Push(NAME, f"/v1/webhooks/messages/tencent/{end}", "application/json", body, WORD)


def _error(code: str) -> Reply:
    told = {"Response": {"Error": {"Code": code, "Message": code}, "RequestId": "simulated"}}
    return Reply(200, json.dumps(told).encode())


def _row(number: str, code: str, told: dict[str, Any], serial: str) -> Reply:
    row = {
        "SerialNo": serial,
        "PhoneNumber": number,
        "Fee": int(code == "Ok"),
        "Code": code,
        "Message": code,
        "SessionContext": told.get("SessionContext", ""),
        "IsoCode": "CN",
    }
    return Reply(200, json.dumps({"Response": {"SendStatusSet": [row], "RequestId": "simulated"}}).encode())
