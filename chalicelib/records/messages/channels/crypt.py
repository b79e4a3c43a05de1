"""The envelope of WeChat's and WeCom's pushes: signed by SHA-1 over a token, sealed by AES-256-CBC.

Only what comes sealed is read: the plain form's signature does not cover what it says, so that whoever has seen one could say
anything under it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from .receiving import ReceiptForged, ReceiptMalformed

BLOCK = 32  # to whose multiple is padded
LARGEST = 64 * 1024
TAG = re.compile(
    r"<(?P<name>[A-Za-z_][0-9A-Za-z_]*)>(?:<!\[CDATA\[(?P<raw>.*?)\]\]>|(?P<plain>[^<]*))</(?P=name)>", re.DOTALL
)


def signature(token: str, *words: str) -> str:
    """The signature over a token and these words, in whichever order they come."""
    return hashlib.sha1("".join(sorted((token, *words))).encode(), usedforsecurity=False).hexdigest()


def signed(document: Mapping[str, Any], query: Mapping[str, str], sealed: str, name: str = "msg_signature") -> None:
    """Demand that this was told by whoever has the token. Raises ReceiptForged."""
    token = str(document.get("token") or "")
    words = (query.get("timestamp", ""), query.get("nonce", ""), *([sealed] if sealed else []))
    made = signature(token, *words)
    if not token or not all(words) or not hmac.compare_digest(made.encode(), query.get(name, "").encode()):
        raise ReceiptForged


def opened(document: Mapping[str, Any], sealed: str, owner: str) -> str:
    """What an envelope holds, if it is to this owner (appid, corpid). Raises ReceiptForged."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    try:
        key = base64.b64decode(f"{document.get('aes_key') or ''}=", validate=True)
        hidden = base64.b64decode(sealed, validate=True)
        reader = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = reader.update(hidden) + reader.finalize()
        padded = plain[-1]
        if not 1 <= padded <= BLOCK or plain[-padded:] != bytes([padded]) * padded:
            raise ValueError
        whole = plain[16:-padded]
        size = int.from_bytes(whole[:4], "big")
        said, to = whole[4 : 4 + size].decode(), whole[4 + size :].decode()
    except (ValueError, IndexError):
        raise ReceiptForged from None
    if to != owner:
        raise ReceiptForged
    return said


def sealed_in(body: bytes) -> str:
    """The envelope in a push, which is XML or JSON. Raises ReceiptMalformed."""
    return str(fields(body.decode("utf-8", "replace")).get("Encrypt") or "")


def fields(said: str) -> dict[str, str]:
    """The fields of an event, the innermost of each name. Raises ReceiptMalformed.

    WeChat's events are flat or nearly so; a reader of XML in general, with its entities, is not needed.
    """
    if len(said) > LARGEST:
        raise ReceiptMalformed
    if said.lstrip().startswith("{"):
        try:
            told = json.loads(said)
        except (ValueError, RecursionError):
            raise ReceiptMalformed from None
        return {name: str(value) for name, value in _leaves(told).items()}
    found = {one["name"]: one["raw"] if one["raw"] is not None else one["plain"] for one in TAG.finditer(said)}
    if not found:
        raise ReceiptMalformed
    return found


def _leaves(told: Any) -> dict[str, Any]:
    """The named values of an object, however deep."""
    found: dict[str, Any] = {}
    for name, value in told.items() if isinstance(told, dict) else ():
        inner = value if isinstance(value, list) else [value]
        for one in inner:
            found.update(_leaves(one) if isinstance(one, dict) else {name: one})
    return found


def event(document: Mapping[str, Any], query: Mapping[str, str], body: bytes, owner: str) -> dict[str, str]:
    """The event that a push tells. Raises ReceiptForged, ReceiptMalformed."""
    sealed = sealed_in(body)
    if not sealed:
        raise ReceiptForged
    signed(document, query, sealed)
    return fields(opened(document, sealed, owner))


def echo(document: Mapping[str, Any], query: Mapping[str, str], owner: str) -> str:
    """What the one who sets up an address wants to hear: the text that came, opened where it came sealed. Raises
    ReceiptForged."""
    told = query.get("echostr", "")
    if "msg_signature" in query:
        signed(document, query, told)
        return opened(document, told, owner)
    signed(document, query, "", "signature")
    if not re.fullmatch("[0-9A-Za-z]{1,64}", told):
        raise ReceiptForged
    return told
