"""The daily bill of UnionPay, in fen: fixed columns of bytes, whole by the check sums of its zip."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Iterator
from datetime import date

from .. import bills
from ..bills import Kind, lines_of, sure, time_of, unzipped
from ..port import BillRow, ProtocolViolation
from ..wire import fen

_ZM = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip
_KINDS: dict[str, Kind] = {"01": "PAY", "04": "REFUND"}
_SHORTEST, _LONGEST = sum(_ZM[:20]) + 19, sum(_ZM) + 40  # blanks at the end of a line may be left out


def rows(coded: str, day: date) -> Iterator[BillRow]:
    """Rows of the ZM file in the zip in the zlib in the base64: fixed columns of bytes with one blank between.

    It has no summary of its own; that it is whole shows in the zip's check sums and in each line's length.
    """
    try:
        packed = inflated(coded)
    except (ValueError, zlib.error):
        raise ProtocolViolation("not_a_file") from None
    files = unzipped(packed, "ZM_")  # beside it lies ZME_, of other columns
    if not files:
        raise ProtocolViolation("no_details")
    lines = [_cut(line) for raw in files for line in lines_of(raw) if line.strip()]
    return iter([_row(_KINDS[cells[19]], cells, day) for cells in lines if cells[19] in _KINDS])


def inflated(coded: str) -> bytes:
    packer = zlib.decompressobj()
    raw = packer.decompress(b64decode(coded, validate=True), bills.LARGEST)
    if not packer.eof:
        raise ValueError("torn or too large")
    return raw


def _cut(line: bytes) -> list[str]:
    if len(line) < _SHORTEST or len(line.rstrip()) > _LONGEST:
        raise ProtocolViolation("torn_row")
    cells, at = [], 0
    for width in _ZM:
        cells.append(line[at : at + width].decode("gbk", "replace").strip())
        if line[at + width : at + width + 1].strip():
            raise ProtocolViolation("torn_row")
        at += width + 1
    return cells


def _row(kind: Kind, cells: list[str], day: date) -> BillRow:
    refund, when, number = kind == "REFUND", cells[4], cells[11]
    year = day.year - 1 if when[:2] == "12" and day.month == 1 else day.year
    return BillRow(
        kind,
        "" if refund else number,
        number if refund else "",
        cells[9],
        sure(fen(cells[6].lstrip("0") or "0")),
        None,
        "SUCCESS",
        time_of(f"{year}{when}"),
    )
