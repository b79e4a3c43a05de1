"""A courier within the city: JSON over POST; what is said is signed with HMAC-SHA-256 over operation, time, nonce and text, and
so are its pushes, which therefore prove what they tell."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from chalicelib.kernel.clock import Clock, millis
from chalicelib.runtime.outside import HttpPort

from ...rules import WAYBILL, Trace
from .. import habits
from ..port import (
    Booked,
    BookedBefore,
    BookingUnknown,
    CarrierMisconfigured,
    CarrierUnsure,
    Consignment,
    Nonce,
    Party,
    PushForged,
    PushMalformed,
    PushReply,
    Rate,
    RawPush,
    Report,
    WaybillRef,
)
from .codes import ANSWERS, DONE, STATES

LONG = 32  # letters of a secret at least
PUSH = "push"


@dataclass(frozen=True, slots=True, repr=False)
class CityContract:
    """The shop's account at the courier; never printed."""

    base_url: str
    app_key: str
    app_secret: str
    sender: Party

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> CityContract:
        """Raises CarrierMisconfigured, KeyError."""
        if len(document["app_secret"]) < LONG:
            raise CarrierMisconfigured("CONTRACT")
        return cls(
            habits.safe(document["base_url"]), document["app_key"], document["app_secret"], habits.sender(document)
        )


def signature(secret: str, operation: str, at: str, nonce: str, said: str) -> str:
    """What a call or a push is signed with."""
    words = "\n".join((operation, at, nonce, said))
    return hmac.new(secret.encode(), words.encode(), hashlib.sha256).hexdigest()


class CityCourier:
    """A `CarrierPort`."""

    name = "city"

    def __init__(self, document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce) -> None:
        self._contract = CityContract.of(document)
        self._http, self._clock, self._nonce = http, clock, nonce

    def _call(self, operation: str, told: Mapping[str, Any]) -> Any:
        """The data that it answers. Raises a CarrierError."""
        contract, said = self._contract, habits.compact(told)
        at, nonce = str(millis(self._clock.now())), self._nonce()
        sign = signature(contract.app_secret, operation, at, nonce, said)
        body = habits.compact({"app_key": contract.app_key, "at": at, "nonce": nonce, "said": said, "sign": sign})
        answer = habits.exchange(self._http, f"{contract.base_url}/v1/{operation}", body.encode(), habits.JSON)
        if (code := habits.text(answer.get("code"))) != DONE:
            raise habits.meaning(ANSWERS, code)
        return answer.get("data")

    def rate(self, c: Consignment) -> Sequence[Rate]:
        told = self._call("price", self._consigned(c))
        fee = habits.yuan(told.get("fee")) if isinstance(told, dict) else None
        by = habits.instant(told.get("arrives")) if isinstance(told, dict) else None
        return [] if fee is None else [Rate("hourly", fee, by)]

    def book(self, c: Consignment) -> Booked:
        return _booked(self._call("create", self._consigned(c)))

    def _consigned(self, c: Consignment) -> dict[str, Any]:
        return {
            "number": c.number,
            "from": (c.sender or self._contract.sender)._asdict(),
            "to": c.receiver._asdict(),
            "pieces": c.pieces,
            "grams": c.grams,
        }

    def booked(self, number: str) -> Booked:
        return _booked(self._call("find", {"number": number}))

    def cancel(self, number: str, waybill: str) -> None:
        try:
            self._call("cancel", {"number": number})
        except (BookedBefore, BookingUnknown):
            return

    def traces(self, a: WaybillRef) -> Sequence[Trace]:
        told = self._call("way", {"waybill": a.waybill})
        return _traces(told)

    def follow(self, a: WaybillRef, url: str) -> None:
        """Nothing: it tells of all that is booked with it."""

    def parse(self, p: RawPush) -> Sequence[Report]:
        told = habits.pushed(p.body)
        at, nonce, said, sign = (habits.text(told.get(name)) for name in ("at", "nonce", "said", "sign"))
        right = signature(self._contract.app_secret, PUSH, at, nonce, said)
        if not compare_digest(right.encode(), sign.encode()):
            raise PushForged
        parcel = habits.pushed(said)
        waybill, number = habits.text(parcel.get("waybill")), habits.text(parcel.get("number"))
        if not WAYBILL.fullmatch(waybill):
            raise PushMalformed("no waybill")
        return [Report(waybill, number, "", tuple(_traces(parcel)))]

    def ack(self, ok: bool, media: str) -> PushReply:
        return PushReply(habits.compact({"code": 0 if ok else 1}))


def _traces(told: object) -> list[Trace]:
    """The steps of a parcel's way, named by their time and code."""
    found = []
    for row in habits.rows(told.get("steps")) if isinstance(told, dict) else []:
        at, code = habits.instant(row.get("at")), habits.text(row.get("state"))
        if at is not None and code:
            status, key = STATES.get(code, "unknown"), f"{millis(at)}-{habits.short(code)}"
            found.append(habits.trace(at, status, code, row.get("words"), "", key=key, source="city", proven=True))
    return found


def _booked(told: object) -> Booked:
    waybill = habits.text(told.get("waybill")) if isinstance(told, dict) else ""
    if not WAYBILL.fullmatch(waybill):
        raise CarrierUnsure("no_waybill")
    return Booked(waybill)
