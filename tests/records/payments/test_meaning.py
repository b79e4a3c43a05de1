"""A field that is there is not yet a field that says something: blanks, "null" and zeros stand in ordinary messages, too."""

from __future__ import annotations

import pytest

from chalicelib.records.payments.providers.port import Malformed, ProtocolViolation, RefundRef, Sending
from chalicelib.records.payments.providers.wire import above_nothing, meant, needed
from tests.fakes.payments import FAKES

from .test_contract import NOW, NUMBER, REFUND, Shop, ref

BLANK = ["", " ", "\t", "null", "NULL", "None", "undefined"]
NO_SUM = ["0.00", "0", "0.0", "0.000", "-0.00", *BLANK]
NO_DAY = ["0000-00-00 00:00:00", "0", *BLANK]


@pytest.mark.parametrize("told", [None, *BLANK, [], {}, True])
def test_what_says_nothing_is_nothing(told):
    assert (meant(told), above_nothing(told)) == ("", "")
    with pytest.raises(ProtocolViolation) as missing:
        needed({"name": told}, "name")
    assert missing.value.code == "no_name"


def test_what_says_something_is_its_text():
    assert (meant(" 00 "), meant(7), meant("nullable"), meant("0.00"), needed({"a": " b"}, "a")) == (
        "00",
        "7",
        "nullable",
        "0.00",
        "b",
    )
    assert [above_nothing(text) for text in ("0.01", "10.00", "2026-11-23", "abc")] == [
        "0.01",
        "10.00",
        "2026-11-23",
        "abc",
    ]
    assert [above_nothing(text) for text in (*NO_SUM, *NO_DAY)] == [""] * len([*NO_SUM, *NO_DAY])


# ---- Alipay ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def alipay():
    return Shop(FAKES["alipay"]()).paid()


def told(shop, **fields):
    return shop.adapter.parse_notify(shop.fake.notice(NUMBER, **fields))


@pytest.mark.parametrize("fields", [
    *({"refund_fee": text} for text in NO_SUM),
    *({"gmt_refund": text} for text in NO_DAY),
    {"out_biz_no": ""}, {"out_biz_no": REFUND}, {"refund_fee": "0.00", "gmt_refund": "null", "out_biz_no": " "},
    {"notify_type": ""}, {"notify_type": " "}, {"trans_currency": ""}, {"trans_currency": "null"},
])  # fmt: skip
def test_an_ordinary_notice_is_a_payment_whatever_stands_in_its_empty_fields(alipay, fields):
    event = told(alipay, **fields)
    assert (event.kind, event.payment.status, event.payment.amount, event.payment.mismatch) == (
        "PAYMENT",
        "PAID",
        8880,
        "",
    )


@pytest.mark.parametrize("fee", ["0.00", "0", "", "null"])
def test_a_trade_that_nobody_paid_is_closed_and_gives_nothing_back(fee):
    shop = Shop(FAKES["alipay"]()).opened()
    event = told(shop, trade_status="TRADE_CLOSED", refund_fee=fee, gmt_payment="")
    assert (event.kind, event.payment.status) == ("PAYMENT", "CLOSED")


@pytest.mark.parametrize("fields", [
    {"refund_fee": "0.01", "gmt_refund": ""}, {"refund_fee": "88.80"}, {"refund_fee": "0.10", "gmt_refund": "null"},
    {"refund_fee": "0.00", "gmt_refund": "2026-11-23 12:00:00.123"}, {"refund_fee": "", "gmt_refund": "2026-11-23 12:00:00"},
])  # fmt: skip
def test_a_sum_above_nothing_or_a_time_speaks_of_a_refund(alipay, fields):
    event = told(alipay, out_biz_no=REFUND, **fields)
    assert (event.kind, event.refund.number, event.refund.status) == ("REFUND", REFUND, "SUCCEEDED")


@pytest.mark.parametrize("number", BLANK)
def test_a_refund_that_was_not_asked_here_has_no_number_and_changes_nothing(alipay, number):
    assert told(alipay, refund_fee="1.00", out_biz_no=number).kind == "IGNORED"


