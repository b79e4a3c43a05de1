"""The vault: personal data is kept sealed and opened only where a use case says so.

Guarantees: each owner's data is sealed under the owner's own key (AES-256-GCM), which KMS wraps and hands out only
together with the owner's id; a sealed value opens only in its own place (`table|key|field`, bound as associated data).
Without the wrapped key nothing can be opened ever again: erasing a person is deleting that key.

What the law makes us keep is sealed by HPKE to the public half of a rotating legal-records key: sealing needs no call, no
read and no secret, and opening needs a private half that only few may read.

A blind index is a keyed hash by which a phone number is found without being known.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from chalicelib.kernel.errors import NotFound, Unavailable

from . import clients, keys, settings, world
from .memory import Memory

PERSONAL_KEY = settings.declare("PERSONAL_KEY", "alias/jishi-personal", "the KMS key that wraps customers' data keys")
REMEMBERED_SECONDS, REMEMBERED_OWNERS = 300, 1000
KEYS_AN_OWNER = 2  # the present one, and a former one while what it sealed is sealed anew
OWN, LEGAL = 1, 3  # the first byte of a sealed value says how it is sealed
NONCE_BYTES = 12

_remembered: Memory[str, dict[bytes, tuple[float, bytes]]] = Memory(REMEMBERED_OWNERS)  # wrapped -> (since, key)


class VaultClosed(Unavailable):
    zh, en = "加密服务暂不可用，请稍后重试", "The vault does not answer; please try again shortly"


class SealedDataUnreadable(NotFound):
    zh, en = "该内容已无法解密", "This can no longer be opened"


def new_key(owner: str) -> bytes:
    """A data key for an owner, wrapped; keep it with the owner's row."""
    answer = _ask("generate_data_key", KeyId=settings.value(PERSONAL_KEY), KeySpec="AES_256", **_bound(owner))
    wrapped = bytes(answer["CiphertextBlob"])
    _remember(owner, wrapped, bytes(answer["Plaintext"]))
    return wrapped


def seal(owner: str, wrapped: bytes, text: str, place: str) -> bytes:
    """A text sealed under its owner's key; 29 bytes longer. `place` is `table|key|field`."""
    nonce = world.current().entropy(NONCE_BYTES)
    sealed: bytes = _cipher(_key(owner, wrapped)).encrypt(nonce, text.encode(), _aad(owner, place))
    return bytes([OWN]) + nonce + sealed


def unseal(owner: str, wrapped: bytes | None, sealed: bytes, place: str) -> str:
    """The text of a sealed value. Raises SealedDataUnreadable when the key is gone or the value is not of this place."""
    if not wrapped or not sealed or sealed[0] != OWN:
        raise SealedDataUnreadable()
    return _opened(_key(owner, wrapped), sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], _aad(owner, place))


def unseal_by(owner: str, keys: Iterable[bytes], sealed: bytes | None, place: str) -> str:
    """The text of a value under one of an owner's keys. Raises SealedDataUnreadable when none of them opens it."""
    for wrapped in keys:
        with suppress(SealedDataUnreadable):
            return unseal(owner, wrapped, sealed or b"", place)
    raise SealedDataUnreadable()


def seal_anew(owner: str, keys: Sequence[bytes], sealed: bytes, place: str) -> bytes | None:
    """A value as it is sealed under the first of an owner's keys; None when it is under that already. Raises
    SealedDataUnreadable when none of them opens it."""
    try:
        unseal(owner, keys[0], sealed, place)
    except SealedDataUnreadable:
        return seal(owner, keys[0], unseal_by(owner, keys[1:], sealed, place), place)
    return None


def seal_legal(text: str, place: str) -> bytes:
    """A text sealed for the law under the present legal-records key; anybody here may seal, few may open."""
    kid, public = keys.legal_public()
    name, seal_to = kid.encode(), world.current().seal or _seal_to
    return bytes([LEGAL, len(name)]) + name + seal_to(public, text.encode(), _aad("", place))


def unseal_legal(sealed: bytes, place: str) -> str:
    """The text of a record kept for the law. Raises SealedDataUnreadable when its key is gone or it is not of this place."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if len(sealed) < 2 or sealed[0] != LEGAL:
        raise SealedDataUnreadable()
    end = 2 + sealed[1]
    try:
        private = X25519PrivateKey.from_private_bytes(keys.legal_private(sealed[2:end].decode("latin-1")))
        return str(_suite().decrypt(sealed[end:], private, _aad("", place)).decode())
    except (KeyError, ValueError, InvalidTag) as error:
        raise SealedDataUnreadable() from error


def _seal_to(public: bytes, text: bytes, info: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    sealed: bytes = _suite().encrypt(text, X25519PublicKey.from_public_bytes(public), info)
    return sealed


@cache
def _suite() -> Any:
    """Hybrid public key encryption (RFC 9180), base mode; a place is told as its info."""
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def blind(kind: str, text: str) -> str:
    """The keyed hash of a normalised text, 64 hexadecimal digits; the same text has another one for another kind."""
    return hmac.new(keys.index_key(), f"{kind}|{text}".encode(), hashlib.sha256).hexdigest()


def forget(owner: str | None = None) -> None:
    """Drop what this process remembers of an owner's keys, or of all."""
    _remembered.forget(owner)


def _key(owner: str, wrapped: bytes) -> bytes:
    since, key = (_remembered.get(owner) or {}).get(wrapped, (0.0, b""))
    if key and world.current().elapsed() - since < REMEMBERED_SECONDS:
        return key
    answer = _ask("decrypt", CiphertextBlob=wrapped, KeyId=settings.value(PERSONAL_KEY), **_bound(owner))
    return _remember(owner, wrapped, bytes(answer["Plaintext"]))


def _remember(owner: str, wrapped: bytes, key: bytes) -> bytes:
    latest = (world.current().elapsed(), key)

    def beside(kept: dict[bytes, tuple[float, bytes]] | None) -> tuple[dict[bytes, tuple[float, bytes]], bytes]:
        others = [item for item in (kept or {}).items() if item[0] != wrapped]
        return {**dict(others[1 - KEYS_AN_OWNER :]), wrapped: latest}, key

    return _remembered.change(owner, beside)


def _ask(call: str, **request: Any) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError

    kms = clients.client("kms")
    try:
        answer: dict[str, Any] = getattr(kms, call)(**request)
    except kms.exceptions.InvalidCiphertextException as error:
        raise SealedDataUnreadable() from error  # another owner's key, or no key at all
    except (BotoCoreError, ClientError) as error:
        raise VaultClosed() from error
    return answer


def _bound(owner: str) -> dict[str, dict[str, str]]:
    return {"EncryptionContext": {"owner": owner}}


def _aad(owner: str, place: str) -> bytes:
    return f"{owner}|{place}|v1".encode()


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _opened(key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> str:
    from cryptography.exceptions import InvalidTag

    try:
        return str(_cipher(key).decrypt(nonce, sealed, aad).decode())
    except (InvalidTag, ValueError) as error:
        raise SealedDataUnreadable() from error
