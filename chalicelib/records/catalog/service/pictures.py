"""Pictures by the hash of their content: a name never shows another picture, so caches may keep it for good."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import NamedTuple

from chalicelib.kernel.errors import TooLarge
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work

from ..model import Media
from ..picture_rules import PictureNotFound, PictureUnfit, looked_at

BASE = settings.declare(
    "MEDIA_BASE", "/v1/media/", "what a picture's hash is appended to; a CDN's address in production"
)
NAME = re.compile("[0-9a-f]{32}")
LARGEST = 300_000  # bytes of an item that still leaves room for its keys
LARGEST_BROUGHT = 180_000  # bytes that, as base64 in JSON, fit the front door


class Brought(NamedTuple):
    """A picture that was taken in: its name, its media type, and where it is to be had."""

    name: str
    kind: str
    url: str


def name_of(content: bytes) -> str:
    """The name of a picture."""
    return hashlib.sha256(content).hexdigest()[:32]


def keep(content: bytes, kind: str, work: Work) -> str:
    """Store a picture of ours; storing it again changes nothing. Returns its name. Nothing is looked at: what comes from
    outside comes through `bring`. Raises TooLarge.
    """
    if len(content) > LARGEST:
        raise TooLarge(limit=LARGEST)
    name = name_of(content)
    work.add(put(Media(name, kind=kind, content=content)))
    return name


def bring(text: str, said: str | None, work: Work) -> Brought:
    """Take a picture in, from base64, of the media type it is said to be. Raises TooLarge, PictureUnfit, PictureTooManyPoints."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise PictureUnfit(problem="not base64") from error
    if len(content) > LARGEST_BROUGHT:
        raise TooLarge(limit=LARGEST_BROUGHT)
    kind = looked_at(content, said)

    name = keep(content, kind, work)
    return Brought(name, kind, url(name))


def find(name: str) -> Media:
    """A picture. Raises PictureNotFound."""
    found = table.get(Media, name) if NAME.fullmatch(name) else None
    if found is None:
        raise PictureNotFound()
    return found


def url(name: str) -> str:
    """Where a picture is to be had."""
    base = settings.value(BASE)
    return (settings.address(base) if base.startswith("/") else base) + name
