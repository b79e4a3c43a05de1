"""JD's other side, written from the published signature."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.carriers.common import SENDER, FakeCarrier, Parcel, shanghai

SECRET = "jd-secret-0001"  # of a fake


class FakeJd(FakeCarrier):
    name, host = "jd", "https://jd.test"
    ours = {"delivered": "妥投", "in_transit": "运输", "picked_up": "揽收"}

    def __init__(self) -> None:
        super().__init__()
        self.config = {
            "base_url": self.host, "app_key": "key1", "app_secret": SECRET, "access_token": "token1",
            "customer_code": "010K000000", **SENDER,
            "answer_codes": {
                "2001": "done_before", "2002": "not_known", "2003": "too_late", "2004": "declined", "2005": "throttled",
                "2006": "misconfigured",
            },
        }  # fmt: skip

    def answer(self, url: str, body: bytes) -> dict[str, Any]:
        split = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        assert query["LOP-DN"] == "ECAP"
        text = (
            f"{SECRET}access_token{query['access_token']}app_key{query['app_key']}method{split.path}"
            f"param_json{body.decode()}timestamp{query['timestamp']}v2.0{SECRET}"
        )
        if query["sign"] != hashlib.md5(text.encode(), usedforsecurity=False).hexdigest():
            return {"code": "2006", "msg": "签名错误"}
        operation, (told,) = split.path.removeprefix("/ecap/v1/orders/"), json.loads(body)
        self.calls.append(operation)
        assert told["customerCode"] == "010K000000"
        code, data = getattr(self, operation.replace("/", "_"))(told)
        return {"code": code, "msg": "", "data": data}

    def create(self, told: dict[str, Any]) -> Any:
        if self.refuses:
            return self.refuses, None
        if told["orderId"] in self.parcels:
            return "2001", None
        made = Parcel(told["orderId"], f"JDVA{10000000000 + len(self.parcels) + 1}")
        self.parcels[told["orderId"]] = made
        return "1000", {"waybillCode": made.waybill, "orderCode": "E1"}

    def status_get(self, told: dict[str, Any]) -> Any:
        parcel = self.parcels.get(told["orderId"])
        return ("0", {"waybillCode": parcel.waybill}) if parcel else ("2002", None)

    def cancel(self, told: dict[str, Any]) -> Any:
        parcel = self.parcels.get(told["orderId"])
        if parcel is None:
            return "2002", None
        if parcel.state == "cancelled":
            return "2001", None
        if parcel.traces:
            return "2003", None
        parcel.state = "cancelled"
        return "0", {}

    def trace_query(self, told: dict[str, Any]) -> Any:
        parcel = self.by_waybill(told["waybillCode"])
        return "0", {"traceDetails": parcel.traces if parcel else []}

    def precheck(self, told: dict[str, Any]) -> Any:
        return "0", {"totalFreight": "12.30", "deliveryPromiseTime": "2026-03-03 18:00:00"}

    def scan(self, number: str, code: str, at: Any, remark: str = "操作") -> None:
        self.parcels[number].traces.append(
            {
                "operationTime": shanghai(at),
                "categoryName": code,
                "operationRemark": remark,
                "operatorName": "李师傅",
            }
        )
