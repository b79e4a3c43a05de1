"""SF's other side, written from its documents: it checks the digest of every request."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, quote_plus

from tests.fakes.carriers.common import SENDER, FakeCarrier, Parcel, shanghai

UNTIL = "2026-03-03 10:00:00,2026-03-03 18:00:00"
CHECKWORD = "checkword-of-the-shop-0001"


class FakeSf(FakeCarrier):
    name, host = "sf", "https://sf.test/std/service"
    ours = {"delivered": "80", "in_transit": "31", "picked_up": "50"}

    def __init__(self) -> None:
        super().__init__()
        self.config = {
            "base_url": self.host, "partner_id": "SHOP01", "checkword": CHECKWORD, "monthly_card": "7551234567",
            "push_secret": "p" * 40, **SENDER,
        }  # fmt: skip

    def answer(self, url: str, body: bytes) -> dict[str, Any]:
        form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()}
        text = form["msgData"] + form["timestamp"] + CHECKWORD
        encoded = quote_plus(text, safe="*").replace("~", "%7E")
        if (
            form["msgDigest"]
            != base64.b64encode(hashlib.md5(encoded.encode(), usedforsecurity=False).digest()).decode()
        ):
            return {"apiResultCode": "A1006", "apiErrorMsg": "签名错误"}
        self.calls.append(form["serviceCode"])
        told = getattr(self, form["serviceCode"].lower())(json.loads(form["msgData"]))
        code, data = told if isinstance(told, tuple) else ("S0000", told)
        result = {"success": code == "S0000", "errorCode": code, "msgData": data}
        return {"apiResultCode": "A1000", "apiResponseID": "r", "apiResultData": json.dumps(result, ensure_ascii=False)}

    def exp_rece_create_order(self, told: dict[str, Any]) -> Any:
        assert {one["contactType"] for one in told["contactInfoList"]} == {1, 2}
        assert len(told["orderId"]) <= 64
        if self.refuses:
            return (self.refuses, {}) if self.refuses != "filter" else {"filterResult": 3, "waybillNoInfoList": []}
        if told["orderId"] in self.parcels:
            return "8016", {}
        self.parcels[told["orderId"]] = Parcel(told["orderId"], f"SF{1000000000000 + len(self.parcels) + 1}")
        return self._made(told["orderId"])

    def exp_rece_search_order_resp(self, told: dict[str, Any]) -> Any:
        return self._made(told["orderId"]) if told["orderId"] in self.parcels else ("8018", {})

    def _made(self, number: str) -> dict[str, Any]:
        return {
            "orderId": number,
            "filterResult": 2,
            "waybillNoInfoList": [{"waybillType": 1, "waybillNo": self.parcels[number].waybill}],
            "routeLabelInfo": [{"routeLabelData": {"destRouteLabel": "755W-A1"}}],
        }

    def exp_rece_update_order(self, told: dict[str, Any]) -> Any:
        parcel = self.parcels.get(told["orderId"])
        if parcel is None:
            return "8018", {}
        if parcel.state == "cancelled":
            return "8037", {}
        if parcel.traces:
            return "8252", {}
        parcel.state = "cancelled"
        return {"orderId": told["orderId"], "resStatus": 2}

    def exp_rece_search_routes(self, told: dict[str, Any]) -> Any:
        found = [(each, self.by_waybill(each)) for each in told["trackingNumber"]]
        return {"routeResps": [{"mailNo": each, "routes": one.traces if one else []} for each, one in found]}

    def exp_rece_query_delivertm(self, told: dict[str, Any]) -> Any:
        return {
            "deliverTmDto": [
                {"businessType": "2", "businessTypeDesc": "顺丰标快", "fee": 18.5, "deliverTime": UNTIL},
                {"businessType": "1", "businessTypeDesc": "顺丰特快", "fee": 23},
                {"businessType": "9", "businessTypeDesc": "没有价格"},
            ]
        }

    def scan(self, number: str, code: str, at: Any, remark: str = "扫描", place: str = "深圳市") -> dict[str, Any]:
        """Something happens to a parcel; answers it as a push tells it."""
        parcel = self.parcels[number]
        route = {"acceptTime": shanghai(at), "acceptAddress": place, "remark": remark, "opCode": code}
        parcel.traces.append(route)
        return {**route, "mailno": parcel.waybill, "orderid": number, "id": f"{len(parcel.traces)}{code}"}

    @staticmethod
    def push(*routes: dict[str, Any]) -> bytes:
        return json.dumps({"Body": {"WaybillRoute": list(routes)}}, ensure_ascii=False).encode()
