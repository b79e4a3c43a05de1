"""What Toy Pay's codes mean."""

from ..error_codes import CALLS, KEYS, table
from ..port import AlreadyDone, AuthConfig, BillEmpty, Declined, Throttled, TradeNotFound, Unknown

CODES = table(
    (CALLS, "BROKEN", Unknown),
    (CALLS, "TOO_MANY", Throttled),
    (CALLS, "SIGNATURE", AuthConfig, KEYS),
    ("close", "PAID", AlreadyDone),
    ("query close query_refund", "ABSENT", TradeNotFound),
    ("refund", "TOO_MUCH", Declined),
    ("bill", "EMPTY", BillEmpty),
)
