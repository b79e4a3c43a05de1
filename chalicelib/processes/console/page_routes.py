"""The operators' page, /console: one file with nothing from elsewhere; everything on it comes through the API."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from chalice.app import Blueprint

from chalicelib.runtime.http import PUBLIC, Raw, endpoint

bp = Blueprint(__name__)
HTML = "text/html; charset=utf-8"


@endpoint(bp, "GET", "/console", permit=PUBLIC, media=(HTML,))
def console() -> Raw:
    """Show the operators' page; who signs in on it sees what their role may."""
    return Raw(_page(), HTML, headers=_headers())


@cache
def _page() -> str:
    return Path(__file__).with_name("console.html").read_text(encoding="utf-8")


@cache
def _headers() -> dict[str, str]:
    """The page may run its own script and ask its own origin, nothing else; nobody may frame it."""
    script = re.search(r"<script>(.*?)</script>", _page(), re.DOTALL)
    digest = hashlib.sha256((script.group(1) if script else "").encode()).digest()
    policy = (
        f"default-src 'none'; script-src 'sha256-{base64.b64encode(digest).decode()}'; style-src 'unsafe-inline'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {"Cache-Control": "no-cache", "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
