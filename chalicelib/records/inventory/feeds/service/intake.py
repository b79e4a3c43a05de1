"""What a source tells: each row is read and answered by itself, and what is new of them is handed to the worker.

Guarantee: a row that is wrong, or known already, changes nothing and keeps no other out; a push of which nothing is new
writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ...events import CountsReceived, FeedNumbersSkipped
from ...model import FIRST, KnownDelta, Stock, delta_part, place_of
from ...places import service as places
from ...places.rules import Site
from .. import rules, steps
from ..rules import (
    MOST_ROWS,
    FeedRow,
    RowDeltaDiffers,
    RowLocationUnknown,
    RowOwnedByAnother,
    RowSkuUnknown,
    SyncSizeWrong,
)
from .sources import Source

LineStatus = Literal["accepted", "known", "refused"]


class LineAnswer(NamedTuple):
    """What became of a row: accepted, known already, or refused and why."""

    line: int
    status: LineStatus
    refusal: Refusal | None = None


class Reading(NamedTuple):
    """The answers to rows, those that are new, and what is on hand at the places that they speak of."""

    answers: list[LineAnswer]
    fresh: list[FeedRow]
    on_hand: dict[str, int]


def take_push(source: Source, raws: Sequence[Any], at: datetime, work: Work) -> list[LineAnswer]:
    """An answer a row; what is new is told to the worker. Raises SyncSizeWrong; its refusal, of a source that skips no number:
    StaleStock, where it tells of more just now."""
    if not 1 <= len(raws) <= MOST_ROWS:
        raise SyncSizeWrong(most=MOST_ROWS)
    answers, rows, _ = answered(source, raws, work.now, at)
    if rows:
        seqs = [row.seq for row in rows if row.seq is not None]
        work.write_now(steps.hear(source.code, work.now, max(seqs) if seqs else None))
        work.publish(CountsReceived(source.code, [row.packed() for row in rows]))
    if source.terms.gapless:
        _count_on(source, rules.seqs_of(raws), work)
    return answers


def _count_on(source: Source, seqs: Sequence[int], work: Work) -> None:
    """Keep which numbers came, and tell of those that were skipped; what comes late closes its gap."""
    known = source.numbers
    after = rules.counted_on(known, seqs)
    if after == known:
        return
    work.add(steps.count_on(source.code, known, after))
    for first, last in after.gaps:
        if known.high is not None and first > known.high:
            work.publish(FeedNumbersSkipped(source.code, first, last))


def answered(
    source: Source,
    raws: Sequence[Any],
    now: datetime,
    at: datetime,
    *,
    seq: int | None = None,
    lines: Sequence[int] | None = None,
) -> Reading:
    """An answer a row, by its line (else from 1 on), and the rows that are new. `seq` is that of a row which says none."""
    read: list[FeedRow | Refusal] = []
    for raw in raws:
        try:
            read.append(rules.read_row(raw, now, source.terms.location, at, seq))
        except Refusal as wrong:
            read.append(wrong)
    rows = [one for one in read if isinstance(one, FeedRow)]
    shelves, skus, known = _look(source, rows)
    here = places.active()
    told = dict(known)
    answers = list[LineAnswer]()
    fresh = list[FeedRow]()
    for line, row in zip(lines or range(1, len(read) + 1), read, strict=True):
        if isinstance(row, Refusal):
            answers.append(LineAnswer(line, "refused", row))
        elif (refusal := _refusal(source, row, shelves, skus, here) or _differs(row, told)) is not None:
            answers.append(LineAnswer(line, "refused", refusal))
        elif _known(row, shelves.get(place_of(row.sku, row.location)), known):
            answers.append(LineAnswer(line, "known"))
        else:
            answers.append(LineAnswer(line, "accepted"))
            fresh.append(row)
            if row.delta is not None:
                told.setdefault((place_of(row.sku, row.location), row.id), row.delta)
    return Reading(answers, fresh, {place: row.on_hand or 0 for place, row in shelves.items()})


def _look(source: Source, rows: Sequence[FeedRow]) -> tuple[dict[str, Stock], set[str], dict[tuple[str, str], int]]:
    """The shelves that are there, the SKUs that are, and the differences that are known, in one read."""
    spots = {place_of(row.sku, row.location) for row in rows} | {place_of(row.sku) for row in rows}
    deltas = {(place_of(row.sku, row.location), row.id) for row in rows if row.id}
    wanted = [Key(Stock, place, FIRST) for place in sorted(spots)]
    wanted += [Key(KnownDelta, place, delta_part(source.code, name)) for place, name in sorted(deltas)]
    found = [row for row in table.batch(wanted) if row is not None]
    shelves = {row.place: row for row in found if isinstance(row, Stock)}
    kept = delta_part(source.code, "")
    known = {(row.place, row.part.removeprefix(kept)): row.delta for row in found if isinstance(row, KnownDelta)}
    return shelves, {row.sku for row in rows if place_of(row.sku) in shelves}, known


def _refusal(
    source: Source, row: FeedRow, shelves: dict[str, Stock], skus: set[str], here: dict[str, Site]
) -> Refusal | None:
    if row.sku not in skus:
        return RowSkuUnknown(sku=row.sku)
    if row.location not in here:
        return RowLocationUnknown(location=row.location)
    shelf = shelves.get(place_of(row.sku, row.location))
    if shelf is not None and shelf.source not in (None, source.code):
        return RowOwnedByAnother(source=shelf.source)
    return None


def _differs(row: FeedRow, known: dict[tuple[str, str], int]) -> Refusal | None:
    """Whether its id was told before, with another difference; now it is known in any case."""
    if row.delta is None:
        return None
    told = known.get((place_of(row.sku, row.location), row.id), row.delta)
    return RowDeltaDiffers(told=told) if told != row.delta else None


def _known(row: FeedRow, shelf: Stock | None, known: dict[tuple[str, str], int]) -> bool:
    """Whether it would change nothing."""
    if shelf is None:
        return False
    if row.id and (shelf.place, row.id) in known:
        return True
    return row.seq is not None and shelf.seq is not None and row.seq <= shelf.seq
