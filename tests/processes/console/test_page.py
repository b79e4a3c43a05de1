"""The operators' page: one file, nothing from elsewhere, its own script only, both languages whole; it asks for what a
role may have, and knows the shop's words."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from chalicelib.kernel.permits import ROLES, STAFF_ROLES
from chalicelib.processes.console.shapes import DiscloseOrder
from chalicelib.processes.ordering.staff.shapes import CancelForShop
from chalicelib.processes.pages import texts
from chalicelib.processes.paying.rules import FIT, Resolution, fitting
from chalicelib.processes.paying.shapes import Resolve
from chalicelib.records.orders.rules import ORDER
from chalicelib.records.payments.providers import METHODS, PROVIDERS
from chalicelib.records.payments.rules import ATTEMPT, REFUND, Mismatch
from chalicelib.runtime.http import OPERATIONS, PUBLIC
from chalicelib.runtime.switches import SWITCHES
from tests.support import people

ONE_SELF = {"sessions:end", "sessions:confirm"}  # everybody's, so the page does not ask whether
TROUBLE = {*get_args(Mismatch), "provider", "amount"} - {""}
KINDS = TROUBLE | {f"refund_{trouble}" for trouble in TROUBLE} | {
    "double", "unknown", "unknown_refund", "payment_silent", "refund_silent", "refund_failed", "refund_abnormal",
    "refund_unexpected", "shipping_untold",
}  # fmt: skip


@pytest.fixture
def page(front):
    return front.get("/console")


def doors_asked(text):
    """The doors that the page asks, as (method, path with * for what varies)."""
    asked = re.findall(r"ask\(\s*\"(\w+)\",\s*[\"`]([^\"`?]+)", text)
    return {(method, re.sub(r"\$\{[^}]+\}", "*", path)) for method, path in asked}


def test_the_page_speaks_both_languages_wholly(page):
    tables = re.search(r"const WORDS = \{\n  zh: \{(.*?)\},\n  en: \{(.*?)\},\n\};", page.text, re.DOTALL)
    zh, en = (set(re.findall(r"(?:^|,|\n)\s*(\w+): \"", part)) for part in tables.groups())
    assert zh == en
    said = re.findall(
        r"say\(\"(\w+)\"\)|data-say=\"(\w+)\"|(?:add|twice|named|field|button|toOrder|decide)\(\"(\w+)\""
        r"|\], \"(\w+)\", (?:async|values)",
        page.text,
    )
    assert {word for found in said for word in found if word} <= zh


def test_the_page_asks_for_what_the_shop_has(page):
    assert len(doors_asked(page.text)) >= 20
    assert doors_asked(page.text) <= {(op.method, re.sub(r"\{\w+\}", "*", op.path)) for op in OPERATIONS}


def test_the_page_asks_behind_each_permit_what_that_permit_opens(page):
    permits = {(op.method, re.sub(r"\{\w+\}", "*", op.path)): op.permit for op in OPERATIONS}
    asked = {permits[door] for door in doors_asked(page.text)} - {PUBLIC} - ONE_SELF
    guarded = {a or b for a, b in re.findall(r"may\(\"([\w:]+)\"\)|add\(\"\w+\", \w+, \"([\w:]+)\"\)", page.text)}
    assert guarded | {"shop:watch"} == asked | {"shop:watch"}
    assert "shop:watch" in guarded


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_the_shop_tells_a_session_its_roles_and_permits_and_its_own_words(front, role):
    member = people.member(front, role)
    told = front.get("/v1/session", token=member.token).json
    assert told == {"user_id": member.id, "roles": [role], "permits": sorted(ROLES[role])}
    words = front.get("/v1/admin/vocabulary", token=member.token).json["words"]
    assert words == {
        group: {word: {"zh": zh, "en": en} for word, (zh, en) in told.items()} for group, told in texts.words().items()
    }


def test_a_guest_has_a_session_and_no_words_of_the_staff(front):
    guest = people.guest(front)
    assert front.get("/v1/session", token=guest.token).json["permits"] == sorted(ROLES["guest"])
    assert front.get("/v1/admin/vocabulary", token=guest.token).status == 403
    assert front.get("/v1/session").status == 401


def test_the_page_shows_its_key_where_a_door_wants_one(page):
    keyed = {(op.method, re.sub(r"\{\w+\}", "*", op.path)) for op in OPERATIONS if op.key == "required"}
    for method, path in doors_asked(page.text) & keyed:
        start = rf'ask\(\s*"{method}",\s*["`]' + re.escape(path).replace(r"\*", r"\$\{[^}]+\}")
        assert re.search(start + r"[\"`],[^;]*\{\s*key,?\s*\}", page.text), path


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("role", STAFF_ROLES | {"customer"}), ("order", set(ORDER.all)), ("payment", set(ATTEMPT.all)),
        ("refund", set(REFUND.all)), ("kind", KINDS),
        ("resolution", set(get_args(Resolve.model_fields["resolution"].annotation))),
        ("cancelling", set(get_args(CancelForShop.model_fields["reason"].annotation))),
        ("looking", set(get_args(DiscloseOrder.model_fields["reason"].annotation))),
        ("reason", {"late", "double", "amount mismatch"}),
    ],
)  # fmt: skip
def test_the_shop_has_a_word_in_both_languages_for_each_that_it_tells(group, words):
    told = texts.words()[group]
    assert set(told) == words
    assert all(zh and en for zh, en in told.values())


def test_the_words_of_providers_are_their_manifests():
    told = texts.words()
    assert told["provider"] == {one.name: (one.zh, one.en) for one in PROVIDERS.values()}
    assert told["product"] == {".".join(key): (row.zh, row.en) for key, row in METHODS.items()}


def test_a_switch_means_to_operators_what_it_means_to_the_shop():
    ours = {name: meaning for name, (_, meaning) in SWITCHES.items() if not name.startswith("test_")}
    assert {name: en for name, (_, en) in texts.words()["switch"].items()} == ours


def test_an_exception_is_offered_resolutions_that_the_shop_knows_for_kinds_that_it_has():
    assert set(FIT) <= KINDS
    assert (
        {one for kind in KINDS for one in fitting(kind)}
        == set(texts.words()["resolution"])
        == set(get_args(Resolution))
    )
    assert fitting("refund_silent") == ("retry", "by_hand", "noted")
    assert fitting("double") == ("noted",)
