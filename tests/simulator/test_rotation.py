"""WeChat Pay and Alipay change the certificate that they sign with: listed, handed out, signing from its time on."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import simulator
from simulator import Simulator
from tests.simulator.shop import AlipayShop, Answer, WeChatShop, call
from tests.simulator.test_alipay import FACE, alipay_sn, root_sn

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def listed(wechat: WeChatShop) -> dict[str, str]:
    """The serial and certificate of each entry, in their order."""
    data = wechat.ask("GET", "/v3/certificates").json["data"]
    return {entry["serial_no"]: wechat.decrypt(entry["encrypt_certificate"]) for entry in data}


def signer(wechat: WeChatShop) -> str:
    return wechat.ask("GET", "/v3/certificates").headers["wechatpay-serial"]


def test_a_merchant_without_the_public_key_holds_nothing_of_wechat_s(state: Path) -> None:
    running = simulator.start(state, notify=False, wechat_mode="certificate")
    held = running.merchant["wechat"]
    running.stop()
    assert (held["platform_keys"], held["public_key_id"]) == ({}, "")


def test_wechat_lists_the_next_certificate_before_it_signs_and_the_old_one_still(
    sim: Simulator, wechat: WeChatShop
) -> None:
    sim.mode(wechat="certificate")
    (first,) = listed(wechat)
    new = sim.rotate("wechat", after=3600)
    assert list(listed(wechat)) == [first, new]
    assert signer(wechat) == first
    newer = sim.rotate("wechat")
    pems = listed(wechat)
    assert list(pems) == [first, new, newer]
    answer = wechat.ask("GET", "/v3/certificates")
    wechat.held["platform_keys"] = pems
    wechat.trusted(answer)
    assert answer.headers["wechatpay-serial"] == newer
    assert wechat.ask("GET", "/v3/certificates", h_serial=first).headers["wechatpay-serial"] == first


def test_an_ended_certificate_is_neither_listed_nor_does_it_sign(sim: Simulator, wechat: WeChatShop) -> None:
    sim.mode(wechat="certificate")
    (first,) = listed(wechat)
    sim.rotate("wechat", days=0)
    assert list(listed(wechat)) == [first]
    assert signer(wechat) == first


def certified(alipay: AlipayShop, method: str, biz: dict[str, Any]) -> Any:
    """The whole answer in certificate mode, its signature not looked at."""
    sns = {"app_cert_sn": alipay_sn(alipay.held["app_cert"]), "alipay_root_cert_sn": root_sn(alipay)}
    answer: Answer = call("POST", alipay.held["gateway"], urlencode(alipay.params(method, biz, **sns)), FORM)
    return answer.json


def test_alipay_hands_out_by_its_name_the_certificate_that_signs(sim: Simulator, alipay: AlipayShop) -> None:
    first = alipay_sn(alipay.held["alipay_cert"])
    new = sim.rotate("alipay")
    told = certified(alipay, "alipay.trade.precreate", FACE | {"out_trade_no": "P0000001"})
    assert told["alipay_cert_sn"] == new != first
    method = "alipay.open.app.alipaycert.download"
    for name in (first, new):
        handed = certified(alipay, method, {"alipay_cert_sn": name})[f"{method.replace('.', '_')}_response"]
        pem = base64.b64decode(handed["alipay_cert_content"]).decode()
        assert alipay_sn(pem) == name
        assert (pem == alipay.held["alipay_cert"]) == (name == first)
    alipay.held["alipay_cert"] = pem
    sns = {"app_cert_sn": alipay_sn(alipay.held["app_cert"]), "alipay_root_cert_sn": root_sn(alipay)}
    assert alipay.ask("alipay.trade.precreate", FACE | {"out_trade_no": "P0000002"}, **sns)["code"] == "10000"
    unknown = certified(alipay, method, {"alipay_cert_sn": "0" * 32})[f"{method.replace('.', '_')}_response"]
    assert unknown["sub_code"] == "isv.cert-not-found"


def test_a_rotation_outlives_the_program(state: Path) -> None:
    first = simulator.start(state, notify=False, wechat_mode="certificate")
    names = first.rotate("wechat"), first.rotate("alipay")
    first.stop()
    second = simulator.start(state, notify=False, wechat_mode="certificate")
    wechat = WeChatShop(second.merchant["wechat"])
    told = signer(wechat), certified(AlipayShop(second.merchant["alipay"]), "alipay.trade.query", {})["alipay_cert_sn"]
    second.stop()
    assert told == names


def test_it_is_turned_by_http_and_at_the_page_of_knobs(sim: Simulator, wechat: WeChatShop) -> None:
    told = call("POST", f"{sim.url}/_sim/rotate", json.dumps({"provider": "wechat", "days": 30})).json
    assert told["serial"] in listed(wechat)
    page = call("POST", f"{sim.url}/knobs?lang=en", "action=rotate&provider=alipay", FORM)
    assert page.status == 303
    assert b"another one now" in call("GET", sim.url + page.headers["location"]).body
    assert len(sim.till.keys.signers("alipay", sim.till.clock.wall())) == 2
    assert (
        "said=misset" in call("POST", f"{sim.url}/knobs", "action=rotate&provider=unionpay", FORM).headers["location"]
    )


@pytest.mark.parametrize("asked", [
    {}, {"provider": "unionpay"}, {"provider": "wechat", "after": -1}, {"provider": "wechat", "after": True},
    {"provider": "wechat", "days": 7301}, {"provider": "wechat", "days": "9"}, {"provider": "wechat", "after": 10**8 + 1},
])  # fmt: skip
def test_what_makes_no_sense_is_refused(sim: Simulator, asked: dict[str, Any]) -> None:
    assert call("POST", f"{sim.url}/_sim/rotate", json.dumps(asked)).status == 422
