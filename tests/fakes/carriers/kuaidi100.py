"""Kuaidi100's other side: it follows waybills of any carrier, and signs what it tells with the salt it was given."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlencode

from tests.fakes.carriers.common import FakeCarrier, Parcel, shanghai

KEY, CUSTOMER, SECRET = "kd-key-0001", "KDCUSTOMER", "kd-secret-0001"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


class FakeKuaidi100(FakeCarrier):
    name, host = "kuaidi100", "https://kd.test"
    ours = {"delivered": "3", "in_transit": "0", "picked_up": "1"}

    def __init__(self) -> None:
        super().__init__()
        self.config = {
            "poll_url": self.host, "api_url": f"{self.host}/api", "customer": CUSTOMER, "key": KEY, "secret": SECRET,
            "salt_secret": "s" * 40, "sender_city": "广东深圳南山区",
        }  # fmt: skip

    def answer(self, url: str, body: bytes) -> dict[str, Any]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        param = json.loads(form["param"])
        path = url.removeprefix(self.host)
        self.calls.append(path)
        if path == "/poll":
            return self._follow(param)
        if path == "/poll/query.do":
            if form["sign"] != md5(form["param"] + KEY + CUSTOMER):
                return {"result": False, "returnCode": "503", "message": "验证签名失败"}
            if param["com"] == "shunfeng" and not param["phone"]:
                return {"result": False, "returnCode": "408", "message": "手机号"}
            parcel = self.by_waybill(param["num"])
            if parcel is None:
                return {"result": False, "returnCode": "500", "message": "查询无结果"}
            return {"message": "ok", "status": "200", **self._result(parcel, param["com"])}
        assert path == "/api/label/order?method=price"
        if form["sign"] != md5(form["param"] + form["t"] + KEY + SECRET):
            return {"code": 601}
        return {"code": 200, "data": [{"kuaidiCom": "yuantong", "price": "9.5"}, {"kuaidiCom": "none", "price": None}]}

    def _follow(self, param: dict[str, Any]) -> dict[str, Any]:
        assert param["key"] == KEY
        if self.refuses:
            return {"result": False, "returnCode": self.refuses, "message": ""}
        if param["number"] in self.follows:
            return {"result": False, "returnCode": "501", "message": "重复订阅"}
        self.follows[param["number"]] = param
        return {"result": True, "returnCode": "200", "message": "成功"}

    def hand_in(self, number: str, waybill: str) -> None:
        """A waybill of some carrier's."""
        self.parcels[number] = Parcel(number, waybill)

    def scan(self, number: str, code: str, at: Any, words: str = "操作", status: str = "在途") -> None:
        self.parcels[number].traces.insert(
            0,
            {
                "time": shanghai(at),
                "ftime": shanghai(at),
                "context": words,
                "status": status,
                "statusCode": code,
            },
        )

    @staticmethod
    def _result(parcel: Parcel, company: str) -> dict[str, Any]:
        return {"com": company, "nu": parcel.waybill, "state": "0", "ischeck": "0", "data": parcel.traces}

    def push(self, number: str, status: str = "polling", *, salt: str | None = None) -> bytes:
        """The whole list, newest first, as it is pushed."""
        parcel = self.parcels[number]
        followed = self.follows[parcel.waybill]
        told = {
            "status": status, "message": "", "autoCheck": "0", "comOld": "", "comNew": "",
            "lastResult": self._result(parcel, followed["company"]),
        }  # fmt: skip
        param = json.dumps(told, ensure_ascii=False)
        given = followed["parameters"]["salt"] if salt is None else salt
        return urlencode({"param": param, "sign": md5(param + given)}).encode()
