"""The daily bill of WeChat Pay, in yuan, read by column name and held to its hash and its own summary."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha1
from itertools import takewhile

from ..bills import equal, gunzipped, number, rounded, spread, sure, time_of
from ..port import BillRow, ProtocolViolation
from ..wire import above_nothing, signed_yuan

_COUNT = "总交易单数"
_SUMS = {  # a column of the summary -> the column that it sums up
    "应结订单总金额": "应结订单金额", "退款总金额": "退款金额", "充值券退款总金额": "充值券退款金额", "手续费总金额": "手续费",
    "订单总金额": "订单金额", "申请退款总金额": "申请退款金额",
}  # fmt: skip
_COLUMNS = {
    "交易时间",
    "微信订单号",
    "商户订单号",
    "交易状态",
    "商品名称",
    "微信退款单号",
    "商户退款单号",
    "退款状态",
}


def rows(packed: bytes, expected_sha1: str) -> Iterator[BillRow]:
    """Rows of a trade bill (ALL): UTF-8 with BOM, lines ended by CR LF, each field opened by a back-quote, a summary."""
    raw = gunzipped(packed) if packed[:2] == b"\x1f\x8b" else packed
    if sha1(raw, usedforsecurity=False).hexdigest() != expected_sha1.lower():
        raise ProtocolViolation("another_hash")
    head, *lines = raw.decode("utf-8-sig", "replace").split("\r\n")
    names = head.split(",")
    if not {*_COLUMNS, *_SUMS.values()} <= set(names):
        raise ProtocolViolation("no_columns")
    details = list(takewhile(lambda line: line.startswith("`"), lines))
    summary = [line for line in lines[len(details) :] if line]
    if len(summary) != 2:
        raise ProtocolViolation("no_summary")
    read = [spread(names, _quoted(line), ",`") for line in details]
    told = dict(zip(summary[0].split(","), _quoted(summary[1]), strict=False))
    equal(number(told.get(_COUNT)), Decimal(len(read)))
    for total, column in _SUMS.items():
        equal(number(told.get(total)), sum((number(above_nothing(row[column]) or "0") for row in read), Decimal()))
    return iter([_row(row) for row in read])


def _quoted(line: str) -> list[str]:
    return line[1:].split(",`")


def _row(row: dict[str, str]) -> BillRow:
    refund = row["交易状态"] == "REFUND"
    told = above_nothing(row["申请退款金额"]) or row["退款金额"] if refund else row["订单金额"]
    return BillRow(
        "REFUND" if refund else "PAY",
        row["商户订单号"],
        row["商户退款单号"] if refund else "",
        row["微信退款单号" if refund else "微信订单号"],
        sure(signed_yuan(told)),
        rounded(row["手续费"]),
        row["退款状态" if refund else "交易状态"],
        time_of(row["交易时间"]),
    )
