"""One form of what is written and of what is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.search import rules
from chalicelib.records.search.rules import Needle, QueryUnclear, SearchFilter
from chalicelib.records.search.simplified import SIMPLIFIED, TRADITIONAL
from tests.records.search.entries import entry


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ｔ恤　ＸＬ", "t 恤 xl"),  # full width
        ("純棉圓領T恤", "纯棉圆领 t 恤"),
        ("TS-001_Red/M", "ts 001 red m"),
        ("ｶﾀｶﾅ Straße", "カタカナ strasse"),
        ('100% "棉"', "100 棉"),
        ("👕🔥", ""),
        ("①号", "1 号"),
        ("", ""),
    ],
)
def test_width_case_script_and_what_is_no_word_are_folded_away(written, folded):
    assert rules.fold(written) == folded


@pytest.mark.parametrize("character", "\u3041\u30fe\u3400\u4dbf\u4e00\u9fff\uac00\ud7a3")
def test_scripts_without_spaces_are_words_of_their_own_from_their_first_character_to_their_last(character):
    assert rules.fold(f"a{character}b") == f"a {character} b"
    assert rules.needles(character * 3) == (Needle((character * 2,)),)


def test_every_traditional_character_has_one_simplified():
    assert len(TRADITIONAL) == len(SIMPLIFIED) == len(set(TRADITIONAL)) == 2_920
    assert [rules.fold(text) for text in ("繁體中文", "褲襪", "電腦")] == ["繁体中文", "裤袜", "电脑"]


@given(st.text(max_size=60))
def test_what_is_folded_folds_to_itself_and_is_found_by_itself(text):
    form = rules.fold(text)
    assert rules.fold(form) == form or rules.fold(rules.fold(form)) == rules.fold(form)
    if form:
        written = rules.folded([text])
        assert all(part in written for needle in rules.needles(text) for part in needle.parts)


def test_chinese_is_looked_for_by_pairs_of_which_a_third_may_be_missing():
    assert rules.needles("连衣裙") == (Needle(("连衣", "衣裙"), 0),)
    assert rules.needles("红色连衣裙") == (Needle(("红色", "色连", "连衣", "衣裙"), 1),)
    assert rules.needles("新款红色连衣裙") == (Needle(("新款", "款红", "红色", "色连", "连衣", "衣裙"), 2),)
    assert rules.needles("裙") == (Needle(("裙",), 0),)


def test_other_scripts_are_looked_for_by_the_beginning_of_a_word():
    assert rules.needles("Cotton shirt") == (Needle((" cotton",)), Needle((" shirt",)))
    assert rules.needles("t恤 T恤") == (Needle((" t",)), Needle(("恤",))), "each run once"


@pytest.mark.parametrize("query", ["", "   ", "?!…", "👕", "%", '"', "''", "\\", "_", "--", "()", "*"])
def test_a_query_without_a_word_is_unclear(query):
    with pytest.raises(QueryUnclear):
        rules.needles(query)


def test_a_code_is_found_by_its_parts_and_without_what_divides_it():
    written = rules.folded(rules.code_words(["TS-001-RED", "TS-001-RED"]))
    assert written == " ts 001 red ts001red"


def test_a_name_has_a_needle_when_it_has_all_its_parts():
    (needle,) = rules.needles("连衣裙")
    assert rules.names(needle, rules.folded(["連衣裙", "Dresses"]))
    assert not rules.names(needle, rules.folded(["衣裙"]))


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (SearchFilter(), True),
        (SearchFilter(category="G1"), True),
        (SearchFilter(category="G9"), False),
        (SearchFilter(price_from=9_900, price_to=9_900), True),
        (SearchFilter(price_from=9_901), False),
        (SearchFilter(price_to=9_899), False),
        (SearchFilter(brand="集市"), True),
        (SearchFilter(brand="集"), False),
        (SearchFilter(attributes=(("season", "summer"), ("lined", "true"))), True),
        (SearchFilter(attributes=(("season", "summer"), ("lined", "false"))), False),
        (SearchFilter(attributes=(("colour", "red"),)), False),
    ],
)
def test_a_filter_holds_in_every_part(wanted, fits):
    assert wanted.fits(entry()) is fits


def test_what_is_sold_out_fits_where_stock_is_not_asked_for():
    gone = entry(stocked=False)
    assert SearchFilter().fits(gone)
    assert not SearchFilter(in_stock=True).fits(gone)
    assert SearchFilter(in_stock=True).fits(entry())
