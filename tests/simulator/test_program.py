from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import simulator
from simulator import cashier
from simulator.till import Refused
from simulator.wire import Request
from tests.simulator.shop import AlipayShop, Listener, WeChatShop, call

SENDER = [f"sender_{field}" for field in ("city", "district", "line", "name", "phone", "province")]


def test_the_merchant_file_is_private_and_holds_what_a_merchant_holds(sim: simulator.Simulator, state: Path) -> None:
    path = state / "merchant.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (state / "keys.json").stat().st_mode & 0o077 == 0
    held = json.loads(path.read_text())
    assert held == sim.merchant
    assert {name: sorted(part) for name, part in held.items()} == {
        "wechat": [
            "apiv3_key",
            "appid",
            "appids",
            "base_url",
            "mchid",
            "mini_secret",
            "mini_url",
            "platform_keys",
            "private_key",
            "public_key_id",
            "serial",
        ],
        "alipay": [
            "alipay_cert",
            "alipay_public_key",
            "alipay_root_cert",
            "app_cert",
            "app_id",
            "gateway",
            "mode",
            "private_key",
            "seller_id",
        ],
        "unionpay": [
            "base_url",
            "cn_owner",
            "file_url",
            "mer_id",
            "merchant_cert",
            "middle_cert",
            "private_key",
            "root_cert",
        ],
        "wechat_login": ["appid", "base_url", "secret"],
        "shipping/sf": ["base_url", "checkword", "monthly_card", "partner_id", "push_secret", *SENDER],
        "shipping/jd": [
            "access_token",
            "answer_codes",
            "app_key",
            "app_secret",
            "base_url",
            "customer_code",
            *SENDER,
        ],
        "shipping/kuaidi100": ["api_url", "customer", "key", "poll_url", "salt_secret", "secret", "sender_city"],
        "shipping/city": ["app_key", "app_secret", "base_url", *SENDER],
        "shipping/jushuitan": ["access_token", "app_key", "app_secret", "base_url", "shop_id"],
        "messages/sms": ["access_key_id", "access_key_secret", "endpoint", "receipts", "sign_name", "templates"],
        "messages/tencent": [
            "endpoint",
            "receipts",
            "sdk_app_id",
            "secret_id",
            "secret_key",
            "sign_name",
            "templates",
        ],
        "messages/ses": ["configuration_set", "sender", "topic"],
        "messages/wechat": ["aes_key", "appid", "endpoint", "secret", "templates", "token"],
        "messages/mini": ["aes_key", "appid", "endpoint", "secret", "templates", "token"],
        "messages/wecom": ["aes_key", "agentid", "corpid", "endpoint", "secret", "token"],
        "messages/mail": ["host", "password", "port", "sender", "tls", "user"],
    }
    assert len(held["wechat"]["apiv3_key"]) == 32
    assert held["wechat"]["base_url"] == sim.url


def test_a_restart_keeps_keys_book_clock_and_owed_notices(state: Path, listener: Listener) -> None:
    first = simulator.start(state, notify=False, seed=7)
    wechat = WeChatShop(first.merchant["wechat"])
    wechat.create("P0000001", notify_url=listener.url)
    first.pay("wechat", "P0000001")
    first.advance(3600)
    before = first.book()
    first.stop()

    second = simulator.start(state)
    try:
        assert second.book()["payments"] == before["payments"]
        assert second.till.clock.offset == 3600
        again = WeChatShop(second.merchant["wechat"])
        assert again.held["private_key"] == wechat.held["private_key"]
        assert again.trusted(again.query("P0000001"))["trade_state"] == "SUCCESS"
        assert again.open_notice(listener.wait(1)[0])["out_trade_no"] == "P0000001"
    finally:
        second.stop()


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path, key_ring: Path) -> None:
    books = []
    for name in ("one", "two"):
        state = tmp_path / name
        state.mkdir()
        (state / "keys.json").write_bytes(key_ring.read_bytes())
        running = simulator.start(state, notify=False, seed=5, wall=lambda: 1_790_000_000.0)
        alipay = AlipayShop(running.merchant["alipay"])
        alipay.ask(
            "alipay.trade.precreate",
            {"out_trade_no": "P0000001", "total_amount": "1.00", "subject": "x"},
            notify_url="http://127.0.0.1:1/n",
        )
        running.pay("alipay", "P0000001")
        books.append(running.book())
        running.stop()
    assert books[0] == books[1]


