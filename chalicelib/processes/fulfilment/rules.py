"""Which pieces may be sent, when a carrier is asked again, and this process's refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.errors import ArticleConflict, Conflict, Invalid

MOST_LINES = 40
MOST_PLACES = 92  # rows of stock that one transaction changes beside order, parcel and payment
BOOKING_WAITS = tuple(timedelta(minutes=n) for n in (1, 2, 5, 15, 30, 60))
MOST_BOOKING_TURNS = 48  # hourly at last: nearly two days
REPORT_WAITS = tuple(timedelta(minutes=n) for n in (5, 15, 60, 180, 720))
MOST_REPORT_TURNS = 60  # twice a day at last: a month
SURVEYS = tuple(timedelta(days=n) for n in (2, 3, 4, 6))  # a payer confirms within ten days, or WeChat does
CLAIM_WAIT, MOST_CLAIM_TURNS = timedelta(minutes=10), 6


class ShipWish(NamedTuple):
    """What is to be sent: pieces by line (None: all that may be), by which carrier ("": the first that takes it); the
    waybill where it is known, which carrier an aggregator calls so, and whether it goes with other parcels; from which location
    ("": the first from which anything is to be sent)."""

    lines: Sequence[tuple[int, int]] | None = None
    carrier: str = ""
    waybill: str = ""
    company: str = ""
    together: bool = False
    location: str = ""


class NothingToShip(Conflict):
    zh, en = "没有可发货的商品", "There is nothing left to be sent"


class ShipQuantityExceeded(Conflict):
    line: int
    left: int
    zh, en = (
        "商品行 {line}（从 0 数起）可发 {left} 件",
        "Of line {line} (counted from 0) there are {left} pieces to be sent",
    )


class OthersWaitedLonger(ArticleConflict):
    there: int
    zh, en = (
        "{sku} 尚未到齐，先下单的订单优先，本单可发 {there} 件",
        "Orders before this one wait for {sku}; {there} of it are there for this one",
    )


class ShipmentTooLarge(Conflict):
    most: int
    zh, en = "一个包裹最多 {most} 行，请分包发货", "A parcel takes {most} lines: send it in several"


class LiesElsewhere(Conflict):
    line: int
    location: str
    zh, en = (
        "商品行 {line}（从 0 数起）由 {location} 发货，一个包裹只能从一个仓库或门店发出",
        "Line {line} (counted from 0) is sent from {location}, and a parcel is sent from one location",
    )


class LineUnderWay(Conflict):
    line: int
    zh, en = (
        "商品行 {line}（从 0 数起）已打包发货，不能更换发货仓库；请先取消包裹",
        "Something of line {line} (counted from 0) is packed: it is sent from there, unless its shipment is cancelled",
    )


class NoCarrier(Conflict):
    zh, en = "没有可用的承运商，请填写运单号", "No carrier is under contract that books; tell the waybill"


class WaybillNeeded(Invalid):
    carrier: str
    zh, en = (
        "{carrier} 不能下单取号，请填写运单号和快递公司",
        "{carrier} books nothing: tell the waybill and its company",
    )


def left_to_ship(
    quantities: Sequence[int], gone: Sequence[int], refunded: Sequence[int], asked: Sequence[int]
) -> list[int]:
    """How many pieces of each line may be sent: neither gone already nor to be paid back. What is asked back and not paid
    yet is taken from what is unsent first."""
    rows = zip(quantities, gone, refunded, asked, strict=True)
    return [max(0, quantity - away - max(0, wanted - back)) for quantity, away, back, wanted in rows]


def from_one(left: Sequence[int], locations: Sequence[str], location: str) -> list[int]:
    """Of what is left of each line what one location sends: this one, or the first that has any left."""
    chosen = location or next((one for one, pieces in zip(locations, left, strict=True) if pieces), "")
    return [pieces if one == chosen else 0 for one, pieces in zip(locations, left, strict=True)]


def next_booking(now: datetime, turn: int) -> datetime:
    """When a carrier is asked again for a booking of which nobody can say what became of it."""
    return now + BOOKING_WAITS[min(turn, len(BOOKING_WAITS) - 1)]


def next_report(now: datetime, turn: int) -> datetime | None:
    """When it is looked at again what a payment's provider is to be told of what was sent; None when that was enough."""
    return now + REPORT_WAITS[min(turn, len(REPORT_WAITS) - 1)] if turn < MOST_REPORT_TURNS else None


def next_survey(now: datetime, after: int) -> datetime | None:
    """When a provider that was told all is asked again; None when that was enough."""
    return now + SURVEYS[after] if after < len(SURVEYS) else None
