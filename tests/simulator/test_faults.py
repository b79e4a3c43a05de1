from __future__ import annotations

import http.client
import itertools
import json
import time
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from simulator import Simulator
from simulator.faults import KNOBS
from tests.simulator.shop import AlipayShop, Listener, Received, UnionPayShop, WeChatShop, beijing, call


def post(sim: Simulator, path: str, body: Any) -> tuple[int, Any]:
    answer = call("POST", f"{sim.url}/_sim/{path}", json.dumps(body))
    return answer.status, answer.json


def paid(sim: Simulator, wechat: WeChatShop, listener: Listener, number: str = "P0000001") -> None:
    wechat.create(number, notify_url=listener.url)
    sim.pay("wechat", number)


def accepted(sim: Simulator, count: int = 1) -> list[dict[str, Any]]:
    until = time.monotonic() + 5
    while sum(notice["state"] == "accepted" for notice in sim.notices()) < count:
        assert time.monotonic() < until, sim.notices()
        time.sleep(0.005)
    return sim.notices()


def test_an_unaccepted_notice_comes_again_on_the_schedule(
    sim: Simulator, wechat: WeChatShop, listener: Listener
) -> None:
    sim.till.speedup = 100
    listener.replies += [(500, b""), (401, b'{"code":"FAIL"}'), (302, b"")]
    paid(sim, wechat, listener)
    notices = listener.wait(4)
    assert len({json.loads(notice.body)["id"] for notice in notices}) == 1
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(notices)]
    for gap, least in zip(gaps, (0.15, 0.15, 0.30), strict=True):
        assert least <= gap < least + 0.6
    [kept] = accepted(sim)
    assert [reply["status"] for reply in kept["replies"]] == [500, 401, 302, 200]


def test_the_first_deliveries_can_be_lost(sim: Simulator, wechat: WeChatShop, listener: Listener) -> None:
    sim.faults("wechat", "P0000001", drop=2)
    paid(sim, wechat, listener)
    wechat.open_notice(listener.wait(1)[0])
    [kept] = accepted(sim)
    assert [reply.get("lost", False) for reply in kept["replies"]] == [True, True, False]


def test_with_every_notice_lost_only_a_query_tells(still: Simulator, listener: Listener) -> None:
    wechat = WeChatShop(still.merchant["wechat"])
    still.faults(drop="all")
    paid(still, wechat, listener)
    for _ in range(16):
        still.deliver()
        still.advance(86400)
    assert still.deliver() == []
    assert listener.received == []
    assert still.notices()[0]["state"] == "given up"
    assert wechat.trusted(wechat.query("P0000001"))["trade_state"] == "SUCCESS"


def test_a_notice_can_be_late_doubled_and_out_of_order(sim: Simulator, wechat: WeChatShop, listener: Listener) -> None:
    sim.faults(number="P0000001", delay=0.3)
    begun = time.monotonic()
    paid(sim, wechat, listener)
    assert listener.wait(1)[0].at - begun >= 0.29
    sim.clear_faults()

    sim.faults(number="P0000002", duplicate=2)
    paid(sim, wechat, listener, "P0000002")
    assert len({notice.body for notice in listener.wait(4)[1:]}) == 3

    sim.faults(reorder=3)
    for number in ("P0000003", "P0000004", "P0000005"):
        paid(sim, wechat, listener, number)
        time.sleep(0.02)
    told = [wechat.open_notice(notice)["out_trade_no"] for notice in listener.wait(7)[4:]]
    assert told == ["P0000005", "P0000004", "P0000003"]


@pytest.mark.parametrize(
    ("knob", "check"),
    [
        ("wrong_amount", lambda plain: plain["amount"]["total"] == 1231),
        ("wrong_currency", lambda plain: plain["amount"]["currency"] == "USD"),
        ("other_app", lambda plain: plain["mchid"] == "1900000001"),
        ("unknown_number", lambda plain: plain["out_trade_no"] == "UNKNOWN1"),
    ],
)
def test_a_wechat_notice_can_be_well_signed_and_untrue(
    sim: Simulator, wechat: WeChatShop, listener: Listener, knob: str, check: Any
) -> None:
    sim.faults(**{knob: 1})
    listener.replies.append((500, b""))
    paid(sim, wechat, listener)
    bent, true = listener.wait(2)
    assert check(wechat.open_notice(bent))
    assert wechat.open_notice(true)["amount"] == {
        "total": 1230,
        "currency": "CNY",
        "payer_total": 1230,
        "payer_currency": "CNY",
    }