@pytest.mark.parametrize("fields", [
    {"refund_fee": "1.234"}, {"refund_fee": "-1.00"}, {"refund_fee": "one"}, {"gmt_refund": "yesterday"},
    {"refund_fee": "1.00", "gmt_refund": "yesterday"},
])  # fmt: skip
def test_a_refund_that_cannot_be_read_is_neither_a_refund_nor_a_payment(alipay, fields):
    with pytest.raises(Malformed):
        told(alipay, out_biz_no=REFUND, **fields)


@pytest.mark.parametrize("status", BLANK)
def test_a_notice_without_a_state_is_no_news(alipay, status):
    assert told(alipay, trade_status=status).kind == "IGNORED"


def answers(shop, **over):
    """Every answer of the fake says this as well."""
    work = shop.fake._work
    shop.fake._work = lambda *asked: work(*asked) | over
    return shop


@pytest.mark.parametrize(("paid_at", "status"), [
    *((text, "CLOSED") for text in NO_DAY), (None, "CLOSED"), ("2026-11-23 12:00:00", "PAID"),
])  # fmt: skip
def test_a_closed_trade_was_paid_only_when_it_says_when(alipay, paid_at, status):
    answers(alipay, trade_status="TRADE_CLOSED", send_pay_date=paid_at, trans_currency="")
    assert (alipay.adapter.query(ref()).status, alipay.adapter.query(ref()).mismatch) == (status, "")


@pytest.mark.parametrize("echo", [None, *BLANK])
def test_a_refund_s_answer_need_not_repeat_its_number(alipay, echo):
    alipay.give_back()
    answers(alipay, out_request_no=echo)
    assert alipay.adapter.query_refund(RefundRef(REFUND, ref())).status == "SUCCEEDED"


@pytest.mark.parametrize("state", BLANK)
def test_a_refund_without_a_state_is_not_known(alipay, state):
    alipay.give_back()
    answers(alipay, refund_status=state)
    assert alipay.adapter.query_refund(RefundRef(REFUND, ref())).status == "UNKNOWN"


# ---- WeChat Pay, UnionPay -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("currency", [None, *BLANK])
def test_a_currency_that_is_not_said_is_the_yuan(currency):
    wechat, unionpay = Shop(FAKES["wechat"]()).paid(), Shop(FAKES["unionpay"]()).paid()
    money = {"total": 8880, "currency": currency}
    assert wechat.adapter.parse_notify(wechat.fake.notice(NUMBER, amount=money)).payment.mismatch == ""
    notice = unionpay.fake.notice(NUMBER, currencyCode=currency or "")
    assert unionpay.adapter.parse_notify(notice).payment.mismatch == ""


def test_a_merchant_that_is_not_said_in_a_refund_is_ours():
    shop = Shop(FAKES["wechat"]()).paid()
    shop.give_back()
    for merchant, wrong in (("", ""), (None, ""), ("1900000001", ""), ("1900000002", "merchant")):
        answer = shop.fake._refund_told(REFUND) | {"mchid": merchant}
        shop.fake._work = lambda *_asked, answer=answer: (200, answer)
        assert shop.adapter.query_refund(RefundRef(REFUND, ref(), (Sending(NOW),))).mismatch == wrong


@pytest.mark.parametrize("code", BLANK)
def test_a_unionpay_code_that_says_nothing_is_neither_success_nor_failure(code):
    shop = Shop(FAKES["unionpay"]()).paid()
    shop.give_back()
    answers(shop, origRespCode=code)
    assert shop.adapter.query(ref()).status == "UNKNOWN"
    refund = shop.adapter.query_refund(RefundRef(REFUND, ref("6"), (Sending(NOW),)))
    assert (refund.status, refund.code) == ("PROCESSING", "no_state")
    assert shop.adapter.parse_notify(shop.fake.notice(NUMBER, respCode=code)).payment.status == "PENDING"
