"""What each provider's codes mean to us, a row for each operation and code.

A code without a row is Unknown, of every provider and at every operation: nobody can say what it means, so it ends neither
an attempt nor a refund. It is asked again, counted as a gap in the table, and lies before a person at last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .port import (
    AlreadyDone,
    AuthConfig,
    BillEmpty,
    BillNotReady,
    Declined,
    NotFound,
    ProviderTrouble,
    Throttled,
    Unknown,
)

# trade and returned: not a call's own answer, but what a query tells of a payment and of a refund
Operation = Literal["create", "query", "close", "refund", "query_refund", "bill", "certificates", "trade", "returned"]
Table = Mapping[tuple[str, str], type[ProviderTrouble]]
CALLS = "create query close refund query_refund bill certificates"


def _table(*rows: tuple[str, str, type[ProviderTrouble]]) -> Table:
    """Rows of operations, codes and what they mean; each operation and code has one row."""
    table: dict[tuple[str, str], type[ProviderTrouble]] = {}
    for operations, codes, kind in rows:
        for key in ((operation, code) for operation in operations.split() for code in codes.split()):
            if key in table:
                raise ValueError(f"two rows for {key}")
            table[key] = kind
    return table


WECHAT = _table(
    (CALLS, "SYSTEM_ERROR SYSTEMERROR BANK_ERROR BANKERROR", Unknown),
    (CALLS, "FREQUENCY_LIMITED FREQUENCY_LIMIT_EXCEED RATELIMIT_EXCEEDED", Throttled),
    (CALLS, "SIGN_ERROR PARAM_ERROR APPID_MCHID_NOT_MATCH MCH_NOT_EXISTS", AuthConfig),
    ("create query close query_refund bill certificates", "INVALID_REQUEST", AuthConfig),
    ("certificates", "NO_AUTH RESOURCE_NOT_EXISTS", AuthConfig),  # there are none: the merchant has the public key
    ("create close", "ORDER_PAID ORDERPAID", AlreadyDone),
    ("create", "OUT_TRADE_NO_USED", AlreadyDone),
    ("create close", "ORDER_CLOSED ORDERCLOSED", Declined),
    ("create refund", "NO_AUTH NOT_ENOUGH", Declined),
    ("create", "ACCOUNT_ERROR RULE_LIMIT RULELIMIT TRADE_ERROR", Declined),
    ("query close", "ORDER_NOT_EXIST ORDERNOTEXIST RESOURCE_NOT_EXISTS", NotFound),
    ("query_refund", "RESOURCE_NOT_EXISTS", NotFound),
    ("refund", "INVALID_REQUEST USER_ACCOUNT_ABNORMAL RESOURCE_NOT_EXISTS", Declined),
    ("bill", "NO_STATEMENT_EXIST", BillEmpty),
    ("bill", "STATEMENT_CREATING", BillNotReady),
)

ALIPAY = (
    _table(  # by sub_code, or where that has no row by code; of 40004, a no of the business, only the sub_code counts
        (CALLS, "20000 ACQ.SYSTEM_ERROR", Unknown),
        (CALLS, "40005 isv.app-call-limited isv.call-limited", Throttled),
        (CALLS, "20001 40001 40002 40003 40006 isv.invalid-signature", AuthConfig),
        ("create close", "ACQ.TRADE_HAS_SUCCESS", AlreadyDone),
        ("create", "ACQ.CONTEXT_INCONSISTENT", AlreadyDone),
        ("close", "ACQ.TRADE_STATUS_ERROR ACQ.REASON_TRADE_STATUS_INVALID", AlreadyDone),
        ("create close", "ACQ.TRADE_HAS_CLOSE", Declined),
        ("create refund", "ACQ.SELLER_BALANCE_NOT_ENOUGH", Declined),
        ("create", "ACQ.TOTAL_FEE_EXCEED ACQ.EXIST_FORBIDDEN_WORD ACQ.BUYER_SELLER_EQUAL", Declined),
        ("create", "ACQ.BUYER_ENABLE_STATUS_FORBID ACQ.TRADE_BUYER_NOT_MATCH ACQ.INVALID_PARAMETER", Declined),
        ("query close query_refund", "ACQ.TRADE_NOT_EXIST", NotFound),
        (
            "refund",
            "ACQ.TRADE_NOT_EXIST ACQ.TRADE_STATUS_ERROR ACQ.TRADE_HAS_FINISHED ACQ.TRADE_NOT_ALLOW_REFUND",
            Declined,
        ),
        ("refund", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL ACQ.REASON_TRADE_REFUND_FEE_ERR", Declined),
        ("refund", "ACQ.DISCORDANT_REPEAT_REQUEST", Declined),
        ("bill", "isp.bill_not_exist", BillEmpty),
        ("bill", "isp.bill_not_ready", BillNotReady),
    )
)

UNIONPAY = _table(
    (CALLS, "01 02 03 04 05 60", Unknown),
    (CALLS, "06 37", Throttled),
    (CALLS, "10 11 13 31 32 9100004", AuthConfig),
    ("create refund", "12", AlreadyDone),
    ("query close query_refund bill", "12", Unknown),
    ("query query_refund", "34", NotFound),
    ("create close refund bill", "34", Unknown),  # of the trade to be given back it may also mean: not yet
    ("create refund", "33 61", Declined),
    ("refund", "35 36", Declined),
    ("bill", "98", BillEmpty),
    ("trade returned", "03 04 05", Unknown),  # under way
    ("trade returned", "01 12 34 60", Unknown),  # a failure perhaps: only asking again tells
    ("trade", "30 33 61 62 63 64 65 66 67 68 69 71 72 73 77 78 81", Declined),  # of the card, the bank or the time
    ("returned", "33 35 36 61 62 63", Declined),
)


def trouble(table: Table, operation: Operation, *codes: str, status: int = 200) -> ProviderTrouble:
    """What a no means: by the first of its codes that has a row, else by the status of the exchange."""
    said = next(filter(None, codes), f"http_{status}")
    for code in codes:
        kind = table.get((operation, code))
        if kind is not None:
            return kind(said)
    if status == 429:
        return Throttled(said)
    if status >= 500:
        return Unknown(said)
    return Unknown(said, listed=False)
