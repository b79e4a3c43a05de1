"""Passwords: argon2id with a pepper, kept as PHC text; raised parameters are applied at the next sign-in.

Guarantees: an account that is not there costs the same time as one that is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from chalicelib.runtime import keys, vault, world

from ...accounts.rules import Identifier
from ...accounts.service import accounts

MEMORY_KIB, ITERATIONS, LANES = 19_456, 2, 1
SALT_BYTES, HASH_BYTES = 16, 32
PRESENT = f"$argon2id$v=19$m={MEMORY_KIB},t={ITERATIONS},p={LANES}$"


def hashed(password: str) -> str:
    """The PHC text of a (normalised) password under a fresh salt."""
    return _hash(_peppered(password), world.current().entropy(SALT_BYTES))


def fits(password: str, phc: str | None) -> bool:
    """Whether a password is the one of a PHC text; without one a stand-in is compared, for the time it takes."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id.verify_phc_encoded(_peppered(password), phc or _stand_in())
    except InvalidKey:
        return False
    return phc is not None


def outdated(phc: str) -> bool:
    """Whether a PHC text was made with other parameters than today's."""
    return not phc.startswith(PRESENT)


def identifier(email: str, password: str) -> Identifier:
    """What an account is known by whose owner only said that an (already taken) e-mail address is theirs: address and
    (normalised) password together."""
    return accounts.identifier(accounts.LOCATED, _located(vault.blind("email", email), password))


def _located(who: str, password: str) -> str:
    """What leads to an account by its (blind) address and password together, as slow to guess as a password.

    Its parameters stay: what was written under others would not be found again.
    """
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    salt = hmac.new(keys.index_key(), f"located|{who}".encode(), hashlib.sha256).digest()[:SALT_BYTES]
    return Argon2id(salt=salt, length=32, iterations=2, lanes=1, memory_cost=19_456).derive(_peppered(password)).hex()


def _hash(secret: bytes, salt: bytes) -> str:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    made = Argon2id(salt=salt, length=HASH_BYTES, iterations=ITERATIONS, lanes=LANES, memory_cost=MEMORY_KIB)
    return str(made.derive_phc_encoded(secret))


def _peppered(password: str) -> bytes:
    return hmac.new(keys.pepper(), password.encode(), hashlib.sha256).digest()


def _stand_in() -> str:
    """A PHC text that nobody's password fits, made without a hash: the first stranger must not cost two."""
    return f"{PRESENT}{_coded(SALT_BYTES)}${_coded(HASH_BYTES)}"


def _coded(size: int) -> str:
    return base64.b64encode(bytes(size)).decode().rstrip("=")
