"""What every part of the simulator says to every other: a request, a reply, a clock, and RSA on text.

Nothing here knows a provider. All provider times are Asia/Shanghai, which has had no summer time since 1991.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

SHANGHAI = timezone(timedelta(hours=8))
PKCS1 = padding.PKCS1v15()


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came over the wire: `target` is the raw path with its query, `headers` are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any] | None:
        """Return the JSON object in the body, or None when it is anything else."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    kind: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")


def as_page(text: str, status: int = 200) -> Reply:
    return Reply(status, text.encode(), "text/html; charset=utf-8", {"Cache-Control": "no-store"})


def go_to(url: str) -> Reply:
    return Reply(303, b"", "text/plain", {"Location": url})


class Clock:
    """Wall time signs messages; business time is wall time moved on by whoever plays with the simulator."""

    def __init__(self, wall: Callable[[], float] = time.time, offset: float = 0.0) -> None:
        self.wall = wall
        self.offset = offset

    def now(self) -> float:
        return self.wall() + self.offset


def shanghai(at: float, pattern: str = "%Y-%m-%d %H:%M:%S") -> str:
    return datetime.fromtimestamp(at, SHANGHAI).strftime(pattern)


def rfc3339(at: float) -> str:
    return datetime.fromtimestamp(int(at), SHANGHAI).isoformat()


def moment(text: str, pattern: str) -> float | None:
    """Read a Shanghai time, or None when the text does not follow the pattern."""
    try:
        return datetime.strptime(text, pattern).replace(tzinfo=SHANGHAI).timestamp()
    except (ValueError, TypeError):
        return None


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(text: object) -> int | None:
    """Read "12.30" as 1230 fen, or None for anything that is not a positive sum of at most two decimals."""
    try:
        cents = Decimal(str(text)) * 100
        return int(cents) if cents.is_finite() and cents == cents.to_integral_value() and cents > 0 else None
    except InvalidOperation:
        return None


def sign(key: RSAPrivateKey, message: str) -> str:
    return base64.b64encode(key.sign(message.encode(), PKCS1, hashes.SHA256())).decode()


def signed_by(key: RSAPublicKey, message: str, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message.encode(), PKCS1, hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
