"""What the city courier's codes mean: those of its answers, and those of a parcel's way."""

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

DONE = "0"
ANSWERS: dict[str, type[CarrierError]] = {
    "1001": CarrierMisconfigured, "1002": CarrierThrottled, "2001": BookedBefore, "2002": BookingUnknown,
    "2003": CarriageDeclined, "2004": CarriageDeclined, "2005": FetchedAlready, "2006": CarriageDeclined,
}  # fmt: skip
STATES: dict[str, Status] = {
    "30": "picked_up", "40": "out_for_delivery", "50": "delivered", "60": "exception", "70": "returning", "80": "returned",
}  # fmt: skip
