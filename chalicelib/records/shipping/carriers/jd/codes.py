"""What JD's codes mean. Only that of success is published; a contract names the others, and more words of its traces.

A code that nobody named is CarrierUnsure: it ends nothing, and is asked again under the same number.
"""

from __future__ import annotations

from ...rules import Status
from ..port import (
    BookedBefore,
    BookingUnknown,
    CarriageDeclined,
    CarrierError,
    CarrierMisconfigured,
    CarrierThrottled,
    FetchedAlready,
)

DONE = frozenset({"0", "1000"})
KINDS: dict[str, type[CarrierError]] = {
    "declined": CarriageDeclined, "done_before": BookedBefore, "not_known": BookingUnknown, "too_late": FetchedAlready,
    "throttled": CarrierThrottled, "misconfigured": CarrierMisconfigured,
}  # fmt: skip

TRACES: dict[str, Status] = {
    "揽收": "picked_up", "运输": "in_transit", "分拣": "in_transit", "配送": "out_for_delivery", "派送": "out_for_delivery",
    "自提": "at_pickup_point", "妥投": "delivered", "异常": "exception", "拒收": "returning", "逆向": "returning",
    "退回": "returned", "丢失": "lost",
}  # fmt: skip
