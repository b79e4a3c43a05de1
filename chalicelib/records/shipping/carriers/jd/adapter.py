"""JD Logistics: bodies are signed between the application's secret; traces are asked for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.clock import Clock, instant, millis
from chalicelib.runtime.outside import HttpPort

from ...rules import RANK, WAYBILL, Status, Trace
from .. import habits
from ..port import (
    Booked,
    BookedBefore,
    BookingUnknown,
    CarrierError,
    CarrierMisconfigured,
    CarrierUnsure,
    Consignment,
    Nonce,
    Party,
    PushForged,
    PushReply,
    Rate,
    RawPush,
    Report,
    WaybillRef,
)
from .codes import DONE, KINDS, TRACES

MD5, HMAC_SHA256 = "md5-salt", "HMacSHA256"
B2C = 1
ORDERS = "/ecap/v1/orders"
CUBIC = 1000  # cm3 that a parcel is said to have, since nobody measures it


@dataclass(frozen=True, slots=True, repr=False)
class JdContract:
    """The shop's account at JD; never printed."""

    base_url: str
    app_key: str
    app_secret: str
    access_token: str
    algorithm: str
    customer_code: str
    product_code: str
    answers: Mapping[str, type[CarrierError]]
    traces: Mapping[str, Status]
    sender: Party

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> JdContract:
        """Raises CarrierMisconfigured, KeyError, ValueError."""
        algorithm, more = str(document.get("algorithm") or MD5), dict(document.get("trace_codes") or {})
        if algorithm not in (MD5, HMAC_SHA256) or not set(more.values()) <= set(RANK):
            raise CarrierMisconfigured("CONTRACT")
        return cls(
            habits.safe(document["base_url"]),
            document["app_key"],
            document["app_secret"],
            document["access_token"],
            algorithm,
            document["customer_code"],
            str(document.get("product_code") or "ed-m-0001"),
            {str(code): KINDS[kind] for code, kind in dict(document.get("answer_codes") or {}).items()},
            {**TRACES, **more},
            habits.sender(document),
        )


def content(contract: JdContract, path: str, body: str, at: str) -> str:
    """What is signed."""
    told = {
        "access_token": contract.access_token, "app_key": contract.app_key, "method": path, "param_json": body,
        "timestamp": at, "v": "2.0",
    }  # fmt: skip
    return contract.app_secret + "".join(f"{name}{value}" for name, value in told.items()) + contract.app_secret


def signature(contract: JdContract, words: str) -> str:
    if contract.algorithm == MD5:
        return habits.md5_hex(words)
    made = hmac.new(contract.app_secret.encode(), words.encode(), hashlib.sha256)
    return base64.b64encode(made.digest()).decode()


class JdLogistics:
    """A `CarrierPort`."""

    name = "jd"

    def __init__(self, document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce) -> None:
        self._contract = JdContract.of(document)
        self._http, self._clock = http, clock

    def _call(self, operation: str, told: Mapping[str, Any]) -> Any:
        """The data that JD answers. Raises a CarrierError."""
        contract, path = self._contract, f"{ORDERS}/{operation}"
        body, at = habits.compact([told]), habits.moment(self._clock.now())
        query = habits.form({
            "LOP-DN": "ECAP", "app_key": contract.app_key, "access_token": contract.access_token, "timestamp": at,
            "v": "2.0", "sign": signature(contract, content(contract, path, body, at)), "algorithm": contract.algorithm,
        }).decode()  # fmt: skip
        answer = habits.exchange(self._http, f"{contract.base_url}{path}?{query}", body.encode(), habits.JSON)
        if (code := habits.text(answer.get("code"))) not in DONE:
            raise habits.meaning(contract.answers, code)
        return answer.get("data")

    def rate(self, c: Consignment) -> Sequence[Rate]:
        told = self._call("precheck", self._consigned(c))
        fee = habits.yuan(told.get("totalFreight")) if isinstance(told, dict) else None
        by = habits.instant(told.get("deliveryPromiseTime")) if isinstance(told, dict) else None
        return [] if fee is None else [Rate(self._contract.product_code, fee, by)]

    def book(self, c: Consignment) -> Booked:
        return _booked(self._call("create", self._consigned(c)))

    def _consigned(self, c: Consignment) -> dict[str, Any]:
        contract = self._contract
        return {
            "orderId": c.number,
            "senderContact": _contact(c.sender or contract.sender),
            "receiverContact": _contact(c.receiver),
            "orderOrigin": B2C,
            "customerCode": contract.customer_code,
            "productsReq": {"productCode": contract.product_code},
            "settleType": 3,
            "cargoes": [{"name": "商品", "quantity": c.pieces, "weight": c.grams / 1000, "volume": CUBIC}],
        }

    def booked(self, number: str) -> Booked:
        return _booked(self._call("status/get", self._of(orderId=number)))

    def cancel(self, number: str, waybill: str) -> None:
        try:
            self._call("cancel", self._of(orderId=number, waybillCode=waybill))
        except (BookedBefore, BookingUnknown):
            return

    def traces(self, a: WaybillRef) -> Sequence[Trace]:
        told = self._call("trace/query", self._of(waybillCode=a.waybill))
        details = told.get("traceDetails") if isinstance(told, dict) else None
        found = [self._trace(row) for row in habits.rows(details)]
        return [one for one in found if one is not None]

    def _of(self, **more: str) -> dict[str, Any]:
        return {"orderOrigin": B2C, "customerCode": self._contract.customer_code, **more}

    def _trace(self, row: Mapping[str, Any]) -> Trace | None:
        told = row.get("operationTime")
        at = instant(told) if isinstance(told, int) and 0 < told < 10**14 else habits.instant(told)
        code = habits.text(row.get("categoryName"))
        if at is None or not code:
            return None
        status, key = self._contract.traces.get(code, "unknown"), f"{millis(at)}-{habits.short(code)}"
        words = row.get("operationRemark")
        return habits.trace(at, status, code, words, "", key=key, source="jd", proven=True)

    def follow(self, a: WaybillRef, url: str) -> None:
        """Nothing: JD is asked."""

    def parse(self, p: RawPush) -> Sequence[Report]:
        raise PushForged  # the form of its pushes is not published: nothing can be verified

    def ack(self, ok: bool, media: str) -> PushReply:
        return PushReply("")


def _contact(party: Party) -> dict[str, str]:
    where = f"{party.province}{party.city}{party.district}{party.line}"
    return {"name": party.name, "mobile": party.phone, "fullAddress": where}


def _booked(told: object) -> Booked:
    waybill = habits.text(told.get("waybillCode")) if isinstance(told, dict) else ""
    if not WAYBILL.fullmatch(waybill):
        raise CarrierUnsure("no_waybill")
    return Booked(waybill)
