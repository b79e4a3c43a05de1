"""The lines of transactions that change the index."""

from __future__ import annotations

from chalicelib.runtime.table import Step, put

from .model import MARKS, ROWS, Segment, SegmentMark
from .rules import IndexMoved


def write(number: str, version: int, content: bytes) -> list[Step]:
    """Put the next version of a segment in the place of this one (0: there is none). Its refusal: IndexMoved."""
    unchanged = Segment.version == version if version else Segment.number.does_not_exist()
    return [
        put(Segment(number, ROWS, version=version + 1, content=content), unchanged, IndexMoved()),
        put(SegmentMark(MARKS, number, version=version + 1)),
    ]
