"""Rows of a feed: read or refused each by itself, and folded so that every order and any repetition ends alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement, permutations, product

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal
from chalicelib.records.inventory.feeds import rules
from chalicelib.records.inventory.feeds.rules import FedShelf, FeedRow, fold, read_row
from chalicelib.records.inventory.rules import taken_from

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
AT = millis(NOW)
SKU = "P01JZ000000000000000000000001"


def counted(seq, figure, *, allocated=0, as_of=AT):
    return FeedRow(SKU, "MAIN", figure, None, seq, "", allocated, as_of)


def moved(name, delta, seq=None):
    return FeedRow(SKU, "MAIN", None, delta, seq, name, 0, AT)


def taken(*rows):
    """Each row by itself, as if each came alone, with what is known by then."""
    known, shelf = {}, FedShelf(on_hand=10)
    for row in rows:
        shelf, fresh = fold(shelf, [row], known, lag_ms=0, now=AT)
        known |= fresh
    return shelf


def said(shelf):
    return shelf.told, shelf.on_hand, shelf.seq


# ---- reading --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"sku": SKU, "count": 2.5, "seq": 1}, "ROW_NUMBER_NOT_WHOLE"),  # S004
        ({"sku": SKU, "count": float("nan"), "seq": 1}, "ROW_NUMBER_NOT_WHOLE"),
        ({"sku": SKU, "count": float("inf"), "seq": 1}, "ROW_NUMBER_NOT_WHOLE"),
        ({"sku": SKU, "count": "NaN", "seq": 1}, "ROW_NUMBER_NOT_WHOLE"),
        ({"sku": SKU, "count": "2.5", "seq": 1}, "ROW_NUMBER_NOT_WHOLE"),
        ({"sku": SKU, "count": True, "seq": 1}, "ROW_NUMBER_NOT_WHOLE"),
        ({"sku": SKU, "count": -2, "seq": 1}, "ROW_NUMBER_NEGATIVE"),  # S033: refused, not taken as nothing
        ({"sku": SKU, "count": 10_000_001, "seq": 1}, "ROW_NUMBER_TOO_LARGE"),
        ({"sku": SKU, "count": 10**30, "seq": 1}, "ROW_NUMBER_TOO_LARGE"),
        ({"sku": SKU, "delta": -10_000_001, "id": "a"}, "ROW_NUMBER_TOO_LARGE"),
        ({"sku": SKU, "count": 1}, "ROW_FIELD_MISSING"),
        ({"sku": SKU, "delta": 1}, "ROW_FIELD_MISSING"),
        ({"count": 1, "seq": 1}, "ROW_FIELD_MISSING"),
        ({"sku": SKU, "seq": 1}, "ROW_COUNT_AND_DELTA"),
        ({"sku": SKU, "count": 1, "delta": 1, "seq": 1}, "ROW_COUNT_AND_DELTA"),
        ({"sku": "a b", "count": 1, "seq": 1}, "ROW_FIELD_MALFORMED"),
        ({"sku": 7, "count": 1, "seq": 1}, "ROW_FIELD_MALFORMED"),
        ({"sku": SKU, "count": 1, "seq": 1, "as_of": "yesterday"}, "ROW_FIELD_MALFORMED"),
        ({"sku": SKU, "count": 1, "seq": 1, "as_of": "2026-06-01T12:00:00"}, "ROW_FIELD_MALFORMED"),
        ({"sku": SKU, "count": 1, "seq": 1, "as_of": 5}, "ROW_FIELD_MALFORMED"),
        ({"sku": SKU, "count": 1, "seq": 1, "as_of": "2026-06-01T12:06:00Z"}, "ROW_FROM_FUTURE"),
        ({"sku": SKU, "count": 1, "seq": 1, "qty": 1}, "ROW_FIELD_UNKNOWN"),
        ([SKU, 1], "ROW_UNREADABLE"),
        (None, "ROW_UNREADABLE"),
    ],
)  # fmt: skip
def test_a_wrong_row_says_what_is_wrong(raw, code):
    with pytest.raises(Refusal) as refused:
        read_row(raw, NOW)
    assert refused.value.code == code
    assert refused.value.message("zh") != refused.value.message("en")


def test_a_row_is_read_with_what_is_told_beside_it():
    assert read_row({"sku": SKU, "count": 5, "seq": 0}, NOW) == counted(0, 5)
    assert read_row({"sku": SKU, "count": "5", "seq": " ".strip(), "delta": None}, NOW, seq=9) == counted(9, 5)
    assert read_row({"sku": SKU, "count": 5, "seq": 3}, NOW, seq=9).seq == 3
    assert read_row({"sku": SKU, "delta": -3, "id": "x", "seq": "4"}, NOW) == moved("x", -3, 4)
    assert read_row({"sku": SKU, "delta": 10_000_000, "id": "x"}, NOW, seq=9) == moved("x", 10_000_000)
    told = read_row(
        {"sku": SKU, "count": 1, "seq": 1, "allocated": 2, "as_of": "2026-06-01T20:05:00+08:00", "location": "BJ"}, NOW
    )
    assert (told.allocated, told.as_of, told.location) == (2, AT + 300_000, "BJ")
    assert read_row({"sku": SKU, "count": 1, "seq": 1}, NOW, "BJ", NOW - timedelta(1)).as_of == AT - 86_400_000


# ---- folding --------------------------------------------------------------------------------------------------------
def test_an_older_count_is_known_and_a_difference_counts_once():
    """S033."""
    rows = [counted(8, 9), counted(7, 5), moved("d3", -1), moved("d3", -1)]
    assert [taken(*rows[: n + 1]).on_hand for n in range(4)] == [9, 9, 8, 8]


def test_a_difference_that_a_count_holds_already_changes_nothing():
    assert said(taken(counted(5, 7), moved("a", -2, 5), moved("b", -2, 4))) == (7, 7, 5)
    assert said(taken(counted(5, 7), moved("a", -2, 6))) == (5, 5, 5)


def test_a_late_count_keeps_the_differences_after_it():
    assert said(taken(moved("a", -2, 6), moved("b", 3, 4), counted(5, 7))) == (5, 5, 5)
    assert taken(moved("a", -2, 6), counted(6, 7)).tail is None


def test_below_nothing_is_kept_apart():
    """E25: what is on hand is never below nothing, and what comes afterwards is not lost."""
    low = taken(moved("a", -12))
    assert (low.on_hand, low.lacking, low.told) == (0, 2, -2)
    assert taken(moved("a", -12), moved("b", 5)).on_hand == 3
    assert taken(moved("b", 5), moved("a", -12)).on_hand == 3


MESSAGES = [
    counted(2, 7), counted(4, 3), counted(6, 11), moved("a", -5, 1), moved("b", -4, 3), moved("c", 2, 5),
    moved("d", -30, 7), moved("e", 1, 7),
]  # fmt: skip


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6])
def test_every_order_of_a_feed_ends_as_the_sorted_one(size):
    """All orders of up to six messages; the feeds of six are those that mix counts and differences most."""
    feeds = [MESSAGES[:size], MESSAGES[-size:], MESSAGES[1 : size + 1], [*MESSAGES[:1], *MESSAGES[3 : size + 2]]]
    for feed in feeds:
        wanted = said(taken(*sorted(feed, key=lambda row: (row.seq, row.figure is not None))))
        for order in permutations(feed):
            assert said(taken(*order)) == wanted, order


@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_repetition_in_every_order_ends_as_the_sorted_one(size):
    for feed in combinations_with_replacement(MESSAGES, size):
        wanted = said(taken(*sorted(set(feed), key=lambda row: (row.seq, row.figure is not None))))
        for order in product(feed, repeat=min(6, size + 2)):
            if set(order) == set(feed):
                assert said(taken(*order)) == wanted, order


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5])
def test_it_does_not_matter_which_rows_come_together(cut):
    for order in permutations(MESSAGES[:6]):
        known, shelf = {}, FedShelf(on_hand=10)
        for part in (order[:cut], order[cut:]):
            shelf, fresh = fold(shelf, part, known, lag_ms=0, now=AT)
            known |= fresh
        assert said(shelf) == said(taken(*order))


def test_when_all_differences_are_to_be_known():
    shelf = FedShelf(seq=3, tail=6)
    assert rules.looks_back(shelf, [counted(5, 1)])
    assert not rules.looks_back(shelf, [counted(6, 1), moved("a", 1, 2)])
    assert not rules.looks_back(FedShelf(seq=3), [counted(5, 1)])


# ---- what a count cannot know ----------------------------------------------------------------------------------------
def after(shelf, as_of, now, lag=0, seq=9, figure=50, allocated=0):
    return fold(shelf, [counted(seq, figure, as_of=as_of, allocated=allocated)], {}, lag_ms=lag, now=now)[0]


def test_what_left_after_a_count_was_made_is_taken_off():
    sent = FedShelf(on_hand=40, seq=1, counted_at=1_000, turned=1_100, sent=7, sent_at=5_000)
    assert after(sent, as_of=5_000, now=6_000).on_hand == 50, "it was made later than the last parcel"
    late = after(sent, as_of=4_999, now=6_000)
    assert (late.on_hand, late.sent, late.sent_before, late.turned) == (43, 0, 7, 6_000)
    assert after(sent, as_of=5_500, lag=1_000, now=6_000).on_hand == 43, "its source books late"
    first = FedShelf(on_hand=40, sent=700, sent_at=5_000)
    assert after(first, as_of=4_000, now=6_000).on_hand == 50, "what left before its first count is the source's affair"


def test_what_left_is_taken_off_until_a_count_is_later():
    sent = FedShelf(on_hand=40, seq=1, counted_at=1_000, turned=3_000, sent=7, sent_before=2, sent_at=5_000)
    early = after(sent, as_of=2_999, now=6_000)
    assert (early.on_hand, early.sent, early.sent_before, early.turned) == (41, 7, 2, 3_000)
    turned = after(sent, as_of=3_000, now=6_000)
    assert (turned.on_hand, turned.sent, turned.sent_before, turned.turned) == (43, 0, 7, 6_000)
    again = after(turned, as_of=4_000, now=7_000, seq=10)
    assert (again.on_hand, again.sent_before) == (43, 7)
    assert after(again, as_of=5_000, now=8_000, seq=11).on_hand == 50


def test_what_a_source_set_aside_for_orders_lies_there_too():
    assert after(FedShelf(), as_of=1, now=2, figure=50, allocated=4).on_hand == 54


# ---- buckets --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("buckets", "change", "parts"),
    [
        ([5], 3, [3]), ([5], -7, [-7]), ([2, 5], 3, [3, 0]), ([2, 5], -3, [0, -3]), ([2, 5], -6, [-1, -5]),
        ([2, 5], -9, [-4, -5]), ([-1, 5], -7, [-2, -5]), ([0, 0, 0], -1, [-1, 0, 0]), ([2, 5], 0, [0, 0]),
    ],
)  # fmt: skip
def test_what_is_less_is_taken_where_something_is_available(buckets, change, parts):
    assert taken_from(buckets, change) == parts


# ---- to the letter --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "params"),
    [
        ({"sku": SKU, "count": 1}, {"field": "seq"}), ({"count": 1, "seq": 1}, {"field": "sku"}),
        ({"sku": "a b", "count": 1, "seq": 1}, {"field": "sku"}), ({"sku": SKU, "count": 1.5, "seq": 1}, {"field": "count"}),
        ({"sku": SKU, "count": -1, "seq": 1}, {"field": "count"}),
        ({"sku": SKU, "count": 10_000_001, "seq": 1}, {"field": "count", "most": 10_000_000}),
        ({"sku": SKU, "delta": -10_000_001, "id": "a"}, {"field": "delta", "most": 10_000_000}),
        ({"sku": SKU, "count": 1, "seq": 1, "as_of": "x"}, {"field": "as_of"}),
        ({"sku": SKU, "x" * 50: 1}, {"field": "x" * 40}),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field(raw, params):
    with pytest.raises(Refusal) as refused:
        read_row(raw, NOW)
    assert refused.value.params == params


def test_a_row_travels_as_it_was_read():
    told = {"sku": SKU, "count": 5, "seq": 1, "allocated": 0, "as_of": "2026-06-01T12:00:00.750Z"}
    assert read_row(told, NOW).packed() == [SKU, "MAIN", 5, None, 1, "", 0, AT]


def test_of_two_counts_of_one_sequence_the_first_stands():
    assert taken(counted(5, 7), counted(5, 9)).on_hand == 7


def test_what_is_remembered_of_differences():
    def folded(shelf, *rows, known=()):
        return fold(shelf, rows, dict(known), lag_ms=0, now=AT)

    assert folded(FedShelf(), moved("a", 1))[1] == {"a": (1, 0)}
    assert folded(FedShelf(seq=4), moved("a", 1))[1] == {"a": (1, 4)}
    assert folded(FedShelf(seq=4), moved("a", 1, 6))[1] == {"a": (1, 6)}
    assert folded(FedShelf(), moved("a", 1, 0))[0].tail == 0
    assert folded(FedShelf(tail=7), moved("a", 1, 3), moved("b", 1))[0].tail == 7
    assert folded(FedShelf(tail=7), counted(5, 1))[0].tail == 7
    assert folded(FedShelf(tail=1), counted(0, 1))[0].tail == 1
    assert folded(FedShelf(tail=9), counted(5, 1), known={"x": (3, 5), "y": (2, 6)}.items())[0].on_hand == 3
    assert rules.looks_back(FedShelf(tail=1), [counted(0, 1)])


def test_what_is_remembered_of_a_count():
    sent = FedShelf(on_hand=40, seq=1, counted_at=1_000, turned=1_100, sent=7, sent_before=2, sent_at=5_000)
    assert after(sent, as_of=5_000, now=6_000) == FedShelf(50, 0, 9, None, 5_000, 0, 0, 6_000, 5_000)
