"""The shop's own people, by HTTP: signing in with a second factor, asking for and approving a refund."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time

from .shop import Person, Shop


def totp(secret: str, at: float) -> str:
    """RFC 6238: six digits of 30 seconds, HMAC-SHA-1."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    told = hmac.new(key, int(at // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    start = told[-1] & 15
    return f"{(int.from_bytes(told[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def sign_in(shop: Shop, login: str) -> Person:
    """A member of staff by e-mail, password and second factor. A code works once, so the next may be waited for."""
    email, password, secret = re.match(r"(\S+)\s+password (\S+)(?:\s+TOTP secret (\S+))?", login).groups()
    person = shop.visitor()
    for _ in range(3):
        body = {"email": email, "password": password}
        if secret:
            body["totp"] = totp(secret, time.time())
        answer = person.call("POST", "/v1/auth/login", body)
        if answer.status == 200:
            person.token = answer.json["access_token"]
            return person
        time.sleep(30 - time.time() % 30 + 0.5)
    raise AssertionError((answer.status, answer.json))
