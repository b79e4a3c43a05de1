"""The operators' page: one file, nothing from elsewhere, its own script only, both languages whole."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from chalicelib.runtime.http import OPERATIONS


@pytest.fixture
def page(front):
    return front.get("/console")


def test_the_page_runs_its_own_script_and_asks_its_own_origin_only(page):
    script = re.search(r"<script>(.*?)</script>", page.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = page.headers["content-security-policy"]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?://|src=|innerHTML|@import|url\(", page.text)


def test_the_page_speaks_both_languages_wholly(page):
    tables = re.search(r"const WORDS = \{\n  zh: \{(.*?)\},\n  en: \{(.*?)\},\n\};", page.text, re.DOTALL)
    zh, en = (set(re.findall(r"(?:^|,|\n)\s*(\w+): \"", part)) for part in tables.groups())
    assert zh == en
    said = set(re.findall(r"say\(\"(\w+)\"\)|data-say=\"(\w+)\"|(?:tile|twice|part|named|field)\(\"(\w+)\"", page.text))
    assert {word for found in said for word in found if word} <= zh


def test_the_page_asks_for_what_the_shop_has(page):
    asked = set(re.findall(r"ask\(\"(\w+)\", [\"`]([^\"`?]+)", page.text))
    doors = {(op.method, re.sub(r"\{\w+\}", "*", op.path)) for op in OPERATIONS}
    assert len(asked) >= 10
    assert {(method, re.sub(r"\$\{[^}]+\}", "*", path)) for method, path in asked} <= doors
