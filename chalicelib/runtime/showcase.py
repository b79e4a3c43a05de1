"""Files that everybody may see, in the shop's public bucket, under names that follow from what is in them.

Guarantee: a name never shows other content, so whoever fetched it may keep it for good; it is fetched from the bucket, or
from what stands before it, and no function is asked.
"""

from __future__ import annotations

import hashlib

from . import clients, settings

BUCKET = settings.declare("MEDIA_BUCKET", "jishi-media", "the bucket of pictures; what lies below p/ is everybody's")
OWN = settings.declare("MEDIA_URL", "/media/", "the bucket's own address, to which a picture's name is appended")
BASE = settings.declare("MEDIA_BASE", "", "a CDN's address before the bucket, to which a picture's name is appended")
FOR_GOOD = "public, max-age=31536000, immutable"
PUBLIC = "p/"


def name_of(content: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(content).hexdigest()[:32]


def show(content: bytes, media: str) -> str:
    """Have a content shown under its name, which is returned; again it changes nothing."""
    name = name_of(content)
    clients.client("s3").put_object(
        Bucket=settings.value(BUCKET), Key=PUBLIC + name, Body=content, ContentType=media, CacheControl=FOR_GOOD
    )
    return name


def url(name: str) -> str:
    """Where a content is to be had."""
    base = settings.value(BASE) or settings.value(OWN)
    return (settings.address(base) if base.startswith("/") else base) + name
