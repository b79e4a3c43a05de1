"""Files that everybody may see, in the shop's public bucket, under names that follow from what is in them; and where files
come in that are to be made such.

Guarantees: a name never shows other content, so whoever fetched it may keep it for good; it is fetched from the bucket, or
from what stands before it, and no function is asked. What comes in is seen by nobody, and goes after a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from botocore.exceptions import ClientError

from . import clients, settings
from .deadline import code_of

BUCKET = settings.declare("MEDIA_BUCKET", "jishi-media", "the bucket of pictures; what lies below p/ is everybody's")
OWN = settings.declare("MEDIA_URL", "/media/", "the bucket's own address, to which a picture's name is appended")
BASE = settings.declare(
    "MEDIA_BASE", "", "a CDN's address before the bucket, to which a picture's name is appended", form=settings.ADDRESS
)
FOR_GOOD = "public, max-age=31536000, immutable"
PUBLIC, INCOMING = "p/", "in/"
UPLOAD_SECONDS = 600


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


def is_shown(name: str) -> bool:
    """Whether a content is shown under this name."""
    try:
        clients.client("s3").head_object(Bucket=settings.value(BUCKET), Key=PUBLIC + name)
    except ClientError as error:
        if code_of(error) not in (
            "NoSuchKey",
            "404",
            "403",
            "AccessDenied",
        ):  # who may not list is told 403 of what is not there
            raise
        return False
    return True


def hide(names: Iterable[str]) -> None:
    """Have these contents shown no more."""
    for name in names:
        clients.client("s3").delete_object(Bucket=settings.value(BUCKET), Key=PUBLIC + name)


def upload_url(name: str, media: str, size: int) -> str:
    """Where whoever has it may PUT one file for UPLOAD_SECONDS: of this media type and of so many bytes, which are signed."""
    wanted = {"Bucket": settings.value(BUCKET), "Key": INCOMING + name, "ContentType": media, "ContentLength": size}
    made: str = clients.client("s3").generate_presigned_url("put_object", Params=wanted, ExpiresIn=UPLOAD_SECONDS)
    return made


def incoming(name: str, most: int) -> bytes | None:
    """What came in under a name, `most` bytes and one more of it; None when nothing did."""
    try:
        told = clients.client("s3").get_object(Bucket=settings.value(BUCKET), Key=INCOMING + name)
    except ClientError as error:
        if code_of(error) not in ("NoSuchKey", "404", "AccessDenied"):
            raise
        return None
    content: bytes = told["Body"].read(most + 1)
    return content


def stretch(name: str, first: int, size: int) -> bytes | None:
    """So many bytes of what came in, from one on; nothing behind its end, None when nothing came."""
    wanted = f"bytes={first}-{first + size - 1}"
    try:
        told = clients.client("s3").get_object(Bucket=settings.value(BUCKET), Key=INCOMING + name, Range=wanted)
    except ClientError as error:
        if code_of(error) in ("InvalidRange", "416"):
            return b""
        if code_of(error) not in ("NoSuchKey", "404", "AccessDenied"):
            raise
        return None
    content: bytes = told["Body"].read()
    return content


def put_aside(name: str, content: bytes) -> None:
    """Keep a content among what came in, for a day."""
    clients.client("s3").put_object(Bucket=settings.value(BUCKET), Key=INCOMING + name, Body=content)


def clear(name: str) -> None:
    """What came in under a name has been seen to."""
    clients.client("s3").delete_object(Bucket=settings.value(BUCKET), Key=INCOMING + name)
