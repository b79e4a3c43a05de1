"""Habits of the wire that all providers share: RSA signatures, canonical base64, Shanghai time, exact JSON bytes.

Keys are parsed once a process. A signature counts only when its text is the canonical base64 of its bytes, so that
no two texts stand for one signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.kernel.money import Fen
from chalicelib.kernel.texts import are_digits

from .port import AuthConfig, HttpPort, Malformed, NoAnswer, ProtocolViolation, Unknown

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.x509 import Certificate

T = TypeVar("T")
FORM = "application/x-www-form-urlencoded;charset=utf-8"
_YUAN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,2})?")
_NOTHING = frozenset({"", "null", "none", "nil", "undefined"})  # what stands in a field that says nothing
_NO_AMOUNT = "0-. :T"  # what a sum or a time that says nothing is made of


# ---- keys and signatures --------------------------------------------------------------------------------------------
def armoured(text: str, label: str) -> bytes:
    """PEM as it is, or bare base64 with its armour put on."""
    if "-----BEGIN" in text:
        return text.encode()
    bare = "".join(text.split())
    lines = "\n".join(bare[at : at + 64] for at in range(0, len(bare), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def ours(read: Callable[[str], T], text: str) -> T:
    """What is read from a key or certificate of the contract. Raises AuthConfig when it is none: a person put it there."""
    try:
        return read(text)
    except (AttributeError, TypeError, ValueError):
        raise AuthConfig("CONTRACT") from None


@lru_cache(maxsize=16)
def private_key(text: str) -> RSAPrivateKey:
    """The merchant's key, PKCS#8 or PKCS#1; its arithmetic is checked once at deployment, not at each cold start."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(armoured(text, "PRIVATE KEY"), None, unsafe_skip_rsa_key_validation=True)
    except ValueError:
        key = load_pem_private_key(armoured(text, "RSA PRIVATE KEY"), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the merchant key is not an RSA key")
    return key


@lru_cache(maxsize=32)
def public_key(text: str) -> RSAPublicKey:
    """A public key from its PEM, or from the certificate that carries it."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = (
        certificate(text).public_key()
        if "BEGIN CERTIFICATE" in text
        else load_pem_public_key(armoured(text, "PUBLIC KEY"))
    )
    if not isinstance(key, RSAPublicKey):
        raise TypeError("the provider key is not an RSA key")
    return key


@lru_cache(maxsize=32)
def certificate(text: str) -> Certificate:
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(text.encode())


def issued(cert: Certificate, issuer: Certificate) -> bool:
    """Whether one certificate is signed by the other; by hand, since the library's chain builder refuses SHA-1."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key, hash_ = issuer.public_key(), cert.signature_hash_algorithm
    if cert.issuer != issuer.subject or not isinstance(key, RSAPublicKey) or hash_ is None:
        return False
    try:
        key.verify(cert.signature, cert.tbs_certificate_bytes, PKCS1v15(), hash_)
    except InvalidSignature:
        return False
    return True


def sign(key_text: str, message: bytes) -> str:
    """RSA PKCS#1 v1.5 with SHA-256, in base64."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return base64.b64encode(ours(private_key, key_text).sign(message, PKCS1v15(), SHA256())).decode()


def signed_by(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether this very text is the signature of these very bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    raw = canonical_base64(signature)
    if raw is None:
        return False
    try:
        key.verify(raw, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def canonical_base64(text: str) -> bytes | None:
    """The bytes, or None unless encoding them again gives the same text."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if raw and base64.b64encode(raw).decode() == text else None


def digest(words: bytes) -> str:
    return hashlib.sha256(words).hexdigest()


# ---- exchanging -----------------------------------------------------------------------------------------------------
def exchange(
    http: HttpPort, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    """One call; header names come back in lower case; silence is Unknown."""
    try:
        status, answered, answer = http.request(method, url, headers, body)
    except NoAnswer:
        raise Unknown("no_answer") from None
    return status, lower(answered), answer


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def compact(obj: object) -> str:
    return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))


def parsed(raw: bytes | str) -> dict[str, Any]:
    """A JSON object or Malformed."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("not an object")
    return found


# ---- what is said ---------------------------------------------------------------------------------------------------
def meant(told: object) -> str:
    """The text of a field, or "" where it only stands there: absent, blank, or a word for nothing."""
    text = str(told).strip() if isinstance(told, str | int) and not isinstance(told, bool) else ""
    return "" if text.lower() in _NOTHING else text


def above_nothing(told: object) -> str:
    """The same for a sum or a time, where zeros say nothing either: "0.00" is no sum, "0000-00-00" no day."""
    text = meant(told)
    return text if text.strip(_NO_AMOUNT) else ""


def needed(answer: Mapping[str, Any], name: str) -> str:
    """The text that an answer must hold. Raises ProtocolViolation."""
    found = meant(answer.get(name))
    if not found:
        raise ProtocolViolation(f"no_{name}")
    return found


# ---- money and time -------------------------------------------------------------------------------------------------
def yuan(text: object) -> Fen | None:
    """ "12.30" in fen; None for nothing, for less, and for anything that is not plain yuan with at most two decimals."""
    told = signed_yuan(text)
    return told if told is not None and told >= 0 else None


def signed_yuan(text: object) -> Fen | None:
    """The same, also below nothing: a bill tells fees that were given back so."""
    if not isinstance(text, str) or not _YUAN.fullmatch(text):
        return None
    return Fen.from_yuan(text)


def fen(number: object) -> Fen | None:
    """A JSON integer or plain digits in fen, never below nothing nor of more than twelve digits, else None."""
    if isinstance(number, bool):
        return None
    if isinstance(number, int):
        return Fen(number) if 0 <= number < 10**12 else None
    if isinstance(number, str) and are_digits(number) and len(number) <= 12:
        return Fen(int(number))
    return None


def shanghai(at: datetime) -> datetime:
    return at.astimezone(SHOP_ZONE)


def from_shanghai(text: object) -> datetime | None:
    """UTC from "YYYY-MM-DD HH:MM:SS", "YYYYMMDDhhmmss" or RFC 3339; None for anything else."""
    if not isinstance(text, str):
        return None
    if are_digits(text):  # of another length, fromisoformat would cut it somehow
        text = f"{text[:8]}T{text[8:]}" if len(text) == 14 else ""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=SHOP_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day that there is have no other zone
        return None


def stamp(at: datetime) -> str:
    """YYYYMMDDhhmmss in Shanghai."""
    return shanghai(at).strftime("%Y%m%d%H%M%S")


def moment(at: datetime) -> str:
    """YYYY-MM-DD HH:MM:SS in Shanghai."""
    return shanghai(at).strftime("%Y-%m-%d %H:%M:%S")
