from __future__ import annotations

import base64
import io
import time
import zipfile
import zlib

import pytest
from cryptography.exceptions import InvalidSignature

from simulator import Simulator
from simulator.till import Refused
from tests.simulator.shop import Listener, UnionPayShop, beijing, call

WIDTHS = (3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32,
          13, 13, 8, 32, 13, 13, 12, 2, 1, 131)  # fmt: skip


@pytest.fixture
def now() -> str:
    return beijing("%Y%m%d%H%M%S")


def front(unionpay: UnionPayShop, number: str, now: str, **more: str) -> str:
    """Post the front form as the payer's browser does; returns the cashier's address."""
    more.setdefault("frontUrl", "http://127.0.0.1:8000/back")
    answer = unionpay.post("frontTransReq", unionpay.pay_fields(number, now, **more))
    assert answer.status == 303, answer.body.decode()
    return answer.headers["location"]


def test_a_front_payment_is_paid_told_and_led_back_by_post(
    sim: Simulator, unionpay: UnionPayShop, listener: Listener, now: str
) -> None:
    assert unionpay.query("P0000001", now)["respCode"] == "34"
    cashier = front(unionpay, "P0000001", now, backUrl=listener.url, reqReserved="kept")
    assert unionpay.query("P0000001", now)["origRespCode"] == "05"

    call("POST", cashier, "action=pay", {"Content-Type": "application/x-www-form-urlencoded"})

    form = unionpay.open_notice(listener.wait(1)[0])
    assert (form["orderId"], form["txnAmt"], form["txnType"], form["respCode"]) == ("P0000001", "1230", "01", "00")
    assert (form["merId"], form["reqReserved"]) == (unionpay.held["mer_id"], "kept")
    told = unionpay.query("P0000001", now)
    assert (told["origRespCode"], told["queryId"], told["txnAmt"]) == ("00", form["queryId"], "1230")
    page = call("GET", cashier).body.decode()
    assert '<form method="post" action="http://127.0.0.1:8000/back" id="back">' in page
    assert unionpay.query("P0000001", beijing("%Y%m%d%H%M%S", 60))["respCode"] == "34"


def test_app_and_code_payments_are_opened_by_the_wallet(
    sim: Simulator, unionpay: UnionPayShop, listener: Listener, now: str
) -> None:
    made = unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", now, backUrl=listener.url))
    assert sim.pay(tn=made["tn"])["number"] == "P0000001"
    fields = unionpay.pay_fields("P0000002", now, txnSubType="07", bizType="000000", backUrl=listener.url)
    assert unionpay.ask("backTransReq", fields)["qrCode"] == sim.cashier("unionpay", "P0000002")
    sim.pay("unionpay", "P0000002")
    assert {unionpay.open_notice(notice)["orderId"] for notice in listener.wait(2)} == {"P0000001", "P0000002"}


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        ({"signature": "AAAA"}, "11"),
        ({"txnAmt": "1"}, "11"),
        ({"certId": "1"}, "11"),
        ({"version": "5.0.0"}, "11"),
        ({"txnTime": ""}, "10"),
    ],
)
def test_a_message_the_merchant_has_not_signed_is_refused(
    unionpay: UnionPayShop, now: str, bend: dict[str, str], code: str
) -> None:
    answer = unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", now) | bend)
    assert answer["respCode"] == code
    assert unionpay.query("P0000001", now)["respCode"] == "34"


def test_a_used_order_number_is_a_duplicate(sim: Simulator, unionpay: UnionPayShop, now: str) -> None:
    first = unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", now))
    assert unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", now))["tn"] == first["tn"]
    assert unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", now, "1"))["respCode"] == "12"
    for changed in (
        {"payTimeout": beijing("%Y%m%d%H%M%S", 999)},
        {"orderDesc": "else"},
        {"backUrl": "http://else.test"},
    ):
        assert unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", now, **changed))["respCode"] == "12"
    later = beijing("%Y%m%d%H%M%S", 60)
    assert unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", later))["respCode"] == "12"
    sim.pay("unionpay", "P0000001")
    assert unionpay.ask("appTransReq", unionpay.pay_fields("P0000001", now))["respCode"] == "12"


def test_after_the_time_is_up_an_unpaid_transaction_has_failed(
    sim: Simulator, unionpay: UnionPayShop, now: str
) -> None:
    front(unionpay, "P0000001", now, payTimeout=beijing("%Y%m%d%H%M%S", 900))
    assert unionpay.query("P0000001", now)["origRespCode"] == "05"
    sim.advance(901)
    assert unionpay.query("P0000001", now)["origRespCode"] == "69"
    with pytest.raises(Refused, match="expired"):
        sim.pay("unionpay", "P0000001")


def test_refunds_are_accepted_then_told_and_never_exceed_what_was_paid(
    sim: Simulator, unionpay: UnionPayShop, listener: Listener, now: str
) -> None:
    front(unionpay, "P0000001", now)
    sim.pay("unionpay", "P0000001")
    query_id = unionpay.query("P0000001", now)["queryId"]

    def refund(number: str, amount: str, **more: str) -> dict[str, str]:
        given = {"txnAmt": amount, "origQryId": query_id, "backUrl": listener.url, "channelType": "07"} | more
        return unionpay.ask("backTransReq", unionpay.fields("04", number, now, **given))

    assert refund("R0000001", "1000")["respCode"] == "00"
    form = unionpay.open_notice(listener.wait(1)[0])
    assert (form["txnType"], form["orderId"], form["origQryId"], form["txnAmt"]) == ("04", "R0000001", query_id, "1000")
    told = unionpay.query("R0000001", now)
    assert (told["origRespCode"], told["txnType"], told["txnAmt"]) == ("00", "04", "1000")
    assert refund("R0000001", "1000")["respCode"] == "12"
    assert refund("R0000002", "231")["respCode"] == "36"
    assert refund("R0000002", "230", origQryId="4" * 21)["respCode"] == "35"
    assert refund("R0000002", "230")["respCode"] == "00"


