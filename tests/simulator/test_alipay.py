from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from simulator import Simulator
from tests.simulator.shop import AlipayShop, Listener, beijing, call

PAGE = {"total_amount": "12.30", "subject": "集市 茶壶", "product_code": "FAST_INSTANT_TRADE_PAY"}
FACE = PAGE | {"product_code": "FACE_TO_FACE_PAYMENT"}


def opened(alipay: AlipayShop, number: str, **more: str) -> str:
    """Open a page payment as the payer's browser does; returns the cashier's address."""
    answer = alipay.visit("alipay.trade.page.pay", PAGE | {"out_trade_no": number}, **more)
    assert answer.status == 303, answer.body.decode()
    return answer.headers["location"]


def test_a_page_payment_lands_at_the_cashier_is_paid_and_told(
    sim: Simulator, alipay: AlipayShop, listener: Listener
) -> None:
    number = {"out_trade_no": "P0000001"}
    assert alipay.ask("alipay.trade.query", number)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    cashier = opened(alipay, "P0000001", notify_url=listener.url, return_url="http://127.0.0.1:8000/back?a=1")
    assert alipay.ask("alipay.trade.query", number)["trade_status"] == "WAIT_BUYER_PAY"

    paid = call("POST", cashier, "action=pay", {"Content-Type": "application/x-www-form-urlencoded"})

    form = alipay.open_notice(listener.wait(1)[0])
    assert (form["trade_status"], form["total_amount"], form["out_trade_no"]) == ("TRADE_SUCCESS", "12.30", "P0000001")
    assert (form["app_id"], form["seller_id"]) == (alipay.held["app_id"], alipay.held["seller_id"])
    told = alipay.ask("alipay.trade.query", number)
    assert (told["code"], told["trade_status"], told["trade_no"]) == ("10000", "TRADE_SUCCESS", form["trade_no"])
    back = call("GET", f"http://{urlsplit(cashier).netloc}{paid.headers['location']}").body.decode()
    assert 'action="http://127.0.0.1:8000/back"' in back
    assert 'name="a" value="1"' in back


def test_certificate_mode_answers_and_tells_with_the_certificate(
    sim: Simulator, alipay: AlipayShop, listener: Listener
) -> None:
    sns = {"app_cert_sn": alipay_sn(alipay.held["app_cert"]), "alipay_root_cert_sn": root_sn(alipay)}
    made = alipay.ask("alipay.trade.precreate", FACE | {"out_trade_no": "P0000001"}, notify_url=listener.url, **sns)
    assert made["qr_code"] == sim.cashier("alipay", "P0000001")
    sim.pay("alipay", "P0000001")
    assert alipay.open_notice(listener.wait(1)[0], certified=True)["trade_status"] == "TRADE_SUCCESS"
    sim.mode(alipay="cert")
    assert alipay.ask("alipay.trade.query", {"out_trade_no": "P0000001"})["sub_code"] == "isv.invalid-app-cert-sn"
    wrong = sns | {"alipay_root_cert_sn": sns["app_cert_sn"]}
    refused = alipay.ask("alipay.trade.query", {"out_trade_no": "P0000001"}, **wrong)
    assert refused["sub_code"] == "isv.invalid-alipay-root-cert-sn"


def alipay_sn(pem: str) -> str:
    cert = x509.load_pem_x509_certificate(pem.encode())
    return hashlib.md5(f"{cert.issuer.rfc4514_string()}{cert.serial_number}".encode()).hexdigest()  # noqa: S324  # their rule


