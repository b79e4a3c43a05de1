"""HPKE's sealing (RFC 9180, base mode, X25519, HKDF-SHA-256, AES-256-GCM) from the standard, with the fresh pair drawn from a
world: a run that is repeated seals the same bytes. The library, which draws its pair itself, opens them.
"""

import hashlib
import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM = b"KEM" + (0x20).to_bytes(2, "big")
SUITE = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (0x20, 1, 2))


def _extract(suite: bytes, salt: bytes, label: bytes, secret: bytes) -> bytes:
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + secret, hashlib.sha256).digest()


def _expand(suite: bytes, key: bytes, label: bytes, about: bytes, length: int) -> bytes:
    told = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + about
    return hmac.new(key, told + b"\x01", hashlib.sha256).digest()[:length]  # one block is enough


def seal_by(entropy: Callable[[int], bytes]) -> Callable[[bytes, bytes, bytes], bytes]:
    """What seals a text to a public half, bound to its info."""

    def seal(public: bytes, text: bytes, info: bytes) -> bytes:
        once = X25519PrivateKey.from_private_bytes(entropy(32))
        told = once.public_key().public_bytes_raw()
        agreed = _extract(KEM, b"", b"eae_prk", once.exchange(X25519PublicKey.from_public_bytes(public)))
        shared = _expand(KEM, agreed, b"shared_secret", told + public, 32)
        context = b"\0" + _extract(SUITE, b"", b"psk_id_hash", b"") + _extract(SUITE, b"", b"info_hash", info)
        secret = _extract(SUITE, shared, b"secret", b"")
        key, nonce = (
            _expand(SUITE, secret, label, context, size) for label, size in ((b"key", 32), (b"base_nonce", 12))
        )
        return told + AESGCM(key).encrypt(nonce, text, b"")

    return seal
