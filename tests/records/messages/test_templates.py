"""Stored texts: what is refused when one is saved, what is sent, and what it costs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.kernel.messages import TEXTS, Words
from chalicelib.records.identity.accounts.service import opting_out
from chalicelib.records.messages.channels import wording
from chalicelib.records.messages.claims.rules import WAYS
from chalicelib.records.messages.templates import rules, service
from chalicelib.records.messages.templates.rules import SavedText
from tests.support import people

BASE = "/v1/admin/message-templates"
SHIPPED = Path(__file__).resolve().parents[3] / "chalicelib" / "processes" / "campaigns" / "shipped"
SOUND = {
    "purpose": "marketing",
    "subject_zh": "上新",
    "text_zh": "【集市】{goods} 已上新。拒收请回复R",
    "subject_en": "New",
    "text_en": "[Jishi] {goods} is new. Reply R to stop",
    "lengths": {"goods": 20},
    "code": "SMS_1",
    "approval": "approved",
}


@pytest.fixture
def clerk(front):
    return people.member(front, "operator", fresh=True).token


def add(front, clerk, name="spring_new", **other):
    return front.post(BASE, {"name": name, **SOUND, **other}, token=clerk)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"text_zh": "{goods} 已上新。拒收请回复R"}, "MESSAGE_TEMPLATE_SENDER_MISSING"),
        ({"text_en": "{goods} is new. Reply R"}, "MESSAGE_TEMPLATE_SENDER_MISSING"),
        ({"text_zh": "【集市】{goods} 已上新。"}, "MESSAGE_TEMPLATE_WAY_OUT_MISSING"),
        ({"text_en": "[Jishi] {goods} is new."}, "MESSAGE_TEMPLATE_WAY_OUT_MISSING"),
        ({"text_en": "[Jishi] {good} is new. Reply R"}, "MESSAGE_TEMPLATE_BLANKS_DIFFER"),
        ({"lengths": {}}, "MESSAGE_TEMPLATE_LENGTH_MISSING"),
        ({"text_zh": "【集市】{goods 拒收请回复R"}, "MESSAGE_TEMPLATE_BLANK_INVALID"),
        ({"text_zh": "【集市】{goods.__class__} 拒收请回复R"}, "MESSAGE_TEMPLATE_BLANK_INVALID"),
        ({"text_zh": "【集市】{0} 拒收请回复R"}, "MESSAGE_TEMPLATE_BLANK_INVALID"),
        ({"text_zh": "【集市】{goods!r} 拒收请回复R"}, "MESSAGE_TEMPLATE_BLANK_INVALID"),
        ({"name": "code"}, "MESSAGE_TEMPLATE_NAME_TAKEN"),
    ],
)
def test_what_may_not_be_sent_is_refused_when_it_is_saved(front, clerk, other, code):
    told = add(front, clerk, **other)
    assert told.json["code"] == code
    assert front.get(BASE, token=clerk).json["items"] == []


def test_a_notice_of_service_needs_no_way_out(front, clerk):
    assert add(front, clerk, purpose="service", text_zh="【集市】{goods}", text_en="[Jishi] {goods}").status == 201


def test_versions_are_saved_one_after_the_other_and_the_published_one_is_sent(front, clerk, engine):
    assert add(front, clerk).json == {"name": "spring_new", "version": 1}
    assert add(front, clerk).json["code"] == "MESSAGE_TEMPLATE_NAME_TAKEN"
    assert service.live("spring_new") is None
    assert front.put(f"{BASE}/spring_new/publication", {"version": 1}, token=clerk).status == 204
    assert service.live("spring_new").zh.text == SOUND["text_zh"]
    edited = {**SOUND, "text_zh": "【集市】新：{goods}。退订回R", "version": 1}
    assert front.put(f"{BASE}/spring_new", edited, token=clerk).json["version"] == 2
    assert front.put(f"{BASE}/spring_new", edited, token=clerk).json["code"] == "MESSAGE_TEMPLATE_STALE"
    assert (
        front.put(f"{BASE}/spring_new/publication", {"version": 1}, token=clerk).json["code"]
        == "MESSAGE_TEMPLATE_STALE"
    )
    engine.advance(timedelta(seconds=11))
    assert service.live("spring_new").zh.text == SOUND["text_zh"], "what was saved is not sent before it is published"
    front.put(f"{BASE}/spring_new/publication", {"version": 2}, token=clerk)
    engine.advance(timedelta(seconds=11))
    assert service.live("spring_new").zh.text == edited["text_zh"]
    shown = front.get(f"{BASE}/spring_new", token=clerk).json
    assert (shown["version"], shown["live"], shown["sms_zh"]["segments"]) == (2, 2, 1)
    (row,) = front.get(BASE, token=clerk).json["items"]
    assert row["name"] == "spring_new"


def test_what_is_not_there_is_said_so(front, clerk):
    assert front.get(f"{BASE}/nothing", token=clerk).json["code"] == "MESSAGE_TEMPLATE_NOT_FOUND"
    told = front.put(f"{BASE}/nothing", {**SOUND, "version": 1}, token=clerk)
    assert told.json["code"] == "MESSAGE_TEMPLATE_NOT_FOUND"
    assert front.put(f"{BASE}/nothing/publication", {"version": 1}, token=clerk).status == 404


def text(zh, **lengths):
    return SavedText("service", Words("s", zh), Words("s", zh), lengths, "", "approved")


@pytest.mark.parametrize(("letters", "segments"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_a_text_message_is_paid_by_its_parts(letters, segments):
    told = rules.cost(text("x" * (letters - 10) + "{goods}", goods=10), "zh", 5)
    assert told == (letters, segments, segments * 5)


def test_what_is_filled_in_fits_or_is_not_sent():
    told = text("{goods}{opt_out}", goods=3)
    assert rules.fits(told, {"goods": "abc"})
    assert not rules.fits(told, {"goods": "abcd"})
    assert not rules.fits(told, {})


def test_a_preview_shows_the_reader_masked_and_sends_nothing(front, clerk):
    who = people.register(front)
    add(front, clerk)
    shown = front.post(f"{BASE}/spring_new/preview", {"user_id": who.id, "values": {"goods": "春茶"}}, token=clerk)
    assert shown.status == 200, shown.text
    assert shown.json["text"] == "【集市】春茶 已上新。拒收请回复R"
    assert shown.json["phone"] == "138****8000"
    told = front.post(f"{BASE}/spring_new/preview", {"user_id": who.id, "values": {}}, token=clerk)
    assert told.json["code"] == "MESSAGE_TEMPLATE_VALUES_UNFIT"


def test_each_offer_that_comes_with_the_shop_says_who_it_is_from_and_how_to_get_no_more():
    import app  # noqa: F401  # imports every context

    plans = [json.loads(file.read_text()) for file in sorted(SHIPPED.glob("*.json"))]
    told = [step["message"] for plan in plans for step in plan["steps"] if "message" in step]
    offers = [TEXTS[one["template"]] for one in told if one["purpose"] == "marketing"]
    assert len(offers) >= 5
    for one in offers:
        lengths = dict.fromkeys(one.blanks, rules.LONGEST_BLANK)
        rules.checked(rules.SavedText("marketing", one.zh, one.en, lengths, "", "none"))


def test_the_address_of_the_page_is_no_longer_than_what_a_text_is_reckoned_with(engine, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", f"https://{'a' * 25}.example.com")
    assert (
        max(len(opting_out.link(f"U{'0' * 26}", f"marketing_{way}")) for way in WAYS)
        <= rules.LINK
        == wording.LINKS["opt_out"]
    )
