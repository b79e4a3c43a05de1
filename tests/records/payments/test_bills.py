"""A day's bill is read whole or refused whole: names may hold anything, sums must be those of the rows."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import zipfile
import zlib
from datetime import UTC, date, datetime

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.payments.providers import bills
from chalicelib.records.payments.providers.alipay.bills import rows as alipay_rows
from chalicelib.records.payments.providers.port import AuthConfig, ProtocolViolation, RefundRequest
from chalicelib.records.payments.providers.unionpay.bills import rows as unionpay_rows
from chalicelib.records.payments.providers.wechat.bills import rows as wechat_rows
from simulator.bills import ALIPAY_HEAD
from tests.fakes.payments import FAKES
from tests.fakes.payments.unionpay import _line
from tests.fakes.payments.wechat import HEADER, SUMMARY

from .test_contract import NOW, REFUND, Shop, ref
from .test_meaning import NO_SUM

DAY = date(2026, 11, 22)
ODD = [
    "a\u2028b", "a\u2029b", "a\x85b", "a\x0bb", "a\x0cb", "a\x1cb", "a\x1db", "a\x1eb", "a\nb", "a\rb", "\n`b",
    "mug, white",     "a,`b", ",`,`", "`a`", '"a', 'a"b', '"a, b"', "#a", "", " ",
    "a,2026-11-22 12:00:00", "a\tb", "总交易单数,", "a\ufeffb",
]  # fmt: skip


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
def wechat_row(**over):
    row = dict.fromkeys(HEADER.split(","), "") | {
        "交易时间": "2026-11-22 12:00:00", "微信订单号": "42000", "商户订单号": "P1", "交易状态": "SUCCESS",
        "应结订单金额": "88.80", "代金券金额": "0.00", "退款金额": "0.00", "充值券退款金额": "0.00", "商品名称": "mug",
        "手续费": "0.53280", "订单金额": "88.80", "申请退款金额": "0.00",
    }  # fmt: skip
    return list((row | over).values())


GIVEN_BACK = {
    "交易状态": "REFUND", "微信退款单号": "50000", "商户退款单号": "R1", "退款状态": "SUCCESS", "应结订单金额": "0.00",
    "订单金额": "0.00", "退款金额": "30.00", "充值券退款金额": "0.00", "申请退款金额": "30.00", "手续费": "-0.18000",
}  # fmt: skip
SUMS = ["2", "88.80", "30.00", "0.00", "0.35280", "88.80", "30.00"]


def quoted(cells):
    return ",".join(f"`{cell}" for cell in cells)


def wechat(rows, sums, *, head=HEADER, summary=SUMMARY, end="\r\n", charset="utf-8-sig"):
    told = [head, *map(quoted, rows), *([summary, quoted(sums)] if summary else [])]
    raw = "".join(line + end for line in told).encode(charset)
    return taken(raw)


def taken(raw, packed=None):
    return list(wechat_rows(packed or gzip.compress(raw), hashlib.sha1(raw, usedforsecurity=False).hexdigest()))


@pytest.mark.parametrize("name", ODD)
def test_whatever_a_product_is_called_wechat_s_day_is_whole(name):
    rows = wechat([wechat_row(商品名称=name), wechat_row(商品名称=name, 商户数据包=name, **GIVEN_BACK)], SUMS)
    assert [(row.kind, row.number, row.refund_number, row.amount, row.fee, row.status) for row in rows] == [
        ("PAY", "P1", "", 8880, 53, "SUCCESS"),
        ("REFUND", "P1", "R1", 3000, -18, "SUCCESS"),
    ]
    assert {row.at for row in rows} == {datetime(2026, 11, 22, 4, tzinfo=UTC)}
    assert [row.provider_ref for row in rows] == ["42000", "50000"]


def test_a_name_that_wechat_cut_within_a_letter_loses_nothing():
    told = [HEADER, quoted(wechat_row(商品名称="杯CUT")), quoted(wechat_row(**GIVEN_BACK)), SUMMARY, quoted(SUMS), ""]
    raw = "\r\n".join(told).encode("utf-8-sig").replace("杯CUT".encode(), "杯".encode()[:2])
    assert [row.amount for row in taken(raw)] == [8880, 3000]


@pytest.mark.parametrize("at", range(7))
def test_a_count_or_sum_of_wechat_s_own_that_is_not_what_was_read_refuses_the_day(at):
    rows = [wechat_row(), wechat_row(**GIVEN_BACK)]
    assert len(wechat(rows, SUMS)) == 2
    more = "3" if at == 0 else f"{float(SUMS[at]) + 0.01:.5f}"
    with pytest.raises(ProtocolViolation, match="another_sum"):
        wechat(rows, [*SUMS[:at], more, *SUMS[at + 1 :]])
    with pytest.raises(ProtocolViolation, match="no_sum"):
        wechat(rows, [*SUMS[:at], " ", *SUMS[at + 1 :]])


@pytest.mark.parametrize("change", [
    {"rows": [wechat_row()]}, {"rows": [wechat_row(), wechat_row(**GIVEN_BACK), wechat_row()]},
    {"rows": [wechat_row()[:-1], wechat_row(**GIVEN_BACK)]}, {"summary": ""}, {"summary": "x"}, {"end": "\n"},
    {"rows": [wechat_row(商品名称="a\r\nb"), wechat_row(**GIVEN_BACK)]}, {"head": HEADER.replace("订单金额", "x")},
    {"rows": [wechat_row(商品名称="a\r\n`b"), wechat_row(**GIVEN_BACK)]}, {"rows": [], "summary": "", "end": ""},
    {"head": HEADER.replace("商户订单号", "x")}, {"rows": [wechat_row(交易时间="yesterday"), wechat_row(**GIVEN_BACK)]},
    {"rows": [wechat_row(订单金额="much"), wechat_row(**GIVEN_BACK)]}, {"charset": "utf-16"},
])  # fmt: skip
def test_of_a_wechat_day_that_is_not_whole_nothing_is_taken(change):
    told = {"rows": [wechat_row(), wechat_row(**GIVEN_BACK)], "sums": SUMS} | change
    with pytest.raises(ProtocolViolation):
        wechat(told.pop("rows"), told.pop("sums"), **told)


def test_lines_after_wechat_s_summary_refuse_the_day():
    told = [HEADER, SUMMARY, quoted(["0", *["0.00"] * 6])]
    assert taken("\r\n".join([*told, "", ""]).encode()) == []  # a day without a trade
    with pytest.raises(ProtocolViolation, match="no_summary"):
        taken("\r\n".join([*told, quoted(wechat_row())]).encode())


def test_a_wechat_file_that_is_torn_too_large_or_another_is_refused(monkeypatch):
    raw = ("\r\n".join([HEADER, SUMMARY, quoted(["0", *["0.00"] * 6])])).encode()
    packed = gzip.compress(raw)
    assert taken(raw, packed) == taken(raw, raw) == []
    for torn in (packed[:-9], packed[:20], packed[:3], packed[:15] + b"\xff\xff" + packed[17:], b"\x1f\x8b"):
        with pytest.raises(ProtocolViolation):
            taken(raw, torn)
    with pytest.raises(ProtocolViolation, match="another_hash"):
        taken(raw, raw[:-1])
    monkeypatch.setattr(bills, "LARGEST", len(raw) - 1)
    with pytest.raises(ProtocolViolation, match="too_large"):
        taken(raw, packed)


@pytest.mark.parametrize("asked", [*NO_SUM[:5], "", " "])
def test_a_bill_s_refund_of_nothing_asked_is_what_went_back(asked):
    row = wechat_row(**GIVEN_BACK | {"申请退款金额": asked})
    (found,) = wechat([row], ["1", "0", "30.00", "0.00", "-0.18", "0.00", "0.00"])
    assert (found.kind, found.amount) == ("REFUND", 3000)


@pytest.mark.parametrize(("told", "fee"), [("", None), ("0.00000", 0), ("0.00500", 1), ("-0.05940", -6), ("0.06", 6)])
def test_a_fee_is_told_in_parts_of_a_fen_and_kept_in_fen(told, fee):
    (row,) = wechat([wechat_row(手续费=told)], ["1", "88.80", "0.00", "0.00", told or "0", "88.80", "0.00"])
    assert row.fee == fee


# ---- Alipay ---------------------------------------------------------------------------------------------------------
def alipay_row(name="mug", remark="", **over):
    row = dict.fromkeys(ALIPAY_HEAD.split(","), "") | {
        "支付宝交易号": "2026112322001", "商户订单号": "P1", "业务类型": "交易", "商品名称": name,
        "创建时间": "2026-11-22 12:00:00", "完成时间": "2026-11-22 12:00:01", "订单金额（元）": "88.80",
        "商家实收（元）": "80.00", "服务费（元）": "-0.53", "备注": remark,
    }  # fmt: skip
    return ",".join(f"{cell}\t" for cell in (row | over).values())


def alipay_back(**over):
    return alipay_row(
        **{
            "业务类型": "退款",
            "订单金额（元）": "-30.00",
            "商家实收（元）": "-27.00",
            "退款批次号/请求号": "R1",
            "服务费（元）": "0.18",
        }
        | over
    )


TRADES = "#交易合计：1笔，商家实收共80.00元，商家优惠共0.00元"
REFUNDS = "#退款合计：1笔，商家实收退款共-27.00元，商家优惠退款共0.00元"
SHOPS = "#汇总\r\n门店编号,交易订单总笔数\r\n合计,1\r\n"


def alipay(rows, *remarks, head=ALIPAY_HEAD, end="\r\n", more=None):
    told = [
        "#支付宝业务明细查询",
        "#--业务明细列表--",
        head,
        *rows,
        "#--业务明细列表结束--",
        *remarks,
        "#导出时间：[x]",
    ]
    text = "".join(line + end for line in told)
    return zipped({"day.csv": text.encode("gbk"), "day(汇总).csv": SHOPS.encode("gbk")} | (more or {}))


def zipped(files, how=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, raw in files.items():
            archive.writestr(zipfile.ZipInfo(name), raw, how)  # without the clock: its text names a test
    return out.getvalue()


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("name", [
    name for name in ODD if not set(name) & set("\u2028\u2029\x85\ufeff")])  # what GBK cannot say  # fmt: skip
def test_whatever_a_product_is_called_alipay_s_day_is_whole(name, end):
    if "\n" in name and end == "\n":
        return
    rows = [alipay_row(name), alipay_back(name=name, remark="later, not, now")]
    assert [
        (row.kind, row.number, row.refund_number, row.amount, row.fee, row.at.second)
        for row in alipay_rows(alipay(rows, TRADES, REFUNDS, end=end))
    ] == [
        ("PAY", "P1", "", 8880, -53, 1),
        ("REFUND", "P1", "R1", 3000, 18, 1),
    ]


def test_a_name_that_alipay_cut_within_a_letter_loses_nothing():
    packed = alipay([alipay_row("CUT"), alipay_back()], TRADES, REFUNDS)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        raw = archive.read("day.csv").replace(b"CUT", "杯".encode("gbk")[:1])
    assert [row.amount for row in alipay_rows(zipped({"day.csv": raw}))] == [8880, 3000]


def test_alipay_s_empty_day_has_sums_of_nothing():
    none = [
        TRADES.replace("1笔", "0笔").replace("80.00", "0.00"),
        REFUNDS.replace("1笔", "0笔").replace("-27.00", "0.00"),
    ]
    assert list(alipay_rows(alipay([], *none))) == []


@pytest.mark.parametrize(("rows", "remarks", "code"), [
    ([alipay_row(), alipay_back()], [TRADES], "no_summary"), ([alipay_row(), alipay_back()], [REFUNDS], "no_summary"),
    ([alipay_row(), alipay_back()], [TRADES.replace("1笔", "2笔"), REFUNDS], "another_sum"),
    ([alipay_row(), alipay_back()], [TRADES, REFUNDS.replace("1笔", "2笔")], "another_sum"),
    ([alipay_row(), alipay_back()], [TRADES.replace("80.00", "80.01"), REFUNDS], "another_sum"),
    ([alipay_row(), alipay_back()], [TRADES, REFUNDS.replace("27.00", "27.01")], "another_sum"),
    ([alipay_row(), alipay_back()], [TRADES.replace("80.00", "8.0.0"), REFUNDS], "no_number"),
    ([alipay_row()], [TRADES, REFUNDS], "another_sum"), ([alipay_back()], [TRADES, REFUNDS], "another_sum"),
    ([alipay_row(), alipay_back(), alipay_back()], [TRADES, REFUNDS], "another_sum"),
    ([alipay_row(), alipay_back()[:40]], [TRADES, REFUNDS], "torn_row"),
    ([alipay_row(**{"订单金额（元）": ""}), alipay_back()], [TRADES, REFUNDS], "no_amount"),
    ([alipay_row(完成时间="now"), alipay_back()], [TRADES, REFUNDS], "no_time"),
])  # fmt: skip
def test_of_an_alipay_day_that_is_not_whole_nothing_is_taken(rows, remarks, code):
    with pytest.raises(ProtocolViolation, match=code):
        alipay_rows(alipay(rows, *remarks))


def test_alipay_files_without_the_details_their_columns_or_their_end_are_refused(monkeypatch):
    whole = alipay([alipay_row(), alipay_back()], TRADES, REFUNDS)
    assert len(list(alipay_rows(whole))) == 2
    torn = alipay([alipay_row()], TRADES, REFUNDS, more={"second.csv": f"{ALIPAY_HEAD}\r\n".encode("gbk")})
    strange = bytearray(zipped({"day.csv": ALIPAY_HEAD.encode("gbk")}, zipfile.ZIP_LZMA))
    strange[len("day.csv") + 36 : len("day.csv") + 60] = bytes(24)  # what it is packed by does not know it
    nameless = bytearray(zipped({"x": b"x"}))
    at = nameless.index(b"PK\x01\x02")
    nameless[at + 28], nameless[at + 32] = 0, 1  # its name is called a remark
    sealed = bytearray(whole)
    sealed[6] |= 1
    sealed[whole.rindex(b"PK\x01\x02") + 8] |= 1
    sealed[whole.index(b"PK\x01\x02") + 8] |= 1
    for packed in (
        whole[:-30], whole[:100], b"", torn, zipped({}), zipped({"x": SHOPS.encode("gbk")}), bytes(sealed),
        whole[:60] + b"\xff" * 9 + whole[69:],
        bytes(strange), bytes(nameless),
        alipay([alipay_row(), alipay_back()], TRADES, REFUNDS, head=ALIPAY_HEAD.replace("商家实收", "x")),
    ):  # fmt: skip
        with pytest.raises(ProtocolViolation):
            alipay_rows(packed)
    monkeypatch.setattr(bills, "LARGEST", 100)
    with pytest.raises(ProtocolViolation, match="too_large"):
        alipay_rows(whole)


# ---- UnionPay -------------------------------------------------------------------------------------------------------
def unionpay(*lines, end="\r\n", name="INN26112288ZM_777290058110048"):
    text = "".join(line + end for line in lines)
    return base64.b64encode(zlib.compress(zipped({name: text.encode("gbk")}))).decode()


PAID, BACK = _line("P1", 8880, "01"), _line("R1", 3000, "04")


@pytest.mark.parametrize("lines", [
    (PAID, BACK), (PAID.rstrip(), BACK.rstrip()), (PAID[:-131] + "杯\x0b\x0c\x1d", BACK),
    (PAID, "", BACK, _line("P2", 1, "31")),
])  # fmt: skip
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_unionpay_s_lines_are_of_columns_and_other_kinds_of_trade_are_not_ours(lines, end):
    rows = unionpay_rows(unionpay(*lines, end=end), DAY)
    assert [(row.kind, row.number, row.refund_number, row.amount) for row in rows] == [
        ("PAY", "P1", "", 8880),
        ("REFUND", "", "R1", 3000),
    ]


@pytest.mark.parametrize("coded", [
    unionpay(PAID, BACK[:100]), unionpay(PAID, BACK + "x"), unionpay(PAID + BACK), unionpay(PAID, " " + BACK[:-1]),
    unionpay(PAID, BACK[:15] + "x" + BACK[16:]), unionpay(PAID, BACK, name="INN26112288ZME_777290058110048"),
    unionpay(PAID, BACK)[:-12], unionpay(PAID, BACK)[:40], "", "%%%", "杯",
    base64.b64encode(zlib.compress(b"no zip")).decode(), base64.b64encode(b"no zlib").decode(),
])  # fmt: skip
def test_of_a_unionpay_file_that_is_torn_nothing_is_taken(coded):
    with pytest.raises(ProtocolViolation):
        unionpay_rows(coded, DAY)


def test_a_unionpay_file_that_unfolds_without_end_is_refused(monkeypatch):
    coded = unionpay(PAID)
    monkeypatch.setattr(bills, "LARGEST", 100)
    with pytest.raises(ProtocolViolation, match="not_a_file"):
        unionpay_rows(coded, DAY)


# ---- whose fault ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["20001", "40004"])
def test_a_token_of_ours_that_alipay_refuses_is_configuration(code):
    shop = Shop(FAKES["alipay"]())
    shop.fake.fault = f"code:{code}:aop.invalid-auth-token"
    for call in (lambda: shop.adapter.create(shop.request()), lambda: shop.adapter.fetch_bill(DAY)):
        with pytest.raises(AuthConfig):
            call()


@pytest.mark.parametrize(("product", "business"), [("qr", "000000"), ("app", "000201"), ("gateway", "000201")])
def test_a_refund_of_unionpay_is_of_its_product_s_business(product, business):
    shop, asked = Shop(FAKES["unionpay"]()).paid(), []
    work = shop.fake._work
    shop.fake._work = lambda told: asked.append(told) or work(told)
    attempt = ref("6")._replace(product=product)
    shop.adapter.refund(RefundRequest(REFUND, attempt, Fen(3000), Fen(8880), "x", NOW, "http://shop.test/refund"))
    assert [told["bizType"] for told in asked] == [business]
