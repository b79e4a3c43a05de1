"""What SES tells of letters: events of the configuration set, on the account's own bus, or through a topic of SNS that signs
them."""

from __future__ import annotations

import base64
import re
from typing import Any

from chalicelib.runtime.memory import Memory

from .. import wire
from ..port import NotDelivered, is_local
from ..receiving import (
    BOUNCED,
    COMPLAINED,
    DELIVERED,
    FAILED,
    RawReceipt,
    ReceiptForged,
    ReceiptMalformed,
    Reply,
    ToldReceipt,
    contract,
    read,
    text,
)
from .adapter import SECRET, untagged

PLACE = r"https://sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?/"
LOCAL = r"http://127\.0\.0\.1:[0-9]{2,5}/"
OF_SET = "ses:configuration-set"
CERTIFICATE = r"SimpleNotificationService-[0-9a-f]{8,64}\.pem"
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_certificates: Memory[str, bytes] = Memory(4)


def parse(raw: RawReceipt) -> list[ToldReceipt]:
    """Raises ReceiptForged, ReceiptMalformed."""
    told = read(raw.body)
    if not isinstance(told, dict):
        raise ReceiptMalformed
    _verify(told)
    if told["Type"] == "SubscriptionConfirmation":
        _subscribe(str(told["SubscribeURL"]))
        return []
    event = read(str(told.get("Message")))
    return _events(event) if isinstance(event, dict) else []


def heard(event: object) -> list[ToldReceipt]:
    """What an event on the account's own bus tells. Raises ReceiptForged for another configuration set's."""
    letter = event.get("mail") if isinstance(event, dict) else None
    tags = letter.get("tags") if isinstance(letter, dict) else None
    if not isinstance(event, dict) or not isinstance(tags, dict):
        raise ReceiptMalformed
    if tags.get(OF_SET) != [contract(SECRET).get("configuration_set")]:
        raise ReceiptForged
    return _events(event)


def _events(event: dict[str, Any]) -> list[ToldReceipt]:
    kind = event.get("eventType") or event.get("notificationType")
    letter = event.get("mail") if isinstance(event.get("mail"), dict) else {}
    tags = (letter or {}).get("tags")
    claims = tags.get("claim") if isinstance(tags, dict) else None
    reference = untagged(text(claims[0])) if isinstance(claims, list) and claims else ""
    number = text((letter or {}).get("messageId"))
    about, listed, outcome = {
        "Delivery": ("delivery", "recipients", DELIVERED),
        "Bounce": ("bounce", "bouncedRecipients", BOUNCED),
        "Complaint": ("complaint", "complainedRecipients", COMPLAINED),
    }.get(str(kind), ("", "", ""))
    details = event.get(about)
    if not about or not isinstance(details, dict):
        return []
    if outcome == BOUNCED and details.get("bounceType") != "Permanent":
        outcome = FAILED
    found = details.get(listed)
    people = (
        [row.get("emailAddress") if isinstance(row, dict) else row for row in found] if isinstance(found, list) else []
    )
    return [ToldReceipt(outcome, reference, number, "email", text(one).lower()) for one in people]


def _verify(told: dict[str, Any]) -> None:
    """Demand that the topic of ours signed it. Raises ReceiptForged."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    names = SIGNED.get(str(told.get("Type")))
    if names is None or not told.get("TopicArn") or told["TopicArn"] != contract(SECRET).get("topic"):
        raise ReceiptForged
    digest = {"1": hashes.SHA1(), "2": hashes.SHA256()}.get(str(told.get("SignatureVersion")))  # noqa: S303  # as old topics sign
    lines = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    try:
        key = x509.load_pem_x509_certificate(_certificate(str(told.get("SigningCertURL")))).public_key()
        if digest is None or not isinstance(key, RSAPublicKey):
            raise ReceiptForged
        key.verify(
            base64.b64decode(str(told.get("Signature")), validate=True), lines.encode(), padding.PKCS1v15(), digest
        )
    except (InvalidSignature, ValueError, NotDelivered):
        raise ReceiptForged from None


def _certificate(url: str) -> bytes:
    """Only SNS's own: whoever could name another place could sign for it."""
    _require_ours(url, CERTIFICATE)
    kept = _certificates.get(url)
    if kept is None:
        status, kept = wire.exchange("GET", url, {})
        if status != 200:
            raise ReceiptForged
        _certificates.put(url, kept)
    return kept


def _subscribe(url: str) -> None:
    """Say that the topic's notices are wanted."""
    _require_ours(url, "[!-~]*")
    wire.exchange("GET", url, {})


def _require_ours(url: str, end: str) -> None:
    """Demand an address of SNS's, or of this machine on a local stage. Raises ReceiptForged."""
    if not re.fullmatch(f"(?:{PLACE}{f'|{LOCAL}' if is_local() else ''}){end}", url):
        raise ReceiptForged


def ack(ok: bool) -> Reply:
    return Reply("{}" if ok else "")