def test_alipay_and_unionpay_notices_can_be_well_signed_and_untrue(
    sim: Simulator, alipay: AlipayShop, unionpay: UnionPayShop, listener: Listener
) -> None:
    sim.faults(wrong_amount="all", other_app="all", unknown_number="all", wrong_currency="all")
    biz = {"out_trade_no": "P0000001", "total_amount": "12.30", "subject": "x"}
    alipay.ask("alipay.trade.precreate", biz, notify_url=listener.url)
    sim.pay("alipay", "P0000001")
    told = alipay.open_notice(listener.wait(1)[0])
    assert (told["total_amount"], told["app_id"], told["out_trade_no"]) == ("12.31", "2021000000000000", "UNKNOWN1")
    unionpay.ask("appTransReq", unionpay.pay_fields("P0000002", beijing("%Y%m%d%H%M%S"), backUrl=listener.url))
    sim.pay("unionpay", "P0000002")
    told = unionpay.open_notice(listener.wait(2)[1])
    assert (told["txnAmt"], told["currencyCode"], told["orderId"]) == ("1231", "840", "UNKNOWN2")
    assert told["merId"] != unionpay.held["mer_id"]


def test_a_stale_notice_is_ten_minutes_old(sim: Simulator, wechat: WeChatShop, listener: Listener) -> None:
    sim.faults(stale=1)
    paid(sim, wechat, listener)
    [notice] = listener.wait(1)
    assert 590 < time.time() - int(notice.headers["wechatpay-timestamp"]) < 620


def test_a_lost_answer_leaves_the_work_done(sim: Simulator, wechat: WeChatShop) -> None:
    sim.faults("wechat", call="create", lost_answer=1)
    with pytest.raises(http.client.RemoteDisconnected):
        wechat.create("P0000001")
    assert wechat.trusted(wechat.query("P0000001"))["trade_state"] == "NOTPAY"
    sim.pay("wechat", "P0000001")
    sim.faults("wechat", number="P0000001", call="refund", answer_500=1)
    broken = wechat.refund("P0000001", "R1", 30)
    assert (broken.status, broken.json["code"]) == (500, "SYSTEM_ERROR")
    assert wechat.refund("P0000001", "R1", 30).status == 200
    assert [refund["amount"] for refund in sim.book()["refunds"]] == [30]


def test_a_provider_that_is_down_does_no_work(
    sim: Simulator, wechat: WeChatShop, alipay: AlipayShop, unionpay: UnionPayShop
) -> None:
    sim.faults(down="all")
    assert wechat.create("P0000001").json["code"] == "SYSTEM_ERROR"
    biz = {"out_trade_no": "P0000002", "total_amount": "12.30", "subject": "x"}
    assert alipay.ask("alipay.trade.precreate", biz)["code"] == "20000"
    given = unionpay.pay_fields("P0000003", beijing("%Y%m%d%H%M%S"))
    assert unionpay.post("appTransReq", given).status == 503
    sim.clear_faults()
    sim.faults(throttle=1)
    assert (wechat.create("P0000001").status, sim.book()["payments"]) == (429, [])
    assert wechat.create("P0000001").status == 200


def test_a_notice_can_come_before_the_create_call_is_answered(
    sim: Simulator, wechat: WeChatShop, listener: Listener
) -> None:
    sim.faults(call="create", pay_at_create=1, slow=0.3)
    wechat.trusted(wechat.create("P0000001", notify_url=listener.url))
    assert time.monotonic() - listener.wait(1)[0].at > 0.1


