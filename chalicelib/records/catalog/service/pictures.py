"""Pictures by the hash of their content: a name never shows another picture, so caches may keep it for good."""

from __future__ import annotations

import hashlib
import re

from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Step, put

from ..model import Media
from ..rules import PictureTooLarge, PictureUnknown

BASE = settings.declare(
    "MEDIA_BASE", "/v1/media/", "what a picture's hash is appended to; a CDN's address in production"
)
NAME = re.compile(r"^[0-9a-f]{32}$")
LARGEST = 300_000  # bytes of an item that still leaves room for its keys
SVG = "image/svg+xml"


def name_of(content: bytes) -> str:
    """The name of a picture."""
    return hashlib.sha256(content).hexdigest()[:32]


def keep(content: bytes, kind: str = SVG) -> Step:
    """The step that stores a picture; storing it again changes nothing. Raises PictureTooLarge."""
    if len(content) > LARGEST:
        raise PictureTooLarge(limit=LARGEST)
    return put(Media(name_of(content), kind=kind, content=content))


def find(name: str) -> Media:
    """A picture. Raises PictureUnknown."""
    found = table.get(Media, name) if NAME.fullmatch(name) else None
    if found is None:
        raise PictureUnknown()
    return found


def url(name: str) -> str:
    """Where a picture is to be had."""
    base = settings.value(BASE)
    return (settings.address(base) if base.startswith("/") else base) + name
