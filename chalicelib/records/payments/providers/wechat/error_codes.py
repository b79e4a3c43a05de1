"""What WeChat Pay's codes mean: a row for each operation and code."""

from __future__ import annotations

from ..error_codes import CALLS, CONFIGURATION, KEYS, table
from ..port import (
    AlreadyDone,
    AuthConfig,
    BillEmpty,
    BillNotReady,
    Declined,
    PayerWrong,
    Throttled,
    TradeNotFound,
    Unknown,
)

CODES = table(  # its older pages spell some codes without the line between the words
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
    ("query close", "ORDER_NOT_EXIST ORDERNOTEXIST RESOURCE_NOT_EXISTS", TradeNotFound),
    ("query_refund", "RESOURCE_NOT_EXISTS", TradeNotFound),
    ("refund", "NOT_ENOUGH NOTENOUGH INVALID_REQUEST USER_ACCOUNT_ABNORMAL RESOURCE_NOT_EXISTS", Declined),
    ("bill", "NO_STATEMENT_EXIST", BillEmpty),
    ("bill", "STATEMENT_CREATING", BillNotReady),
    ("shipping", "-1 10060012", Unknown),
    ("shipping", "45009 45011", Throttled),
    (
        "shipping",
        "40001 40013 40014 40125 41002 42001 48001",
        AuthConfig,
        KEYS,
    ),  # our secret, or the service is not opened
    ("shipping", "10060001 10060019", TradeNotFound),  # it may not have come there yet
    ("shipping", "10060023", AlreadyDone),  # nothing of it is new
    ("shipping", "10060002 10060003 10060004", Declined),  # all was told, told anew, or it takes none
    (
        "shipping",
        "10060005 10060006 10060007 10060008 10060009 10060014 10060020 10060024 10060025 10060026 10060031",
        Declined,
        CONFIGURATION,
    ),
    ("shipping", "268485216 268485224 268485228 47001 COMPANY", Declined, CONFIGURATION),
)
