"""Pictures on this machine: what the public bucket, and a CDN before it, answer everybody on AWS."""

import importlib
import re

import botocore.exceptions

from chalicelib.runtime import clients, settings, showcase
from infra import gateway

PATH = re.compile(re.escape(settings.SETTINGS[showcase.OWN][0]) + "([0-9a-f]{32})")
HARMLESS = "default-src 'none'; sandbox"  # a picture opened as a page may run, fetch and show nothing else


def answer(method: str, path: str) -> tuple[int, dict[str, str], bytes] | None:
    """Status, headers and content of a picture; None for a path that names none. Raises RouteUnknown where there is no
    such picture, MethodNotAllowed.
    """
    named = PATH.fullmatch(path.partition("?")[0])
    if named is None:
        return None
    try:
        found = clients.client("s3").get_object(Bucket=settings.value(showcase.BUCKET), Key=showcase.PUBLIC + named[1])
    except botocore.exceptions.ClientError:
        raise gateway.refused(gateway.NOWHERE) from None
    if method not in ("GET", "HEAD"):
        raise importlib.import_module("chalicelib.runtime.http.problem").MethodNotAllowed(allow="GET, HEAD")
    headers = {
        "Content-Type": found["ContentType"], "Cache-Control": found.get("CacheControl", showcase.FOR_GOOD),
        "ETag": found["ETag"], "X-Content-Type-Options": "nosniff", "Content-Security-Policy": HARMLESS,
    }  # fmt: skip
    return 200, headers, found["Body"].read()
