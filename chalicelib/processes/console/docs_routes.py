"""The shop's word on itself for machines: /openapi.json, /health and /ready.

It stands in the console, the room of those who run the shop and build on it. The document is made at the first request
and kept.
"""

import json
from functools import cache

from chalice.app import Blueprint

from chalicelib.runtime import table
from chalicelib.runtime.http import PUBLIC, Raw, View, endpoint
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.patience import Patience

bp = Blueprint(__name__)


class Health(View):
    """The function runs; or it runs and reaches its tables."""

    ok: bool


@endpoint(bp, "GET", "/health", permit=PUBLIC)
def health() -> Health:
    """Say that the function runs; nothing else is asked."""
    return Health(ok=True)


@endpoint(bp, "GET", "/ready", permit=PUBLIC)
def ready() -> Health:
    """Say that the function reaches its tables; 503 while it does not."""
    table.get(Journal, "ready", patience=Patience(1.0))
    return Health(ok=True)


@endpoint(bp, "GET", "/openapi.json", permit=PUBLIC, media=("application/json",))
def openapi() -> Raw:
    """Answer this document."""
    return Raw(_document(), "application/json", headers={"Cache-Control": "public, max-age=300"})


@cache
def _document() -> str:
    from chalicelib.runtime.http import openapi as describing  # only where it is asked for: cold starts stay short

    return json.dumps(describing.document(), ensure_ascii=False, separators=(",", ":"))
