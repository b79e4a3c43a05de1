"""The shop's own engine: an index in rows, remembered whole by each process that searches.

Guarantees: a change is found REMEMBERED after its commit at the latest; a search reads nothing while the index is known,
else the marks and the segments that changed, or all segments at once when nothing is known yet. Made for 20,000 articles.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.runtime import table, world
from chalicelib.runtime.memory import Memory
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from . import steps
from .matching import Index
from .model import MARKS, ROWS, SEGMENTS, Segment, SegmentMark, segment_of
from .rules import FoundPage, Position, SearchEntry, Wanted

REMEMBERED = timedelta(seconds=3)
EVERY = tuple(map(str, range(SEGMENTS)))


class KnownSegment(NamedTuple):
    """A segment as it was read."""

    version: int
    entries: Mapping[str, SearchEntry]


NO_SEGMENT = KnownSegment(0, {})


class KnownIndex(NamedTuple):
    """All segments as they were when the marks were last looked at, and the index that they make."""

    looked: datetime
    segments: Mapping[str, KnownSegment]
    entries: Index


_known: Memory[str, KnownIndex] = Memory(1)


class SegmentEngine:
    """Fills the port of search engines."""

    def keep(self, entries: Iterable[SearchEntry], gone: Iterable[str], work: Work) -> None:
        """Change the segments concerned, each provided that nobody else has meanwhile. Raises IndexMoved at commit."""
        changes: dict[str, dict[str, SearchEntry | None]] = {}
        for product, entry in [*((product, None) for product in gone), *((entry.product, entry) for entry in entries)]:
            changes.setdefault(segment_of(product), {})[product] = entry
        for number, before in _read(list(changes), consistent=True).items():
            changed = {**before.entries, **changes[number]}
            after = {product: entry for product, entry in changed.items() if entry is not None}
            if after != before.entries:
                work.add(*steps.write(number, before.version, _pack(after.values())))

    def find(self, search: Wanted, limit: int, after: Position | None) -> FoundPage:
        return _current().find(search, limit, after)

    def between(self, until: str, before: str) -> Sequence[str]:
        return _current().between(until, before)


def forget() -> None:
    """Read everything again next time."""
    _known.forget()


def _current() -> Index:
    """The index, REMEMBERED old at most."""
    now, known = world.now(), _known.get(MARKS)
    if known is not None and timedelta() <= now - known.looked < REMEMBERED:
        return known.entries
    if known is None:
        segments: Mapping[str, KnownSegment] = _read(EVERY)
        known = KnownIndex(now, segments, _index(segments))
    else:
        marks = table.every(SegmentMark, MARKS)
        moved = [mark.number for mark in marks if known.segments[mark.number].version != mark.version]
        segments = {**known.segments, **_read(moved)} if moved else known.segments
        known = KnownIndex(now, segments, _index(segments) if moved else known.entries)
    _known.put(MARKS, known)
    return known.entries


def _index(segments: Mapping[str, KnownSegment]) -> Index:
    return Index(entry for segment in segments.values() for entry in segment.entries.values())


def _read(numbers: Sequence[str], *, consistent: bool = False) -> dict[str, KnownSegment]:
    """These segments, in one batch."""
    rows = table.batch([Key(Segment, number, ROWS) for number in numbers], consistent=consistent) if numbers else []
    return {
        number: NO_SEGMENT if row is None else KnownSegment(row.version, _unpack(row.content))
        for number, row in zip(numbers, rows, strict=True)
    }


def _pack(entries: Iterable[SearchEntry]) -> bytes:
    rows = sorted(entries, key=lambda entry: entry.product)
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())


def _unpack(content: bytes) -> dict[str, SearchEntry]:
    rows = (SearchEntry(*row) for row in json.loads(zlib.decompress(content)))
    return {row.product: row._replace(places=tuple(row.places), brands=tuple(row.brands)) for row in rows}
