"""What Kuaidi100's codes mean: those of its answers, the states of its traces, and the words that it tells them by."""

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
)

DONE = "200"
SUBSCRIBED: dict[str, type[CarrierError]] = {"501": BookedBefore, "600": CarrierMisconfigured, "700": CarriageDeclined}
QUERIED: dict[str, type[CarrierError]] = {
    "400": CarrierMisconfigured, "408": CarrierMisconfigured, "500": BookingUnknown, "501": CarrierUnsure,
    "502": CarrierThrottled, "503": CarrierMisconfigured, "600": CarrierMisconfigured, "601": CarrierMisconfigured,
}  # fmt: skip

# of three digits: what the first one says more closely; 304 is signed by the station, not by the customer
STATES: dict[str, Status] = {
    "0": "in_transit", "1": "picked_up", "2": "exception", "3": "delivered", "4": "returned", "5": "out_for_delivery",
    "6": "returning", "7": "in_transit", "10": "in_transit", "11": "in_transit", "12": "in_transit", "13": "exception",
    "14": "returning", "103": "picked_up", "1001": "in_transit", "1002": "in_transit", "1003": "in_transit",
    "301": "delivered", "302": "delivered", "303": "delivered", "304": "at_pickup_point", "501": "at_pickup_point",
}  # fmt: skip

WORDS: dict[str, Status] = {  # of a line that has no code of its own
    "在途": "in_transit", "揽收": "picked_up", "疑难": "exception", "签收": "delivered", "退签": "returned",
    "派件": "out_for_delivery", "退回": "returning", "转投": "in_transit", "清关": "in_transit", "拒签": "returning",
    "投柜或驿站": "at_pickup_point",
}  # fmt: skip
STATIONS = ("代收", "驿站", "快递柜", "丰巢", "自提柜")  # what a line in transit says when it lies at a pick-up point
