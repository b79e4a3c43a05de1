from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from simulator import Simulator
from simulator.till import Refused
from tests.simulator.shop import Listener, WeChatShop, beijing, call, sign


def test_a_native_order_is_paid_and_the_notice_can_be_opened(
    sim: Simulator, wechat: WeChatShop, listener: Listener
) -> None:
    made = wechat.trusted(wechat.create("P0000001", notify_url=listener.url, attach="bench"))
    assert made["code_url"] == sim.cashier("wechat", "P0000001")
    assert wechat.trusted(wechat.query("P0000001"))["trade_state"] == "NOTPAY"

    sim.pay("wechat", "P0000001")

    [notice] = listener.wait(1)
    plain = wechat.open_notice(notice)
    assert json.loads(notice.body)["event_type"] == "TRANSACTION.SUCCESS"
    assert (plain["trade_state"], plain["amount"]["total"], plain["attach"]) == ("SUCCESS", 1230, "bench")
    told = wechat.trusted(wechat.query("P0000001"))
    assert told["trade_state"] == "SUCCESS"
    assert told["transaction_id"] == plain["transaction_id"]


@pytest.mark.parametrize("mode", ["public_key", "certificate"])
def test_notices_and_answers_are_signed_by_the_key_of_the_mode(
    sim: Simulator, wechat: WeChatShop, listener: Listener, mode: str
) -> None:
    sim.mode(wechat=mode)
    answer = wechat.create("P0000001", notify_url=listener.url)
    wechat.trusted(answer)
    sim.pay("wechat", "P0000001")
    [notice] = listener.wait(1)
    wechat.open_notice(notice)
    for headers in (answer.headers, notice.headers):
        assert headers["wechatpay-serial"].startswith("PUB_KEY_ID_") == (mode == "public_key")


def test_an_answer_is_signed_by_the_key_the_request_names(wechat: WeChatShop) -> None:
    for serial in wechat.held["platform_keys"]:
        answer = wechat.ask("GET", "/v3/certificates", h_serial=serial)
        wechat.trusted(answer)
        assert answer.headers["wechatpay-serial"] == serial


def test_the_platform_certificate_is_handed_out_sealed(wechat: WeChatShop) -> None:
    [entry] = wechat.trusted(wechat.ask("GET", "/v3/certificates"))["data"]
    pem = wechat.decrypt(entry["encrypt_certificate"])
    assert pem == wechat.held["platform_keys"][entry["serial_no"]]
    assert format(x509.load_pem_x509_certificate(pem.encode()).serial_number, "X") == entry["serial_no"]


@pytest.mark.parametrize(
    "bend",
    [
        {"signature": "AAAA"},
        {"nonce_str": "F" * 32},
        {"serial_no": "0" * 40},
        {"mchid": "1900000000"},
        {"timestamp": "1"},
        {"at": time.time() - 900},
    ],
)
def test_a_request_not_signed_by_the_merchant_is_refused(wechat: WeChatShop, bend: dict[str, Any]) -> None:
    answer = wechat.ask("POST", "/v3/pay/transactions/native", wechat.order("P0000001"), **bend)
    assert (answer.status, answer.json["code"]) == (401, "SIGN_ERROR")
    assert wechat.query("P0000001").json["code"] == "ORDER_NOT_EXIST"


def test_the_wallet_takes_only_what_the_merchant_signed_for_the_client(sim: Simulator, wechat: WeChatShop) -> None:
    made = wechat.trusted(wechat.create("P0000001", "jsapi", payer={"openid": "o" + "x" * 27}))
    package = f"prepay_id={made['prepay_id']}"
    params = {"appId": wechat.held["appid"], "timeStamp": "1700000000", "nonceStr": "N", "package": package}
    text = f"{wechat.held['appid']}\n1700000000\nN\n{package}\n"
    params |= {"signType": "RSA", "paySign": sign(wechat.held["private_key"], text)}
    with pytest.raises(ValueError, match="signature"):
        sim.pay(params=params | {"nonceStr": "M"})
    assert sim.pay(params=params)["state"] == "paid"

    with pytest.raises(ValueError, match="appid"):
        sim.pay(params=params | _signed_under(wechat, wechat.held["appids"]["mini"], package))

    app = wechat.held["appids"]["app"]
    made = wechat.trusted(wechat.create("P0000002", "app", appid=app))
    text = f"{app}\n1700000000\nN\n{made['prepay_id']}\n"
    params = {"appid": app, "partnerid": wechat.held["mchid"], "prepayid": made["prepay_id"]}
    params |= {"package": "Sign=WXPay", "noncestr": "N", "timestamp": "1700000000"}
    assert sim.pay(params=params | {"sign": sign(wechat.held["private_key"], text)})["number"] == "P0000002"


def _signed_under(wechat: WeChatShop, appid: str, package: str) -> dict[str, str]:
    text = f"{appid}\n1700000000\nN\n{package}\n"
    return {"appId": appid, "paySign": sign(wechat.held["private_key"], text)}


