"""UnionPay 5.1.0: the signed text, the double hash, and whose certificate may sign.

A UnionPay message carries the certificate that signed it, so the signature alone proves nothing. The certificate must
be valid now, issued by our pinned middle certificate under our pinned root, and belong to UnionPay by its common name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from ..port import Malformed, SignatureInvalid
from ..wire import certificate, issued, ours, public_key, sign, signed_by

VERSION = "5.1.0"
_OPEN, _SHUT = "{[", "}]"
_BRACED = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]")


def content(fields: Mapping[str, str]) -> str:
    """Non-empty fields but `signature`, in ASCII order, raw values."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "signature" and fields[name])


def hashed(text: str) -> bytes:
    """What is signed: the lower-hex SHA-256 of the text, as text."""
    return sha256(text.encode()).hexdigest().encode()


def signed(fields: Mapping[str, str], key: str, own_certificate: str) -> dict[str, str]:
    """The fields as they are sent: stripped, with certId and signature."""
    full = {name: value.strip() for name, value in fields.items() if value.strip()}
    full |= {
        "version": VERSION,
        "encoding": "UTF-8",
        "signMethod": "01",
        "certId": ours(certificate_id, own_certificate),
    }
    return {**full, "signature": sign(key, hashed(content(full)))}


@lru_cache(maxsize=8)
def certificate_id(pem: str) -> str:
    return str(certificate(pem).serial_number)


def check(fields: Mapping[str, str], trust: Trust, now: datetime) -> str:
    """The signed text when UnionPay signed exactly these fields, else SignatureInvalid."""
    if fields.get("version") != VERSION or fields.get("signMethod") != "01":
        raise SignatureInvalid("another signature scheme")
    pem = fields.get("signPubKeyCert", "")
    if not trust.holds(pem, now):
        raise SignatureInvalid("not UnionPay's certificate")
    text = content(fields)
    if not signed_by(public_key(pem), hashed(text), fields.get("signature", "")):
        raise SignatureInvalid("another signature")
    return text


def notice_fields(raw: bytes) -> dict[str, str]:
    """A notice's form; a field given twice, or `&` outside brackets in a value, makes it Malformed."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise Malformed("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed("a field given twice")
    if any("&" in _BRACED.sub("", value) for value in fields.values()):
        raise Malformed("a value that looks like fields")
    return {name: value for name, value in fields.items() if value}


def answer_fields(text: str) -> dict[str, str]:
    """An answer's fields, not percent-encoded: cut at `&` outside brackets, and at the first `=`."""
    fields: dict[str, str] = {}
    depth, start = 0, 0
    for at, mark in enumerate(text + "&"):
        if mark in _OPEN:
            depth += 1
        elif mark in _SHUT:
            depth = max(0, depth - 1)
        elif mark == "&" and (depth == 0 or at == len(text)):
            name, joint, value = text[start:at].partition("=")
            if name and joint:
                if name in fields:
                    raise Malformed("a field given twice")
                fields[name] = value
            start = at + 1
    return {name: value for name, value in fields.items() if value}


class Trust:
    """The pinned chain and owner. What a trusted certificate was found to be is remembered by the PEM's hash."""

    def __init__(self, middle: str, root: str, owner: str) -> None:
        self.pinned, self._owner = (middle, root), owner
        self._known: dict[str, tuple[datetime, datetime]] = {}

    def holds(self, pem: str, now: datetime) -> bool:
        """Whether this certificate is UnionPay's and valid now."""
        name = sha256(pem.encode()).hexdigest()
        valid = self._known.get(name)
        if valid is None:
            valid = self._inspected(pem)
            if valid is None:
                return False
            if len(self._known) >= 32:
                self._known.clear()
            self._known[name] = valid
        return valid[0] <= now <= valid[1]

    def _inspected(self, pem: str) -> tuple[datetime, datetime] | None:
        """The span in which the whole chain is valid, or None; any trouble with a certificate means untrusted."""
        try:
            leaf, middle, root = map(certificate, (pem, *self.pinned))
            if not (issued(leaf, middle) and issued(middle, root) and issued(root, root)):
                return None
            if _owner(leaf) != self._owner:
                return None
            public_key(pem)
            chain = (leaf, middle, root)
            return max(c.not_valid_before_utc for c in chain), min(c.not_valid_after_utc for c in chain)
        except Exception:  # a stranger's may be broken in any way, also in one that the library does not name
            return None


def _owner(cert: Any) -> str:
    """The third part of the common name; empty when there is not exactly one name."""
    from cryptography.x509 import NameOID

    names = cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    parts = str(names[0].value).split("@") if len(names) == 1 else []
    return parts[2] if len(parts) >= 3 else ""
