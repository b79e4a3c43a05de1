"""What the simulated carriers answer when they are called, each in its own words; signatures are checked.

What they know is the book's (`Carriers`); nothing is kept here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from .wire import Reply, Request, shanghai

if TYPE_CHECKING:
    from .carriers import Carriers

HOUR = 3600.0
CITY = ("create", "find", "cancel", "way", "price")
CITY_SERVED = "上海"
CITY_STATES = {"50": "30", "44": "40", "80": "50", "33": "60", "99": "70"}  # of SF's codes


def carrier_of(path: str) -> str:
    """Whose call this is; "" for none of theirs."""
    if path == "/std/service":
        return "sf"
    if path.startswith("/ecap/v1/orders/"):
        return "jd"
    if path in ("/poll", "/poll/query.do", "/label/order"):
        return "kuaidi100"
    return "city" if path.startswith("/v1/") and path.removeprefix("/v1/") in CITY else ""


class Desk:
    """The carriers' counter."""

    def __init__(self, book: Carriers) -> None:
        self._book = book

    def respond(self, request: Request) -> Reply | None:
        """Answer a carrier's call; None when the path is none of theirs."""
        path = request.path
        match carrier_of(path):
            case "sf":
                return _json(self._sf(request.form))
            case "jd":
                return _json(self._jd(path, request))
            case "kuaidi100":
                return _json(self._kuaidi100(path, request.form))
            case "city":
                return _json(self._city(path.removeprefix("/v1/"), request.json() or {}))
        return None

    def _city(self, operation: str, told: dict[str, Any]) -> dict[str, Any]:
        if told.get("sign") != city_sign(operation, told, self._book.keys["city"]):
            return {"code": "1001", "data": None}
        code, data = self._city_operation(operation, json.loads(told["said"]))
        return {"code": code, "data": data}

    def _city_operation(self, operation: str, said: dict[str, Any]) -> tuple[str, Any]:
        parcel = self._book.parcels.get(str(said.get("number", "")))
        match operation:
            case "create":
                if parcel is not None:
                    return "2001", None
                if CITY_SERVED not in str(said.get("to", {}).get("city")) + str(said.get("to", {}).get("province")):
                    return "2003", None  # too far for a courier
                return "0", {"waybill": self._book.book(said["number"], "city", "TC")["waybill"]}
            case "find":
                return ("0", {"waybill": parcel["waybill"]}) if parcel else ("2002", None)
            case "cancel":
                if parcel is None:
                    return "2002", None
                if parcel["state"] == "cancelled":
                    return "0", {}
                return ("2005", None) if parcel["traces"] else ("0", self._book.cancelled(parcel))
            case "way":
                return "0", {"steps": city_steps(self._book.of(str(said.get("waybill", ""))))}
        return "0", {"fee": "9.00", "arrives": shanghai(self._book.clock.now() + HOUR)}

    def _sf(self, form: dict[str, str]) -> dict[str, Any]:
        words = form.get("msgData", "") + form.get("timestamp", "") + self._book.keys["sf"]
        if form.get("msgDigest") != md5_base64(quote_plus(words, safe="*").replace("~", "%7E")):
            return {"apiResultCode": "A1006", "apiErrorMsg": "数字签名无效"}
        told = json.loads(form["msgData"])
        code, data = self._sf_service(form.get("serviceCode", ""), told)
        result = {"success": code == "S0000", "errorCode": code, "msgData": data}
        return {"apiResultCode": "A1000", "apiResponseID": form.get("requestID"), "apiResultData": text(result)}

    def _sf_service(self, service: str, told: dict[str, Any]) -> tuple[str, Any]:
        number = str(told.get("orderId", ""))
        parcel = self._book.parcels.get(number)
        match service:
            case "EXP_RECE_CREATE_ORDER":
                if parcel is not None:
                    return "8016", {}
                return "S0000", self._sf_booked(self._book.book(number, "sf", "SF1"))
            case "EXP_RECE_SEARCH_ORDER_RESP":
                return ("S0000", self._sf_booked(parcel)) if parcel else ("8018", {})
            case "EXP_RECE_UPDATE_ORDER":
                if parcel is None:
                    return "8018", {}
                if parcel["state"] == "cancelled":
                    return "8037", {}
                return ("8252", {}) if parcel["traces"] else ("S0000", self._book.cancelled(parcel))
            case "EXP_RECE_SEARCH_ROUTES":
                found = [(each, self._book.of(each)) for each in told.get("trackingNumber", [])]
                return "S0000", {"routeResps": [{"mailNo": each, "routes": sf_routes(one)} for each, one in found]}
            case "EXP_RECE_QUERY_DELIVERTM":
                by = f"{shanghai(self._book.clock.now() + 20 * HOUR)},{shanghai(self._book.clock.now() + 28 * HOUR)}"
                return "S0000", {
                    "deliverTmDto": [
                        {"businessType": "2", "businessTypeDesc": "顺丰标快", "fee": 18, "deliverTime": by},
                        {"businessType": "1", "businessTypeDesc": "顺丰特快", "fee": 23.5, "deliverTime": by},
                    ]
                }
        return "8001", {}

    @staticmethod
    def _sf_booked(parcel: dict[str, Any]) -> dict[str, Any]:
        waybills = [{"waybillType": 1, "waybillNo": parcel["waybill"]}]
        label = [{"routeLabelData": {"destRouteLabel": "021WB-A1"}}]
        return {"orderId": parcel["number"], "filterResult": 2, "waybillNoInfoList": waybills, "routeLabelInfo": label}

    def _jd(self, path: str, request: Request) -> dict[str, Any]:
        query, secret, body = request.query, self._book.keys["jd"], request.body.decode()
        words = (
            f"{secret}access_token{query.get('access_token')}app_key{query.get('app_key')}method{path}"
            f"param_json{body}timestamp{query.get('timestamp')}v2.0{secret}"
        )
        if query.get("sign") != md5(words):
            return {"code": "3004", "msg": "签名错误"}
        (told,) = json.loads(body)
        code, data = self._jd_operation(path.removeprefix("/ecap/v1/orders/"), told)
        return {"code": code, "msg": "", "data": data}

    def _jd_operation(self, operation: str, told: dict[str, Any]) -> tuple[str, Any]:
        number = str(told.get("orderId", ""))
        parcel = self._book.parcels.get(number)
        match operation:
            case "create":
                if parcel is not None:
                    return "3001", None
                return "1000", {"waybillCode": self._book.book(number, "jd", "JDVA")["waybill"]}
            case "status/get":
                return ("1000", {"waybillCode": parcel["waybill"]}) if parcel else ("3002", None)
            case "cancel":
                if parcel is None:
                    return "3002", None
                if parcel["state"] == "cancelled":
                    return "3001", None
                return ("3003", None) if parcel["traces"] else ("1000", self._book.cancelled(parcel))
            case "trace/query":
                found = self._book.of(str(told.get("waybillCode", "")))
                rows = [
                    {"operationTime": one["at"], "categoryName": one["jd"], "operationRemark": one["words"]}
                    for one in (found or {"traces": []})["traces"]
                ]
                return "1000", {"traceDetails": rows}
            case "precheck":
                return "1000", {
                    "totalFreight": "12.00",
                    "deliveryPromiseTime": shanghai(self._book.clock.now() + 30 * HOUR),
                }
        return "3002", None

    def _kuaidi100(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        param = json.loads(form.get("param", "{}"))
        if path == "/poll":
            if param.get("key") != self._book.keys["kuaidi100"]:
                return {"result": False, "returnCode": "600", "message": "未授权"}
            return self._subscribe(param)
        if path == "/label/order":
            return {"code": 200, "data": [{"kuaidiCom": "yuantong", "price": "8.50"}]}
        if form.get("sign") != md5(form["param"] + self._book.keys["kuaidi100"] + "JISHI").upper():
            return {"result": False, "returnCode": "503", "message": "验证签名失败"}
        parcel = self._book.of(str(param.get("num", "")))
        if parcel is None:
            return {"result": False, "returnCode": "500", "message": "查询无结果"}
        return {"message": "ok", "status": "200", **kd_result(parcel, str(param.get("com", "")))}

    def _subscribe(self, param: dict[str, Any]) -> dict[str, Any]:
        waybill = str(param.get("number", ""))
        parcel = self._book.of(waybill) or self._book.book(waybill, "other", "", waybill=waybill)
        if parcel.get("followed"):
            return {"result": False, "returnCode": "501", "message": "重复订阅"}
        told = param["parameters"]
        parcel["followed"] = {"url": told["callbackurl"], "salt": told["salt"], "company": param.get("company", "")}
        self._book.keep()
        return {"result": True, "returnCode": "200", "message": "成功"}


def _json(value: object) -> Reply:
    return Reply(200, text(value).encode())


def sf_routes(parcel: dict[str, Any] | None) -> list[dict[str, str]]:
    traces = parcel["traces"] if parcel else []
    return [
        {"acceptTime": one["at"], "acceptAddress": "上海市", "remark": one["words"], "opCode": one["sf"]}
        for one in traces
    ]


def city_steps(parcel: dict[str, Any] | None) -> list[dict[str, str]]:
    traces = parcel["traces"] if parcel else []
    return [
        {"at": one["at"], "state": CITY_STATES.get(one["sf"], "99"), "words": one["words"]}
        for one in traces
        if one["sf"] not in ("30", "31")  # no sorting centre lies on its way
    ]


def city_push(parcel: dict[str, Any], secret: str) -> str:
    """All that the courier knows of a parcel, signed."""
    said = text({"number": parcel["number"], "waybill": parcel["waybill"], "steps": city_steps(parcel)})
    told = {"at": str(int(parcel["traces"][-1]["second"] * 1000)), "nonce": parcel["waybill"], "said": said}
    return text({**told, "sign": city_sign("push", told, secret)})


def city_sign(operation: str, told: dict[str, Any], secret: str) -> str:
    words = "\n".join((operation, str(told.get("at")), str(told.get("nonce")), str(told.get("said"))))
    return hmac.new(secret.encode(), words.encode(), hashlib.sha256).hexdigest()


def kd_result(parcel: dict[str, Any], company: str) -> dict[str, Any]:
    lines = [
        {"time": one["at"], "ftime": one["at"], "context": one["words"], "statusCode": one["kd"]}
        for one in parcel["traces"][::-1]
    ]
    state = lines[0]["statusCode"] if lines else "0"
    return {"com": company, "nu": parcel["waybill"], "state": state, "ischeck": str(int(state == "3")), "data": lines}


def text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def md5(words: str) -> str:
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()


def md5_base64(words: str) -> str:
    return base64.b64encode(hashlib.md5(words.encode(), usedforsecurity=False).digest()).decode()