def test_an_answer_can_be_signed_by_somebody_else(
    sim: Simulator, wechat: WeChatShop, alipay: AlipayShop, unionpay: UnionPayShop
) -> None:
    sim.faults(bad_answer="all")
    with pytest.raises(InvalidSignature):
        wechat.trusted(wechat.create("P0000001"))
    with pytest.raises(InvalidSignature):
        alipay.ask("alipay.trade.precreate", {"out_trade_no": "P0000002", "total_amount": "1.00", "subject": "x"})
    with pytest.raises(InvalidSignature):
        unionpay.ask("appTransReq", unionpay.pay_fields("P0000003", beijing("%Y%m%d%H%M%S")))


def test_the_bill_can_lack_a_row_have_one_too_many_or_be_one_fen_off(still: Simulator) -> None:
    wechat = WeChatShop(still.merchant["wechat"])
    for number in ("P0000001", "P0000002"):
        wechat.create(number)
        still.pay("wechat", number)
    day = beijing("%Y-%m-%d")
    still.advance(36 * 3600)

    def rows(**knobs: int) -> list[str]:
        still.faults(**knobs)
        told = wechat.trusted(wechat.ask("GET", f"/v3/bill/tradebill?bill_date={day}"))
        text = wechat.ask("GET", told["download_url"].removeprefix(still.url)).body.decode("utf-8-sig")
        return text.split("\r\n")[1:-3]

    assert len(rows()) == 2
    assert len(rows(bill_missing=1)) == 1
    assert "`STRANGER" in rows(bill_extra=1)[2]
    assert "`12.31" in rows(bill_changed=1)[0]


def test_knobs_are_turned_and_taken_away_by_http(sim: Simulator) -> None:
    assert post(sim, "faults", {"drop": 2, "number": "P0000001"})[0] == 200
    assert post(sim, "faults", {"explode": 1})[0] == 422
    assert post(sim, "faults", {"drop": "twice"})[0] == 422
    told = call("GET", f"{sim.url}/_sim/faults").json
    assert [(rule["knob"], rule["left"]) for rule in told["rules"]] == [("drop", 2)]
    assert set(told["knobs"]) == set(KNOBS)
    assert call("DELETE", f"{sim.url}/_sim/faults").json == {"rules": []}


def test_paying_renotifying_and_the_clock_by_http(sim: Simulator, wechat: WeChatShop, listener: Listener) -> None:
    wechat.create("P0000001", notify_url=listener.url)
    assert post(sim, "pay", {"provider": "wechat", "number": "P9"})[0] == 422
    status, told = post(sim, "pay", {"provider": "wechat", "number": "P0000001", "times": 2})
    assert (status, told["state"]) == (200, "paid")
    assert post(sim, "pay", {"provider": "wechat", "number": "P0000001"}) == (409, {"error": "paid"})
    accepted(sim, 2)
    assert post(sim, "renotify", {"number": "P0000001"})[1] == {"sent": 2}
    ids = [json.loads(notice.body)["id"] for notice in listener.wait(4)]
    assert sorted(ids[:2]) == sorted(ids[2:])
    assert post(sim, "clock", {"advance": -1})[0] == 422
    assert post(sim, "clock", {"advance": 3600})[0] == 200
    assert call("GET", f"{sim.url}/_sim/book").json["payments"][0]["number"] == "P0000001"


def test_another_site_may_not_turn_the_knobs(sim: Simulator) -> None:
    answer = call("POST", f"{sim.url}/_sim/faults", '{"drop":"all"}', {"Origin": "http://elsewhere.example"})
    assert answer.status == 403
    assert call("GET", f"{sim.url}/_sim/faults").json["rules"] == []


def test_what_is_not_on_this_machine_goes_to_the_merchants_base_address(
    sim: Simulator, wechat: WeChatShop, listener: Listener
) -> None:
    sim._notifier.merchant = listener.url.removesuffix("/notices")
    wechat.create("P0000001", notify_url="https://shop.example/v1/webhooks/wechat")
    sim.pay("wechat", "P0000001")
    [notice] = listener.wait(1)
    assert (notice.path, type(notice)) == ("/v1/webhooks/wechat", Received)