def test_a_refund_sent_under_another_time_is_another_refund_and_its_time_is_that_of_sending(
    sim: Simulator, unionpay: UnionPayShop, now: str, listener: Listener
) -> None:
    unionpay.ask("appTransReq", unionpay.pay_fields("U0000021", now, "1230", backUrl=listener.url))
    sim.pay(provider="unionpay", number="U0000021")
    paid = unionpay.query("U0000021", now)["queryId"]

    def refund(at: str) -> str:
        given = {"channelType": "07", "currencyCode": "156", "txnAmt": "300", "origQryId": paid}
        return unionpay.ask("backTransReq", unionpay.fields("04", "R0000021", at, **given))["respCode"]

    early, late = beijing("%Y%m%d%H%M%S", -200), beijing("%Y%m%d%H%M%S", 200)
    for out in (beijing("%Y%m%d%H%M%S", -330), beijing("%Y%m%d%H%M%S", 330)):
        assert refund(out) == "10"
        assert unionpay.query("R0000021", out)["respCode"] == "34"
    sim.faults("unionpay", unseen=3600)
    assert [refund(early), refund(early), refund(late)] == ["00", "12", "00"]
    assert unionpay.query("R0000021", early)["respCode"] == "34", "not yet"
    sim.clear_faults()
    told = [unionpay.query("R0000021", at) for at in (early, late)]
    assert [(one["respCode"], one["orderId"], one["txnAmt"]) for one in told] == [("00", "R0000021", "300")] * 2
    assert told[0]["queryId"] != told[1]["queryId"]
    assert unionpay.query("R0000021", now)["respCode"] == "34"


def test_a_same_day_cancel_is_for_the_whole(
    sim: Simulator, unionpay: UnionPayShop, listener: Listener, now: str
) -> None:
    front(unionpay, "P0000001", now)
    sim.pay("unionpay", "P0000001")
    given = {"origQryId": unionpay.query("P0000001", now)["queryId"], "backUrl": listener.url}
    part = unionpay.fields("31", "R0000001", now, txnAmt="1", **given)
    assert unionpay.ask("backTransReq", part)["respCode"] == "36"
    whole = unionpay.fields("31", "R0000001", now, txnAmt="1230", **given)
    assert unionpay.ask("backTransReq", whole)["respCode"] == "00"
    assert unionpay.open_notice(listener.wait(1)[0])["txnType"] == "31"


def test_five_deliveries_and_then_silence(sim: Simulator, unionpay: UnionPayShop, now: str) -> None:
    sim.till.speedup = 60000
    front(unionpay, "P0000001", now, backUrl="http://127.0.0.1:1/closed")
    sim.pay("unionpay", "P0000001")
    until = time.monotonic() + 5
    while sim.notices()[0]["state"] != "given up":
        assert time.monotonic() < until
        time.sleep(0.01)
    [notice] = sim.notices()
    assert notice["attempts"] == 5
    assert all("refused" in reply["failed"] for reply in notice["replies"])


def test_a_notice_signed_by_the_merchants_own_certificate_does_not_verify(
    sim: Simulator, unionpay: UnionPayShop, listener: Listener, now: str
) -> None:
    sim.faults(wrong_signature=1)
    front(unionpay, "P0000001", now, backUrl=listener.url)
    sim.pay("unionpay", "P0000001")
    with pytest.raises(InvalidSignature):
        unionpay.open_notice(listener.wait(1)[0])


def test_the_day_file_has_the_fixed_columns(still: Simulator, now: str) -> None:
    unionpay = UnionPayShop(still.merchant["unionpay"])
    front(unionpay, "P0000001", now)
    still.pay("unionpay", "P0000001")
    query = unionpay.query("P0000001", now)
    given = {"txnAmt": "230", "origQryId": query["queryId"], "backUrl": "http://127.0.0.1:1/n"}
    unionpay.ask("backTransReq", unionpay.fields("04", "R0000001", now, **given))
    still.advance(5)
    still.deliver()
    ask = {"txnSubType": "01", "bizType": "000000", "fileType": "00", "settleDate": query["settleDate"]}
    assert unionpay.ask("file", unionpay.fields("76", "", now, **ask))["respCode"] == "98"
    still.advance(86400)
    told = unionpay.ask("file", unionpay.fields("76", "", now, **ask))
    archive = zipfile.ZipFile(io.BytesIO(zlib.decompress(base64.b64decode(told["fileContent"]))))
    [name] = archive.namelist()
    assert told["fileName"].endswith(".zip")
    assert "ZM_" in name
    rows = []
    for line in archive.read(name).decode("gbk").splitlines():
        cells, at = [], 0
        for width in WIDTHS:
            cells.append(line[at : at + width].strip())
            at += width + 1
        rows.append(cells)
    assert [(row[4], int(row[6]), row[11], row[19]) for row in rows] == [
        (now[4:], 1230, "P0000001", "01"),
        (now[4:], 230, "R0000001", "04"),
    ]
    assert rows[0][9] == query["queryId"]
