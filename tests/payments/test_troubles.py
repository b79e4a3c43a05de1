"""The tables of codes, held to a list of their own: what is final for what, and that a code without a row ends nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.payments.providers.port import (
    AlreadyDone,
    AuthConfig,
    Declined,
    NotFound,
    ProviderTrouble,
    RefundRef,
    Throttled,
    Unknown,
)
from chalicelib.records.payments.providers.troubles import ALIPAY, CALLS, UNIONPAY, WECHAT, _table, trouble

from .desks import DESKS
from .test_contract import NOW, REFUND, Shop, ref

TABLES = {"wechat": WECHAT, "alipay": ALIPAY, "unionpay": UNIONPAY}
NOES = {  # what alone ends an attempt that is opened, and a refund
    ("wechat", "create"): "ORDER_CLOSED ORDERCLOSED NO_AUTH NOT_ENOUGH ACCOUNT_ERROR RULE_LIMIT RULELIMIT TRADE_ERROR",
    ("wechat", "refund"): "NO_AUTH NOT_ENOUGH INVALID_REQUEST USER_ACCOUNT_ABNORMAL RESOURCE_NOT_EXISTS",
    ("wechat", "close"): "ORDER_CLOSED ORDERCLOSED",
    ("alipay", "create"): "ACQ.TRADE_HAS_CLOSE ACQ.SELLER_BALANCE_NOT_ENOUGH ACQ.TOTAL_FEE_EXCEED ACQ.EXIST_FORBIDDEN_WORD "
    "ACQ.BUYER_SELLER_EQUAL ACQ.BUYER_ENABLE_STATUS_FORBID ACQ.TRADE_BUYER_NOT_MATCH ACQ.INVALID_PARAMETER",
    ("alipay", "refund"): "ACQ.SELLER_BALANCE_NOT_ENOUGH ACQ.TRADE_NOT_EXIST ACQ.TRADE_STATUS_ERROR ACQ.TRADE_HAS_FINISHED "
    "ACQ.TRADE_NOT_ALLOW_REFUND ACQ.REFUND_AMT_NOT_EQUAL_TOTAL ACQ.REASON_TRADE_REFUND_FEE_ERR ACQ.DISCORDANT_REPEAT_REQUEST",
    ("alipay", "close"): "ACQ.TRADE_HAS_CLOSE",
    ("unionpay", "create"): "33 61",
    ("unionpay", "refund"): "33 61 35 36",
    ("unionpay", "trade"): "30 33 61 62 63 64 65 66 67 68 69 71 72 73 77 78 81",
    ("unionpay", "returned"): "33 35 36 61 62 63",
}  # fmt: skip
OPERATIONS = [*CALLS.split(), "trade", "returned"]


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_final_is_listed_here_and_nothing_else_is(name, operation):
    found = {code for (of, code), kind in TABLES[name].items() if of == operation and kind is Declined}
    assert found == set(NOES.get((name, operation), "").split())


@pytest.mark.parametrize("name", TABLES)
@given(code=st.text(max_size=40))
def test_a_code_without_a_row_ends_nothing_at_any_operation(name, code):
    for operation in OPERATIONS:
        if (operation, code) not in TABLES[name]:
            found = trouble(TABLES[name], operation, code)
            assert (type(found), found.listed) == (Unknown, False)


def test_a_number_that_is_not_known_is_so_only_where_it_was_asked_for():
    found = {(name, of) for name, table in TABLES.items() for (of, _), kind in table.items() if kind is NotFound}
    assert found == {
        ("wechat", "query"), ("wechat", "close"), ("wechat", "query_refund"), ("alipay", "query"), ("alipay", "close"),
        ("alipay", "query_refund"), ("unionpay", "query"), ("unionpay", "query_refund"),
    }  # fmt: skip


def test_what_was_done_before_is_so_of_what_changes_something():
    found = {
        (name, of, code) for name, table in TABLES.items() for (of, code), kind in table.items() if kind is AlreadyDone
    }
    assert found == {
        *(("wechat", of, code) for of in ("create", "close") for code in ("ORDER_PAID", "ORDERPAID")),
        ("wechat", "create", "OUT_TRADE_NO_USED"), ("alipay", "create", "ACQ.TRADE_HAS_SUCCESS"),
        ("alipay", "close", "ACQ.TRADE_HAS_SUCCESS"), ("alipay", "create", "ACQ.CONTEXT_INCONSISTENT"),
        ("alipay", "close", "ACQ.TRADE_STATUS_ERROR"), ("alipay", "close", "ACQ.REASON_TRADE_STATUS_INVALID"),
        ("unionpay", "create", "12"), ("unionpay", "refund", "12"),
    }  # fmt: skip


def test_two_rows_for_one_code_of_one_operation_are_refused():
    assert _table(("a b", "X", Unknown), ("c", "X Y", Declined)) == {
        ("a", "X"): Unknown, ("b", "X"): Unknown, ("c", "X"): Declined, ("c", "Y"): Declined,
    }  # fmt: skip
    with pytest.raises(ValueError, match="two rows"):
        _table(("a", "X", Unknown), ("a b", "Y X", Declined))


@pytest.mark.parametrize(("status", "kind", "listed"), [
    (429, Throttled, True), (500, Unknown, True), (503, Unknown, True), (499, Unknown, False), (404, Unknown, False),
])  # fmt: skip
def test_without_a_code_the_status_of_the_exchange_speaks(status, kind, listed):
    found = trouble(WECHAT, "query", "", status=status)
    assert (type(found), found.listed, found.code) == (kind, listed, f"http_{status}")
    assert trouble(WECHAT, "query", "SIGN_ERROR", status=status).code == "SIGN_ERROR"


def test_alipay_s_sub_code_speaks_before_its_code():
    assert type(trouble(ALIPAY, "refund", "ACQ.SELLER_BALANCE_NOT_ENOUGH", "40002")) is Declined
    assert type(trouble(ALIPAY, "refund", "isv.strange", "40002")) is AuthConfig
    assert trouble(ALIPAY, "refund", "", "40002").code == "40002"


# ---- by the adapters ------------------------------------------------------------------------------------------------
CALLED = [
    ("create", lambda shop: shop.adapter.create(shop.request())),
    ("query", lambda shop: shop.adapter.query(ref())),
    ("refund", lambda shop: shop.give_back()),
    ("query_refund", lambda shop: shop.adapter.query_refund(RefundRef(REFUND, ref("6"), NOW))),
    ("bill", lambda shop: shop.adapter.fetch_bill(NOW.date())),
]


def fault(name, code):
    return {"wechat": f"code:400:{code}", "alipay": f"code:40004:{code}", "unionpay": f"code:{code}"}[name]


def outcome(shop, call):
    """The kind of trouble a call raised, or the status it told."""
    try:
        return call(shop).status
    except ProviderTrouble as found:
        return type(found)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("operation", "call"), CALLED)
def test_each_call_reads_a_no_by_its_own_rows(name, operation, call):
    shop, caught = Shop(DESKS[name]()), {("query", NotFound): "NOT_FOUND", ("query_refund", NotFound): "UNKNOWN"}
    caught["refund", AlreadyDone] = "PROCESSING"
    for code in sorted({code for of, code in TABLES[name] if of in CALLS and code[:2] not in ("20", "40")} | {"NEVER"}):
        shop.desk.fault = fault(name, code)
        kind = TABLES[name].get((operation, code), Unknown)
        assert outcome(shop, call) == caught.get((operation, kind), kind), code


@pytest.mark.parametrize("name", ["wechat", "alipay"])
@pytest.mark.parametrize(("code", "outcome"), [
    ("ORDER_PAID", "ALREADY_PAID"), ("ACQ.TRADE_STATUS_ERROR", "ALREADY_PAID"), ("ORDER_CLOSED", "CLOSED"),
    ("ACQ.TRADE_HAS_CLOSE", "CLOSED"), ("ORDER_NOT_EXIST", "NOT_FOUND"), ("ACQ.TRADE_NOT_EXIST", "NOT_FOUND"),
    ("SYSTEM_ERROR", "UNKNOWN"), ("ACQ.SYSTEM_ERROR", "UNKNOWN"), ("NEVER_HEARD_OF", "UNKNOWN"),
])  # fmt: skip
def test_a_close_answers_what_its_code_says(name, code, outcome):
    shop = Shop(DESKS[name]()).opened()
    shop.desk.fault = fault(name, code)
    of_this = code == "NEVER_HEARD_OF" or code.startswith("ACQ.") == (name == "alipay")
    assert shop.adapter.close(ref()) == (outcome if of_this else "UNKNOWN")


# ---- what a query of UnionPay tells of the trade ----------------------------------------------------------------------
def of_trade(code, minutes=0):
    shop = Shop(DESKS["unionpay"]()).paid()
    shop.give_back()
    work = shop.desk._work
    shop.desk._work = lambda asked: work(asked) | {"origRespCode": code}
    shop.clock.advance(timedelta(minutes=minutes))
    refund = shop.adapter.query_refund(RefundRef(REFUND, ref("6"), NOW))
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
