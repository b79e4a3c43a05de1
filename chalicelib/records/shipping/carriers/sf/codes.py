"""What SF's codes mean: those of its answers, and those of its routes."""

from __future__ import annotations

from ...rules import Status
from ..port import (
    BookedBefore,
    BookingUnknown,
    CarriageDeclined,
    CarrierError,
    CarrierMisconfigured,
    CarrierThrottled,
    CarrierUnsure,
    FetchedAlready,
)

ANSWERS: dict[str, type[CarrierError]] = {
    "A1001": CarrierMisconfigured, "A1002": CarrierMisconfigured, "A1003": CarrierMisconfigured,
    "A1004": CarrierMisconfigured, "A1005": CarrierThrottled, "A1006": CarrierMisconfigured, "A1007": BookedBefore,
    "A1009": CarrierUnsure, "A1099": CarrierUnsure, "8016": BookedBefore, "8018": BookingUnknown,
    "6150": BookingUnknown, "8024": BookingUnknown, "8037": BookedBefore, "8252": FetchedAlready,
    "NOT_SERVED": CarriageDeclined,
}  # fmt: skip

ROUTES: dict[str, Status] = {
    "50": "picked_up", "54": "picked_up", "30": "in_transit", "31": "in_transit", "36": "in_transit",
    "3036": "in_transit", "123": "in_transit", "130": "in_transit", "44": "out_for_delivery", "204": "out_for_delivery",
    "125": "at_pickup_point", "80": "delivered", "8000": "delivered", "33": "exception", "70": "exception",
    "99": "returning", "648": "returning",
}  # fmt: skip
