"""The city courier's other side."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.carriers.common import SENDER, FakeCarrier, Parcel, shanghai

SECRET = "city-secret-0001-which-is-long-enough"  # of a fake


class FakeCity(FakeCarrier):
    name, host = "city", "https://city.test"
    ours = {"delivered": "50", "in_transit": "40", "picked_up": "30"}

    def __init__(self) -> None:
        super().__init__()
        self.config = {"base_url": self.host, "app_key": "shop1", "app_secret": SECRET, **SENDER}

    def answer(self, url: str, body: bytes) -> dict[str, Any]:
        operation, told = urlsplit(url).path.removeprefix("/v1/"), json.loads(body)
        assert told["app_key"] == "shop1"
        if told["sign"] != sign(operation, told):
            return {"code": "1001", "message": "签名错误"}
        self.calls.append(operation)
        code, data = getattr(self, operation)(json.loads(told["said"]))
        return {"code": code, "data": data}

    def create(self, told: dict[str, Any]) -> Any:
        if self.refuses:
            return self.refuses, None
        if told["number"] in self.parcels:
            return "2001", None
        made = Parcel(told["number"], f"TC{10000000000 + len(self.parcels) + 1}")
        self.parcels[told["number"]] = made
        return "0", {"waybill": made.waybill}

    def find(self, told: dict[str, Any]) -> Any:
        parcel = self.parcels.get(told["number"])
        return ("0", {"waybill": parcel.waybill}) if parcel else ("2002", None)

    def cancel(self, told: dict[str, Any]) -> Any:
        parcel = self.parcels.get(told["number"])
        if parcel is None:
            return "2002", None
        if parcel.traces:
            return "2005", None
        parcel.state = "cancelled"
        return "0", {}

    def way(self, told: dict[str, Any]) -> Any:
        parcel = self.by_waybill(told["waybill"])
        return "0", {"steps": parcel.traces if parcel else []}

    def price(self, told: dict[str, Any]) -> Any:
        return "0", {"fee": "9.50", "arrives": "2026-03-02 13:00:00"}

    def scan(self, number: str, code: str, at: Any, remark: str = "操作") -> dict[str, Any]:
        step = {"at": shanghai(at), "state": code, "words": remark}
        self.parcels[number].traces.append(step)
        return step

    def push(self, number: str, **lie: Any) -> bytes:
        """All that it knows of a parcel, signed; `lie` is put over what was signed."""
        parcel = self.parcels[number]
        said = json.dumps({"number": number, "waybill": parcel.waybill, "steps": parcel.traces}, ensure_ascii=False)
        told = {"at": "1772424000000", "nonce": "n1", "said": said}
        return json.dumps({**told, "sign": sign("push", told), **lie}, ensure_ascii=False).encode()


def sign(operation: str, told: dict[str, Any]) -> str:
    words = f"{operation}\n{told['at']}\n{told['nonce']}\n{told['said']}"
    return hmac.new(SECRET.encode(), words.encode(), hashlib.sha256).hexdigest()
