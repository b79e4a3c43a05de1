"""The shop's word on itself for machines: /openapi.json, /health and /ready.

It stands in the console, the room of those who run the shop and build on it. The document is made from the code by
`make documents`, and ships as a file.
"""

from pathlib import Path

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
    """Check that the function runs. · 存活检查

    Nothing else is asked.
    """
    return Health(ok=True)


@endpoint(bp, "GET", "/ready", permit=PUBLIC)
def ready() -> Health:
    """Check that the function reaches its tables. · 就绪检查

    503 while it does not.
    """
    table.get(Journal, "ready", patience=Patience(1.0))
    return Health(ok=True)


@endpoint(bp, "GET", "/openapi.json", permit=PUBLIC, media=("application/json",))
def openapi() -> Raw:
    """Get this OpenAPI document. · 获取 OpenAPI 文档"""
    text = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")
    return Raw(text, "application/json", headers={"Cache-Control": "public, max-age=300"})
