from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

import pytest
import segno

from simulator import Simulator
from simulator.book import Notice
from tests.simulator.shop import AlipayShop, Listener, WeChatShop, call

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def press(sim: Simulator, number: str, action: str) -> str:
    """Press a button of the cashier page and return the page that follows."""
    address = sim.cashier("wechat", number)
    answer = call("POST", address, f"action={action}", FORM)
    assert answer.status == 303
    return call("GET", f"http://{urlsplit(address).netloc}{answer.headers['location']}").body.decode()


def at_rest(sim: Simulator, number: str, patience: float = 20.0) -> None:
    """Wait until what was sent has its answer on record: a notice that is still being sent is not sent once more."""
    until = time.monotonic() + patience
    while any(one.state == "sending" for one in sim.till.book.find(Notice, provider="wechat", number=number)):
        assert time.monotonic() < until, "a notice is being sent for ever"
        time.sleep(0.01)


def test_a_cashier_page_shows_amount_number_goods_and_code(sim: Simulator, wechat: WeChatShop) -> None:
    made = wechat.trusted(wechat.create("P0000001", description="<b>壶</b>"))
    page = call("GET", made["code_url"]).body.decode()
    assert "<small>¥</small>12.30" in page
    assert "P0000001" in page
    assert "&lt;b&gt;壶&lt;/b&gt;" in page
    drawn = segno.make(made["code_url"], error="m", micro=False)
    lines = re.search(r'stroke="#000" d="([^"]+)"', drawn.svg_inline())[1]
    picture = call("GET", made["code_url"] + ".svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert lines in page
    assert lines in picture.body.decode()
    assert picture.body.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    english = call("GET", made["code_url"] + "?lang=en").body.decode()
    assert "Pay twice" in english


def test_failing_and_leaving_keep_the_order_open_and_paying_ends_it(
    sim: Simulator, wechat: WeChatShop, listener: Listener
) -> None:
    wechat.create("P0000001", notify_url=listener.url)
    assert "支付失败，订单仍可再次支付" in press(sim, "P0000001", "fail")
    assert "已离开" in press(sim, "P0000001", "leave")
    assert wechat.trusted(wechat.query("P0000001"))["trade_state"] == "NOTPAY"
    told = press(sim, "P0000001", "twice")
    assert "钱款只收取了一次" in told
    assert "支付成功" in told
    assert "现在不能这样操作" in press(sim, "P0000001", "pay")
    first, second = (wechat.open_notice(notice) for notice in listener.wait(2))
    assert first == second
    at_rest(sim, "P0000001")
    assert "重发通知" in press(sim, "P0000001", "renotify")
    assert len(listener.wait(4)) == 4


def test_a_closed_order_offers_only_to_pay_after_close(sim: Simulator, wechat: WeChatShop) -> None:
    wechat.create("P0000001")
    wechat.close("P0000001")
    page = call("GET", sim.cashier("wechat", "P0000001")).body.decode()
    assert 'value="late"' in page
    assert 'value="pay"' not in page
    assert "支付成功" in press(sim, "P0000001", "late")


def test_the_list_leads_to_what_is_open(sim: Simulator, wechat: WeChatShop, alipay: AlipayShop) -> None:
    wechat.create("P0000001")
    biz = {"out_trade_no": "P0000002", "total_amount": "8.00", "subject": "茶杯"}
    alipay.ask("alipay.trade.precreate", biz)
    page = call("GET", sim.url + "/").body.decode()
    for provider, number in (("wechat", "P0000001"), ("alipay", "P0000002")):
        assert urlsplit(sim.cashier(provider, number)).path in page
    assert call("GET", sim.url + "/cashier/wechat/nothing").status == 404


def turn(sim: Simulator, fields: str, **headers: str) -> str:
    """Send the form of the page of knobs and return the page that follows."""
    answer = call("POST", f"{sim.url}/knobs", fields, {**FORM, **headers})
    assert answer.status == 303
    return call("GET", sim.url + answer.headers["location"]).body.decode()


def test_the_page_of_knobs_sets_and_clears_faults(sim: Simulator) -> None:
    assert "故障旋钮" in call("GET", sim.url + "/").body.decode()
    assert "故障已打开" in turn(sim, "action=turn&knob=drop&provider=wechat&value=2")
    assert "&quot;left&quot;: 1" in turn(sim, "action=turn&knob=down&value=")
    assert "故障已打开" in turn(sim, "action=turn&knob=refund_outcome&value=ABNORMAL")
    assert sim.till.faults.take("drop", "wechat", "P01") == 2
    assert "故障已全部关闭" in turn(sim, "action=clear")
    assert sim.till.faults.as_list() == []


@pytest.mark.parametrize("fields", ["knob=provider&value=1", "knob=drop&value=often", "knob=drop&provider=cash", ""])
def test_a_knob_that_cannot_be_set_so_says_so(sim: Simulator, fields: str) -> None:
    assert "这个值不行" in turn(sim, fields)
    assert sim.till.faults.as_list() == []


def test_another_site_turns_no_knob(sim: Simulator) -> None:
    answer = call("POST", f"{sim.url}/knobs", "knob=drop", {**FORM, "Origin": "http://evil.example"})
    assert answer.status == 403
    assert sim.till.faults.as_list() == []
