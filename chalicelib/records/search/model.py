"""The table `search`: the index in SEGMENTS rows, an article in the one that its id falls upon, and a mark beside each.

A mark is small and says only which version its segment has: a process that remembers the index reads the marks, and of
the segments those that changed.
"""

from __future__ import annotations

from zlib import crc32

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import Table, WholeAttribute, table_name

SEGMENTS = 96  # all of them are one batch read
MARKS, ROWS = "marks", "rows"


class Segment(Table):
    """A part of the index, packed."""

    class Meta:
        table_name = table_name("search")

    number = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    version = WholeAttribute(attr_name="v")
    content = BinaryAttribute(attr_name="c", legacy_encoding=False)


class SegmentMark(Table):
    """Which version a segment has."""

    class Meta:
        table_name = table_name("search")

    part = UnicodeAttribute(hash_key=True, attr_name="p")
    number = UnicodeAttribute(range_key=True, attr_name="r")
    version = WholeAttribute(attr_name="v")


def segment_of(product: str) -> str:
    """The segment in which a product stands."""
    return str(crc32(product.encode()) % SEGMENTS)