@pytest.mark.parametrize(("kind", "front", "taken"), [
    ("jsapi", "official", True), ("jsapi", "mini", True), ("jsapi", "app", False), ("app", "app", True),
    ("app", "mini", False), ("native", "official", True), ("native", "app", True),
])  # fmt: skip
def test_each_front_pays_under_its_own_appid(wechat: WeChatShop, kind: str, front: str, taken: bool) -> None:
    payer = {"payer": {"openid": "o" + "x" * 27}} if kind == "jsapi" else {}
    answer = wechat.create("P0000001", kind, appid=wechat.held["appids"][front], **payer)
    assert (answer.status, answer.json.get("code")) == ((200, None) if taken else (400, "APPID_MCHID_NOT_MATCH"))


def test_a_payer_is_taken_under_the_appid_that_knows_them_and_no_made_up_one(
    sim: Simulator, wechat: WeChatShop
) -> None:
    appids, held = wechat.held["appids"], sim.merchant["wechat_login"]
    query = f"appid={held['appid']}&secret={held['secret']}&js_code=sim-amy&grant_type=authorization_code"
    amy = call("GET", f"{held['base_url']}/sns/jscode2session?{query}").json["openid"]
    for number, front, openid, status in (
        ("P0000001", "mini", amy, 200), ("P0000002", "official", amy, 400), ("P0000003", "mini", "made-up", 400),
        ("P0000004", "mini", "", 400), ("P0000005", "official", "o" + "y" * 27, 200),
    ):  # fmt: skip
        answer = wechat.create(number, "jsapi", appid=appids[front], payer={"openid": openid})
        assert (answer.status, answer.json.get("code")) == (status, None if status == 200 else "PARAM_ERROR")


def test_h5_leads_to_the_cashier_and_back(sim: Simulator, wechat: WeChatShop) -> None:
    scene = {"payer_client_ip": "203.0.113.9", "h5_info": {"type": "Wap"}}
    assert wechat.create("P0000001", "h5").json["code"] == "PARAM_ERROR"
    made = wechat.trusted(wechat.create("P0000001", "h5", scene_info=scene))
    page = call("GET", made["h5_url"] + "&redirect_url=http%3A%2F%2F127.0.0.1%3A8000%2Fdone")
    assert page.status == 200
    sim.pay("wechat", "P0000001")
    assert b'href="http://127.0.0.1:8000/done"' in call("GET", sim.cashier("wechat", "P0000001")).body


def test_the_same_order_again_is_the_same_order_and_another_under_its_number_is_refused(
    sim: Simulator, wechat: WeChatShop
) -> None:
    first = wechat.trusted(wechat.create("P0000001"))
    assert wechat.trusted(wechat.create("P0000001")) == first
    for changed in ({"total": 1}, {"description": "else"}, {"scene_info": {"payer_client_ip": "203.0.113.9"}}):
        other = wechat.create("P0000001", **changed)
        assert (other.status, wechat.trusted(other)["code"]) == (403, "OUT_TRADE_NO_USED")
    sim.pay("wechat", "P0000001")
    assert wechat.create("P0000001").json["code"] == "ORDERPAID"
    assert (wechat.close("P0000001").status, wechat.close("P0000001").json["code"]) == (400, "ORDER_PAID")


def test_a_closed_order_cannot_be_paid_unless_the_payer_was_quicker(
    sim: Simulator, wechat: WeChatShop, listener: Listener
) -> None:
    wechat.create("P0000001", notify_url=listener.url)
    closed = wechat.close("P0000001")
    assert (closed.status, wechat.trusted(closed)) == (204, None)
    assert wechat.create("P0000001", notify_url=listener.url).json["code"] == "ORDER_CLOSED"
    with pytest.raises(Refused, match="closed"):
        sim.pay("wechat", "P0000001")
    sim.pay("wechat", "P0000001", late=True)
    assert wechat.open_notice(listener.wait(1)[0])["trade_state"] == "SUCCESS"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": 12.5}}, "/amount/total"),
        ({"amount": {"total": 5, "currency": "USD"}}, "/amount/currency"),
        ({"out_trade_no": "short"}, "/out_trade_no"),
        ({"notify_url": "http://shop.example/n"}, "/notify_url"),
        ({"notify_url": "https://shop.example/n?a=1"}, "/notify_url"),
        ({"description": ""}, "/description"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "/time_expire"),
    ],
)
def test_a_wrong_parameter_is_named(wechat: WeChatShop, more: dict[str, Any], field: str) -> None:
    answer = wechat.create("P0000001", **more)
    assert (answer.status, answer.json["code"]) == (400, "PARAM_ERROR")
    assert answer.json["detail"]["field"] == field


