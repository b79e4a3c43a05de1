"""The shop's own keys, from two secrets. Newest last everywhere; old ones still verify and open.

    keys            {"signing": [text, …], "index": text, "pepper": text, "jwt": {kid: PEM, …}, "legal": {kid: public, …}}
    legal_records   {kid: private, …}        only for those who may open what is kept for the law

`complete()` makes what a shop still lacks, at a first start or after an update; a running shop only ever reads.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from typing import Any

from . import settings

KEYS, LEGAL_RECORDS = "keys", "legal_records"


def signing_keys() -> list[str]:
    """Secret texts for quotes, cursors and links; itsdangerous signs with the last."""
    return list(settings.secret(KEYS)["signing"])


def index_key() -> bytes:
    """The key of blind indexes and fingerprints; it is no data key, and a change of it means writing every index anew."""
    return _bytes(settings.secret(KEYS)["index"])


def pepper() -> bytes:
    """What is mixed into a password before it is hashed."""
    return _bytes(settings.secret(KEYS)["pepper"])


def token_keys() -> dict[str, str]:
    """kid -> Ed25519 private key (PEM) of access tokens; the last one signs."""
    return dict(settings.secret(KEYS)["jwt"])


def legal_public() -> tuple[str, bytes]:
    """(kid, X25519 public key) under which records kept for the law are sealed now."""
    kid, public = list(settings.secret(KEYS)["legal"].items())[-1]
    return kid, _bytes(public)


def legal_private(kid: str) -> bytes:
    """The X25519 private key of a kid. Raises KeyError when it is gone: what was sealed under it is gone too."""
    return _bytes(settings.secret(LEGAL_RECORDS)[kid])


def complete(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The documents `keys` and `legal_records` with everything that is missing made fresh; what is there stays."""
    kept, legal = dict(documents.get(KEYS, {})), dict(documents.get(LEGAL_RECORDS, {}))
    kept.setdefault("signing", [_random()])
    kept.setdefault("index", _random())
    kept.setdefault("pepper", _random())
    if not kept.get("jwt"):
        kept["jwt"] = {"t1": _token_key()}
    if not kept.get("legal"):
        kept["legal"], legal["l1"] = _with_legal_key({}, "l1", legal)
    return {KEYS: kept, LEGAL_RECORDS: legal}


def rotated(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The documents with a new signing key, token key and legal-records key put last; old ones stay for reading."""
    whole = complete(documents)
    kept, legal = whole[KEYS], whole[LEGAL_RECORDS]
    kept["signing"] = [*kept["signing"], _random()]
    kept["jwt"] = kept["jwt"] | {f"t{len(kept['jwt']) + 1}": _token_key()}
    kid = f"l{len(kept['legal']) + 1}"
    kept["legal"], legal[kid] = _with_legal_key(kept["legal"], kid, legal)
    return whole


def made() -> dict[str, Any]:
    """A fresh `keys` document alone, for shops that keep nothing for the law."""
    return complete({})[KEYS]


def _with_legal_key(public: Mapping[str, str], kid: str, private: Mapping[str, str]) -> tuple[dict[str, str], str]:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    secret = _bytes(private[kid]) if kid in private else os.urandom(32)
    told = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return {**public, kid: _text(told)}, _text(secret)


def _token_key() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _random() -> str:
    return _text(os.urandom(32))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)
