"""Access tokens: JWT signed with Ed25519, ten minutes, verified in this process without a read.

Guarantees: one algorithm, our issuer and audience, a key we know, a time that has begun and not ended; anything else is
TokenInvalid. A signature is checked once: what it was found to say is remembered as long as its key is ours. Rights of
staff are looked up anew (remembered for ten seconds), so that what was taken is gone at once. Whether the session behind
a token still stands is for the door to demand (`standing`). Guests' tokens last 90 days and open nothing but a cart.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.kernel.permits import ROLES, STAFF_ROLES, permits
from chalicelib.runtime import keys, settings
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.memory import Memory

from ...accounts.service import presence
from ..rules import FRESH_SECONDS, TokenInvalid

ISSUER = settings.declare("TOKEN_ISSUER", "jishi", "who signs access tokens; differs between shops")
AUDIENCE = "jishi-api"
ALGORITHM = "EdDSA"
ACCESS_SECONDS, GUEST_SECONDS = 600, 90 * 24 * 3600
SKEW_SECONDS = 5
REMEMBERED = 10_000
CLAIMS = ["iss", "aud", "sub", "role", "ver", "sid", "iat", "nbf", "exp"]


class _Verified(NamedTuple):
    """What a token was found to say under a key."""

    kid: str
    pem: str
    claims: dict[str, Any]


_verified: Memory[bytes, _Verified] = Memory(REMEMBERED)  # by digest of issuer and token


def issue(
    account: str,
    roles: list[str],
    now: datetime,
    *,
    session: str = "",
    version: int = 0,
    fresh_at: int = 0,
    seconds: int = ACCESS_SECONDS,
) -> str:
    """An access token; the same for the same arguments. `fresh_at` is when a second factor was shown, epoch seconds."""
    import jwt

    kid, pem = list(keys.token_keys().items())[-1]
    at = int(now.timestamp())
    claims: dict[str, Any] = {
        "iss": settings.value(ISSUER), "aud": AUDIENCE, "sub": account, "role": " ".join(roles), "ver": version,
        "sid": session, "iat": at, "nbf": at, "exp": at + seconds,
    }  # fmt: skip
    if fresh_at:
        claims["fsh"] = fresh_at
    return jwt.encode(claims, _key(pem), algorithm=ALGORITHM, headers={"kid": kid})


def identify(token: str, now: datetime) -> Caller:
    """Who a bearer token stands for. Raises TokenInvalid."""
    claims = _claims(token)
    at = int(now.timestamp())
    if not claims["nbf"] - SKEW_SECONDS <= at < claims["exp"]:
        raise TokenInvalid()
    account, roles = claims["sub"], claims["role"].split()
    if STAFF_ROLES & set(roles) or is_id(account, "A"):
        roles = present(account, claims["sid"], claims["ver"], now)
    fresh = 0 <= at - claims.get("fsh", 0) <= FRESH_SECONDS
    return Caller(account, " ".join(roles), permits(roles), claims["sid"], claims["ver"], fresh)


def guest_of(token: str, now: datetime) -> str:
    """The id of the guest whose token this is, for merging carts. Raises TokenInvalid when it is no guest's."""
    caller = identify(token, now)
    if caller.role != "guest":
        raise TokenInvalid()
    return caller.id


def forget_signatures() -> None:
    """Check every signature anew next time (measurements)."""
    _verified.forget()


def present(account: str, session: str, version: int, now: datetime) -> list[str]:
    """The roles of an account with a session that stands, as of ten seconds ago at most. Raises TokenInvalid."""
    roles = presence.roles(account, session, version, now)
    if roles is None:
        raise TokenInvalid()
    return roles


def _claims(token: str) -> dict[str, Any]:
    """What a token says, if we signed it. Raises TokenInvalid."""
    name = hashlib.sha256(f"{settings.value(ISSUER)} {token}".encode(errors="surrogatepass")).digest()
    known = _verified.get(name)
    if known is None or keys.token_keys().get(known.kid) != known.pem:
        known = _verify(token)
        _verified.put(name, known)
    return known.claims


def _verify(token: str) -> _Verified:
    import jwt

    try:
        kid = str(jwt.get_unverified_header(token).get("kid"))
        pem = keys.token_keys().get(kid)
        if pem is None:
            raise TokenInvalid()
        claims: dict[str, Any] = jwt.decode(
            token, _key(pem).public_key(), algorithms=[ALGORITHM], audience=AUDIENCE, issuer=settings.value(ISSUER),
            options={"require": CLAIMS, "verify_exp": False, "verify_nbf": False, "verify_iat": False},  # by our clock
        )  # fmt: skip
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise TokenInvalid() from error
    whole = all(type(claims[name]) is int for name in ("ver", "iat", "nbf", "exp"))
    texts = all(type(claims[name]) is str for name in ("sub", "role", "sid"))
    known = texts and bool(claims["sub"]) and set(claims["role"].split()) <= set(ROLES)
    if not (whole and known and type(claims.get("fsh", 0)) is int):
        raise TokenInvalid()
    return _Verified(kid, pem, claims)


@lru_cache(maxsize=8)
def _key(pem: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem.encode(), None)
