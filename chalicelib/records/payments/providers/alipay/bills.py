"""The daily bill of Alipay, in yuan: the detail files of a zip, read by column name and held to their own sums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from chalicelib.kernel.money import Fen

from ..bills import equal, lines_of, number, rounded, spread, sure, time_of, unzipped
from ..port import BillRow, ProtocolViolation
from ..wire import from_shanghai, signed_yuan

_COLUMNS = {
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "订单金额(元)", "商家实收(元)",
    "退款批次号/请求号", "服务费(元)",
}  # fmt: skip
_SUMS = re.compile("#+(交易|退款)合计[：:]([0-9]{1,12})笔[，,]商家实收(?:退款)?共(-?[0-9.]{1,16})元")


def rows(packed: bytes) -> Iterator[BillRow]:
    """Rows of the detail files in the zip: GBK, columns by name, the sums in comment lines opened by #."""
    found, read = [], 0
    for raw in unzipped(packed):
        lines = [line for line in lines_of(raw) if line.strip()]
        remarks = [text for text in (line.decode("gbk", "replace").strip() for line in lines) if text.startswith("#")]
        table = [line.decode("gbk", "replace") for line in lines if not line.lstrip().startswith(b"#")]
        names = _cells(table[0].replace("（", "(").replace("）", ")")) if table else []
        if "商户订单号" not in names:
            continue  # the file of sums by shop
        if not set(names) >= _COLUMNS:
            raise ProtocolViolation("no_columns")
        told = [_columns(names, _cells(line)) for line in table[1:]]
        _equal_remarks(told, remarks)
        found += [_row(row) for row in told]
        read += 1
    if not read:
        raise ProtocolViolation("no_details")
    return iter(found)


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.split(",")]


def _columns(names: list[str], cells: list[str]) -> dict[str, str]:
    """Commas in a product's name come before the two times that follow it, all others in the remark at the end."""
    times = [from_shanghai(cell) is not None for cell in cells]
    at, more = names.index("创建时间"), max(len(cells) - len(names), 0)
    shifts = [by for by in range(more + 1) if times[at + by : at + by + 2] == [True, True]]
    return spread(names, cells[: len(names) + max(shifts, default=0)], ",")


def _equal_remarks(rows: list[dict[str, str]], remarks: list[str]) -> None:
    """Raises ProtocolViolation unless the file's own counts and sums, of trades and of refunds, are those of its rows."""
    told = {sums[1]: (Decimal(sums[2]), number(sums[3])) for sums in map(_SUMS.match, remarks) if sums}
    for kind, refunds in (("交易", False), ("退款", True)):
        if kind not in told:
            raise ProtocolViolation("no_summary")
        sums = [number(row["商家实收(元)"]) for row in rows if _gives_back(row) is refunds]
        equal(told[kind][0], Decimal(len(sums)))
        equal(told[kind][1], sum(sums, Decimal()))


def _gives_back(row: dict[str, str]) -> bool:
    return row["业务类型"].startswith("退款")


def _row(row: dict[str, str]) -> BillRow:
    refund = _gives_back(row)
    return BillRow(
        "REFUND" if refund else "PAY",
        row["商户订单号"],
        row["退款批次号/请求号"] if refund else "",
        row["支付宝交易号"],
        Fen(abs(int(sure(signed_yuan(row["订单金额(元)"]))))),
        rounded(row["服务费(元)"]),
        row["业务类型"],
        time_of(row["完成时间"] or row["创建时间"]),
    )
