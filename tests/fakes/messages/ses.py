"""SES's endpoint: it derives the signature of each request by itself (AWS signature version 4), then answers as told."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from typing import Any

from .desk import Desk

SENDER = "集市 <shop@post.example>"


class Ses(Desk):
    @property
    def document(self) -> dict[str, Any]:
        """The secret `messages/ses` of a shop that has its identity here."""
        return {"sender": SENDER, "configuration_set": "shop-mail"}

    def hear(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if isinstance(self.fault, tuple):
            return self.fault
        if not self.signed(method, path, headers, body):
            return 403, json.dumps({"__type": "InvalidSignatureException", "message": body.decode()}).encode()
        told = json.loads(body)
        if told["FromEmailAddress"] != SENDER or told["ConfigurationSetName"] != "shop-mail":
            return 404, json.dumps({"__type": "NotFoundException"}).encode()
        (to,), simple = told["Destination"]["ToAddresses"], told["Content"]["Simple"]
        self.taken.append((to, simple["Body"]["Text"]["Data"]))
        self.letters = [*getattr(self, "letters", []), told]
        self.ids.append(next((one["Value"] for one in told.get("EmailTags", ()) if one["Name"] == "claim"), ""))
        return 200, json.dumps({"MessageId": f"0100{len(self.taken):04d}"}).encode()

    def signed(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
        shape = r"AWS4-HMAC-SHA256 Credential=[^/]+/(\d{8})/([a-z0-9-]+)/ses/aws4_request, SignedHeaders=([^,]+), Signature=(.+)"
        found = re.fullmatch(shape, headers.get("authorization", ""))
        if found is None:
            return False
        day, region, names, claimed = found.groups()
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names.split(";"))
        asked = "\n".join((method, path, "", lines, names, hashlib.sha256(body).hexdigest()))
        scope = f"{day}/{region}/ses/aws4_request"
        text = "\n".join(("AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(asked.encode()).hexdigest()))
        made = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()  # the shop's, of this run
        for part in scope.split("/"):
            made = hmac.digest(made, part.encode(), "sha256")
        return hmac.digest(made, text.encode(), "sha256").hex() == claimed
