"""Amazon SES (version 2, SendEmail): requests carry AWS Signature Version 4; what became of a letter is told by a topic of SNS,
which signs with the key whose certificate lies here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..wire import Reply, Request
from .box import Box, Push

NAME, SENDER, SET = "ses", "集市 <shop@post.example>", "simulated"
TOPIC = "arn:aws:sns:us-east-1:000000000000:simulated"
SEND = "/v2/email/outbound-emails"
SHAPE = re.compile(
    "AWS4-HMAC-SHA256 Credential=[^/]+/([0-9]{8})/([a-z0-9-]+)/ses/aws4_request, SignedHeaders=([^,]+), Signature=(.+)"
)
SIGNED = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
WORD = b"{}"


class Ses:
    def __init__(self, box: Box, aws_key: str) -> None:
        self.box, self.aws_key = box, aws_key
        self._keys: dict[bool, rsa.RSAPrivateKey] = {}  # forged -> what signs; made when first needed
        self._place = f"/SimpleNotificationService-{secrets.token_hex(16)}.pem"
        self._url = ""

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        self._url = url
        return {"messages/ses": {"sender": SENDER, "configuration_set": SET, "topic": TOPIC}}

    def respond(self, request: Request) -> Reply | None:
        if request.path == self._place:
            return Reply(200, self._certificate(), "application/x-pem-file")
        if request.path != SEND or request.method != "POST":
            return None
        if self.box.knob("down", NAME):
            return Reply(503, b"busy\n", "text/plain")
        if self.box.knob("throttle", NAME):
            return _error("TooManyRequestsException", 429)
        if not self._signed(request):
            return _error("InvalidSignatureException", 403)
        if code := self.box.knob("code", NAME):
            return _error(str(code), 400)
        told = request.json() or {}
        if (told.get("FromEmailAddress"), told.get("ConfigurationSetName")) != (SENDER, SET):
            return _error("NotFoundException", 404)
        (to,), simple = told["Destination"]["ToAddresses"], told["Content"]["Simple"]
        tags = {one["Name"]: one["Value"] for one in told.get("EmailTags", ())}
        letter = self.box.keep(
            NAME,
            to,
            template=simple["Subject"]["Data"],
            text=simple["Body"]["Text"]["Data"],
            values={one["Name"]: one["Value"] for one in simple.get("Headers", ())},
            reference=tags.get("claim", ""),
        )
        self.box.tell_soon(lambda forged: self._push(event(letter), forged))
        if self.box.slowly(NAME, ""):
            return Reply(0)
        return Reply(200, json.dumps({"MessageId": letter["number"]}).encode())

    def _signed(self, request: Request) -> bool:
        found = SHAPE.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return False
        day, region, names, claimed = found.groups()
        lines = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names.split(";"))
        asked = "\n".join((request.method, request.path, "", lines, names, hashlib.sha256(request.body).hexdigest()))
        scope, at = f"{day}/{region}/ses/aws4_request", request.headers.get("x-amz-date", "")
        text = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(asked.encode()).hexdigest()))
        made = b"AWS4" + self.aws_key.encode()
        for part in scope.split("/"):
            made = hmac.digest(made, part.encode(), "sha256")
        return hmac.compare_digest(hmac.digest(made, text.encode(), "sha256").hex(), claimed)

    def _push(self, told: dict[str, Any], forged: bool) -> Push:
        notice = {
            "Type": "Notification",
            "MessageId": secrets.token_hex(8),
            "TopicArn": TOPIC,
            "Message": json.dumps(told),
            "Timestamp": f"{datetime.fromtimestamp(self.box.clock.now(), UTC):%Y-%m-%dT%H:%M:%S.000Z}",
        }
        text = "".join(f"{name}\n{notice[name]}\n" for name in SIGNED)
        signature = self._key(forged).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        notice |= {"SignatureVersion": "2", "Signature": base64.b64encode(signature).decode()}
        notice["SigningCertURL"] = f"{self._url}{self._place}"
        path = "/v1/webhooks/messages/ses/events"
        return Push(NAME, path, "text/plain", json.dumps(notice).encode(), WORD)

    def _key(self, forged: bool = False) -> rsa.RSAPrivateKey:
        if forged not in self._keys:
            self._keys[forged] = rsa.generate_private_key(65537, 2048)
        return self._keys[forged]

    def _certificate(self) -> bytes:
        key, now = self._key(), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = (
            made.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=365))
        )
        return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def event(letter: dict[str, Any]) -> dict[str, Any]:
    """What SES tells of a letter; it fails as `Complaint`, `Transient` or else for good."""
    mail = {"messageId": letter["number"], "destination": [letter["to"]], "tags": {"claim": [letter["reference"]]}}
    if not letter["failed"]:
        return {"eventType": "Delivery", "mail": mail, "delivery": {"recipients": [letter["to"]]}}
    people = [{"emailAddress": letter["to"]}]
    if letter["failed"] == "Complaint":
        return {"eventType": "Complaint", "mail": mail, "complaint": {"complainedRecipients": people}}
    kind = "Transient" if letter["failed"] == "Transient" else "Permanent"
    return {"eventType": "Bounce", "mail": mail, "bounce": {"bounceType": kind, "bouncedRecipients": people}}


def _error(code: str, status: int) -> Reply:
    told = json.dumps({"__type": code, "message": code}).encode()
    return Reply(status, told, headers={"x-amzn-ErrorType": code})
