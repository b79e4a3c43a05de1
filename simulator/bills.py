"""Yesterday's books as each provider prints them, made from the order book and nothing else.

Bill knobs (`bill_extra`, `bill_missing`, `bill_changed`) bend the rows, so that a reconciliation has something to find.
"""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .book import PAID, SUCCESS, Payment, Refund
from .till import Till
from .wire import shanghai, yuan

RATE_BP = 60  # what a provider keeps, in basis points
WECHAT_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
WECHAT_SUM = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
ALIPAY_HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,"
    "订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,"
    "商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
ZM_WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a bill: a payment, or with `refund` a refund; `amount` in fen, `fee` in fen, `at` epoch seconds."""

    at: float
    payment: Payment
    refund: Refund | None
    amount: int

    @property
    def fee(self) -> int:
        return (self.amount * RATE_BP + 5000) // 10000


def entries(till: Till, provider: str, day: str, pattern: str, shift: float = 0.0) -> list[Entry]:
    """Return what happened on a Shanghai day, in order of time, bent by the bill knobs."""
    found = sorted(_all(till, provider), key=lambda entry: entry.at)
    rows = [entry for entry in found if shanghai(entry.at + shift, pattern) == day]
    if rows and till.faults.take("bill_missing", provider, call="bill"):
        rows.pop()
    if rows and till.faults.take("bill_changed", provider, call="bill"):
        rows[0] = replace(rows[0], amount=rows[0].amount + 1)
    if rows and till.faults.take("bill_extra", provider, call="bill"):
        stranger = replace(rows[-1].payment, number="STRANGER" + rows[-1].payment.number[8:])
        rows.append(replace(rows[-1], payment=stranger, refund=None))
    return rows


def _all(till: Till, provider: str) -> Iterator[Entry]:
    for payment in till.book.find(Payment, provider=provider, state=PAID):
        yield Entry(payment.paid or 0.0, payment, None, payment.amount)
        for refund in till.book.refunds(payment):
            if refund.state == SUCCESS:
                yield Entry(refund.done or 0.0, payment, refund, refund.amount)


def wechat(till: Till, day: str) -> bytes | None:
    """Return the trade bill of YYYY-MM-DD: UTF-8 with BOM, CRLF, back-quoted fields, yuan; None without a trade."""
    rows = entries(till, "wechat", day, "%Y-%m-%d")
    if not rows:
        return None
    lines = [WECHAT_HEAD] + [_quoted(_wechat_row(till, row)) for row in rows]
    paid = sum(row.amount for row in rows if row.refund is None)
    back = sum(row.amount for row in rows if row.refund is not None)
    fees = sum(row.fee if row.refund is None else -row.fee for row in rows)
    totals = (str(len(rows)), yuan(paid), yuan(back), "0.00", yuan(fees), yuan(paid), yuan(back))
    lines += [WECHAT_SUM, _quoted(totals)]
    return ("\ufeff" + "".join(line + "\r\n" for line in lines)).encode()


def _wechat_row(till: Till, row: Entry) -> tuple[str, ...]:
    payment, refund = row.payment, row.refund
    paid, back = (row.amount, 0) if refund is None else (0, row.amount)
    kind = {"jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB", "app": "APP"}[payment.kind]
    fee = yuan(row.fee if refund is None else -row.fee)
    return (
        shanghai(row.at),
        payment.asked["appid"],
        till.keys.text["mchid"],
        "0",
        "",
        payment.trade_no,
        payment.number,
        payment.extra["payer"],
        kind,
        "REFUND" if refund else "SUCCESS",
        "OTHERS",
        "CNY",
        yuan(paid),
        "0.00",
        refund.refund_id if refund else "0",
        refund.refund_no if refund else "0",
        yuan(back),
        "0.00",
        "ORIGINAL" if refund else "",
        "SUCCESS" if refund else "",
        _one_line(payment.subject),
        _one_line(payment.asked.get("attach", "")),
        fee,
        "0.60%",
        yuan(paid),
        yuan(back),
        "",
    )


def _one_line(text: str) -> str:
    """Free text as a bill prints it: whatever it is, but no end of a line."""
    return text.replace("\r", " ").replace("\n", " ")


def _quoted(fields: tuple[str, ...]) -> str:
    return ",".join("`" + field for field in fields)


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def alipay(till: Till, day: str) -> bytes | None:
    """Return the zip of two GBK CSVs for YYYY-MM-DD: the trades and their sums; None without a trade."""
    rows = entries(till, "alipay", day, "%Y-%m-%d")
    if not rows:
        return None
    seller = till.keys.text["alipay_seller_id"]
    top = ["#支付宝业务明细查询", f"#账号：[{seller}0156]", f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 23:59:59]"]
    listed = ["#-----------------------------------------业务明细列表----------------------------------------"]
    listed += [ALIPAY_HEAD] + [",".join(field + "\t" for field in _alipay_row(row)) for row in rows]
    listed += ["#-----------------------------------------业务明细列表结束------------------------------------"]
    paid = [row for row in rows if row.refund is None]
    back = [row for row in rows if row.refund is not None]
    gross, given = sum(row.amount for row in paid), sum(row.amount for row in back)
    fees = sum(row.fee for row in back) - sum(row.fee for row in paid)
    sums = [
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(gross)}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(-given)}元，商家优惠退款共0.00元",
    ]
    head = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,服务费（元）,实收净额（元）"
    row = ["合计", "", str(len(paid)), str(len(back)), yuan(gross), yuan(gross - given), yuan(fees)]
    row.append(yuan(gross - given + fees))
    files = {"业务明细": top + listed + sums, "业务明细(汇总)": [*top, head, ",".join(cell + "\t" for cell in row)]}
    return _zip(
        {
            f"{seller}0156_{day.replace('-', '')}_{name}.csv": "".join(line + "\r\n" for line in lines).encode(
                "gbk", "replace"
            )
            for name, lines in files.items()
        }
    )


def _alipay_row(row: Entry) -> tuple[str, ...]:
    payment, refund = row.payment, row.refund
    amount = yuan(row.amount if refund is None else -row.amount)
    fee = yuan(row.fee if refund else -row.fee)
    return (
        payment.trade_no,
        payment.number,
        "退款" if refund else "交易",
        _one_line(payment.subject),
        shanghai(payment.created),
        shanghai(row.at),
        "",
        "",
        "",
        "",
        "*明(sim***@example.com)",
        amount,
        amount,
        "0.00",
        "0.00",
        "0.00",
        "0.00",
        "0.00",
        "",
        "0.00",
        "0.00",
        refund.refund_no if refund else "",
        fee,
        "0.00",
        "",
    )


def unionpay(till: Till, day: str, shift: float) -> tuple[str, str] | None:
    """Return name and content of the file of a clearing day MMDD: base64(zlib(zip of a ZM text)); None if empty."""
    rows = entries(till, "unionpay", day, "%m%d", shift)
    if not rows:
        return None
    mer_id = till.keys.text["mer_id"]
    date = shanghai(rows[0].at + shift, "%y%m%d")
    text = "".join(_zm_row(till, row, shift) + "\r\n" for row in rows)
    packed = _zip({f"INN{date}ZM_{mer_id}": text.encode("gbk", "replace")})
    return f"{mer_id}_20{date}.zip", base64.b64encode(zlib.compress(packed)).decode()


def _zm_row(till: Till, row: Entry, shift: float) -> str:
    payment, refund = row.payment, row.refund
    number = str(refund.extra["order_id"]) if refund else payment.number
    txn_time = str((refund or payment).extra["txn_time"])
    cells = {
        1: "M21", 2: "00049992", 3: "00049992", 4: f"{int(payment.created) % 10**6:06d}", 5: txn_time[4:],
        6: "6216***********0018", 7: f"{row.amount:012d}", 8: "0000", 9: "00",
        10: refund.refund_id if refund else payment.trade_no, 11: "07", 12: number, 13: "01", 16: "0" * 13,
        17: f"D{row.fee:012d}", 19: till.keys.text["mer_id"], 20: "04" if refund else "01", 21: "00",
        24: shanghai(row.at + shift, "%m%d"), 27: payment.trade_no if refund else "", 41: "",
    }  # fmt: skip
    return " ".join(cells.get(place, "")[:width].ljust(width) for place, width in enumerate(ZM_WIDTHS, 1))


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return out.getvalue()
