"""Whose fault a provider's no is: the payer's is their clear refusal and calls nobody, ours calls whoever can mend it."""

from __future__ import annotations

import json

import pytest

from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.shapes import Resolve, exception_view
from chalicelib.records.payments.rules import PayerNeeded, PayerRefused, PaymentMethodUnknown, PaymentProviderDown
from chalicelib.records.payments.service import calls
from chalicelib.records.payments.service.certificates import renew_all
from chalicelib.runtime import settings
from tests.fakes.payments import FakeAlipay
from tests.fakes.payments.common import fresh_key
from tests.support.doors import settled
from tests.support.world import secrets

from .street import FINANCE, give_back

CODES = {"wechat": "code:400:{}", "alipay": "code:40004:{}", "unionpay": "code:{}"}


def called(capsys):
    """Whom the alarms on what was counted since the last look call."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
    return {line["kind"] for line in lines if "ProviderError" in line} & {"keys", "configuration"}


def resolve(shop, kind, resolution):
    case = next(row for row in shop.open_cases() if row.kind == kind)
    return settled(
        resolve_exception,
        case.id,
        Resolve(resolution=resolution, note="looked at it"),
        work=shop.work(FINANCE),
        view=exception_view,
    )


# ---- a payer who is made up -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("provider", "code"), [
    ("wechat", "PARAM_ERROR"), ("wechat", "OPENID_MISMATCH"), ("alipay", "ACQ.INVALID_PARAMETER"),
])  # fmt: skip
def test_a_made_up_payer_is_told_so_and_rings_nothing(shop, capsys, provider, code):
    order_id = shop.order()
    shop.fakes[provider].fault = CODES[provider].format(code)
    for key in ("a", "b", "c", "d"):
        with pytest.raises(PayerRefused) as refused:
            shop.start(order_id, provider, "mini", key=key, payer="made-up")
    assert (refused.value.code, refused.value.params) == ("PAYER_REFUSED", {"provider": provider})
    assert called(capsys) == set()
    assert {row.state for row in shop.payments()} == {"failed"}
    shop.fakes[provider].fault = None
    shop.pay(shop.start(order_id, provider, "mini", key="e", payer="o-right"))
    assert shop.order_row(order_id).state == "paid"


def test_a_payer_who_signed_in_is_not_made_up_so_it_is_our_appid(shop, capsys, monkeypatch):
    order_id = shop.order()
    monkeypatch.setattr("chalicelib.records.identity.accounts.service.contact.wechat_payer", lambda _customer: "o-amy")
    shop.fakes["wechat"].fault = "code:400:PARAM_ERROR"
    for _ in range(2):  # asked again, it is still known who they are
        with pytest.raises(PaymentProviderDown):
            shop.start(order_id, "wechat", "mini", key="once")
        assert called(capsys) == {"configuration"}
    assert [row.state for row in shop.payments()] == ["created"]


def test_the_simulator_knows_its_payers_and_no_made_up_one(street, capsys):
    order_id = street.shop.order()
    with pytest.raises(PayerRefused):
        street.shop.start(order_id, "wechat", "mini", payer="made-up")
    assert called(capsys) == set()
    street.pay(street.shop.start(order_id, "wechat", "mini", payer="o-payer-1"))
    street.tell()
    assert street.shop.order_row(order_id).state == "paid"


# ---- a contract that is put down wrongly ------------------------------------------------------------------------------
WRONG = [
    {"private_key": "no key"}, {"private_key": None}, {"private_key": "MIIB"}, {"private_key": 7}, {},
    {"base_url": None, "gateway": None}, {"appids": ["wx1"], "gateway": 1, "merchant_cert": "none"},
]  # fmt: skip
METHODS = {"wechat": ("native", "native"), "alipay": ("qr", "page"), "unionpay": ("qr", "gateway")}


def contract(shop, name, wrong):
    """Put the provider's contract down wrongly; nothing at all is left of it where nothing is said of what is wrong."""
    held = shop.fakes[name].config
    settings.use_secrets({**secrets(), f"payments/{name}": held | wrong if wrong else {}})
    shop.fakes = {}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("product", [0, 1])  # by a call, or signed by ourselves