def test_refunds_add_up_to_what_was_paid_and_not_more(sim: Simulator, wechat: WeChatShop, listener: Listener) -> None:
    wechat.create("P0000001")
    assert wechat.refund("P0000001", "R1", 100).json["code"] == "INVALID_REQUEST"
    sim.pay("wechat", "P0000001")

    made = wechat.trusted(wechat.refund("P0000001", "R1", 1000, notify_url=listener.url))
    assert (made["status"], made["amount"]["refund"]) == ("PROCESSING", 1000)
    plain = wechat.open_notice(listener.wait(1)[0])
    assert (plain["refund_status"], plain["out_refund_no"], plain["amount"]["refund"]) == ("SUCCESS", "R1", 1000)
    again = wechat.trusted(wechat.refund("P0000001", "R1", 1000))
    assert (again["status"], again["refund_id"]) == ("SUCCESS", made["refund_id"])
    assert wechat.refund("P0000001", "R1", 999).json["code"] == "INVALID_REQUEST"
    assert wechat.refund("P0000001", "R2", 231).json["code"] == "INVALID_REQUEST"
    assert wechat.refund("P0000001", "R2", 230, total=1231).json["code"] == "INVALID_REQUEST"
    assert wechat.refund("P0000001", "R2", 230).status == 200
    assert wechat.trusted(wechat.query("P0000001"))["trade_state"] == "REFUND"
    assert wechat.trusted(wechat.ask("GET", "/v3/refund/domestic/refunds/R1"))["status"] == "SUCCESS"
    assert wechat.ask("GET", "/v3/refund/domestic/refunds/R9").json["code"] == "RESOURCE_NOT_EXISTS"


def test_an_abnormal_refund_can_be_applied_for_again(sim: Simulator, wechat: WeChatShop, listener: Listener) -> None:
    wechat.create("P0000001")
    sim.pay("wechat", "P0000001")
    sim.faults(refund_outcome="ABNORMAL")
    made = wechat.trusted(wechat.refund("P0000001", "R1", 1000, notify_url=listener.url))
    assert json.loads(listener.wait(1)[0].body)["event_type"] == "REFUND.ABNORMAL"
    sim.clear_faults()
    path = f"/v3/refund/domestic/refunds/{made['refund_id']}/apply-abnormal-refund"
    assert wechat.trusted(wechat.ask("POST", path, {"out_refund_no": "R1"}))["status"] == "PROCESSING"
    assert wechat.open_notice(listener.wait(2)[1])["refund_status"] == "SUCCESS"


def test_the_bill_lists_yesterdays_payments_and_refunds(still: Simulator) -> None:
    wechat = WeChatShop(still.merchant["wechat"])
    day = beijing("%Y-%m-%d")
    target = f"/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP"
    wechat.create("P0000001")
    still.pay("wechat", "P0000001")
    wechat.refund("P0000001", "R1", 230)
    still.advance(5)
    still.deliver()
    assert wechat.ask("GET", target).json["code"] == "PARAM_ERROR"
    still.advance(36 * 3600)
    told = wechat.trusted(wechat.ask("GET", target))
    path = told["download_url"].removeprefix(still.url)
    assert call("GET", told["download_url"]).status == 401
    raw = gzip.decompress(wechat.ask("GET", path).body)
    assert hashlib.sha1(raw, usedforsecurity=False).hexdigest() == told["hash_value"]
    head, *rows, _, totals, _ = raw.decode("utf-8-sig").split("\r\n")
    found = [dict(zip(head.split(","), row[1:].split(",`"), strict=True)) for row in rows]
    assert [row["订单金额"] for row in found] == ["12.30", "0.00"]
    assert (found[1]["商户退款单号"], found[1]["申请退款金额"], found[1]["退款状态"]) == ("R1", "2.30", "SUCCESS")
    assert totals.split(",")[0] == "`2"
    empty = wechat.ask("GET", target.replace(day, beijing("%Y-%m-%d", -86400)))
    assert empty.json["code"] == "NO_STATEMENT_EXIST"


def test_a_notice_with_a_forged_signature_does_not_verify(
    sim: Simulator, wechat: WeChatShop, listener: Listener
) -> None:
    sim.faults("wechat", wrong_signature=1, signtest=1)
    listener.replies += [(401, b""), (401, b"")]
    wechat.create("P0000001", notify_url=listener.url)
    sim.pay("wechat", "P0000001")
    probe, forged, true = listener.wait(3)
    assert probe.headers["wechatpay-signature"].startswith("WECHATPAY/SIGNTEST/")
    with pytest.raises(InvalidSignature):
        wechat.open_notice(forged)
    assert wechat.open_notice(true)["trade_state"] == "SUCCESS"
    assert json.loads(forged.body)["id"] == json.loads(true.body)["id"]


def test_a_nonce_of_the_seal_is_never_used_twice(sim: Simulator, wechat: WeChatShop, listener: Listener) -> None:
    sim.faults(duplicate=2)
    wechat.create("P0000001", notify_url=listener.url)
    sim.pay("wechat", "P0000001", times=2)
    sealed = [json.loads(notice.body) for notice in listener.wait(6)]
    assert len({one["resource"]["nonce"] for one in sealed}) == 6
    assert len({one["id"] for one in sealed}) == 2
    assert all(base64.b64decode(one["resource"]["ciphertext"]) for one in sealed)
