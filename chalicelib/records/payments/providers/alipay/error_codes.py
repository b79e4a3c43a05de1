"""What Alipay's codes mean: a row for each operation and code."""

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

CODES = table(  # by sub_code, or where that has no row by code; of 40004, a no of the business, only the sub_code counts
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
    ("query close query_refund", "ACQ.TRADE_NOT_EXIST", TradeNotFound),
    ("refund", "ACQ.TRADE_NOT_EXIST ACQ.TRADE_STATUS_ERROR ACQ.TRADE_HAS_FINISHED ACQ.TRADE_NOT_ALLOW_REFUND", Declined),
    ("refund", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL ACQ.REASON_TRADE_REFUND_FEE_ERR", Declined),
    ("refund", "ACQ.DISCORDANT_REPEAT_REQUEST", Declined),
    ("bill", "isp.bill_not_exist", BillEmpty),
    ("bill", "isp.bill_not_ready", BillNotReady),
)  # fmt: skip
