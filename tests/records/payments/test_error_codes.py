"""The tables of codes, held to a list of their own: what is final for what, and that a code without a row ends nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.payments.providers import METHODS
from chalicelib.records.payments.providers.alipay.error_codes import CODES as ALIPAY
from chalicelib.records.payments.providers.error_codes import CALLS, UNLISTED, opening, provider_error, table
from chalicelib.records.payments.providers.port import (
    AlreadyDone,
    AuthConfig,
    Declined,
    PayerWrong,
    ProviderError,
    RefundRef,
    Sending,
    Throttled,
    TradeNotFound,
    Unknown,
    Untimely,
)
from chalicelib.records.payments.providers.unionpay.error_codes import CODES as UNIONPAY
from chalicelib.records.payments.providers.wechat.error_codes import CODES as WECHAT
from tests.fakes.payments import FAKES

from .test_contract import NOW, REFUND, Shop, ref

TABLES = {"wechat": WECHAT, "alipay": ALIPAY, "unionpay": UNIONPAY}
NOES = {  # what alone ends an attempt that is opened, and a refund
    ("wechat", "create"): "ORDER_CLOSED ORDERCLOSED NO_AUTH NOAUTH NOT_ENOUGH NOTENOUGH ACCOUNT_ERROR ACCOUNTERROR "
    "RULE_LIMIT RULELIMIT TRADE_ERROR",
    ("wechat", "refund"): "NOT_ENOUGH NOTENOUGH INVALID_REQUEST USER_ACCOUNT_ABNORMAL RESOURCE_NOT_EXISTS",
    ("wechat", "close"): "ORDER_CLOSED ORDERCLOSED",
    ("alipay", "create"): "ACQ.TRADE_HAS_CLOSE ACQ.SELLER_BALANCE_NOT_ENOUGH ACQ.TOTAL_FEE_EXCEED ACQ.EXIST_FORBIDDEN_WORD "
    "ACQ.BUYER_SELLER_EQUAL ACQ.BUYER_ENABLE_STATUS_FORBID ACQ.TRADE_BUYER_NOT_MATCH ACQ.ACCESS_FORBIDDEN",
    ("alipay", "refund"): "ACQ.SELLER_BALANCE_NOT_ENOUGH ACQ.TRADE_NOT_EXIST ACQ.TRADE_STATUS_ERROR ACQ.TRADE_HAS_FINISHED "
    "ACQ.TRADE_NOT_ALLOW_REFUND ACQ.REFUND_AMT_NOT_EQUAL_TOTAL ACQ.REASON_TRADE_REFUND_FEE_ERR ACQ.DISCORDANT_REPEAT_REQUEST",
    ("alipay", "close"): "ACQ.TRADE_HAS_CLOSE",
    ("unionpay", "create"): "33 61 31 32",
    ("unionpay", "refund"): "33 61 35 36",
    ("unionpay", "trade"): "30 33 61 62 63 64 65 66 67 68 69 71 72 73 77 78 81",
    ("unionpay", "returned"): "33 35 36 61 62 63",
}  # fmt: skip
OPERATIONS = [*CALLS.split(), "create_told", "trade", "returned"]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_final_is_listed_here_and_nothing_else_is(name, operation):
    found = {code for (of, code), row in TABLES[name].items() if of == operation and row.kind is Declined}
    assert found == set(NOES.get((name, "create" if operation == "create_told" else operation), "").split())


@pytest.mark.parametrize("name", TABLES)
@given(code=st.text(max_size=40))
def test_a_code_without_a_row_ends_nothing_at_any_operation(name, code):
    for operation in OPERATIONS:
        if (operation, code) not in TABLES[name]:
            found = provider_error(TABLES[name], operation, code)
            assert (type(found), found.calls) == (Unknown, "table")


def test_a_number_that_is_not_known_is_so_only_where_it_was_asked_for():
    found = {
        (name, of) for name, table in TABLES.items() for (of, _), row in table.items() if row.kind is TradeNotFound
    }
    assert found == {
        ("wechat", "query"),
        ("wechat", "close"),
        ("wechat", "query_refund"),
        ("wechat", "shipping"),
        ("alipay", "query"),
        ("alipay", "close"),
        ("alipay", "query_refund"),
        ("unionpay", "query"),
        ("unionpay", "query_refund"),
    }


def test_what_was_done_before_is_so_of_what_changes_something():
    found = {
        (name, of, code)
        for name, table in TABLES.items()
        for (of, code), row in table.items()
        if row.kind is AlreadyDone and of != "create_told"
    }
    assert found == {
        *(("wechat", of, code) for of in ("create", "close") for code in ("ORDER_PAID", "ORDERPAID")),
        ("wechat", "create", "OUT_TRADE_NO_USED"),
        ("wechat", "shipping", "10060023"),
        ("alipay", "create", "ACQ.TRADE_HAS_SUCCESS"),
        ("alipay", "close", "ACQ.TRADE_HAS_SUCCESS"),
        ("alipay", "create", "ACQ.CONTEXT_INCONSISTENT"),
        ("alipay", "close", "ACQ.TRADE_STATUS_ERROR"),
        ("alipay", "close", "ACQ.REASON_TRADE_STATUS_INVALID"),
        ("unionpay", "create", "12"),
        ("unionpay", "refund", "12"),
    }


RINGING = {  # whom a code calls, wherever it is answered
    ("wechat", "keys"): "SIGN_ERROR 40001 40013 40014 40125 41002 42001 48001",
    ("wechat", "configuration"): "PARAM_ERROR APPID_MCHID_NOT_MATCH MCH_NOT_EXISTS INVALID_REQUEST NO_AUTH NOAUTH "
    "OPENID_MISMATCH 10060005 10060006 10060007 10060008 10060009 10060014 10060020 10060024 10060025 10060026 10060031 "
    "268485216 268485224 268485228 47001 COMPANY",
    ("alipay", "keys"): "aop.invalid-auth-token "
    "isv.invalid-signature isv.missing-signature isv.invalid-app-cert-sn isv.invalid-alipay-root-cert-sn",
    ("alipay", "configuration"): "20001 40001 40002 40003 40006 ACQ.PARTNER_ERROR ACQ.SELLER_BEEN_BLOCKED "
    "ACQ.ACCESS_FORBIDDEN ACQ.INVALID_PARAMETER",
    ("unionpay", "keys"): "11 9100004",
    ("unionpay", "configuration"): "10 13 31 32",
}  # fmt: skip
MISTAKES = {  # of a payer whom only the client names
    "wechat": {"PARAM_ERROR", "OPENID_MISMATCH"},
    "alipay": {"ACQ.INVALID_PARAMETER", "ACQ.BUYER_NOT_EXIST"},
    "unionpay": set(),
}
FINAL_ALL_THE_SAME = {("wechat", "refund", "INVALID_REQUEST")}  # a person has that refund before them


@pytest.mark.parametrize(("name", "calls"), RINGING)
def test_whom_a_code_calls_is_listed_here_and_it_calls_nobody_else(name, calls):
    rows = TABLES[name].items()
    assert {code for (_, code), row in rows if row.calls == calls} == set(RINGING[name, calls].split())
    for (of, code), row in rows:
        if code in RINGING[name, calls].split() and of in CALLS.split():
            assert row.calls == ("nobody" if (name, of, code) in FINAL_ALL_THE_SAME else calls), (of, code)


@pytest.mark.parametrize("name", TABLES)
def test_a_made_up_payer_calls_nobody_and_only_whoever_is_told_may_be_made_up(name):
    wrong = {(of, code) for (of, code), row in TABLES[name].items() if row.kind is PayerWrong}
    assert wrong == {("create_told", code) for code in MISTAKES[name]}
    assert {TABLES[name][key].calls for key in wrong} <= {"nobody"}
    for (of, code), row in TABLES[name].items():
        if of == "create" and code not in MISTAKES[name]:
            assert TABLES[name]["create_told", code] == row


@pytest.mark.parametrize(("product", "known", "operation"), [
    (("wechat", "mini"), False, "create_told"), (("wechat", "mini"), True, "create"), (("wechat", "native"), False, "create"),
    (("alipay", "mini"), False, "create_told"), (("wechat", "h5"), False, "create"),
])  # fmt: skip
def test_a_payer_who_signed_in_is_not_made_up(product, known, operation):
    shop = Shop(FAKES[product[0]]())
    assert opening(METHODS[product], shop.request(product[1])._replace(payer_known=known)) == operation


@pytest.mark.parametrize(("field", "kind"), [
    ("/payer/openid", PayerWrong), ("payer.openid", PayerWrong), (None, PayerWrong), ("", PayerWrong),
    ("/amount/total", AuthConfig), ("/notify_url", AuthConfig),
])  # fmt: skip
def test_what_wechat_finds_wrong_elsewhere_is_not_the_payer_s_mistake(field, kind):
    shop = Shop(FAKES["wechat"]())
    detail = {} if field is None else {"detail": {"field": field, "issue": "no", "location": "body"}}
    shop.fake._work = lambda *_asked: (400, {"code": "PARAM_ERROR", "message": "no"} | detail)
    with pytest.raises(kind) as caught:
        shop.adapter.create(shop.request("mini"))
    assert caught.value.calls == ("nobody" if kind is PayerWrong else "configuration")


@pytest.mark.parametrize("pair", [
    "SYSTEM_ERROR", "BANK_ERROR", "ORDER_PAID", "ORDER_CLOSED", "NO_AUTH", "NOT_ENOUGH", "ACCOUNT_ERROR", "RULE_LIMIT",
    "ORDER_NOT_EXIST",
])  # fmt: skip
def test_both_spellings_of_wechat_s_codes_mean_the_same(pair):
    for operation in OPERATIONS:
        assert WECHAT.get((operation, pair)) == WECHAT.get((operation, pair.replace("_", ""))), operation


def test_two_rows_for_one_code_of_one_operation_are_refused():
    assert table(("a b", "X", Unknown), ("c", "X Y", Declined, "keys")) == {
        ("a", "X"): (Unknown, "nobody"),
        ("b", "X"): (Unknown, "nobody"),
        ("c", "X"): (Declined, "keys"),
        ("c", "Y"): (Declined, "keys"),
    }
    with pytest.raises(ValueError, match="two rows"):
        table(("a", "X", Unknown), ("a b", "Y X", Declined))


@pytest.mark.parametrize(("status", "kind", "calls"), [
    (429, Throttled, "nobody"), (500, Unknown, "nobody"), (503, Unknown, "nobody"), (499, Unknown, "table"),
    (404, Unknown, "table"),
])  # fmt: skip
def test_without_a_code_the_status_of_the_exchange_speaks(status, kind, calls):
    found = provider_error(WECHAT, "query", "", status=status)
    assert (type(found), found.calls, found.code) == (kind, calls, f"http_{status}")
    assert provider_error(WECHAT, "query", "SIGN_ERROR", status=status).code == "SIGN_ERROR"


def test_a_row_of_the_table_says_whom_it_calls():
    assert provider_error(UNIONPAY, "refund", "32").calls == "configuration"
    assert provider_error(UNIONPAY, "refund", "35").calls == "nobody"


def test_what_only_a_person_can_put_right_calls_one():
    assert {AuthConfig("X").calls, Untimely("X").calls} == {"configuration"}
    assert AuthConfig("X", calls="nobody").calls == "nobody"  # unless the table says so


def test_alipay_s_sub_code_speaks_before_its_code():
    assert type(provider_error(ALIPAY, "refund", "ACQ.SELLER_BALANCE_NOT_ENOUGH", "40002")) is Declined
    assert type(provider_error(ALIPAY, "refund", "isv.strange", "40002")) is AuthConfig
    assert provider_error(ALIPAY, "refund", "", "40002").code == "40002"


# ---- by the adapters ------------------------------------------------------------------------------------------------
CALLED = [
    ("create", lambda shop: shop.adapter.create(shop.request())),
    ("query", lambda shop: shop.adapter.query(ref())),
    ("refund", lambda shop: shop.give_back()),
    ("query_refund", lambda shop: shop.adapter.query_refund(RefundRef(REFUND, ref("6"), (Sending(NOW),)))),
    ("bill", lambda shop: shop.adapter.fetch_bill(NOW.date())),
]


def fault(name, code):
    return {"wechat": f"code:400:{code}", "alipay": f"code:40004:{code}", "unionpay": f"code:{code}"}[name]


def outcome(shop, call):
    """The kind of trouble a call raised, or the status it told."""
    try:
        return call(shop).status
    except ProviderError as found:
        return type(found)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("operation", "call"), CALLED)
def test_each_call_reads_a_no_by_its_own_rows(name, operation, call):
    shop, caught = (
        Shop(FAKES[name]()),
        {("query", TradeNotFound): "NOT_FOUND", ("query_refund", TradeNotFound): "UNKNOWN"},
    )
    caught["refund", AlreadyDone] = "PROCESSING"
    for code in sorted({code for of, code in TABLES[name] if of in CALLS and code[:2] not in ("20", "40")} | {"NEVER"}):
        shop.fake.fault = fault(name, code)
        kind = TABLES[name].get((operation, code), UNLISTED).kind
        assert outcome(shop, call) == caught.get((operation, kind), kind), code


@pytest.mark.parametrize("name", ["wechat", "alipay"])
@pytest.mark.parametrize(("code", "outcome"), [
    ("ORDER_PAID", "ALREADY_PAID"), ("ACQ.TRADE_STATUS_ERROR", "ALREADY_PAID"), ("ORDER_CLOSED", "CLOSED"),
    ("ACQ.TRADE_HAS_CLOSE", "CLOSED"), ("ORDER_NOT_EXIST", "NOT_FOUND"), ("ACQ.TRADE_NOT_EXIST", "NOT_FOUND"),
    ("SYSTEM_ERROR", "UNKNOWN"), ("ACQ.SYSTEM_ERROR", "UNKNOWN"), ("NEVER_HEARD_OF", "UNKNOWN"),
])  # fmt: skip
def test_a_close_answers_what_its_code_says(name, code, outcome):
    shop = Shop(FAKES[name]()).opened()
    shop.fake.fault = fault(name, code)
    of_this = code == "NEVER_HEARD_OF" or code.startswith("ACQ.") == (name == "alipay")
    assert shop.adapter.close(ref()) == (outcome if of_this else "UNKNOWN")


# ---- what a query of UnionPay tells of the trade ----------------------------------------------------------------------
def of_trade(code, minutes=0):
    shop = Shop(FAKES["unionpay"]()).paid()
    shop.give_back()
    work = shop.fake._work
    shop.fake._work = lambda asked: work(asked) | {"origRespCode": code}
    shop.clock.advance(timedelta(minutes=minutes))
    refund = shop.adapter.query_refund(RefundRef(REFUND, ref("6"), (Sending(NOW),)))
    return shop.adapter.query(ref()).status, refund.status, refund.code


@pytest.mark.parametrize(("code", "payment", "late", "refund", "unclear"), [
    ("00", "PAID", "PAID", "SUCCEEDED", ""), ("A6", "PAID", "PAID", "SUCCEEDED", ""),
    ("03", "PENDING", "PENDING", "PROCESSING", ""), ("04", "PENDING", "PENDING", "PROCESSING", ""),
    ("05", "PENDING", "PENDING", "PROCESSING", ""), ("01", "PENDING", "PENDING", "PROCESSING", "01"),
    ("12", "PENDING", "PENDING", "PROCESSING", "12"), ("34", "PENDING", "PENDING", "PROCESSING", "34"),
    ("60", "PENDING", "PENDING", "PROCESSING", "60"), ("99", "UNKNOWN", "UNKNOWN", "PROCESSING", "99"),
    ("64", "PENDING", "FAILED", "PROCESSING", "64"), ("63", "PENDING", "FAILED", "FAILED", "63"),
    ("35", "UNKNOWN", "UNKNOWN", "FAILED", "35"),
])  # fmt: skip
def test_what_became_of_a_unionpay_trade(code, payment, late, refund, unclear):
    assert of_trade(code) == (payment, refund, unclear)
    assert of_trade(code, minutes=30)[0] == late
