"""How a source's file is read, when a person looks at it, and this wing's refusals. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Refusal
from chalicelib.kernel.states import States

from ..model import place_of

LARGEST, MOST_ROWS, PART = 32 * 1024 * 1024, 100_000, 1_000
FileMedia = Literal["text/csv", "application/x-ndjson"]
CSV: FileMedia = "text/csv"
MOST_SHOWN = 200  # errors or differences of one part that are kept to be shown


class FileNotFound(NotFound):
    zh, en = "没有该库存文件", "There is no such file of stock"


class FileStateConflict(Conflict):
    spoken = {
        "waiting": "等待上传", "reading": "正在读取", "comparing": "正在比对", "parked": "等待人工确认", "taking": "正在入账",
        "done": "已完成", "refused": "无法读取", "dropped": "已放弃",
    }  # fmt: skip
    state: str
    zh, en = "该库存文件目前{state}", "The file is {state}"


class FileGone(Conflict):
    zh, en = "文件内容已过期，请重新上传", "What was in the file is gone by now: send it again"


class FileMissing(Invalid):
    zh, en = "未收到文件", "The file did not come"


class FileUnreadable(Invalid):
    zh, en = "文件不是 UTF-8 编码的 CSV 或 JSON Lines", "The file is no CSV and no JSON lines in UTF-8"


class FileHeaderMissing(Invalid):
    zh, en = "首行须为字段名，其中须有 sku", "The first line must name the fields, sku among them"


class FileHeaderRepeated(Invalid):
    field: str
    zh, en = "首行有重复的字段 {field}", "The first line names {field} twice"


class FileNotReadYet(Conflict):
    zh, en = "文件的这一部分尚未读取", "This part of the file is not read yet"


class FileTooLong(Invalid):
    most: int
    zh, en = "文件最多 {most} 行", "A file has {most} rows at most"


class FileRowsDiffer(Invalid):
    said: int
    found: int
    zh, en = "应有 {said} 行，实际 {found} 行", "It should have {said} rows and has {found}"


REFUSALS: dict[str, type[Refusal]] = {
    one.__name__: one
    for one in (FileMissing, FileUnreadable, FileHeaderMissing, FileHeaderRepeated, FileTooLong, FileRowsDiffer)
}
FILE = States(
    "waiting",
    {
        "waiting": {"arrive": "reading"},
        "reading": {"arrive": "reading", "compare": "comparing", "refuse": "refused"},
        "comparing": {"park": "parked", "take": "taking"},
        "parked": {"release": "taking", "drop": "dropped"},
        "taking": {"finish": "done"},
    },
    absent=FileNotFound,
    conflict=FileStateConflict,
)


class FileTerms(NamedTuple):
    """What is said of a file: its media type; whether it lists all that the source has (`complete`), and whether what it does
    not list is then nothing (`zero_missing`); the sequence of its rows that say none, and as of when (epoch ms); how many rows
    it should have."""

    media: FileMedia
    complete: bool
    zero_missing: bool
    seq: int
    as_of: int
    rows: int | None


def rows_of(content: bytes, media: FileMedia) -> list[tuple[int, Any]]:
    """The rows of a file, each with the number of the line on which it begins, as it stands; one that cannot be read is None.
    Raises FileUnreadable, FileHeaderMissing, FileHeaderRepeated, FileTooLong."""
    try:
        text = content.decode("utf-8-sig")
        lines = _csv(text) if media == CSV else _json_lines(text)
        found: list[tuple[int, Any]] = []
        for row in lines:
            if len(found) == MOST_ROWS:
                raise FileTooLong(most=MOST_ROWS)
            found.append(row)
    except (UnicodeDecodeError, csv.Error):
        raise FileUnreadable() from None
    return found


def _csv(text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names = next(reader, [])
    if "sku" not in names:
        raise FileHeaderMissing()
    for name in names:
        if name and names.count(name) > 1:
            raise FileHeaderRepeated(field=name[:40])
    line = reader.line_num + 1
    for cells in reader:
        if cells:
            yield line, dict(zip(names, cells, strict=True)) if len(cells) == len(names) else None
        line = reader.line_num + 1


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def listed_place(raw: Any, location: str) -> str | None:
    """Which shelf a row speaks of, also where the rest of it is wrong."""
    if not isinstance(raw, dict) or not isinstance(raw.get("sku"), str):
        return None
    where = raw.get("location") or location
    return place_of(raw["sku"], where) if isinstance(where, str) else None


class FileTally(NamedTuple):
    """What comparing comes to: see `FeedFile`."""

    refused: int = 0
    known: int = 0
    fresh: int = 0
    stocked: int = 0
    units: int = 0
    down: int = 0
    less: int = 0
    missing: int = 0

    def __add__(self, other: tuple[Any, ...]) -> FileTally:
        return FileTally(*(mine + more for mine, more in zip(self, other, strict=True)))


def too_much(tally: FileTally, percent: int) -> bool:
    """Whether more than so many percent of the shelves, or of what lies on them, would go at once."""
    return tally.down * 100 > percent * tally.stocked or tally.less * 100 > percent * tally.units