def test_a_contract_that_cannot_be_used_calls_whoever_put_it_there(shop, capsys, name, wrong, product):
    order_id = shop.order()
    contract(shop, name, wrong)
    with pytest.raises((PaymentProviderDown, PaymentMethodUnknown)):
        shop.start(order_id, name, METHODS[name][product])
    assert called(capsys) == {"configuration"}
    renew_all(shop.work())
    assert called(capsys) <= {"configuration"}
    assert [row.state for row in shop.payments()] in ([], ["created"])


@pytest.mark.parametrize("wrong", [{"app_cert": "none"}, {"alipay_root_cert": None}, {"alipay_cert": ["none"]}])
@pytest.mark.parametrize("product", METHODS["alipay"])
def test_a_certificate_of_ours_that_is_none_is_no_internal_error(shop, capsys, wrong, product):
    order_id, held = shop.order(), FakeAlipay("cert").config
    settings.use_secrets({**secrets(), "payments/alipay": held | wrong})
    shop.fakes = {}
    with pytest.raises(PaymentProviderDown):
        shop.start(order_id, "alipay", product)
    assert called(capsys) == {"configuration"}
    renew_all(shop.work())


@pytest.mark.parametrize(("name", "wrong"), [
    ("wechat", {"platform_keys": {"PUB_KEY_ID_0111": "none"}}), ("alipay", {"alipay_public_key": "none"}),
    ("unionpay", {"merchant_cert": None}), ("unionpay", {"private_key": "none"}), ("alipay", {"private_key": "none"}),
])  # fmt: skip
def test_a_notice_is_lost_for_nothing_that_a_person_can_put_right(shop, capsys, name, wrong):
    payment = shop.start(shop.order(), name)
    fake, held = shop.fakes[name], shop.fakes[name].config
    if "platform_keys" in wrong:
        wrong = {"platform_keys": dict.fromkeys(held["platform_keys"], "none")}
    fake.pay(payment.id)
    notice = fake.notice(payment.id)
    settings.use_secrets({**secrets(), f"payments/{name}": held | wrong})
    proven = name == "unionpay" or "private_key" in wrong  # by nothing that is wrong
    assert shop.notice(name, notice).status == (200 if proven and name != "wechat" else 503)
    assert called(capsys) == (set() if proven else {"configuration"})
    settings.use_secrets({**secrets(), f"payments/{name}": held})
    assert shop.notice(name, notice).status in (200, 204)
    assert shop.order_row(payment.order_id).state == "paid"


@pytest.mark.parametrize("key", ["x" * 32, "too short", ""])
def test_a_notice_that_the_contract_s_key_does_not_open_calls_whoever_keeps_the_keys(shop, capsys, key):
    payment = shop.start(shop.order(), "wechat")
    fake = shop.fakes["wechat"]
    fake.pay(payment.id)
    notice = fake.notice(payment.id)
    settings.use_secrets({**secrets(), "payments/wechat": fake.config | {"apiv3_key": key}})
    assert (shop.notice("wechat", notice).status, called(capsys)) == (400, {"keys"})
    settings.use_secrets({**secrets(), "payments/wechat": fake.config})
    spoilt = fake.notice(payment.id, key=fresh_key("stranger"))
    assert (shop.notice("wechat", spoilt).status, called(capsys)) == (401, set()), (
        "nobody who is not WeChat calls anybody"
    )
    assert (shop.notice("wechat", notice).status, shop.order_row(payment.order_id).state) == (204, "paid")


