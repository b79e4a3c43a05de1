"""What a source's counts change, described."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.kernel.clock import instant
from chalicelib.runtime.table import Action, Condition, Step, insert, put, update

from ..model import FIRST, SOURCES, KnownDelta, Stock, StockSource, bucket_part, delta_part
from ..rules import StaleStock
from ..steps import open_elsewhere, record
from .rules import SYNC, FedShelf, FeedNumbers, SourceTaken

ASIDE = ("acked", "acked_before")


def open_source(row: StockSource) -> Step:
    """A source that nobody had."""
    return insert(row, SourceTaken(source=row.id))


def keep_source(row: StockSource, known: FeedNumbers) -> Step:
    """A source as it is from now on, unless more of its numbers came since it was read."""
    return put(row, _numbers_as_read(known), StaleStock())


def count_on(source: str, known: FeedNumbers, after: FeedNumbers) -> Step:
    """More numbers of a source came, after those that are known: of two pushes at once one must look again."""
    gaps = StockSource.gaps.set(_packed(after)) if after.gaps else StockSource.gaps.remove()
    actions = [StockSource.high.set(after.high or 0), gaps]
    return update(StockSource, SOURCES, source, actions=actions, when=_numbers_as_read(known), otherwise=StaleStock())


def _numbers_as_read(known: FeedNumbers) -> Condition:
    high, gaps = StockSource.high, StockSource.gaps
    when: Condition = high == known.high if known.high is not None else high.does_not_exist()
    when &= gaps == _packed(known) if known.gaps else gaps.does_not_exist()
    return when


def _packed(numbers: FeedNumbers) -> str:
    """The gaps as the row keeps them."""
    return json.dumps(numbers.gaps, separators=(",", ":"))


def hear(source: str, at: Any, seq: int | None) -> Step:
    """Note that a source told something; repeated it is the same."""
    actions = [StockSource.last_at.set(at), *([StockSource.last_seq.set(seq)] if seq is not None else [])]
    return update(StockSource, SOURCES, source, actions=actions)


class Taking(NamedTuple):
    """What a source's rows change at a place: its buckets as they were read (none: nothing of it ever lay there), the shelf
    before and after, by how much more is available in each bucket, and the differences that count from now on."""

    place: str
    rows: tuple[Stock, ...]
    seen: FedShelf
    shelf: FedShelf
    parts: tuple[int, ...]
    fresh: Mapping[str, tuple[int, int]]

    @property
    def change(self) -> int:
        """By how much more is on hand."""
        return self.shelf.on_hand - self.seen.on_hand

    @property
    def size(self) -> int:
        """How many items it changes at most: buckets, the ledger's line, differences, and of a new shelf the main one."""
        return len(self.parts) + len(self.fresh) + (1 if self.rows else 2)


def take(taking: Taking, source: str, movement: str, at: datetime, *, main: Stock | None = None) -> list[Step]:
    """A shelf as its source says, its line in the ledger, and the differences that counted. A new shelf elsewhere is noted at the
    `main` one, and stopped with it."""
    steps = _count(taking, source) if taking.rows else [_open(taking, source, main)]
    if main is not None:
        steps.append(open_elsewhere(main, taking.place.partition("@")[2]))
    if taking.change:
        steps.append(record(movement, taking.place, taking.change, SYNC, source, at))
    return steps + [
        insert(KnownDelta(taking.place, delta_part(source, name), delta=delta, seq=seq), StaleStock())
        for name, (delta, seq) in taking.fresh.items()
    ]


def _open(taking: Taking, source: str, main: Stock | None) -> Step:
    """The first count of a SKU at a location where none of it ever lay."""
    shelf = taking.shelf
    closed = main.closed if main is not None else None
    row = Stock(taking.place, FIRST, available=shelf.on_hand, held=0, buckets=1, first=0, source=source, closed=closed)
    for name, value in _kept(shelf).items():
        setattr(row, name, value)
    return insert(row, StaleStock())


def _count(taking: Taking, source: str) -> list[Step]:
    """A shelf as its source says, provided that it still is as it was read; what is held stays."""
    first, *more = taking.rows
    actions: list[Action] = [
        *([] if first.source else [Stock.source.set(source)]),
        *_changed(taking.seen, taking.shelf),
    ]
    actions += [Stock.available.add(taking.parts[0])] if taking.parts[0] else []
    steps = [update(Stock, first.place, FIRST, actions=actions, when=_as_read(first), otherwise=StaleStock())]
    return steps + [
        update(
            Stock,
            row.place,
            bucket_part(bucket),
            actions=[Stock.available.add(part)],
            when=Stock.available >= -part,
            otherwise=StaleStock(),
        )
        for bucket, (row, part) in enumerate(zip(more, taking.parts[1:], strict=True), 1)
        if part
    ]


def let_go(first: Stock) -> Step:
    """Nobody counts this shelf any more, until somebody does."""
    actions = [
        getattr(Stock, name).remove() for name in ("source", "seq", "tail", "lacking", "counted_at", "sent_before")
    ]
    return update(Stock, first.place, FIRST, actions=actions, when=_as_read(first), otherwise=StaleStock())


def _kept(shelf: FedShelf) -> dict[str, Any]:
    """A shelf as its row keeps it."""
    at = {name: getattr(shelf, name) for name in ("counted_at", "turned", "sent_at", "acked_at")}
    instants = {name: None if value is None else instant(value) for name, value in at.items()}
    numbers = {name: getattr(shelf, name) or None for name in ("lacking", "sent", "sent_before", *ASIDE)}
    return {"on_hand": shelf.on_hand, "seq": shelf.seq, "tail": shelf.tail, **numbers, **instants}


def _changed(seen: FedShelf, shelf: FedShelf) -> list[Action]:
    before = _kept(seen)
    return [
        getattr(Stock, name).set(value) if value is not None else getattr(Stock, name).remove()
        for name, value in _kept(shelf).items()
        if value != before[name]
    ]


def _as_read(first: Stock) -> Condition:
    """Nothing that a count goes by has changed; orders may hold and release meanwhile."""
    when: Any = Stock.on_hand == (first.on_hand or 0)
    for name in ("source", "seq", "tail", "lacking", "sent", "buckets", *ASIDE):
        value = getattr(first, name)
        when &= getattr(Stock, name) == value if value is not None else getattr(Stock, name).does_not_exist()
    found: Condition = when
    return found
