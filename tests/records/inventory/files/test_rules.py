"""How a source's file is read, and when a person looks at it."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Refusal
from chalicelib.records.inventory.files import rules
from chalicelib.records.inventory.files.rules import (
    FileHeaderMissing,
    FileHeaderRepeated,
    FileTally,
    FileTooLong,
    FileUnreadable,
)


def test_a_file_has_a_hundred_thousand_rows_at_most():
    whole = b"sku,count\n" + b"A,1\n" * rules.MOST_ROWS
    assert len(rules.rows_of(whole, "text/csv")) == rules.MOST_ROWS
    with pytest.raises(FileTooLong) as refused:
        rules.rows_of(whole + b"A,1\n", "text/csv")
    assert refused.value.params == {"most": 100_000}
    assert rules.rows_of(b'sku\n"a\r\nb"\n', "text/csv") == [(2, {"sku": "a\r\nb"})]
    with pytest.raises(FileUnreadable):
        rules.rows_of(b"\xff", "application/x-ndjson")
    for headless in (b"", b"A,1\n", b"\nsku,count\n"):
        with pytest.raises(FileHeaderMissing):
            rules.rows_of(headless, "text/csv")
    with pytest.raises(FileHeaderRepeated) as refused:
        rules.rows_of(b"sku,count,sku\nA,1,B\n", "text/csv")
    assert refused.value.params == {"field": "sku"}
    assert rules.rows_of(b"sku,,\nA,,\n", "text/csv") == [(2, {"sku": "A", "": ""})]
    assert rules.rows_of(b"sku,count\n", "text/csv") == rules.rows_of(b"", "application/x-ndjson") == []


@pytest.mark.parametrize(
    ("tally", "parked"),
    [
        (FileTally(stocked=10, units=100, down=3, less=30), False), (FileTally(stocked=10, units=100, down=4, less=4), True),
        (FileTally(stocked=10, units=100, down=1, less=31), True), (FileTally(), False), (FileTally(down=1, less=1), True),
    ],
)  # fmt: skip
def test_more_than_a_third_at_once_is_too_much(tally, parked):
    assert rules.too_much(tally, 30) is parked


def test_counts_of_parts_are_summed():
    assert FileTally(1, 2, 3, 4, 5, 6, 7, 8) + FileTally(*[1] * 8) == FileTally(2, 3, 4, 5, 6, 7, 8, 9)


def test_every_refusal_of_a_file_speaks_both_languages():
    for kind in rules.REFUSALS.values():
        made: Refusal = kind(**dict.fromkeys(kind.fields, 1))
        assert made.message("zh") != made.message("en")


def test_rows_are_read_as_they_stand():
    assert rules.rows_of(b'sku,count\r\nA,1\r\n\r\nB\r\nC,"2"\r\n', "text/csv") == [
        (2, {"sku": "A", "count": "1"}),
        (4, None),
        (5, {"sku": "C", "count": "2"}),
    ]
    assert rules.rows_of(b'\xef\xbb\xbf{"sku": "A"}\n\n{half\n[1]', "application/x-ndjson") == [
        (1, {"sku": "A"}),
        (3, None),
        (4, [1]),
    ]
    deep = b"[" * 100_000
    assert rules.rows_of(deep, "application/x-ndjson") == [(1, None)]
    with pytest.raises(FileUnreadable):
        rules.rows_of(b'sku\n"A', "text/csv")


def test_a_row_names_its_shelf_also_where_the_rest_is_wrong():
    assert rules.listed_place({"sku": "A", "count": "x"}, "MAIN") == "A@MAIN"
    assert rules.listed_place({"sku": "A", "location": "BJ"}, "MAIN") == "A@BJ"
    assert rules.listed_place({"sku": "A", "location": ""}, "MAIN") == "A@MAIN"
    for raw in (None, [], "A", {"sku": 1}, {"count": 1}, {"sku": "A", "location": 7}):
        assert rules.listed_place(raw, "MAIN") is None
