"""Each provider's daily bill as the same rows, read by column name where the file has names.

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
from base64 import b64decode
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha1
from itertools import takewhile
from typing import Literal

from chalicelib.kernel.money import Fen

from .port import BillRow, ProtocolViolation
from .wire import above_nothing, fen, from_shanghai, meant, signed_yuan

_Kind = Literal["PAY", "REFUND"]
_LARGEST = 64 * 1024 * 1024
_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")  # WeChat tells fees in parts of a fen

_WECHAT_COUNT = "总交易单数"
_WECHAT_SUMS = {  # a column of the summary -> the column that it sums up
    "应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额", "手续费总金额": "手续费",
    "订单总金额": "订单金额", "申请退款总金额": "申请退款金额",
}  # fmt: skip
_WECHAT_COLUMNS = {
    "交易时间",
    "微信订单号",
    "商户订单号",
    "交易状态",
    "商品名称",
    "微信退款单号",
    "商户退款单号",
    "退款状态",
}

_ALIPAY_COLUMNS = {
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "订单金额(元)", "商家实收(元)",
    "退款批次号/请求号", "服务费(元)",
}  # fmt: skip
_ALIPAY_SUMS = re.compile("#+(交易|退款)合计[：:]([0-9]{1,12})笔[，,]商家实收(?:退款)?共(-?[0-9.]{1,16})元")

_ZM = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip
_ZM_KINDS: dict[str, _Kind] = {"01": "PAY", "04": "REFUND"}
_ZM_SHORTEST, _ZM_LONGEST = sum(_ZM[:20]) + 19, sum(_ZM) + 40  # blanks at the end of a line may be left out


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
def wechat_rows(packed: bytes, expected_sha1: str) -> Iterator[BillRow]:
    """Rows of a trade bill (ALL): UTF-8 with BOM, lines ended by CR LF, each field opened by a back-quote, a summary."""
    raw = _gunzipped(packed) if packed[:2] == b"\x1f\x8b" else packed
    if sha1(raw, usedforsecurity=False).hexdigest() != expected_sha1.lower():
        raise ProtocolViolation("another_hash")
    head, *lines = raw.decode("utf-8-sig", "replace").split("\r\n")
    names = head.split(",")
    if not {*_WECHAT_COLUMNS, *_WECHAT_SUMS.values()} <= set(names):
        raise ProtocolViolation("no_columns")
    details = list(takewhile(lambda line: line.startswith("`"), lines))
    summary = [line for line in lines[len(details) :] if line]
    if len(summary) != 2:
        raise ProtocolViolation("no_summary")
    rows = [_spread(names, _quoted(line), ",`") for line in details]
    told = dict(zip(summary[0].split(","), _quoted(summary[1]), strict=False))
    _equal(_number(told.get(_WECHAT_COUNT)), Decimal(len(rows)))
    for total, column in _WECHAT_SUMS.items():
        _equal(_number(told.get(total)), sum((_number(above_nothing(row[column]) or "0") for row in rows), Decimal()))
    return iter([_wechat_row(row) for row in rows])


def _quoted(line: str) -> list[str]:
    return line[1:].split(",`")


def _wechat_row(row: dict[str, str]) -> BillRow:
    refund = row["交易状态"] == "REFUND"
    told = above_nothing(row["申请退款金额"]) or row["退款金额"] if refund else row["订单金额"]
    return BillRow(
        "REFUND" if refund else "PAY",
        row["商户订单号"],
        row["商户退款单号"] if refund else "",
        row["微信退款单号" if refund else "微信订单号"],
        _sure(signed_yuan(told)),
        _rounded(row["手续费"]),
        row["退款状态" if refund else "交易状态"],
        _at(row["交易时间"]),
    )


# ---- Alipay ---------------------------------------------------------------------------------------------------------
def alipay_rows(packed: bytes) -> Iterator[BillRow]:
    """Rows of the detail files in the zip: GBK, columns by name, the sums in comment lines opened by #."""
    found, read = [], 0
    for raw in _unzipped(packed):
        lines = [line for line in _lines(raw) if line.strip()]
        remarks = [text for text in (line.decode("gbk", "replace").strip() for line in lines) if text.startswith("#")]
        table = [line.decode("gbk", "replace") for line in lines if not line.lstrip().startswith(b"#")]
        names = _cells(table[0].replace("（", "(").replace("）", ")")) if table else []
        if "商户订单号" not in names:
            continue  # the file of sums by shop
        if not set(names) >= _ALIPAY_COLUMNS:
            raise ProtocolViolation("no_columns")
        rows = [_alipay_spread(names, _cells(line)) for line in table[1:]]
        _equal_remarks(rows, remarks)
        found += [_alipay_row(row) for row in rows]
        read += 1
    if not read:
        raise ProtocolViolation("no_details")
    return iter(found)


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.split(",")]


def _alipay_spread(names: list[str], cells: list[str]) -> dict[str, str]:
    """Commas in a product's name come before the two times that follow it, all others in the remark at the end."""
    times = [from_shanghai(cell) is not None for cell in cells]
    at, more = names.index("创建时间"), max(len(cells) - len(names), 0)
    shifts = [by for by in range(more + 1) if times[at + by : at + by + 2] == [True, True]]
    return _spread(names, cells[: len(names) + max(shifts, default=0)], ",")


