"""What each provider's codes mean to us, as tables; a code that is not listed is read by its HTTP status or as a no."""

from __future__ import annotations

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

WECHAT: dict[str, type[ProviderTrouble]] = {
    "ORDER_PAID": AlreadyDone,
    "ORDERPAID": AlreadyDone,
    "OUT_TRADE_NO_USED": AlreadyDone,
    "ORDER_CLOSED": Declined,
    "ORDERCLOSED": Declined,
    "NO_AUTH": Declined,
    "ACCOUNT_ERROR": Declined,
    "RULE_LIMIT": Declined,
    "RULELIMIT": Declined,
    "TRADE_ERROR": Declined,
    "NOT_ENOUGH": Declined,
    "ORDER_NOT_EXIST": NotFound,
    "ORDERNOTEXIST": NotFound,
    "RESOURCE_NOT_EXISTS": NotFound,
    "FREQUENCY_LIMITED": Throttled,
    "FREQUENCY_LIMIT_EXCEED": Throttled,
    "SYSTEM_ERROR": Unknown,
    "SYSTEMERROR": Unknown,
    "BANK_ERROR": Unknown,
    "BANKERROR": Unknown,
    "SIGN_ERROR": AuthConfig,
    "PARAM_ERROR": AuthConfig,
    "INVALID_REQUEST": AuthConfig,
    "APPID_MCHID_NOT_MATCH": AuthConfig,
    "MCH_NOT_EXISTS": AuthConfig,
    "NO_STATEMENT_EXIST": BillEmpty,
    "STATEMENT_CREATING": BillNotReady,
}

ALIPAY: dict[str, type[ProviderTrouble]] = {
    "20000": Unknown,
    "20001": AuthConfig,
    "40001": AuthConfig,
    "40002": AuthConfig,
    "40003": AuthConfig,
    "40006": AuthConfig,
    "40005": Throttled,
}
ALIPAY_SUB_CODES: dict[str, type[ProviderTrouble]] = {
    "ACQ.SYSTEM_ERROR": Unknown,
    "isv.app-call-limited": Throttled,
    "isv.call-limited": Throttled,
    "ACQ.TRADE_NOT_EXIST": NotFound,
    "ACQ.TRADE_HAS_SUCCESS": AlreadyDone,
    "ACQ.TRADE_HAS_CLOSE": Declined,
    "ACQ.DISCORDANT_REPEAT_REQUEST": Declined,
    "isp.bill_not_exist": BillEmpty,
    "isp.bill_not_ready": BillNotReady,
    "isv.invalid-signature": AuthConfig,
}

UNIONPAY: dict[str, type[ProviderTrouble]] = {
    "03": Unknown,
    "04": Unknown,
    "05": Unknown,
    "02": Unknown,  # from memory: the system is not open or busy, try later
    "06": Throttled,  # the same
    "37": Throttled,  # too many questions
    "34": NotFound,
    "10": AuthConfig,
    "11": AuthConfig,
    "12": AlreadyDone,
    "9100004": AuthConfig,
    "98": BillEmpty,
}
