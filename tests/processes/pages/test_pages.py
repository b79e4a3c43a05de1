"""Every page: one document with nothing from elsewhere, whose own script alone runs."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from chalicelib.processes.pages import assemble
from local import node, openapi

PAGES = {"console": "/console", "docs": "/docs", "landing": "/v1/payments/return", "outbox": "/dev/outbox",
         "unsubscribe": "/v1/unsubscribe"}  # fmt: skip
SILENT = {"landing", "unsubscribe"}  # pages without a script
BASE = (assemble.HERE / "base.css").read_text()


def shown(front, name):
    return front.get(PAGES[name], headers={"Accept": "text/html"})


def test_every_folder_of_a_page_is_shown_somewhere():
    assert {one.parent.name for one in Path(assemble.HERE).glob("*/index.html")} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_nothing_from_elsewhere_and_is_framed_by_nobody(front, name):
    page = shown(front, name)
    policy = page.headers["content-security-policy"]
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?://|src=|innerHTML|@import|url\(|rel=\"stylesheet\"", page.text)


@pytest.mark.parametrize("name", sorted(set(PAGES) - SILENT))
def test_a_page_runs_its_own_script_and_asks_its_own_origin(front, name):
    page = shown(front, name)
    (script,) = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'; connect-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_the_base_before_its_own_styles(front, name):
    first, second = re.findall(r"<style>\n(.*?)</style>", shown(front, name).text, re.DOTALL)
    assert (first, second) == (BASE, (assemble.HERE / name / "page.css").read_text())


@pytest.mark.parametrize("name", PAGES)
def test_no_style_says_again_what_the_base_says(name):
    def said(text):
        return {re.sub(r"\s+", " ", one) for one in re.findall(r"^[^{}@/]+\{[^{}]*\}", text, re.MULTILINE)}

    assert not said(BASE) & said((assemble.HERE / name / "page.css").read_text())


@pytest.mark.parametrize("name", sorted(set(PAGES) - SILENT))
def test_the_script_of_a_page_can_be_read(front, name, tmp_path):
    (script,) = re.findall(r"<script>(.*?)</script>", shown(front, name).text, re.DOTALL)
    (tmp_path / "page.js").write_text(script)
    told = subprocess.run(  # noqa: S603  # our own words
        [node.NODE, "--check", str(tmp_path / "page.js")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def introduction():
    """What the documents begin with: the codes that it names, by language."""
    zh, en = (assemble.HERE / "docs" / "about.js").read_text().split("  en: [")
    return {language: re.findall(r"`([^`]+)`", text.split("\n};")[0]) for language, text in (("zh", zh), ("en", en))}


def test_the_documents_begin_with_the_same_in_both_languages_and_name_only_routes_that_there_are(front):
    told = introduction()
    assert sorted(set(told["zh"])) == sorted(set(told["en"]))
    routes = {f"{op.method} {op.path}" for op in openapi.operations()}
    named = {one for one in told["en"] if re.match("[A-Z]+ /v1/", one)}
    assert len(named) > 5
    assert named <= routes


def test_each_section_of_the_documents_has_a_chinese_name(front):
    tags = re.search(r"const TAGS = \{(.*?)\};", shown(front, "docs").text, re.DOTALL)[1]
    named = set(re.findall(r"^  (\w+): \"[\u4e00-\u9fff]+\"", tags, re.MULTILINE))
    assert {openapi.context_of(op) for op in openapi.operations()} == named


def test_the_outbox_is_told_to_a_program_and_shown_by_a_page_that_asks_the_same(front):
    assert front.get("/dev/outbox").json == []
    page = shown(front, "outbox")
    assert 'headers: { Accept: "application/json" }' in page.text
    assert "fetch(location.pathname" in page.text


def test_the_outbox_says_what_it_is_in_both_languages_and_shows_a_code_in_large_type(front):
    text = shown(front, "outbox").text
    zh, en = (re.search(rf"  {language}: \{{(.*?)\n  \}},", text, re.DOTALL)[1] for language in ("zh", "en"))
    assert re.findall(r"^    (\w+):", zh, re.MULTILINE) == re.findall(r"^    (\w+):", en, re.MULTILINE)
    assert {"title", "none", "lost", "phone", "email"} <= set(re.findall(r"^    (\w+):", zh, re.MULTILINE))
    assert "<table" not in text
    assert re.search(r"\.code \{[^}]*font-size: 2rem", text)
    (code,) = re.findall(r"const CODE = /(.*)/;", text)
    said = lambda words: [found[0] for found in re.finditer(code, words)]
    assert said("您的验证码是482913，5 分钟内有效") == ["482913"]
    assert said("Your code is 120934. It is good") == ["120934"]
    assert said("O01JZ123456K ¥123456.00 13800138000 SF123456") == []
