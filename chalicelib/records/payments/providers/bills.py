"""Each provider's daily bill as the same rows, read by column name where the file has names.

Bills are in yuan (WeChat, Alipay) or fen (UnionPay); rows carry fen. A file that does not match its hash is refused.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha1
from typing import Literal

from chalicelib.kernel.money import Fen

from .port import BillRow, ProtocolViolation
from .wire import above_nothing, fen, from_shanghai, signed_yuan

_ZM = (
    3,
    11,
    11,
    6,
    10,
    19,
    12,
    4,
    2,
    21,
    2,
    32,
    2,
    6,
    10,
    13,
    13,
    4,
    15,
    2,
    2,
    6,
    2,
    4,
    32,
    1,
    21,
    15,
    1,
    15,
    32,
    13,
    13,
    8,
    32,
    13,
    13,
    12,
    2,
    1,
    131,
)
_LARGEST = 64 * 1024 * 1024
_Kind = Literal["PAY", "REFUND"]


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
def wechat_rows(packed: bytes, expected_sha1: str) -> Iterator[BillRow]:
    """Rows of a trade bill (ALL): UTF-8 with BOM, each field opened by a back-quote, then a summary of two lines."""
    try:
        raw = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    except (OSError, EOFError, zlib.error):
        raise ProtocolViolation("not_gzip") from None
    if sha1(raw, usedforsecurity=False).hexdigest() != expected_sha1.lower():
        raise ProtocolViolation("another_hash")
    lines = raw.decode("utf-8-sig").splitlines()
    names = lines[0].split(",") if lines else []
    return iter([_wechat_row(dict(zip(names, _quoted(line), strict=False))) for line in _before_summary(lines[1:])])


def _before_summary(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("`"):
            return
        yield line


def _quoted(line: str) -> list[str]:
    """Fields of `a,`b: a comma inside a field (a product's name) is not followed by a back-quote."""
    return line[1:].split(",`")


def _wechat_row(row: dict[str, str]) -> BillRow:
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
def alipay_rows(packed: bytes) -> Iterator[BillRow]:
    """Rows of the detail file in the zip: GBK, comment lines opened by #, columns by name."""
    found = []
    for text in _unzipped(packed, "gbk"):
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        table = [[cell.strip().strip("`") for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)))]
        if not table or "商户订单号" not in table[0]:
            continue  # the summary file
        names = [name.replace("（", "(").replace("）", ")") for name in table[0]]
        found += [_alipay_row(dict(zip(names, row, strict=False))) for row in table[1:] if len(row) >= 2]
    return iter(found)


def _alipay_row(row: dict[str, str]) -> BillRow:
    refund = row.get("业务类型", "").startswith("退款")
    amount = _sure(signed_yuan(row.get("订单金额(元)") or row.get("订单金额")))
    return BillRow(
        "REFUND" if refund else "PAY",
        row.get("商户订单号", ""),
        (row.get("退款批次号/请求号") or "") if refund else "",
        row.get("支付宝交易号", ""),
        Fen(abs(int(amount))),
        signed_yuan(row.get("服务费(元)") or row.get("服务费")),
        row.get("业务类型", ""),
        _at(row.get("完成时间") or row.get("创建时间")),
    )


# ---- UnionPay -------------------------------------------------------------------------------------------------------
def unionpay_rows(coded: str, day: date) -> Iterator[BillRow]:
    """Rows of the ZM file in the zip in the zlib in the base64: GBK, fixed columns with one blank between."""
    try:
        packed = inflated(coded)
    except (ValueError, zlib.error):
        raise ProtocolViolation("not_a_file") from None
    found = []
    for text in _unzipped(packed, "gbk", "ZM"):
        for line in text.splitlines():
            cells = _cut(line.encode("gbk"))
            if len(cells) < 20 or cells[19] not in ("01", "04"):
                continue
            found.append(_unionpay_row(cells, day))
    return iter(found)


def inflated(coded: str) -> bytes:
    return zlib.decompress(b64decode(coded, validate=True))


def _cut(line: bytes) -> list[str]:
    cells, at = [], 0
    for width in _ZM:
        if at >= len(line):
            break
        cells.append(line[at : at + width].decode("gbk", "replace").strip())
        at += width + 1
    return cells


def _unionpay_row(cells: list[str], day: date) -> BillRow:
    refund = cells[19] == "04"
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
def _unzipped(packed: bytes, charset: str, mark: str = "") -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = [item for item in archive.infolist() if not item.is_dir() and mark in item.filename]
            if sum(item.file_size for item in files) > _LARGEST:
                raise ProtocolViolation("too_large")
            return [archive.read(item).decode(charset, "replace") for item in files]
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
