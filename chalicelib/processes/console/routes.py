"""What anyone may open: pages (/docs, /docs/errors, /console), and the shop's word on itself for machines (/openapi.json,
/health, /ready).

A page is one file with nothing from elsewhere; it runs its own script, asks its own origin, and nobody may frame it. The
document is made from the code by `make documents`, and ships as a file.
"""

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from chalice.app import Blueprint

from chalicelib.records.payments.providers import METHODS, PROVIDERS
from chalicelib.runtime import table
from chalicelib.runtime.http import PUBLIC, Raw, endpoint
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.patience import Patience

from .shapes import HealthView

bp = Blueprint(__name__)
BLANK = "$"  # begins the name of what is filled into a page
HTML = "text/html; charset=utf-8"


@endpoint(bp, "GET", "/", permit=PUBLIC, status=303, media=("text/plain",))
def front() -> Raw:
    """Redirect to the API documentation. · 跳转到接口文档"""
    return Raw("docs\n", status=303, headers={"Location": "docs"})  # relative: a stage's address ends with its name


@endpoint(bp, "GET", "/docs", permit=PUBLIC, media=(HTML,))
def docs() -> Raw:
    """Show the API documentation, where every route can be tried. · 接口文档页面，可在线调试"""
    return _page("docs.html", "public, max-age=300")


@endpoint(bp, "GET", "/docs/errors", permit=PUBLIC, media=(HTML,))
def errors() -> Raw:
    """Show the error catalogue. · 错误码目录

    A problem's `type` points here.
    """
    return _page("docs.html", "public, max-age=300")


@endpoint(bp, "GET", "/console", permit=PUBLIC, media=(HTML,))
def console() -> Raw:
    """Show the operators' page. · 运营后台页面

    Who signs in on it sees what their role may.
    """
    return _page("console.html", "no-cache")


def _terms() -> dict[str, dict[str, tuple[str, str]]]:
    """The words that the shop has of its own for what it tells, in Chinese and English."""
    return {
        "providers": {one.name: (one.zh, one.en) for one in PROVIDERS.values()},
        "products": {".".join(key): (row.zh, row.en) for key, row in METHODS.items()},
    }


@cache
def _page(name: str, kept: str) -> Raw:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    for blank, told in _terms().items():
        text = text.replace(f'"{BLANK}{blank}"', json.dumps(told, ensure_ascii=False))
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = hashlib.sha256((script.group(1) if script else "").encode()).digest()
    policy = (
        f"default-src 'none'; script-src 'sha256-{base64.b64encode(digest).decode()}'; style-src 'unsafe-inline'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"Cache-Control": kept, "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Raw(text, HTML, headers=headers)


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
    table.get(Journal, "ready", patience=Patience(1.0))
    return HealthView(ok=True)


@endpoint(bp, "GET", "/openapi.json", permit=PUBLIC, media=("application/json",))
def openapi() -> Raw:
    """Get this OpenAPI document. · 获取 OpenAPI 文档"""
    text = Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")
    return Raw(text, "application/json", headers={"Cache-Control": "public, max-age=300"})