def test_many_at_once_open_and_pay_exactly_their_orders(sim: simulator.Simulator, wechat: WeChatShop) -> None:
    def buy(worker: int) -> None:
        for at in range(5):
            number = f"P{worker:03d}{at:04d}"
            wechat.create(number)
            sim.pay("wechat", number)

    workers = [threading.Thread(target=buy, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    payments = sim.book()["payments"]
    assert len({payment["trade_no"] for payment in payments}) == len(payments) == 20
    assert {payment["state"] for payment in payments} == {"paid"}


@pytest.mark.parametrize(("path", "word", "front"), [
    ("/sns/jscode2session", "js_code", "mini"), ("/sns/oauth2/access_token", "code", "official"),
])  # fmt: skip
def test_a_wechat_code_stands_for_one_person(sim: simulator.Simulator, path: str, word: str, front: str) -> None:
    held = sim.merchant["wechat_login"] | {"appid": sim.merchant["wechat"]["appids"][front]}

    def login(code: str, **bend: str) -> dict[str, str]:
        given = {"appid": held["appid"], "secret": held["secret"], word: code, "grant_type": "authorization_code"}
        query = "&".join(f"{name}={value}" for name, value in (given | bend).items())
        return call("GET", f"{held['base_url']}{path}?{query}").json

    alice = login("sim-alice")
    assert len(alice["openid"]) == len(alice["unionid"]) == 28
    assert login("sim-alice") == alice
    assert login("sim-bob")["openid"] != alice["openid"]
    assert login("alice")["errcode"] == 40029
    assert login("sim-alice", secret="x")["errcode"] == 40125
    assert login("sim-alice", appid="x")["errcode"] == 40013
    assert sim.merchant["wechat_login"]["appid"] == sim.merchant["wechat"]["appids"]["mini"]


def test_the_program_runs_and_stops_by_itself(state: Path) -> None:
    root = Path(simulator.__file__).parents[1]
    command = [sys.executable, "-m", "simulator", "--port", "0", "--state", str(state), "--seed", "1"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603  # ours
        try:
            assert running.stdout is not None
            url = running.stdout.readline().split()[-1]
            assert call("GET", url + "_sim/book").json["payments"] == []
            assert json.loads((state / "merchant.json").read_text())["wechat"]["base_url"] + "/" == url
        finally:
            running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0


def test_the_simulator_shares_no_code_with_the_shop() -> None:
    for path in Path(simulator.__file__).parent.glob("*.py"):
        text = path.read_text()
        assert "chalicelib" not in text
        assert len(text.splitlines()) <= 300


LATE = {
    "closes it": lambda till, read: till.close(read),
    "notes a failed attempt": lambda till, read: till.fail(read),
    "has the page open": lambda till, read: cashier._seen(till, read, Request("GET", "/")),
    "wants to go elsewhere": lambda till, read: cashier._seen(till, read, Request("GET", "/?redirect_url=http://a/b")),
}


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize(("name", "kind"), [("wechat", "h5"), ("alipay", "qr")])
def test_who_read_a_payment_before_it_was_paid_does_not_take_the_money_out_of_the_book(
    still: simulator.Simulator, name: str, kind: str, late: str
) -> None:
    read = still.till.open(name, "P0000001", kind, 1230, extra={"opened": False})
    still.pay(name, "P0000001")
    with contextlib.suppress(Refused):
        LATE[late](still.till, read)
    now = still.till.book.payment(name, "P0000001")
    assert now is not None
    assert (now.state, now.closed, bool(now.extra["payer"])) == ("paid", None, True)
