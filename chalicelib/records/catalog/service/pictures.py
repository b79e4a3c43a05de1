"""Pictures by the hash of their content: a name never shows another picture, so caches may keep it for good."""

from __future__ import annotations

import base64
from typing import NamedTuple

from chalicelib.kernel.errors import TooLarge
from chalicelib.runtime import showcase
from chalicelib.runtime.showcase import name_of as name_of
from chalicelib.runtime.showcase import url as url

from ..picture_rules import PictureUnfit, looked_at

LARGEST_BROUGHT = 180_000  # bytes that, as base64 in JSON, fit the front door


class Brought(NamedTuple):
    """A picture that was taken in: its name, its media type, and where it is to be had."""

    name: str
    kind: str
    url: str


def keep(content: bytes, kind: str) -> str:
    """Show a picture of ours; again it changes nothing. Returns its name. Nothing is looked at: what comes from outside
    comes through `bring`.
    """
    return showcase.show(content, kind)


def bring(text: str, said: str | None) -> Brought:
    """Take a picture in, from base64, of the media type it is said to be. Raises TooLarge, PictureUnfit, PictureTooManyPoints."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise PictureUnfit(problem="not base64") from error
    if len(content) > LARGEST_BROUGHT:
        raise TooLarge(limit=LARGEST_BROUGHT)
    kind = looked_at(content, said)

    name = keep(content, kind)
    return Brought(name, kind, url(name))
