"""What UnionPay's codes mean: a row for each operation and code."""

from __future__ import annotations

from ..error_codes import CALLS, CONFIGURATION, KEYS, table
from ..port import AlreadyDone, AuthConfig, BillEmpty, Declined, Throttled, TradeNotFound, Unknown, Untimely

CODES = table(
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
    ("query query_refund", "34", TradeNotFound),
    ("create close refund bill", "34", Unknown),  # of the trade to be given back it may also mean: not yet
    ("create refund", "33 61", Declined),
    ("refund", "35 36", Declined),
    ("bill", "98", BillEmpty),
    ("trade returned", "03 04 05", Unknown),  # under way
    ("trade returned", "01 12 34 60", Unknown),  # a failure perhaps: only asking again tells
    ("trade", "30 33 61 62 63 64 65 66 67 68 69 71 72 73 77 78 81", Declined),  # of the card, the bank or the time
    ("returned", "33 35 36 61 62 63", Declined),
)