def _equal_remarks(rows: list[dict[str, str]], remarks: list[str]) -> None:
    """Raises ProtocolViolation unless the file's own counts and sums, of trades and of refunds, are those of its rows."""
    told = {sums[1]: (Decimal(sums[2]), _number(sums[3])) for sums in map(_ALIPAY_SUMS.match, remarks) if sums}
    for kind, refunds in (("交易", False), ("退款", True)):
        if kind not in told:
            raise ProtocolViolation("no_summary")
        sums = [_number(row["商家实收(元)"]) for row in rows if _gives_back(row) is refunds]
        _equal(told[kind][0], Decimal(len(sums)))
        _equal(told[kind][1], sum(sums, Decimal()))


def _gives_back(row: dict[str, str]) -> bool:
    return row["业务类型"].startswith("退款")


def _alipay_row(row: dict[str, str]) -> BillRow:
    refund = _gives_back(row)
    return BillRow(
        "REFUND" if refund else "PAY",
        row["商户订单号"],
        row["退款批次号/请求号"] if refund else "",
        row["支付宝交易号"],
        Fen(abs(int(_sure(signed_yuan(row["订单金额(元)"]))))),
        _rounded(row["服务费(元)"]),
        row["业务类型"],
        _at(row["完成时间"] or row["创建时间"]),
    )


# ---- UnionPay -------------------------------------------------------------------------------------------------------
def unionpay_rows(coded: str, day: date) -> Iterator[BillRow]:
    """Rows of the ZM file in the zip in the zlib in the base64: fixed columns of bytes with one blank between.

    It has no summary of its own; that it is whole shows in the zip's check sums and in each line's length.
    """
    try:
        packed = inflated(coded)
    except (ValueError, zlib.error):
        raise ProtocolViolation("not_a_file") from None
    files = _unzipped(packed, "ZM_")  # beside it lies ZME_, of other columns
    if not files:
        raise ProtocolViolation("no_details")
    lines = [_cut(line) for raw in files for line in _lines(raw) if line.strip()]
    return iter([_unionpay_row(_ZM_KINDS[cells[19]], cells, day) for cells in lines if cells[19] in _ZM_KINDS])


def inflated(coded: str) -> bytes:
    packer = zlib.decompressobj()
    raw = packer.decompress(b64decode(coded, validate=True), _LARGEST)
    if not packer.eof:
        raise ValueError("torn or too large")
    return raw


def _cut(line: bytes) -> list[str]:
    if len(line) < _ZM_SHORTEST or len(line.rstrip()) > _ZM_LONGEST:
        raise ProtocolViolation("torn_row")
    cells, at = [], 0
    for width in _ZM:
        cells.append(line[at : at + width].decode("gbk", "replace").strip())
        if line[at + width : at + width + 1].strip():
            raise ProtocolViolation("torn_row")
        at += width + 1
    return cells


def _unionpay_row(kind: _Kind, cells: list[str], day: date) -> BillRow:
    refund, when, number = kind == "REFUND", cells[4], cells[11]
    year = day.year - 1 if when[:2] == "12" and day.month == 1 else day.year
    return BillRow(
        kind,
        "" if refund else number,
        number if refund else "",
        cells[9],
        _sure(fen(cells[6].lstrip("0") or "0")),
        None,
        "SUCCESS",
        _at(f"{year}{when}"),
    )


# ---- files ----------------------------------------------------------------------------------------------------------
def _gunzipped(packed: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            raw = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise ProtocolViolation("not_gzip") from None
    if len(raw) > _LARGEST:
        raise ProtocolViolation("too_large")
    return raw


def _unzipped(packed: bytes, mark: str = "") -> list[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = [item for item in archive.infolist() if not item.is_dir() and mark in item.filename]
            if sum(item.file_size for item in files) > _LARGEST:
                raise ProtocolViolation("too_large")
            return [archive.read(item) for item in files]
    except ProtocolViolation:
        raise
    except Exception:  # torn, or sealed by a word: in any way, also in one that the library does not name
        raise ProtocolViolation("not_a_zip") from None


def _lines(raw: bytes) -> list[bytes]:
    """Lines ended by CR LF, or in a file without one by LF; no other character ends a line."""
    return raw.split(b"\r\n" if b"\r\n" in raw else b"\n")


# ---- rows and sums --------------------------------------------------------------------------------------------------
def _spread(names: list[str], cells: list[str], mark: str) -> dict[str, str]:
    """Cells by the names of their columns. Cells too many are a product's name with the mark between cells in it."""
    more = len(cells) - len(names)
    if more < 0:
        raise ProtocolViolation("torn_row")
    at = names.index("商品名称")
    return dict(zip(names, [*cells[:at], mark.join(cells[at : at + more + 1]), *cells[at + more + 1 :]], strict=True))


def _equal(told: Decimal, read: Decimal) -> None:
    if told != read:
        raise ProtocolViolation("another_sum")


def _number(text: str | None) -> Decimal:
    told = meant(text)
    if not _DECIMAL.fullmatch(told):
        raise ProtocolViolation("no_number" if told else "no_sum")
    return Decimal(told)


def _rounded(text: str) -> Fen | None:
    """A fee in fen; None where the bill does not say."""
    return Fen(int((_number(text) * 100).to_integral_value(ROUND_HALF_UP))) if meant(text) else None


def _sure(amount: Fen | None) -> Fen:
    if amount is None:
        raise ProtocolViolation("no_amount")
    return amount


def _at(text: str) -> datetime:
    found = from_shanghai(text)
    if found is None:
        raise ProtocolViolation("no_time")
    return found
