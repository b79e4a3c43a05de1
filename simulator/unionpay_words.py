"""Small words of UnionPay's wire: what is signed, which door was knocked at, what a row is called there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from .book import Payment, Refund
from .wire import Request


def digest(fields: Mapping[str, str]) -> str:
    """Return the text that is signed: the lower-case hex SHA-256 of the sorted fields."""
    text = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value and name != "signature")
    return hashlib.sha256(text.encode()).hexdigest()


def door(request: Request) -> str:
    if request.method != "POST":
        return ""
    if request.path in ("/", "/file/"):
        return "file"
    found = re.fullmatch(r"/gateway/api/(\w+)\.do", request.path)
    return found[1] if found else ""


def query_id(row: Payment | Refund) -> str:
    return row.trade_no if isinstance(row, Payment) else row.refund_id


def web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")
