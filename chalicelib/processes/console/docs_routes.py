"""The shop's description of itself: /openapi.json, the page that shows it (/docs, /docs/errors), /health and /ready.

It stands in the console, the room of those who run the shop and build on it; customers' pages are storefront's.
The document is made at the first request and kept; the page is one file without anything from elsewhere.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from chalice.app import Blueprint

from chalicelib.runtime import table
from chalicelib.runtime.http import PUBLIC, Raw, View, endpoint
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.patience import Patience

bp = Blueprint(__name__)
HTML = "text/html; charset=utf-8"
KEPT = {"Cache-Control": "public, max-age=300"}


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
    return Raw(_document(), "application/json", headers=KEPT)


@endpoint(bp, "GET", "/docs", permit=PUBLIC, media=(HTML,))
def docs() -> Raw:
    """Show this document as a page on which every route can be tried."""
    return Raw(_page(), HTML, headers=_headers())


@endpoint(bp, "GET", "/docs/errors", permit=PUBLIC, media=(HTML,))
def errors() -> Raw:
    """Show the error catalogue; a problem's `type` points here."""
    return Raw(_page(), HTML, headers=_headers())


@cache
def _document() -> str:
    from chalicelib.runtime.http import openapi as describing  # only where it is asked for: cold starts stay short

    return json.dumps(describing.document(), ensure_ascii=False, separators=(",", ":"))


@cache
def _page() -> str:
    return Path(__file__).with_name("docs.html").read_text(encoding="utf-8")


@cache
def _headers() -> dict[str, str]:
    """The page may run its own script and ask its own origin, nothing else."""
    script = re.search(r"<script>(.*?)</script>", _page(), re.DOTALL)
    digest = hashlib.sha256((script.group(1) if script else "").encode()).digest()
    allowed = base64.b64encode(digest).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{allowed}'; style-src 'unsafe-inline'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {**KEPT, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
