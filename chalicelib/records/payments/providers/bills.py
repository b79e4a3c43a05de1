"""Each provider's daily bill as the same rows, read by column name where the file has names.

Bills are in yuan (WeChat, Alipay) or fen (UnionPay); rows carry fen. Guarantees: a line ends at CR LF and nowhere else,
whatever a product's name holds; a file that does not match its hash, a row that does not fill its columns, and a file
whose own summary does not equal what was read, are refused whole: a day is read in full or not at all.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from base64 import b64decode
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha1
from typing import Literal

from chalicelib.kernel.money import Fen

from .port import BillRow, ProtocolViolation
from .wire import above_nothing, fen, from_shanghai, signed_yuan

_ZM = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13, 13, 8,
    32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip
_LARGEST = 64 * 1024 * 1024
_NAME = "商品名称"  # the one column that may hold anything
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_Kind = Literal["PAY", "REFUND"]
Line = Mapping[str, str]


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
_WECHAT_SUMS = {
    "应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额", "手续费总金额": "手续费",
    "订单总金额": "订单金额", "申请退款总金额": "申请退款金额",
}  # fmt: skip


def wechat_rows(packed: bytes, expected_sha1: str) -> Iterator[BillRow]:
    """Rows of a trade bill (ALL): UTF-8 with BOM, each field opened by a back-quote, then a summary of two lines."""
    try:
        raw = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
        head, *lines = [line.decode() for line in _lines(raw.removeprefix(BOM_UTF8))] or [""]
    except (OSError, EOFError, zlib.error):
        raise ProtocolViolation("not_gzip") from None
    except UnicodeDecodeError:
        raise ProtocolViolation("not_utf8") from None
    if sha1(raw, usedforsecurity=False).hexdigest() != expected_sha1.lower():
        raise ProtocolViolation("another_hash")
    of_rows = next((at for at, line in enumerate(lines) if not line.startswith("`")), len(lines))
    rows = [_named(head.split(","), _quoted(line)) for line in lines[:of_rows]]
    if len(lines) != of_rows + 2:
        raise ProtocolViolation("no_summary")
    told = _named(lines[-2].split(","), _quoted(lines[-1]))
    _agree(told, {"总交易单数": len(rows)}, {name: _sum(rows, of) for name, of in _WECHAT_SUMS.items()})
    return iter([_wechat_row(row) for row in rows])


def _quoted(line: str) -> list[str]:
    """Fields of `a,`b: a comma inside a field (a product's name) is not followed by a back-quote."""
    return line[1:].split(",`")


def _wechat_row(row: Line) -> BillRow:
    refund = row.get("交易状态") == "REFUND"
    kind: _Kind = "REFUND" if refund else "PAY"
    told = above_nothing(row.get("申请退款金额")) or row.get("退款金额") if refund else row.get("订单金额")
    return BillRow(
        kind,
        row.get("商户订单号", ""),
        row.get("商户退款单号", "") if refund else "",
        row.get("微信退款单号" if refund else "微信订单号", ""),
        _sure(signed_yuan(told)),
        signed_yuan(row.get("手续费")),
        row.get("退款状态" if refund else "交易状态", ""),
        _at(row.get("交易时间")),
    )


# ---- Alipay ---------------------------------------------------------------------------------------------------------
_ALIPAY_FOOT = (  # the detail file's last lines: how many trades and refunds, and what the merchant got and gave
    ("PAY", re.compile("#交易合计：([0-9]+)笔，商家实收共(-?[0-9.]+)元.*")),
    ("REFUND", re.compile("#退款合计：([0-9]+)笔，商家实收退款共(-?[0-9.]+)元.*")),
)


def alipay_rows(packed: bytes) -> Iterator[BillRow]:
    """Rows of the detail file in the zip, which another file or its own last lines sum up: GBK, comment lines opened by #,
    columns by name."""
    rows, told, foot = [], [], []
    for raw in _unzipped(packed):
        lines = [line.decode("gbk", "replace") for line in _lines(raw)]
        names, *table = [_cells(line) for line in lines if not line.lstrip().startswith("#")] or [[]]
        names = [name.replace("（", "(").replace("）", ")") for name in names]
        if "商户订单号" in names:
            rows += [_named(names, cells) for cells in table]
            foot += [line.strip() for line in lines if line.lstrip().startswith("#")]
        elif "交易订单总笔数" in names:
            told += [_named(names, cells) for cells in table if cells[0] == "合计"]
    _alipay_agrees(rows, told, foot)
    return iter([_alipay_row(row) for row in rows])


def _alipay_agrees(rows: Sequence[Line], told: Sequence[Line], foot: Sequence[str]) -> None:
    parts = {kind: [row for row in rows if _alipay_kind(row) == kind] for kind in ("PAY", "REFUND")}
    counts = {"交易订单总笔数": len(parts["PAY"]), "退款订单总笔数": len(parts["REFUND"])}
    got = "商家实收(元)"
    for line in told:
        _agree(line, counts, {got: _sum(rows, got)})
    found = [(kind, match) for line in foot for kind, shape in _ALIPAY_FOOT if (match := shape.fullmatch(line))]
    for kind, match in found:
        _agree({"n": match[1], "sum": match[2]}, {"n": len(parts[kind])}, {"sum": _sum(parts[kind], got)})
    if not told and len(found) < len(_ALIPAY_FOOT):
        raise ProtocolViolation("no_summary")


def _cells(line: str) -> list[str]:
    """The cells of a line: ended by a tab each, or, where they are not, by commas that stand outside of quotes."""
    if line.endswith("\t"):
        cells = line.split("\t,")
    else:
        cells = [cell[0] or cell[1] for cell in re.findall(r'(?:^|,)(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))', line)]
    return [cell.strip().strip("`") for cell in cells]


def _alipay_kind(row: Line) -> _Kind:
    return "REFUND" if row.get("业务类型", "").startswith("退款") else "PAY"


def _alipay_row(row: Line) -> BillRow:
    kind = _alipay_kind(row)
    amount = _sure(signed_yuan(row.get("订单金额(元)") or row.get("订单金额")))
    return BillRow(
        kind,
        row.get("商户订单号", ""),
        (row.get("退款批次号/请求号") or "") if kind == "REFUND" else "",
        row.get("支付宝交易号", ""),
        Fen(abs(int(amount))),
        signed_yuan(row.get("服务费(元)") or row.get("服务费")),
        row.get("业务类型", ""),
        _at(row.get("完成时间") or row.get("创建时间")),
    )


# ---- UnionPay -------------------------------------------------------------------------------------------------------
_KIND = 19  # the column of txnType


def unionpay_rows(coded: str, day: date) -> Iterator[BillRow]:
    """Rows of the ZM file in the zip in the zlib in the base64: GBK, fixed columns of bytes with one blank between. It has
    no summary, so every line must be cut into its columns to the last byte."""
    try:
        packed = inflated(coded)
    except (ValueError, zlib.error):
        raise ProtocolViolation("not_a_file") from None
    lines = [line for raw in _unzipped(packed, "ZM") for line in _lines(raw)]
    return iter([_unionpay_row(cells, day) for cells in map(_cut, lines) if cells[_KIND] in ("01", "04")])


def inflated(coded: str) -> bytes:
    return zlib.decompress(b64decode(coded, validate=True))


def _cut(line: bytes) -> list[str]:
    """The cells of a line up to where it ends, at least those that are read. Raises ProtocolViolation."""
    cells, at = [], 0
    for width in _ZM:
        if at >= len(line):
            break
        cells.append(line[at : at + width].decode("gbk", "replace").strip())
        at += width + 1
        if line[at - 1 : at] not in (b" ", b""):
            raise ProtocolViolation("columns")
    if len(cells) <= _KIND or at < len(line):
        raise ProtocolViolation("columns")
    return cells


def _unionpay_row(cells: list[str], day: date) -> BillRow:
    refund = cells[_KIND] == "04"
    when = cells[4]
    year = day.year - 1 if when[:2] == "12" and day.month == 1 else day.year
    number = cells[11]
    return BillRow(
        "REFUND" if refund else "PAY",
        "" if refund else number,
        number if refund else "",
        cells[9],
        _sure(fen(cells[6].lstrip("0") or "0")),
        None,
        "SUCCESS",
        _at(f"{year}{when}"),
    )


# ---- shared ---------------------------------------------------------------------------------------------------------
def _lines(raw: bytes) -> list[bytes]:
    """The lines of a file that say something, by CR LF alone: a name may hold whatever else looks like an end."""
    return [line for line in raw.split(b"\r\n") if line.strip()]


def _named(names: Sequence[str], cells: Sequence[str]) -> Line:
    """A row by its columns' names. What looks like further cells is of the product's name; too few are a trouble."""
    surplus = len(cells) - len(names)
    if surplus > 0 and _NAME in names:
        at = names.index(_NAME)
        cells = [*cells[:at], ",".join(cells[at : at + surplus + 1]), *cells[at + surplus + 1 :]]
    if len(cells) != len(names):
        raise ProtocolViolation("columns")
    return dict(zip(names, cells, strict=True))


def _agree(told: Line, counts: Mapping[str, int], sums: Mapping[str, Decimal]) -> None:
    """What a summary says must be what was read, in each of its columns that we know. Raises ProtocolViolation."""
    if any(told[name] != str(count) for name, count in counts.items() if name in told):
        raise ProtocolViolation("another_count")
    if any(_amount(told[name]) != sum_ for name, sum_ in sums.items() if name in told):
        raise ProtocolViolation("another_sum")


def _sum(rows: Sequence[Line], name: str) -> Decimal:
    return sum((_amount(above_nothing(row[name]) or "0") for row in rows if name in row), Decimal())


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise ProtocolViolation("no_amount")
    return Decimal(text)


def _unzipped(packed: bytes, mark: str = "") -> list[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = [item for item in archive.infolist() if not item.is_dir() and mark in item.filename]
            if sum(item.file_size for item in files) > _LARGEST:
                raise ProtocolViolation("too_large")
            return [archive.read(item) for item in files]
    except zipfile.BadZipFile:
        raise ProtocolViolation("not_a_zip") from None


def _sure(amount: Fen | None) -> Fen:
    if amount is None:
        raise ProtocolViolation("no_amount")
    return amount


def _at(text: str | None) -> datetime:
    found = from_shanghai(text)
    if found is None:
        raise ProtocolViolation("no_time")
    return found
