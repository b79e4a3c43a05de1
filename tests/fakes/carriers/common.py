"""What the carriers' fakes have in common: their book of waybills, and troubles on the way."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.runtime.outside import NoAnswer

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SENDER = {
    "sender_name": "仓库", "sender_phone": "075512345678", "sender_province": "广东省", "sender_city": "深圳市",
    "sender_district": "南山区", "sender_line": "科技园1号",
}  # fmt: skip


def shanghai(at: datetime) -> str:
    return (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Parcel:
    """A waybill at the carrier."""

    number: str
    waybill: str
    state: str = "booked"
    traces: list[dict[str, Any]] = field(default_factory=list)


class FakeCarrier:
    """A carrier's other side of HttpPort.request; `fault` spoils the next answers: lost before or after, or a status."""

    name = ""

    def __init__(self) -> None:
        self.parcels: dict[str, Parcel] = {}
        self.follows: dict[str, dict[str, Any]] = {}
        self.faults: list[str] = []
        self.refuses: str = ""  # the code with which it declines the next bookings
        self.calls: list[str] = []
        self.now = lambda: NOW

    def request(self, method: str, url: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        assert method == "POST"
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "lost_before":
            raise NoAnswer("timed out")
        if fault.isdigit():
            return int(fault), {}, b"trouble"
        answer = self.answer(url, body)
        if fault == "lost_after":
            raise NoAnswer("timed out")
        if fault == "garbled":
            return 200, {}, b"<html>"
        return 200, {"content-type": "application/json"}, json.dumps(answer, ensure_ascii=False).encode()

    def answer(self, url: str, body: bytes) -> dict[str, Any]:
        raise NotImplementedError

    def by_waybill(self, waybill: str) -> Parcel | None:
        return next((one for one in self.parcels.values() if one.waybill == waybill), None)

    def snapshot(self) -> Any:
        return copy.deepcopy((self.parcels, self.follows, self.faults, self.refuses))

    def restore(self, saved: Any) -> None:
        self.parcels, self.follows, self.faults, self.refuses = copy.deepcopy(saved)
