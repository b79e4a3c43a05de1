"""The shop's word on itself for machines: /openapi.json, /health and /ready.

The document is made from the code by `make documents`, and ships as a file.
"""

from pathlib import Path

from chalice.app import Blueprint

from chalicelib.runtime import table
from chalicelib.runtime.deadline import Deadline
from chalicelib.runtime.http import PUBLIC, Raw, endpoint
from chalicelib.runtime.journal import Journal

from .shapes import HealthView

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/health", permit=PUBLIC)
def health() -> HealthView:
    """Check that the function runs. · 存活检查

    Nothing else is asked.
    """
    return HealthView(ok=True)


@endpoint(bp, "GET", "/ready", permit=PUBLIC)
def ready() -> HealthView:
    """Check that the function reaches its tables. · 就绪检查

    503 while it does not.
    """
    table.get(Journal, "ready", deadline=Deadline(1.0))
    return HealthView(ok=True)


@endpoint(bp, "GET", "/openapi.json", permit=PUBLIC, media=("application/json",))
def openapi() -> Raw:
    """Get this OpenAPI document. · 获取 OpenAPI 文档"""
    text = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")
    return Raw(text, "application/json", headers={"Cache-Control": "public, max-age=300"})