# ---- what is ours ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("provider", "product", "code", "rings", "state"), [
    ("wechat", "native", "SIGN_ERROR", {"keys"}, "created"), ("wechat", "native", "PARAM_ERROR", {"configuration"}, "created"),
    ("wechat", "native", "INVALID_REQUEST", {"configuration"}, "created"),
    ("wechat", "native", "NO_AUTH", {"configuration"}, "failed"), ("wechat", "native", "RULE_LIMIT", set(), "failed"),
    ("wechat", "native", "USER_ACCOUNT_ABNORMAL", set(), "created"),
    ("alipay", "qr", "ACQ.ACCESS_FORBIDDEN", {"configuration"}, "failed"),
    ("alipay", "qr", "ACQ.TOTAL_FEE_EXCEED", set(), "failed"),
    ("unionpay", "qr", "11", {"keys"}, "created"), ("unionpay", "qr", "13", {"configuration"}, "created"),
    ("unionpay", "qr", "31", {"configuration"}, "failed"), ("unionpay", "qr", "32", {"configuration"}, "failed"),
    ("unionpay", "qr", "33", set(), "failed"),
])  # fmt: skip
def test_opening_an_attempt_calls_whoever_can_mend_it(shop, capsys, provider, product, code, rings, state):
    shop.fakes[provider].fault = CODES[provider].format(code)
    try:
        shop.start(shop.order(), provider, product)
    except PaymentProviderDown:
        assert state == "created"
    assert [row.state for row in shop.payments()] == [state]
    assert called(capsys) == rings


@pytest.mark.parametrize(("provider", "code", "rings", "state", "case"), [
    ("wechat", "INVALID_REQUEST", set(), "failed", "refund_failed"),
    ("wechat", "USER_ACCOUNT_ABNORMAL", set(), "failed", "refund_failed"),
    ("wechat", "NO_AUTH", {"configuration"}, "requested", "refund_silent"),
    ("wechat", "SIGN_ERROR", {"keys"}, "requested", "refund_silent"),
    ("alipay", "ACQ.ACCESS_FORBIDDEN", {"configuration"}, "requested", "refund_silent"),
    ("alipay", "ACQ.SELLER_BALANCE_NOT_ENOUGH", set(), "failed", "refund_failed"),
    ("unionpay", "32", {"configuration"}, "requested", "refund_silent"), ("unionpay", "36", set(), "failed", "refund_failed"),
])  # fmt: skip
def test_a_refund_that_is_refused_lies_before_a_person_who_has_a_way_out(
    shop, capsys, provider, code, rings, state, case
):
    order_id = shop.order()
    payment = shop.start(order_id, provider)
    shop.pay(payment)
    shop.fakes[provider].fault = CODES[provider].format(code)
    refund = give_back(shop, payment)
    assert ([row.state for row in shop.refunds()], shop.cases()) == ([state], {(case, "open")})
    assert called(capsys) == rings
    shop.fakes[provider].fault = None
    resolve(shop, case, "retry")
    for _ in range(12):
        shop.later(minutes=10)  # UnionPay is sent another only when no former one can stand there any more
    assert list(shop.fakes[provider].book[payment.id].refunds.values()) == [3599]
    assert [row.id for row in shop.refunds()] == [refund]


# ---- fronts ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("product", ["native", "jsapi", "mini", "app"])
def test_a_notice_of_another_front_pays_nothing_and_the_right_one_does(street, product):
    shop = street.shop
    payment = street.start(shop.order(), "wechat", product)
    street.sim.faults(other_front=1)
    street.pay(payment)
    street.tell()
    assert (shop.order_row(payment.order_id).state, shop.cases()) == ("placed", {("merchant", "open")})
    street.sim.renotify()
    street.tell()
    assert shop.order_row(payment.order_id).state == "paid"


def test_a_front_that_the_contract_does_not_name_is_not_offered(shop):
    held = shop.fakes["wechat"].config
    settings.use_secrets({**secrets(), "payments/wechat": {**held, "appids": {"mini": held["appids"]["mini"]}}})
    assert [[row.name for row, _ in calls.methods(at)] for at in ("wechat", "mini", "app", "pc")] == [
        [],
        ["mini"],
        [],
        ["native"],
    ]
    for product in ("jsapi", "app"):
        with pytest.raises(PaymentMethodUnknown):
            shop.start(shop.order(), "wechat", product, payer="o-payer-1")
    with pytest.raises(PayerNeeded):
        shop.start(shop.order(), "wechat", "mini")
