"""Files of sources: sent straight to the bucket, read and compared by a worker part by part, and taken, or parked first.

Guarantees: a row that is wrong keeps no other out, and says what is wrong with it; nothing is changed before all is compared,
and nothing where too much would go at once until a person says so; what a complete listing does not name is left as it is
unless that was asked for; each part counts once, however often the worker is cut short.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import observe, showcase, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ..events import FileArrived, FileDecided, FileParked, FilePartDue, FileTaken
from ..feeds.rules import FeedRow
from ..feeds.service import counts, intake, sources
from ..feeds.service.sources import Source
from ..model import FILES, FIRST, FeedFile, Stock, place_of, sku_of
from . import rules, steps
from .rules import (
    LARGEST,
    FileGone,
    FileHeaderMissing,
    FileHeaderRepeated,
    FileMissing,
    FileNotFound,
    FileNotReadYet,
    FileRowsDiffer,
    FileTally,
    FileTerms,
    FileTooLong,
    FileUnreadable,
)

PARKED = observe.alarmed("StockFileParked", "A file would take away much of the stock at once: look at it and decide")
MISSING = "missing"  # the part of what a complete listing does not name


class OpenedFile(NamedTuple):
    """Where a file may be PUT, with which headers, until when."""

    id: str
    url: str
    headers: dict[str, str]
    until: datetime


# ---- for the shop's people --------------------------------------------------------------------------------------------
def open_file(code: str, terms: FileTerms, size: int, work: Work) -> OpenedFile:
    """A place for one file of a source. Raises SourceNotFound."""
    sources.find(code)
    file = work.new_id("Y")
    work.add(steps.begin(file, code, json.dumps(terms._asdict()), work.caller.id, work.now))
    until = work.now + timedelta(seconds=showcase.UPLOAD_SECONDS)
    headers = {"Content-Type": terms.media, "Content-Length": str(size)}
    return OpenedFile(file, showcase.upload_url(file, terms.media, size), headers, until)


def arrive(file: str, work: Work) -> None:
    """The file is there: have it read. Its refusals: FileNotFound, FileStateConflict."""
    row = find(file)
    work.add(steps.move(file, "arrive"))
    work.publish(FileArrived(file, row.source))


def decide(file: str, action: str, reason: str, work: Work) -> None:
    """Release a parked file, or drop it. Its refusals: FileNotFound, FileStateConflict, FileGone."""
    row = find(file)
    if action == "release" and row.state == "parked" and _kept(file, "rows", 0) is None:
        raise FileGone()
    work.add(steps.decide(file, action, work.caller.id, reason))
    work.publish(FileDecided(file, action, reason))
    if action == "release":
        work.publish(FilePartDue(file, "taking", 0))


def find(file: str) -> FeedFile:
    """A file. Raises FileNotFound."""
    row = table.get(FeedFile, FILES, file, consistent=True) if is_id(file, "Y") else None
    if row is None:
        raise FileNotFound()
    return row


def listed(limit: int, cursor: str | None) -> tuple[list[FeedFile], str | None]:
    """A page of files, newest first."""
    return table.query(FeedFile, FILES, limit=limit, cursor=cursor, newest_first=True)


def findings(row: FeedFile, part: int) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """What was found in a part of a file: rows that are wrong (line, code, what is concerned), and differences (SKU, location,
    what we have, what it says); the part after the last is what a complete listing does not name.
    Raises FileNotReadYet, FileGone, and why a file was refused."""
    if (problem := problem_of(row)) is not None:
        raise problem
    if row.state in ("waiting", "reading") or (row.state == "comparing" and part >= (row.part or 0)):
        raise FileNotReadYet()
    name = part if part < _parts_of(row) else MISSING
    told = _kept(row.id, "found", name)
    if told is None and name != MISSING:
        raise FileGone()
    found: dict[str, Any] = told or {}
    return found.get("errors", []), found.get("drift", [])


def terms_of(row: FeedFile) -> FileTerms:
    """What was said of a file."""
    return FileTerms(**json.loads(row.terms or "{}"))


def problem_of(row: FeedFile) -> Refusal | None:
    """Why a file was refused."""
    if not row.problem:
        return None
    told: dict[str, Any] = json.loads(row.problem)
    return rules.REFUSALS[told["name"]](**told["params"])


def tally_of(row: FeedFile) -> FileTally:
    """What comparing came to so far."""
    return FileTally(*(getattr(row, name) or 0 for name in FileTally._fields))


# ---- for the worker ---------------------------------------------------------------------------------------------------
def read(file: str, work: Work) -> None:
    """Read a file that came in and divide it, or refuse it. A run that was cut short is made again."""
    row = find(file)
    if row.state != "reading":
        return
    try:
        rows = _rows(row)
    except (FileMissing, FileUnreadable, FileHeaderMissing, FileHeaderRepeated, FileTooLong, FileRowsDiffer) as unfit:
        work.add(steps.refuse(file, json.dumps({"name": type(unfit).__name__, "params": unfit.params})))
        return
    parts = [rows[start : start + rules.PART] for start in range(0, len(rows), rules.PART)] or [[]]
    for number, part in enumerate(parts):
        _keep(file, "raw", number, part)
    work.add(steps.compare(file, len(rows), len(parts)))
    work.publish(FilePartDue(file, "comparing", 0))


def go_on(file: str, state: str, part: int, work: Work) -> None:
    """Compare or take the next part; one that was dealt with is left alone."""
    row = find(file)
    if (row.state, row.part) != (state, part):
        return
    if state == "comparing":
        _compare(row, part, work)
    else:
        _take(row, part, work)


def _rows(row: FeedFile) -> list[tuple[int, Any]]:
    terms = terms_of(row)
    content = showcase.incoming(row.id, LARGEST)
    if content is None:
        raise FileMissing()
    rows = rules.rows_of(content, terms.media)
    if terms.rows is not None and terms.rows != len(rows):
        raise FileRowsDiffer(said=terms.rows, found=len(rows))
    return rows


def _compare(row: FeedFile, part: int, work: Work) -> None:
    """What a part would change; after the last, what the whole would."""
    source, terms = sources.find(row.source), terms_of(row)
    raws, lines = [], []
    for line, raw in _kept(row.id, "raw", part):
        lines.append(line)
        raws.append(raw)
    reading = intake.answered(source, raws, work.now, instant(terms.as_of), seq=terms.seq, lines=lines)
    drift = _drift(reading.fresh, reading.on_hand)
    found = _tally(reading.answers, reading.fresh, reading.on_hand, drift)
    errors = [_error(one.line, one.refusal) for one in reading.answers if one.refusal is not None]
    places = sorted({place for raw in raws if (place := rules.listed_place(raw, source.terms.location))})
    told = {"errors": errors[: rules.MOST_SHOWN], "drift": drift[: rules.MOST_SHOWN], "places": places}
    _keep(row.id, "found", part, told)
    _keep(row.id, "rows", part, [one.packed() for one in reading.fresh])
    if part + 1 < (row.parts or 0):
        work.add(steps.compared(row.id, part, found))
        work.publish(FilePartDue(row.id, "comparing", part + 1))
    else:
        _weigh(row, source, tally_of(row) + found, work)


def _weigh(row: FeedFile, source: Source, tally: FileTally, work: Work) -> None:
    """All parts are compared: what is missing is added, and it is taken, or parked where too much would go."""
    terms, parts = terms_of(row), row.parts or 0
    if terms.complete:
        missing = _missing(row, source)
        drift: list[list[Any]] = [
            [sku_of(place), place.partition("@")[2], count, 0] for place, count in missing.items() if count
        ]
        _keep(row.id, "found", MISSING, {"errors": [], "drift": drift[: rules.MOST_SHOWN]})
        gone = sum(missing.values()) if terms.zero_missing else 0
        tally += FileTally(
            missing=len(missing),
            stocked=len(drift),
            units=sum(missing.values()),
            down=len(drift) if terms.zero_missing else 0,
            less=gone,
        )
        if terms.zero_missing and drift:
            zeroes = [FeedRow(sku, code, 0, None, terms.seq, "", 0, terms.as_of).packed() for sku, code, *_ in drift]
            for number, start in enumerate(range(0, len(zeroes), rules.PART), parts):
                _keep(row.id, "rows", number, zeroes[start : start + rules.PART])
            parts += -(-len(zeroes) // rules.PART)
    if rules.too_much(tally, source.terms.guard_percent):
        work.add(steps.weigh(row.id, "park", tally, parts))
        work.publish(FileParked(row.id, row.source, tally.stocked, tally.down, tally.units, tally.less))
        observe.count(PARKED)
    else:
        work.add(steps.weigh(row.id, "take", tally, parts))
        work.publish(FilePartDue(row.id, "taking", 0))


def _missing(row: FeedFile, source: Source) -> dict[str, int]:
    """What is on hand at each place that the source counts and its listing does not name, of the locations that it does."""
    named = {place for part in range(row.parts or 0) for place in _kept(row.id, "found", part)["places"]}
    locations = {place.partition("@")[2] for place in named}
    owned = [one.place for one in table.every(Stock, source.code, index="by_source", hash_name="i")]
    left = [place for place in owned if place not in named and place.partition("@")[2] in locations]
    shelves = table.batch([Key(Stock, place, FIRST) for place in left], consistent=True)
    return {one.place: one.on_hand or 0 for one in shelves if one is not None and one.source == source.code}


def _take(row: FeedFile, part: int, work: Work) -> None:
    """The rows of a part are taken, and it counts; after the last, the file is done."""
    changed = counts.take(row.source, _kept(row.id, "rows", part), work)
    if part + 1 < (row.parts or 0):
        work.add(steps.taken(row.id, part, changed))
        work.publish(FilePartDue(row.id, "taking", part + 1))
        return
    total = (row.taken or 0) + changed
    work.add(steps.move(row.id, "finish", FeedFile.taken.set(total), FeedFile.part.set(part + 1)))
    work.publish(FileTaken(row.id, row.source, total, row.missing or 0))
    showcase.clear(row.id)


def _drift(fresh: Iterable[FeedRow], on_hand: dict[str, int]) -> list[list[Any]]:
    """Where a count differs from what we have: SKU, location, ours, theirs."""
    told = {place_of(row.sku, row.location): row for row in fresh if row.figure is not None}
    pairs = [(row, on_hand.get(place, 0), (row.figure or 0) + row.allocated) for place, row in told.items()]
    return [[row.sku, row.location, ours, theirs] for row, ours, theirs in pairs if ours != theirs]


def _tally(
    answers: Sequence[intake.LineAnswer], fresh: Sequence[FeedRow], on_hand: dict[str, int], drift: Sequence[list[Any]]
) -> FileTally:
    status = [one.status for one in answers]
    told = {place_of(row.sku, row.location) for row in fresh}
    stocked = [on_hand[place] for place in told if on_hand.get(place, 0) > 0]
    down = [ours - theirs for *_, ours, theirs in drift if theirs < ours]
    down += [-row.delta for row in fresh if row.delta is not None and row.delta < 0]
    return FileTally(
        status.count("refused"), status.count("known"), len(fresh), len(stocked), sum(stocked), len(down), sum(down)
    )


def _error(line: int, refusal: Refusal) -> dict[str, Any]:
    return {"line": line, "code": refusal.code, "params": refusal.params}


def _parts_of(row: FeedFile) -> int:
    """How many parts of the file itself there are, without those of what it does not name."""
    return -(-(row.total or 0) // rules.PART) or 1


def _name(file: str, what: str, part: int | str) -> str:
    return f"{file}/{what}-{part}"


def _keep(file: str, what: str, part: int | str, told: Any) -> None:
    showcase.put_aside(_name(file, what, part), json.dumps(told).encode())


def _kept(file: str, what: str, part: int | str) -> Any:
    """What was kept of a part, or None where there is none, or none any more."""
    told = showcase.incoming(_name(file, what, part), LARGEST)
    return None if told is None else json.loads(told)
