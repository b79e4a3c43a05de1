"""Aliyun's SMS endpoint in a thread: it checks each request's signature by a derivation of its own, then answers as told.

Nothing here comes from the channel: escaping, canonical form and signature are written anew from the protocol's page, and
`signature` is proved on the published example.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY_ID, KEY, SIGN = "key-id-of-the-shop", "key-of-the-shop-2b", "集市"
TEMPLATES = {"code": "SMS_100001", "invitation": "SMS_100002"}
UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
SIGNED = ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"]
SHUT, HANG = "shut", "hang"


def escaped(text: str) -> str:
    return "".join(chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in text.encode())


def unescaped(text: str) -> str:
    return re.sub(rb"%([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), text.encode()).decode()


def signature(key: str, method: str, fields: dict[str, str], headers: dict[str, str], body: bytes) -> str:
    """ACS3-HMAC-SHA256 over these headers, in hex."""
    parts = [method, "/"]
    parts.append("&".join(f"{escaped(name)}={escaped(fields[name])}" for name in sorted(fields)))
    parts += [f"{name}:{headers[name].strip()}" for name in sorted(headers)]
    parts += ["", ";".join(sorted(headers)), hashlib.sha256(body).hexdigest()]
    digest = hashlib.new("sha256", "\n".join(parts).encode()).hexdigest()
    return hmac.digest(key.encode(), b"ACS3-HMAC-SHA256\n" + digest.encode(), "sha256").hex()


class Exchange:
    """`fault` is (status, body), SHUT or HANG; what was asked is kept as it came, `taken` are the messages sent."""

    def __init__(self) -> None:
        self.fault: Any = None
        self.now: datetime | None = None
        self.asked: list[dict[str, str]] = []
        self.taken: list[dict[str, str]] = []
        self.nonces: set[str] = set()
        self.days: list[str] = []
        self.lost = False  # the message is taken, and the answer is not told
        exchange = self

        class Door(BaseHTTPRequestHandler):
            timeout = 5

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                told = {name.lower(): value for name, value in self.headers.items()}
                answer = exchange.hear("POST", self.path, told, body)
                if answer is not None:
                    self.send_response(answer[0])
                    self.send_header("content-length", str(len(answer[1])))
                    self.end_headers()
                    self.wfile.write(answer[1])

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    @property
    def document(self) -> dict[str, Any]:
        """The secret `messages/sms` of a shop that has its account here."""
        return {
            "endpoint": f"http://{self.host}",
            "access_key_id": KEY_ID,
            "access_key_secret": KEY,
            "sign_name": SIGN,
            "templates": TEMPLATES,
        }

    def hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes] | None:
        fields = dict(pair.split("=") for pair in path.removeprefix("/?").split("&"))
        fields = {unescaped(name): unescaped(value) for name, value in fields.items()}
        self.asked.append(fields)
        if self.fault == HANG:
            time.sleep(0.3)
        if self.fault in (HANG, SHUT):
            return None
        if self.fault:
            return self.fault
        if wrong := self.wrong(method, fields, headers, body):
            return 400, json.dumps({"Code": wrong, "Message": f"refused {fields}", "RequestId": "R"}).encode()
        if headers["x-acs-action"] == "QuerySendDetails":
            return 200, json.dumps({"Code": "OK", **self.found(fields)}).encode()
        self.taken.append(fields)
        self.days.append(headers["x-acs-date"])
        if self.lost:
            return None
        return 200, json.dumps({"Code": "OK", "Message": "OK", "BizId": "B", "RequestId": "R"}).encode()

    def found(self, fields: dict[str, str]) -> dict[str, Any]:
        """What was sent to a number on a day of Shanghai, newest first."""
        size, page = int(fields["PageSize"]), int(fields["CurrentPage"])
        rows = []
        for one, at in zip(self.taken, self.days, strict=True):
            local = datetime.fromisoformat(at) + timedelta(hours=8)
            if (one["PhoneNumbers"], f"{local:%Y%m%d}") == (fields["PhoneNumber"], fields["SendDate"]):
                rows.append({"PhoneNum": one["PhoneNumbers"], "OutId": one.get("OutId", ""), "SendStatus": 3})
        rows.reverse()
        return {
            "TotalCount": len(rows),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows[(page - 1) * size : page * size]},
        }

    def wrong(self, method: str, fields: dict[str, str], headers: dict[str, str], body: bytes) -> str:
        """The code of a refusal, or nothing."""
        shape = r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})"
        found = re.fullmatch(shape, headers.get("authorization", ""))
        if found is None or found[1] != KEY_ID:
            return "InvalidAccessKeyId.NotFound"
        names = found[2].split(";")
        if names != SIGNED or found[3] != signature(KEY, method, fields, {name: headers[name] for name in names}, body):
            return "SignatureDoesNotMatch"
        if headers["x-acs-content-sha256"] != hashlib.sha256(body).hexdigest() or headers["host"] != self.host:
            return "SignatureDoesNotMatch"
        if (headers["x-acs-action"], headers["x-acs-version"]) not in (
            ("SendSms", "2017-05-25"),
            ("QuerySendDetails", "2017-05-25"),
        ):
            return "InvalidAction.NotFound"
        if self.now and headers["x-acs-date"] != self.now.strftime("%Y-%m-%dT%H:%M:%SZ"):
            return "InvalidTimeStamp.Expired"
        nonce = headers["x-acs-signature-nonce"]
        if len(nonce) < 16 or nonce in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(nonce)
        return ""
