"""What the daily bills of the providers have in common: files, numbers, and sums that must be equal.

Bills are in yuan (WeChat, Alipay) or fen (UnionPay); rows carry fen. A day is taken whole or not at all: a file that does not
match its hash, a torn line, and a summary that does not equal the rows are refused. The name of a product is what somebody
wrote: no character in it ends a line or moves a column.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from chalicelib.kernel.money import Fen

from .port import ProtocolViolation
from .wire import from_shanghai, meant

Kind = Literal["PAY", "REFUND"]
LARGEST = 64 * 1024 * 1024
_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")  # WeChat tells fees in parts of a fen


# ---- files ----------------------------------------------------------------------------------------------------------
def gunzipped(packed: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            raw = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise ProtocolViolation("not_gzip") from None
    if len(raw) > LARGEST:
        raise ProtocolViolation("too_large")
    return raw


def unzipped(packed: bytes, mark: str = "") -> list[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = [item for item in archive.infolist() if not item.is_dir() and mark in item.filename]
            if sum(item.file_size for item in files) > LARGEST:
                raise ProtocolViolation("too_large")
            return [archive.read(item) for item in files]
    except ProtocolViolation:
        raise
    except Exception:  # torn, or sealed by a word: in any way, also in one that the library does not name
        raise ProtocolViolation("not_a_zip") from None


def lines_of(raw: bytes) -> list[bytes]:
    """Lines ended by CR LF, or in a file without one by LF; no other character ends a line."""
    return raw.split(b"\r\n" if b"\r\n" in raw else b"\n")


# ---- rows and sums --------------------------------------------------------------------------------------------------
def spread(names: list[str], cells: list[str], mark: str) -> dict[str, str]:
    """Cells by the names of their columns. Cells too many are a product's name with the mark between cells in it."""
    more = len(cells) - len(names)
    if more < 0:
        raise ProtocolViolation("torn_row")
    at = names.index("商品名称")
    return dict(zip(names, [*cells[:at], mark.join(cells[at : at + more + 1]), *cells[at + more + 1 :]], strict=True))


def equal(told: Decimal, read: Decimal) -> None:
    if told != read:
        raise ProtocolViolation("another_sum")


def number(text: str | None) -> Decimal:
    told = meant(text)
    if not _DECIMAL.fullmatch(told):
        raise ProtocolViolation("no_number" if told else "no_sum")
    return Decimal(told)


def rounded(text: str) -> Fen | None:
    """A fee in fen; None where the bill does not say."""
    return Fen(int((number(text) * 100).to_integral_value(ROUND_HALF_UP))) if meant(text) else None


def sure(amount: Fen | None) -> Fen:
    if amount is None:
        raise ProtocolViolation("no_amount")
    return amount


def time_of(text: str) -> datetime:
    found = from_shanghai(text)
    if found is None:
        raise ProtocolViolation("no_time")
    return found
