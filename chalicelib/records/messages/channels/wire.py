"""Habits of the wire that channels share: one exchange over a connection of its own, and answers in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from .port import ChannelSilent, Misconfigured, may_be_in_clear

CONNECT_SECONDS, READ_SECONDS = 2.0, 5.0
LARGEST = 64 * 1024
JSON = {"content-type": "application/json; charset=utf-8"}


def safe(url: object, otherwise: str) -> str:
    """The address of a contract, or the provider's own. Raises Misconfigured when what goes there could be read on the way."""
    told = str(url or otherwise).rstrip("/")
    place = urlsplit(told)
    if place.scheme != "https" and not may_be_in_clear(place.hostname or ""):
        raise Misconfigured("endpoint")
    return told


def exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes = b"", read_seconds: float = READ_SECONDS
) -> tuple[int, bytes]:
    """Once, over a connection of its own: one that outlived a frozen function might be dead. Raises ChannelSilent."""
    import logging

    import urllib3

    logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)  # below, it writes queries: number, code, token
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)
    try:
        with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
            answer = pool.request(
                method, url, body=body or None, headers=dict(headers), redirect=False, preload_content=False
            )
            with closing(answer):
                return answer.status, answer.read(LARGEST)
    except urllib3.exceptions.HTTPError as silence:
        raise ChannelSilent(type(silence).__name__) from None


def ask(url: str, told: Mapping[str, Any], read_seconds: float = READ_SECONDS) -> dict[str, Any]:
    """What a POST of JSON is answered. Raises ChannelSilent."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return answered(*exchange("POST", url, JSON, body, read_seconds))


def answered(status: int, body: bytes) -> dict[str, Any]:
    """The object that was answered. Raises ChannelSilent."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise ChannelSilent(str(status)) from None
    if not isinstance(found, dict):
        raise ChannelSilent(str(status))
    return found
