"""What becomes of a source's file, described."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.runtime.table import Action, Step, insert, update

from ..model import FILES, FeedFile
from .rules import FILE, FileStateConflict, FileTally


def begin(file: str, source: str, terms: str, by: str, at: datetime) -> Step:
    row = FeedFile(FILES, file)
    row.source, row.state, row.terms, row.begun_by, row.begun_at = source, FILE.initial, terms, by, at
    return insert(row, FileStateConflict(state=FILE.initial))


def move(file: str, action: str, *changes: Action) -> Step:
    """Move a file. Its refusals: FileNotFound, FileStateConflict."""
    return update(
        FeedFile,
        FILES,
        file,
        actions=[FeedFile.state.set(FILE.target(action)), *changes],
        when=FeedFile.state.is_in(*FILE.sources(action)),
        otherwise=FILE.refusal,
    )


def refuse(file: str, problem: str) -> Step:
    """It cannot be read."""
    return move(file, "refuse", FeedFile.problem.set(problem))


def compare(file: str, total: int, parts: int) -> Step:
    """It is read: so many rows, in so many parts."""
    return move(file, "compare", *_set(total=total, parts=parts, part=0, taken=0, **FileTally()._asdict()))


def compared(file: str, part: int, tally: FileTally) -> Step:
    """One part more is compared; each counts once."""
    return _part(file, "comparing", part, tally._asdict())


def taken(file: str, part: int, changed: int) -> Step:
    """One part more is taken."""
    return _part(file, "taking", part, {"taken": changed})


def weigh(file: str, action: str, tally: FileTally, parts: int) -> Step:
    """All is compared: it is parked or taken, from its first part on."""
    return move(file, action, *_set(part=0, parts=parts, **tally._asdict()))


def decide(file: str, action: str, by: str, reason: str) -> Step:
    """Somebody released or dropped it."""
    return move(file, action, FeedFile.decided_by.set(by), FeedFile.reason.set(reason))


def _set(**values: Any) -> list[Action]:
    return [getattr(FeedFile, name).set(value) for name, value in values.items()]


def _part(file: str, state: str, part: int, counts: dict[str, int]) -> Step:
    more = [getattr(FeedFile, name).add(count) for name, count in counts.items()]
    return update(
        FeedFile,
        FILES,
        file,
        actions=[FeedFile.part.set(part + 1), *more],
        when=(FeedFile.state == state) & (FeedFile.part == part),
        otherwise=FILE.refusal,
    )
