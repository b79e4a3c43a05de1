"""Aliyun SMS (SendSms, QuerySendDetails): requests carry ACS3-HMAC-SHA256; receipts go, unsigned, to an address that nobody
else was told."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ..wire import Reply, Request, shanghai
from .box import Box, Push

NAME, KEY_ID, SIGN = "sms", "simulated", "集市"
SHAPE = re.compile("ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})")
STALE = 900  # seconds by which a request's date may be off
NUMBER = "1[3-9][0-9]{9}|[1-9][0-9]{6,14}"
WORD = b'"code":0'


class Aliyun:
    def __init__(self, box: Box) -> None:
        self.box = box
        self._nonces: set[str] = set()

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        return {
            "messages/sms": {
                "endpoint": url,
                "access_key_id": KEY_ID,
                "access_key_secret": self.box.keys["sms"],
                "sign_name": SIGN,
                "templates": {},
                "receipts": self.box.keys["receipts"],
            }
        }

    def respond(self, request: Request) -> Reply | None:
        action = request.headers.get("x-acs-action", "")
        if request.path != "/" or not action:
            return None
        if self.box.knob("down", NAME, action):
            return Reply(503, b"busy\n", "text/plain")
        if self.box.knob("throttle", NAME, action):
            return _said("Throttling.User", status=400)
        if wrong := self._wrong(request):
            return _said(wrong, status=400)
        if code := self.box.knob("code", NAME, action):
            return _said(str(code))
        told = request.query
        if action == "QuerySendDetails":
            return self._found(told)
        if action != "SendSms":
            return _said("InvalidAction.NotFound", status=404)
        return self._sent(told)

    def _wrong(self, request: Request) -> str:
        """The code of a refusal, or nothing."""
        found = SHAPE.fullmatch(request.headers.get("authorization", ""))
        if found is None or found[1] != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        names = found[2].split(";")
        asked = "&".join(
            f"{quote(name, safe='')}={quote(told, safe='')}" for name, told in sorted(request.query.items())
        )
        lines = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
        digest = hashlib.sha256(request.body).hexdigest()
        canonical = f"{request.method}\n/\n{asked}\n{lines}\n{found[2]}\n{digest}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        made = hmac.new(self.box.keys["sms"].encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(made, found[3]):
            return "SignatureDoesNotMatch"
        if not self._timely(request.headers.get("x-acs-date", "")):
            return "InvalidTimeStamp.Expired"
        nonce = request.headers.get("x-acs-signature-nonce", "")
        if not nonce or nonce in self._nonces:
            return "SignatureNonceUsed"
        self._nonces.add(nonce)
        return ""

    def _timely(self, told: str) -> bool:
        try:
            at = datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return False
        return abs(at.timestamp() - self.box.clock.now()) <= STALE

    def _sent(self, told: dict[str, str]) -> Reply:
        if told.get("SignName") != SIGN:
            return _said("isv.SMS_SIGNATURE_ILLEGAL")
        if not told.get("TemplateCode", "").startswith("SMS_"):
            return _said("isv.SMS_TEMPLATE_ILLEGAL")
        if not re.fullmatch(NUMBER, told.get("PhoneNumbers", "")):
            return _said("isv.MOBILE_NUMBER_ILLEGAL")
        letter = self.box.keep(
            NAME,
            told["PhoneNumbers"],
            template=told["TemplateCode"],
            values=json.loads(told.get("TemplateParam") or "{}"),
            reference=told.get("OutId", ""),
        )
        self.box.tell_soon(lambda forged: self._push(self._report(letter), forged))
        return Reply(0) if self.box.slowly(NAME, "SendSms") else _said("OK", BizId=letter["number"])

    def _found(self, told: dict[str, str]) -> Reply:
        day, size, page = told.get("SendDate", ""), int(told.get("PageSize", 50)), int(told.get("CurrentPage", 1))
        rows = [
            {"PhoneNum": one["to"], "OutId": one["reference"], "SendStatus": 2 if one["failed"] else 3}
            for one in self.box.came[::-1]
            if (one["provider"], one["to"]) == (NAME, told.get("PhoneNumber"))
            and one["at"][:10].replace("-", "") == day
        ]
        part = rows[(page - 1) * size : page * size]
        return _said("OK", TotalCount=len(rows), SmsSendDetailDTOs={"SmsSendDetailDTO": part})

    def _report(self, letter: dict[str, Any]) -> dict[str, Any]:
        return {
            "phone_number": letter["to"],
            "send_time": letter["at"],
            "report_time": shanghai(self.box.clock.now()),
            "success": not letter["failed"],
            "err_code": letter["failed"] or "DELIVERED",
            "err_msg": "",
            "sms_size": "1",
            "biz_id": letter["number"],
            "out_id": letter["reference"],
        }

    def answered(self, phone: str, words: str) -> bool:
        """Somebody answers a text message."""
        row = {
            "phone_number": phone,
            "send_time": shanghai(self.box.clock.now()),
            "content": words,
            "sign_name": SIGN,
            "dest_code": "1",
            "sequence_id": secrets.randbelow(10**9),
        }
        return self.box.tell(lambda forged: self._push(row, forged))

    def _push(self, row: dict[str, Any], forged: bool) -> Push:
        end = self.box.keys["forger" if forged else "receipts"]
        body = json.dumps([row], ensure_ascii=False).encode()
        return Push(NAME, f"/v1/webhooks/messages/sms/{end}", "application/json", body, WORD)


def _said(code: str, status: int = 200, **more: Any) -> Reply:
    return Reply(status, json.dumps({"Code": code, "Message": code, "RequestId": "simulated", **more}).encode())
