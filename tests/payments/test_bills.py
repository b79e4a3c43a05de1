"""A day's bill is read in full or not at all: whatever a product is called, and held to its own summary."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import zipfile
import zlib
from datetime import date

import pytest

from chalicelib.records.payments.providers.bills import alipay_rows, unionpay_rows, wechat_rows
from chalicelib.records.payments.providers.port import ProtocolViolation

from .desks.unionpay import WIDTHS
from .desks.wechat import HEADER

NAMES = HEADER.split(",")
ENDS = [
    "\u2028",
    "\u2029",
    "\x85",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "\n",
    "\r",
    "\n\r",
]  # what is no end of a line
ODD = [
    *(f"茶{end}壶" for end in ENDS),
    "a,b",
    "a`b",
    "a,`b",
    '"a',
    'a"b',
    '"a",b',
    "`",
    ",",
    "",
    "'",
    "#茶壶",
    "总交易单数",
]
SUM = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def refused(why):
    return pytest.raises(ProtocolViolation, match=f"^{why}$")


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
def paid(yuan, name="茶壶", **more):
    return dict.fromkeys(NAMES, "") | {
        "交易时间": "2026-11-22 12:00:00", "商户订单号": f"P{yuan}", "交易状态": "SUCCESS", "应结订单金额": yuan,
        "退款金额": "0.00", "充值券退款金额": "0.00", "商品名称": name, "手续费": "0.01",
        "订单金额": yuan, "申请退款金额": "0.00", **more,
    }  # fmt: skip


def back(yuan, name="茶壶", **more):
    gone = {
        "交易状态": "REFUND",
        "商户退款单号": f"R{yuan}",
        "应结订单金额": "0.00",
        "退款金额": yuan,
        "申请退款金额": yuan,
    }
    return paid("0.00", name) | gone | {"订单金额": "0.00", "手续费": "-0.01", **more}


def quoted(cells):
    return ",".join(f"`{cell}" for cell in cells)


ROWS = [paid("12.30"), paid("7.70"), back("5.00")]
TOLD = ["3", "20.00", "5.00", "0.00", "0.01", "20.00", "5.00"]


def wechat(rows=ROWS, told=TOLD, end="\r\n", tail=None, names=SUM):
    lines = [HEADER, *(quoted(row.values()) for row in rows), *([names, quoted(told)] if tail is None else tail)]
    raw = b"\xef\xbb\xbf" + "".join(line + end for line in lines).encode()
    return list(wechat_rows(gzip.compress(raw), hashlib.sha1(raw, usedforsecurity=False).hexdigest()))


@pytest.mark.parametrize("name", ODD)
def test_a_product_s_name_neither_ends_a_line_nor_a_field(name):
    rows = wechat([paid("12.30", name), paid("7.70"), back("5.00", name)])
    assert [(row.kind, row.amount, row.fee) for row in rows] == [("PAY", 1230, 1), ("PAY", 770, 1), ("REFUND", 500, -1)]
    assert [row.number for row in rows] == ["P12.30", "P7.70", "P0.00"]


@pytest.mark.parametrize("at", range(7))
def test_each_column_of_the_summary_must_equal_what_was_read(at):
    told = [*TOLD]
    told[at] = "4" if at == 0 else "19.99"
    with refused("another_count" if at == 0 else "another_sum"):
        wechat(told=told)


@pytest.mark.parametrize(("rows", "why"), [(ROWS[:2], "another_count"), ([*ROWS, ROWS[0]], "another_count")])
def test_a_row_more_or_less_is_no_whole_day(rows, why):
    with refused(why):
        wechat(rows)


@pytest.mark.parametrize("tail", [[], [SUM], [SUM, quoted(TOLD), "more"]])
def test_a_bill_whose_summary_is_cut_or_followed_is_refused(tail):
    with refused("no_summary"):
        wechat(tail=tail)


def test_a_file_that_ends_its_lines_otherwise_is_not_taken_for_an_empty_day():
    with refused("no_summary"):
        wechat(end="\n")
    with refused("no_summary"):
        wechat_rows(b"", hashlib.sha1(b"", usedforsecurity=False).hexdigest())


def test_a_day_without_rows_says_so():
    assert wechat([], ["0", *["0.00"] * 6]) == []


def test_a_name_with_a_whole_line_end_is_a_clear_trouble():
    with pytest.raises(ProtocolViolation):
        wechat([paid("12.30", "茶\r\n壶"), paid("7.70"), back("5.00")])


@pytest.mark.parametrize("cells", [["only"], [*paid("1.00").values()][:-1]])
def test_a_row_that_does_not_fill_its_columns_is_refused(cells):
    with refused("columns"):
        wechat([dict(enumerate(cells))], ["1", *["0.00"] * 6])


@pytest.mark.parametrize("asked", ["0.00", "0", "0.0", "-0.00", "", " "])
def test_a_refund_of_nothing_asked_is_what_went_back(asked):
    (row,) = wechat([back("5.00", 申请退款金额=asked)], ["1", "0.00", "5.00", "0.00", "-0.01", "0.00", "0.00"])
    assert (row.kind, row.amount) == ("REFUND", 500)


def test_fees_of_more_decimals_still_add_up():
    rows = [paid("12.30", 手续费="0.07380"), paid("7.70", 手续费="0.04620"), ROWS[2]]
    assert len(wechat(rows, ["3", "20.00", "5.00", "0.00", "0.11", "20.00", "5.00"])) == 3


@pytest.mark.parametrize("amount", ["1,000.00", "free", "1.2.3"])
def test_an_amount_that_is_none_is_refused(amount):
    with refused("no_amount"):
        wechat([paid("12.30", 退款金额=amount), paid("7.70"), back("5.00")])


def test_bytes_that_are_no_text_are_refused():
    raw = b"\xef\xbb\xbf\xff\xfe\r\n"
    with refused("not_utf8"):
        wechat_rows(raw, hashlib.sha1(raw, usedforsecurity=False).hexdigest())


# ---- Alipay ---------------------------------------------------------------------------------------------------------
HEAD = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,订单金额（元）,商家实收（元）,"
HEAD += "退款批次号/请求号,服务费（元）,备注"
FOOT = [
    "#交易合计：2笔，商家实收共20.00元，商家优惠共0.00元",
    "#退款合计：1笔，商家实收退款共-5.00元，商家优惠退款共0.00元",
]
SUMS = {"门店编号": "合计", "交易订单总笔数": "2", "退款订单总笔数": "1", "商家实收（元）": "15.00"}


def trade(kind, yuan, refund="", name="茶壶"):
    return [
        "2026",
        f"P{yuan}",
        kind,
        name,
        "2026-11-22 11:59:00",
        "2026-11-22 12:00:00",
        yuan,
        yuan,
        refund,
        "-0.01",
        "",
    ]


def trades(name="茶壶"):
    return [trade("交易", "12.30", "", name), trade("交易", "7.70"), trade("退款", "-5.00", "R1", name)]


def alipay(rows=None, foot=FOOT, sums=SUMS, tabs=True, end="\r\n"):
    def line(cells):
        return ",".join(f"{cell}\t" if tabs else cell for cell in cells)

    lines = ["#支付宝业务明细查询", HEAD, *map(line, trades() if rows is None else rows), "#---结束---", *foot]
    files = {"detail.csv": lines}
    if sums:
        files["sum.csv"] = ["#汇总", ",".join(sums), line(sums.values())]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for file, held in files.items():
            archive.writestr(file, "".join(one + end for one in held).encode("gbk", "replace"))
    return list(alipay_rows(out.getvalue()))


def seen(rows):
    return [(row.kind, row.number, row.refund_number, row.amount, row.fee) for row in rows]


SEEN = [("PAY", "P12.30", "", 1230, -1), ("PAY", "P7.70", "", 770, -1), ("REFUND", "P-5.00", "R1", 500, -1)]


@pytest.mark.parametrize("name", ODD)
def test_a_name_in_alipay_s_bill_moves_no_column(name):
    assert seen(alipay(trades(name))) == SEEN


@pytest.mark.parametrize("name", ["a,b", '"a,b"', '"a""b, c"', '"a', 'a"b', "`a`", '"a"b', "茶\u2028\x0b\x0c壶"])
def test_cells_that_are_not_ended_by_tabs_may_be_quoted(name):
    assert seen(alipay(trades(name), tabs=False)) == SEEN


@pytest.mark.parametrize(("foot", "sums"), [(FOOT, None), ([], SUMS), (FOOT[:1], SUMS)])
def test_one_of_alipay_s_two_summaries_is_enough(foot, sums):
    assert seen(alipay(foot=foot, sums=sums)) == SEEN


@pytest.mark.parametrize(("foot", "sums"), [([], None), (FOOT[:1], None), (FOOT[1:], None)])
def test_without_a_summary_nobody_knows_whether_all_is_there(foot, sums):
    with refused("no_summary"):
        alipay(foot=foot, sums=sums)


def test_an_empty_file_of_alipay_s_is_no_empty_day():
    with refused("no_summary"):
        alipay([], foot=[], sums=None)


@pytest.mark.parametrize(("at", "old", "new", "why"), [
    (0, "2笔", "3笔", "another_count"), (0, "20.00", "20.01", "another_sum"), (1, "1笔", "0笔", "another_count"),
    (1, "-5.00", "5.00", "another_sum"),
])  # fmt: skip
def test_alipay_s_last_lines_must_equal_what_was_read(at, old, new, why):
    foot = [line.replace(old, new) if n == at else line for n, line in enumerate(FOOT)]
    with refused(why):
        alipay(foot=foot, sums=None)


@pytest.mark.parametrize(("name", "told", "why"), [
    ("交易订单总笔数", "1", "another_count"), ("退款订单总笔数", "2", "another_count"),
    ("商家实收（元）", "15.01", "another_sum"),
])  # fmt: skip
def test_alipay_s_summary_file_must_equal_what_was_read(name, told, why):
    with refused(why):
        alipay(foot=[], sums=SUMS | {name: told})


def test_alipay_s_rows_must_fill_their_columns_and_its_lines_end_as_they_do():
    with refused("columns"):
        alipay([*trades()[:2], trades()[2][:-1]])
    with refused("no_summary"):
        alipay(end="\n")
    assert alipay([], ["#交易合计：0笔，商家实收共0.00元", "#退款合计：0笔，商家实收退款共0.00元"], None) == []


# ---- UnionPay -------------------------------------------------------------------------------------------------------
def zm(number, fen, kind="01", filler=""):
    cells = dict(enumerate([""] * len(WIDTHS))) | {
        4: "1122120000",
        5: filler,
        6: str(fen).zfill(12),
        9: "6",
        11: number,
        19: kind,
    }
    return b" ".join(cells[at].encode("gbk").ljust(width) for at, width in enumerate(WIDTHS))


def unionpay(*lines, end=b"\r\n"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("INN26112288ZM_777", b"".join(line + end for line in lines))
    return list(unionpay_rows(base64.b64encode(zlib.compress(out.getvalue())).decode(), date(2026, 11, 22)))


@pytest.mark.parametrize(
    "filler", ["", "\x0b\x0c\x1d", "\x85".encode("latin-1").decode("gbk", "ignore"), "银联", "\n", "\r"]
)
def test_a_unionpay_line_is_cut_by_bytes_whatever_they_are(filler):
    rows = unionpay(zm("P1", 1230, "01", filler), zm("R1", 500, "04", filler), zm("P2", 1, "31"))
    assert [(row.kind, row.number, row.refund_number, row.amount) for row in rows] == [
        ("PAY", "P1", "", 1230), ("REFUND", "", "R1", 500),
    ]  # fmt: skip


def test_a_unionpay_line_may_end_early_but_not_before_what_is_read():
    assert len(unionpay(zm("P1", 1230).rstrip())) == 1
    with refused("columns"):
        unionpay(zm("P1", 1230)[:100])


@pytest.mark.parametrize("line", [
    zm("P1", 1230) + b" more", b"x" + zm("P1", 1230), zm("P1", 1230)[:200] + zm("P1", 1230)[201:], b"short",
])  # fmt: skip
def test_a_unionpay_line_of_other_columns_is_refused(line):
    with refused("columns"):
        unionpay(zm("P2", 1), line)


def test_unionpay_lines_that_end_otherwise_are_not_taken_for_one():
    with refused("columns"):
        unionpay(zm("P1", 1230), zm("P2", 1), end=b"\n")
