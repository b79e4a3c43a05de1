"""What each provider's codes mean, a row for each operation and code: what it is to us and the payer, and whom it calls.

A code without a row is Unknown, of every provider and at every operation: nobody can say what it means, so it ends neither
an attempt nor a refund. It is asked again, is told as a gap in the table, and lies before a person at last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from .port import (
    AlreadyDone,
    AttemptRequest,
    AuthConfig,
    BillEmpty,
    BillNotReady,
    Calls,
    Declined,
    NotFound,
    PayerWrong,
    ProviderTrouble,
    Throttled,
    Unknown,
    Untimely,
)
from .products import Product

# create_told: opened for a payer whom only the client names; its rows are those of create but for its own.
# trade and returned: not a call's own answer, but what a query tells of a payment and of a refund.
Operation = Literal[
    "create", "create_told", "query", "close", "refund", "query_refund", "bill", "certificates", "trade", "returned"
]  # fmt: skip
CALLS = "create query close refund query_refund bill certificates"
KEYS: Calls = "keys"
CONFIGURATION: Calls = "configuration"


class Meaning(NamedTuple):
    """What a code is (the payer of an attempt is told: wait and choose another way for most kinds, your mistake for
    PayerWrong, no for Declined), and who must be called for it."""

    kind: type[ProviderTrouble]
    calls: Calls = "nobody"


Table = Mapping[tuple[str, str], Meaning]
UNLISTED = Meaning(Unknown, "table")


def _table(*rows: tuple[str, str, type[ProviderTrouble]] | tuple[str, str, type[ProviderTrouble], Calls]) -> Table:
    """Rows of operations, codes, what they mean and whom they call; each operation and code has one row."""
    table: dict[tuple[str, str], Meaning] = {}
    for operations, codes, *meaning in rows:
        for key in ((operation, code) for operation in operations.split() for code in codes.split()):
            if key in table:
                raise ValueError(f"two rows for {key}")
            table[key] = Meaning(*meaning)
    return {("create_told", code): meaning for (of, code), meaning in table.items() if of == "create"} | table


WECHAT = _table(  # its older pages spell some codes without the line between the words
    (CALLS, "SYSTEM_ERROR SYSTEMERROR BANK_ERROR BANKERROR", Unknown),
    (CALLS, "FREQUENCY_LIMITED FREQUENCY_LIMIT_EXCEED RATELIMIT_EXCEEDED", Throttled),
    (CALLS, "SIGN_ERROR", AuthConfig, KEYS),
    (CALLS, "PARAM_ERROR APPID_MCHID_NOT_MATCH MCH_NOT_EXISTS", AuthConfig, CONFIGURATION),
    ("create query close query_refund bill certificates", "INVALID_REQUEST", AuthConfig, CONFIGURATION),
    ("certificates", "RESOURCE_NOT_EXISTS", AuthConfig),  # there are none: it has the public key
    ("create", "OPENID_MISMATCH", AuthConfig, CONFIGURATION),
    ("create_told", "PARAM_ERROR OPENID_MISMATCH", PayerWrong),
    ("create close", "ORDER_PAID ORDERPAID", AlreadyDone),
    ("create", "OUT_TRADE_NO_USED", AlreadyDone),
    ("create close", "ORDER_CLOSED ORDERCLOSED", Declined),
    ("create", "NO_AUTH NOAUTH", Declined, CONFIGURATION),  # the product is not enabled: the payer chooses another way
    ("query close refund query_refund bill certificates", "NO_AUTH NOAUTH", AuthConfig, CONFIGURATION),
    ("create", "NOT_ENOUGH NOTENOUGH ACCOUNT_ERROR ACCOUNTERROR RULE_LIMIT RULELIMIT TRADE_ERROR", Declined),
    ("query close", "ORDER_NOT_EXIST ORDERNOTEXIST RESOURCE_NOT_EXISTS", NotFound),
    ("query_refund", "RESOURCE_NOT_EXISTS", NotFound),
    ("refund", "NOT_ENOUGH NOTENOUGH INVALID_REQUEST USER_ACCOUNT_ABNORMAL RESOURCE_NOT_EXISTS", Declined),
    ("bill", "NO_STATEMENT_EXIST", BillEmpty),
    ("bill", "STATEMENT_CREATING", BillNotReady),
)

ALIPAY = _table(  # by sub_code, or where that has no row by code; of 40004, a no of the business, only the sub_code counts
    (CALLS, "20000 ACQ.SYSTEM_ERROR", Unknown),
    (CALLS, "40005 isv.app-call-limited isv.call-limited", Throttled),
    (CALLS, "isv.invalid-signature isv.missing-signature isv.invalid-app-cert-sn isv.invalid-alipay-root-cert-sn "
     "aop.invalid-auth-token", AuthConfig, KEYS),
    (CALLS, "20001 40001 40002 40003 40006 ACQ.PARTNER_ERROR ACQ.SELLER_BEEN_BLOCKED", AuthConfig, CONFIGURATION),
    ("create", "ACQ.ACCESS_FORBIDDEN", Declined, CONFIGURATION),  # the product is not enabled
    ("query close refund query_refund bill", "ACQ.ACCESS_FORBIDDEN", AuthConfig, CONFIGURATION),
    ("create close query refund query_refund", "ACQ.INVALID_PARAMETER", AuthConfig, CONFIGURATION),
    ("create_told", "ACQ.INVALID_PARAMETER ACQ.BUYER_NOT_EXIST", PayerWrong),
    ("create close", "ACQ.TRADE_HAS_SUCCESS", AlreadyDone),
    ("create", "ACQ.CONTEXT_INCONSISTENT", AlreadyDone),
    ("close", "ACQ.TRADE_STATUS_ERROR ACQ.REASON_TRADE_STATUS_INVALID", AlreadyDone),
    ("create close", "ACQ.TRADE_HAS_CLOSE", Declined),
    ("create refund", "ACQ.SELLER_BALANCE_NOT_ENOUGH", Declined),
    ("create", "ACQ.TOTAL_FEE_EXCEED ACQ.EXIST_FORBIDDEN_WORD ACQ.BUYER_SELLER_EQUAL", Declined),
    ("create", "ACQ.BUYER_ENABLE_STATUS_FORBID ACQ.TRADE_BUYER_NOT_MATCH", Declined),
    ("query close query_refund", "ACQ.TRADE_NOT_EXIST", NotFound),
    ("refund", "ACQ.TRADE_NOT_EXIST ACQ.TRADE_STATUS_ERROR ACQ.TRADE_HAS_FINISHED ACQ.TRADE_NOT_ALLOW_REFUND", Declined),
    ("refund", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL ACQ.REASON_TRADE_REFUND_FEE_ERR", Declined),
    ("refund", "ACQ.DISCORDANT_REPEAT_REQUEST", Declined),
    ("bill", "isp.bill_not_exist", BillEmpty),
    ("bill", "isp.bill_not_ready", BillNotReady),
)  # fmt: skip

UNIONPAY = _table(
    (CALLS, "01 02 03 04 05 60", Unknown),
    (CALLS, "06 37", Throttled),
    (CALLS, "11 9100004", AuthConfig, KEYS),
    (CALLS, "13", AuthConfig, CONFIGURATION),  # what we sent
    ("create query close query_refund bill", "10", AuthConfig, CONFIGURATION),
    ("refund", "10", Untimely, CONFIGURATION),
    ("create", "31 32", Declined, CONFIGURATION),  # what the merchant may not
    ("query close refund query_refund bill", "31 32", AuthConfig, CONFIGURATION),
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


def opening(row: Product, a: AttemptRequest) -> Operation:
    """Which opening of an attempt it is: a payer whom only the client names may be made up."""
    return "create_told" if "payer" in row.needs and not a.payer_known else "create"


def trouble(table: Table, operation: Operation, *codes: str, status: int = 200) -> ProviderTrouble:
    """What a no means: by the first of its codes that has a row, else by the status of the exchange."""
    said = next(filter(None, codes), f"http_{status}")
    rows = (table[operation, code] for code in codes if (operation, code) in table)
    kind, calls = next(rows, None) or _by_status(status)
    return kind(said, calls=calls)


def _by_status(status: int) -> Meaning:
    if status == 429:
        return Meaning(Throttled)
    return Meaning(Unknown) if status >= 500 else UNLISTED
