"""WeChat Pay APIv3 signatures: what is signed, how a notice proves itself, how its content is opened.

A message counts only when its key is known by serial, its time is within five minutes of ours, its header texts hold
no line break (else two messages could share one signed text), and its signature text is canonical.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from chalicelib.kernel.texts import are_digits

from ..certificates import dated
from ..port import Malformed, SignatureInvalid, SignerCertificate, SignerUnknown
from ..wire import canonical_base64, certificate, ours, parsed, public_key, sign, signed_by

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW = 300
_HEADERS = ("wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial")


def request_message(method: str, path: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Five lines, each ended; `path` carries its raw query."""
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """Three lines, each ended; an empty body leaves an empty line."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def authorization(mchid: str, serial: str, key: str, message: bytes, timestamp: str, nonce: str) -> str:
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{serial}",signature="{sign(key, message)}"'
    )


def jsapi_message(appid: str, timestamp: str, nonce: str, prepay_id: str) -> str:
    return f"{appid}\n{timestamp}\n{nonce}\nprepay_id={prepay_id}\n"


def app_message(appid: str, timestamp: str, nonce: str, prepay_id: str) -> str:
    return f"{appid}\n{timestamp}\n{nonce}\n{prepay_id}\n"


def serial_of(pem: str) -> str:
    """A certificate's serial as WeChat writes it: upper-case hex."""
    return format(certificate(pem).serial_number, "X")


class Keys(Protocol):
    def get(self, serial: str, /) -> str | None: ...


def check(platform_keys: Keys, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Return when WeChat said exactly this within the window, else SignatureInvalid; header names in lower case."""
    timestamp, nonce, signature, serial = (headers.get(name, "") for name in _HEADERS)
    if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
        raise SignatureInvalid("another signature scheme")
    if not are_digits(timestamp) or len(timestamp) > 12:
        raise SignatureInvalid("no timestamp")
    if not re.fullmatch("[ -~]+", nonce):
        raise SignatureInvalid("no nonce")
    if abs(now.timestamp() - int(timestamp)) >= WINDOW:
        raise SignatureInvalid("outside the window")
    pem = platform_keys.get(serial)
    if pem is None:
        raise SignerUnknown("unknown serial")
    if not signed_by(ours(public_key, pem), answer_message(timestamp, nonce, body), signature):
        raise SignatureInvalid("another signature")


def unseal(key: str, resource: Mapping[str, Any]) -> bytes:
    """The content of a notice's or certificate's sealed part; Malformed when it does not open."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    sealed = canonical_base64(str(resource.get("ciphertext", "")))
    if resource.get("algorithm", "AEAD_AES_256_GCM") != "AEAD_AES_256_GCM" or sealed is None:
        raise Malformed("not a sealed resource")
    try:
        return AESGCM(key.encode()).decrypt(
            str(resource.get("nonce", "")).encode(), sealed, str(resource.get("associated_data") or "").encode()
        )
    except (InvalidTag, ValueError):
        raise Malformed("the sealed resource does not open") from None


def opened_certificates(key: str, told: Mapping[str, Any]) -> list[SignerCertificate]:
    """The certificates of an answer of /v3/certificates: the contract's key that opens them proves them."""
    try:
        return [_opened(key, item) for item in told["data"]]
    except Exception:  # what comes over the wire may be broken in any way, also in one that the library does not name
        raise Malformed("not a list of certificates") from None


def _opened(key: str, item: Mapping[str, Any]) -> SignerCertificate:
    pem = unseal(key, item["encrypt_certificate"]).decode()
    public_key(pem)  # raises when it is of another kind
    if serial_of(pem) != item["serial_no"]:
        raise Malformed("another serial")
    return dated(item["serial_no"], pem)


def opened_resource(key: str, notice: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object sealed in a notice."""
    resource = notice.get("resource")
    if not isinstance(resource, dict):
        raise Malformed("no resource")
    return parsed(unseal(key, resource))
