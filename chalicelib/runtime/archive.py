"""Files in the shop's private bucket, which clears itself after a day or two: written by workers, opened by signed links.

Guarantee: a link is good for LINK_SECONDS, a quarter of an hour at most; nothing here is reached without one.
"""

from __future__ import annotations

from . import clients, settings

BUCKET = settings.declare("EXPORTS_BUCKET", "jishi-exports", "the bucket of what people take along; it clears itself")
LINK_SECONDS = settings.declare(
    "EXPORT_LINK_SECONDS", "600", "for how long a link to an export opens it; at most 900", least=1, most=900
)


def put(name: str, content: bytes, media: str) -> None:
    """Write a file; the same name is the same file."""
    clients.client("s3").put_object(Bucket=settings.value(BUCKET), Key=name, Body=content, ContentType=media)


def get(name: str) -> bytes:
    """A file's content."""
    content: bytes = clients.client("s3").get_object(Bucket=settings.value(BUCKET), Key=name)["Body"].read()
    return content


def clear(beginning: str) -> None:
    """Delete all files whose names begin so."""
    store, bucket = clients.client("s3"), settings.value(BUCKET)
    while found := store.list_objects_v2(Bucket=bucket, Prefix=beginning).get("Contents", []):
        for file in found:
            store.delete_object(Bucket=bucket, Key=file["Key"])


def link_seconds() -> int:
    """For how long a link made now is good."""
    return settings.number(LINK_SECONDS)


def link(name: str, saved_as: str) -> str:
    """A link that downloads a file, for whoever has it, for `link_seconds`; nothing is asked for it."""
    wanted = {
        "Bucket": settings.value(BUCKET), "Key": name,
        "ResponseContentDisposition": f'attachment; filename="{saved_as}"', "ResponseCacheControl": "no-store",
    }  # fmt: skip
    made: str = clients.client("s3").generate_presigned_url("get_object", Params=wanted, ExpiresIn=link_seconds())
    return made
