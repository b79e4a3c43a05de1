"""Cursors: where a list goes on. Signed and bound to their query, so that a client can neither forge nor move one."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from chalicelib.kernel.errors import Invalid

from . import keys


class CursorInvalid(Invalid):
    zh, en = "翻页标记无效，请从第一页开始", "This cursor is not valid here; start from the first page"


def seal_cursor(key: dict[str, Any], scope: str) -> str:
    """The text a client sends back for the next page."""
    return str(_serializer(scope).dumps(key))


def open_cursor(text: str, scope: str) -> dict[str, Any]:
    """The key to go on from. Raises CursorInvalid."""
    try:
        key: dict[str, Any] = _serializer(scope).loads(text)
    except BadData as error:
        raise CursorInvalid() from error
    return key


def _serializer(scope: str) -> URLSafeSerializer:
    return URLSafeSerializer(keys.signing_keys(), salt=f"cursor|{scope}", signer_kwargs={"digest_method": sha256})
