"""Alipay RSA2 signatures: of requests, of answers (the exact substring), of notices (V1, then V2), certificate numbers.

The signed text joins fields with `&` and `=`, which a clever sender could cut elsewhere than Alipay did. So a field
given twice, or a value that itself looks like further fields, is refused although its signature may verify.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ..port import Malformed, SignatureInvalid
from ..wire import certificate, ours, public_key, signed_by

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_RSA = "1.2.840.113549.1.1."
_HIDDEN_FIELD = re.compile(r"&[A-Za-z_][A-Za-z0-9_]*=")
_CHARSETS = {"": "utf-8", "utf-8": "utf-8", "gbk": "gbk", "gb2312": "gb2312"}
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.S)
_SPACE = re.compile("[ \t\r\n]*")  # what JSON has between its parts


def content(fields: Mapping[str, str], without: tuple[str, ...] = ("sign",)) -> str:
    """The text to be signed: non-empty fields in ASCII order of their names, raw values."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name not in without and fields[name])


def read_notice(keys: Iterable[str], raw: bytes) -> tuple[dict[str, str], str]:
    """A notice's non-empty fields and the text that was signed under one of these keys.

    Raises SignatureInvalid, Malformed.
    """
    fields = _fields(raw)
    if fields.get("sign_type") != "RSA2":
        raise SignatureInvalid("another signature scheme")
    charset, signature = fields.get("charset", "").lower() or "utf-8", fields.get("sign", "")
    texts = [content(fields, without) for without in (("sign", "sign_type"), ("sign",))]
    signed = (
        told
        for key in keys
        for told in texts
        if signed_by(ours(public_key, key), told.encode(_CHARSETS[charset]), signature)
    )
    if (told := next(signed, None)) is None:
        raise SignatureInvalid("another signature")
    if any(_HIDDEN_FIELD.search(value) for value in fields.values()):
        raise Malformed("a value that looks like fields")
    return {name: value for name, value in fields.items() if value}, told


def _fields(raw: bytes) -> dict[str, str]:
    try:
        text = raw.decode("ascii")
        charset = dict(parse_qsl(text)).get("charset", "").lower()
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, encoding=_CHARSETS[charset], errors="strict"
        )
    except (ValueError, KeyError):
        raise Malformed("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Malformed("a field given twice")
    return fields


def read_answer(text: str, name: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The signed substring, the object in it, and the text members beside it (sign, alipay_cert_sn).

    Under `error_response` the object comes with an empty substring: it proves nothing.
    """
    signed, found, beside = "", None, {}
    decoder = json.JSONDecoder(strict=False)
    try:
        at = _past(text, 0, "{")
        while True:
            member, at = decoder.raw_decode(text, _skip(text, at))
            start = _skip(text, _past(text, at, ":"))
            value, at = decoder.raw_decode(text, start)
            if member == name or (member == "error_response" and found is None):
                signed, found = (text[start:at] if member == name else ""), value
            elif isinstance(value, str):
                beside[member] = value
            at = _skip(text, at)
            if text[at] == "}":
                break
            at = _past(text, at, ",")
    except (ValueError, IndexError, TypeError, RecursionError):
        raise Malformed("not an answer") from None
    if not isinstance(found, dict):
        raise Malformed("not an answer")
    return signed, found, beside


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _past(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at] != mark:
        raise ValueError(mark)
    return at + 1


# ---- certificate mode -----------------------------------------------------------------------------------------------
@lru_cache(maxsize=8)
def certificate_sn(pem: str) -> str:
    """MD5 over the issuer, last part first, and the decimal serial; Alipay's name of a certificate."""
    return _sn(certificate(pem))


@lru_cache(maxsize=8)
def root_sn(pem_file: str) -> str:
    """The names of Alipay's roots."""
    return "_".join(_sn(cert) for cert in readable(pem_file))


def readable(pem_file: str) -> list[Certificate]:
    """The RSA-signed certificates of Alipay's root file; others and unreadable ones are passed over."""
    from cryptography.exceptions import UnsupportedAlgorithm

    found = []
    for block in blocks(pem_file):
        try:
            cert = certificate(block)
            if cert.signature_algorithm_oid.dotted_string.startswith(_RSA):
                found.append(cert)
        except (ValueError, UnsupportedAlgorithm):
            continue
    return found


def blocks(pem_file: str) -> list[str]:
    """The certificates of a text, each by itself."""
    return _BLOCK.findall(pem_file)


def _sn(cert: Any) -> str:
    import hashlib

    issuer = ",".join(f"{part.rfc4514_attribute_name}={part.value}" for part in reversed(list(cert.issuer)))
    return hashlib.md5(f"{issuer}{cert.serial_number}".encode(), usedforsecurity=False).hexdigest()