def root_sn(alipay: AlipayShop) -> str:
    return alipay_sn(
        alipay.held["alipay_root_cert"].partition("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----"
    )


def test_the_root_file_holds_blocks_a_careful_reader_skips(alipay: AlipayShop) -> None:
    blocks = alipay.held["alipay_root_cert"].split("-----BEGIN")[1:]
    read = []
    for block in blocks:
        try:
            read.append(x509.load_pem_x509_certificate(("-----BEGIN" + block).encode()))
        except ValueError:
            read.append(None)
    assert [cert and cert.signature_algorithm_oid.dotted_string[:18] for cert in read] == [
        "1.2.840.113549.1.1",
        "1.2.840.10045.4.3.",
        None,
    ]


@pytest.mark.parametrize(
    ("bend", "sub_code"),
    [
        ({"sign": "AAAA"}, "isv.invalid-signature"),
        ({"biz_content": '{"out_trade_no":"P0000009"}'}, "isv.invalid-signature"),
        ({"app_id": "2021000000000000"}, "isv.invalid-app-id"),
        ({"sign_type": "RSA"}, "isv.invalid-signature-type"),
        ({"timestamp": "yesterday"}, "isv.invalid-timestamp"),
        ({"sign": ""}, "isv.missing-sign"),
    ],
)
def test_a_request_the_app_has_not_signed_is_refused(alipay: AlipayShop, bend: dict[str, str], sub_code: str) -> None:
    given = alipay.params("alipay.trade.precreate", FACE | {"out_trade_no": "P0000001"}) | bend
    assert alipay.send("alipay.trade.precreate", given)["sub_code"] == sub_code


def test_a_code_nobody_has_scanned_is_no_trade_yet(sim: Simulator, alipay: AlipayShop) -> None:
    number = {"out_trade_no": "P0000001"}
    made = alipay.ask("alipay.trade.precreate", FACE | number)
    assert alipay.ask("alipay.trade.query", number)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert alipay.ask("alipay.trade.close", number)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert call("GET", made["qr_code"]).status == 200
    assert alipay.ask("alipay.trade.query", number)["trade_status"] == "WAIT_BUYER_PAY"
    assert alipay.ask("alipay.trade.close", number)["code"] == "10000"
    assert alipay.ask("alipay.trade.query", number)["trade_status"] == "TRADE_CLOSED"
    assert alipay.ask("alipay.trade.precreate", FACE | number)["sub_code"] == "ACQ.TRADE_HAS_CLOSE"


def test_a_used_number_is_refused_for_another_trade(sim: Simulator, alipay: AlipayShop) -> None:
    assert opened(alipay, "P0000001") == opened(alipay, "P0000001")
    for changed in ({"total_amount": "0.01"}, {"subject": "else"}, {"goods_detail": []}, {"body": "else"}):
        other = alipay.visit("alipay.trade.page.pay", PAGE | {"out_trade_no": "P0000001"} | changed)
        assert b"ACQ.CONTEXT_INCONSISTENT" in other.body
    sim.pay("alipay", "P0000001")
    assert b"ACQ.TRADE_HAS_SUCCESS" in alipay.visit("alipay.trade.page.pay", PAGE | {"out_trade_no": "P0000001"}).body
    assert alipay.ask("alipay.trade.close", {"out_trade_no": "P0000001"})["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


@pytest.mark.parametrize("amount", ["0.00", "1.234", "-1.00", "x", 12.3, ""])
def test_an_amount_that_is_none_is_refused(alipay: AlipayShop, amount: Any) -> None:
    made = alipay.ask("alipay.trade.precreate", FACE | {"out_trade_no": "P0000001", "total_amount": amount})
    assert made["sub_code"] == "ACQ.INVALID_PARAMETER"


def test_the_app_opens_the_order_string_only_when_it_is_signed(sim: Simulator, alipay: AlipayShop) -> None:
    biz = PAGE | {"out_trade_no": "P0000001", "product_code": "QUICK_MSECURITY_PAY"}
    given = alipay.params("alipay.trade.app.pay", biz)
    with pytest.raises(ValueError, match="invalid-signature"):
        sim.pay(order_string=urlencode(given | {"timestamp": "2026-01-01 00:00:00"}))
    assert sim.pay(order_string=urlencode(given))["state"] == "paid"


def test_refunds_are_told_with_their_sum_and_never_exceed_what_was_paid(
    sim: Simulator, alipay: AlipayShop, listener: Listener
) -> None:
    opened(alipay, "P0000001", notify_url=listener.url)
    ask = {"out_trade_no": "P0000001", "out_request_no": "R1", "refund_amount": "10.00"}
    assert alipay.ask("alipay.trade.refund", ask)["sub_code"] == "ACQ.TRADE_STATUS_ERROR"
    sim.pay("alipay", "P0000001")
    listener.wait(1)

    assert alipay.ask("alipay.trade.refund", ask)["fund_change"] == "Y"
    again = alipay.ask("alipay.trade.refund", ask)
    assert (again["fund_change"], again["refund_fee"]) == ("N", "10.00")
    part = alipay.open_notice(listener.wait(2)[1])
    assert (part["trade_status"], part["refund_fee"], part["out_biz_no"]) == ("TRADE_SUCCESS", "10.00", "R1")
    other = alipay.ask("alipay.trade.refund", ask | {"refund_amount": "9.00"})
    assert other["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
    more = alipay.ask("alipay.trade.refund", ask | {"out_request_no": "R2", "refund_amount": "2.31"})
    assert more["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    sim.faults(not_enough=1)
    rest = ask | {"out_request_no": "R2", "refund_amount": "2.30"}
    assert alipay.ask("alipay.trade.refund", rest)["sub_code"] == "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    assert alipay.ask("alipay.trade.refund", rest)["fund_change"] == "Y"
    whole = alipay.open_notice(listener.wait(3)[2])
    assert (whole["trade_status"], whole["refund_fee"]) == ("TRADE_CLOSED", "12.30")
    asked = {"out_trade_no": "P0000001", "out_request_no": "R2"}
    assert alipay.ask("alipay.trade.fastpay.refund.query", asked)["refund_status"] == "REFUND_SUCCESS"
    unknown = alipay.ask("alipay.trade.fastpay.refund.query", asked | {"out_request_no": "R3"})
    assert unknown["code"] == "10000"
    assert "refund_status" not in unknown


def test_cancel_closes_what_is_open_and_gives_back_what_is_paid(sim: Simulator, alipay: AlipayShop) -> None:
    opened(alipay, "P0000001")
    assert alipay.ask("alipay.trade.cancel", {"out_trade_no": "P0000001"})["action"] == "close"
    opened(alipay, "P0000002")
    sim.pay("alipay", "P0000002")
    assert alipay.ask("alipay.trade.cancel", {"out_trade_no": "P0000002"})["action"] == "refund"
    assert alipay.ask("alipay.trade.query", {"out_trade_no": "P0000002"})["trade_status"] == "TRADE_CLOSED"


def test_only_the_word_success_ends_the_deliveries(sim: Simulator, alipay: AlipayShop, listener: Listener) -> None:
    listener.replies += [(200, b'"success"'), (200, b"success\n"), (500, b"success"), (200, b"")]
    sim.till.speedup = 60000
    opened(alipay, "P0000001", notify_url=listener.url)
    sim.pay("alipay", "P0000001")
    notices = listener.wait(5)
    assert len({notice.body for notice in notices}) == 1
    assert alipay.open_notice(notices[-1])["trade_status"] == "TRADE_SUCCESS"


def test_a_notice_with_a_forged_signature_does_not_verify(
    sim: Simulator, alipay: AlipayShop, listener: Listener
) -> None:
    sim.faults(wrong_signature=1)
    opened(alipay, "P0000001", notify_url=listener.url)
    sim.pay("alipay", "P0000001")
    with pytest.raises(InvalidSignature):
        alipay.open_notice(listener.wait(1)[0])


def test_the_bill_is_a_zip_of_gbk_tables(still: Simulator) -> None:
    alipay = AlipayShop(still.merchant["alipay"])
    opened(alipay, "P0000001")
    still.pay("alipay", "P0000001")
    alipay.ask("alipay.trade.refund", {"out_trade_no": "P0000001", "out_request_no": "R1", "refund_amount": "2.30"})
    ask = {"bill_type": "trade", "bill_date": beijing("%Y-%m-%d")}
    method = "alipay.data.dataservice.bill.downloadurl.query"
    assert alipay.ask(method, ask)["sub_code"] == "isp.bill_not_exist"
    still.advance(86400)
    url = alipay.ask(method, ask)["bill_download_url"]
    archive = zipfile.ZipFile(io.BytesIO(call("GET", url).body))
    name = next(name for name in archive.namelist() if "汇总" not in name)
    lines = [line for line in archive.read(name).decode("gbk").splitlines() if not line.startswith("#")]
    rows = [{k: v.strip() for k, v in row.items()} for row in csv.DictReader(lines)]
    assert [(row["业务类型"], row["订单金额（元）"]) for row in rows] == [("交易", "12.30"), ("退款", "-2.30")]
    assert rows[1]["退款批次号/请求号"] == "R1"
    still.advance(31)
    assert call("GET", url).status == 403


def test_the_return_address_keeps_its_own_parameters_and_is_signed(sim: Simulator, alipay: AlipayShop) -> None:
    cashier = opened(alipay, "P0000001", return_url="http://127.0.0.1:8000/back")
    sim.pay("alipay", "P0000001")
    page = call("GET", cashier).body.decode()
    fields = dict(field.split('" value="') for field in _hidden(page))
    assert alipay.content({k: v for k, v in fields.items() if k != "sign_type"})
    assert dict(parse_qsl(urlencode(fields)))["out_trade_no"] == "P0000001"


def _hidden(page: str) -> list[str]:
    return [part.partition('">')[0] for part in page.split('<input type="hidden" name="')[1:]]
