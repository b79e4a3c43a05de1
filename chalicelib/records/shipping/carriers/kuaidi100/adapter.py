"""Kuaidi100: pushes signed with a salt of each subscription, queries with the shop's key.

The salt is made of our number and the waybill under a secret of the shop's, so that a push is verified without a read and
no subscription's salt serves another.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs

from chalicelib.kernel.clock import Clock, millis
from chalicelib.runtime.outside import HttpPort

from ...rules import WAYBILL, Status, Trace
from .. import habits
from ..port import (
    Booked,
    BookedBefore,
    CarriageDeclined,
    CarrierMisconfigured,
    Consignment,
    FetchedAlready,
    Nonce,
    PushForged,
    PushMalformed,
    PushReply,
    Rate,
    RawPush,
    Report,
    WaybillRef,
)
from .codes import DONE, QUERIED, STATES, STATIONS, SUBSCRIBED, WORDS

LEAST_SECRET = 32
SF = "shunfeng"
MOST_LINES = 200


@dataclass(frozen=True, slots=True, repr=False)
class Kuaidi100Contract:
    """The shop's account at Kuaidi100; never printed."""

    poll_url: str
    api_url: str
    customer: str
    key: str
    secret: str
    salt_secret: str
    sender_city: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Kuaidi100Contract:
        """Raises CarrierMisconfigured, KeyError."""
        if len(document["salt_secret"]) < LEAST_SECRET:
            raise CarrierMisconfigured("CONTRACT")
        return cls(
            habits.safe(document["poll_url"]),
            habits.safe(document["api_url"]),
            document["customer"],
            document["key"],
            document["secret"],
            document["salt_secret"],
            document["sender_city"],
        )


def signed(*words: str) -> str:
    return habits.md5_hex("".join(words)).upper()


class Kuaidi100:
    """A `CarrierPort` that books nothing."""

    name = "kuaidi100"

    def __init__(self, document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce) -> None:
        self._contract = Kuaidi100Contract.of(document)
        self._http, self._clock = http, clock

    def salt(self, number: str, waybill: str) -> str:
        """The salt of a subscription."""
        words = f"{number}|{waybill}".encode()
        return hmac.new(self._contract.salt_secret.encode(), words, hashlib.sha256).hexdigest()[:32]

    def rate(self, c: Consignment) -> Sequence[Rate]:
        to = f"{c.receiver.province}{c.receiver.city}{c.receiver.district}"
        whence = f"{c.sender.province}{c.sender.city}{c.sender.district}" if c.sender else self._contract.sender_city
        param = habits.compact({"sendAddr": whence, "recAddr": to, "weight": str(c.grams / 1000)})
        at, contract = str(millis(self._clock.now())), self._contract
        told = self._post(
            f"{contract.api_url}/label/order?method=price",
            {
                "t": at, "key": contract.key, "param": param,
                "sign": signed(param, at, contract.key, contract.secret),
            },
        )  # fmt: skip
        fees = [(row, habits.yuan(row.get("price"))) for row in habits.rows(told.get("data"))]
        return [Rate(habits.text(row.get("kuaidiCom")), fee, None) for row, fee in fees if fee is not None]

    def book(self, c: Consignment) -> Booked:
        raise CarriageDeclined("BOOKS_NOTHING")

    def booked(self, number: str) -> Booked:
        raise CarriageDeclined("BOOKS_NOTHING")

    def cancel(self, number: str, waybill: str) -> None:
        raise FetchedAlready("BOOKS_NOTHING")

    def traces(self, a: WaybillRef) -> Sequence[Trace]:
        contract = self._contract
        _phoned(a)
        param = habits.compact({"com": a.company, "num": a.waybill, "phone": a.phone, "resultv2": "4", "order": "desc"})
        told = self._post(
            f"{contract.poll_url}/poll/query.do",
            {"customer": contract.customer, "param": param, "sign": signed(param, contract.key, contract.customer)},
        )
        return _lines(told)

    def follow(self, a: WaybillRef, url: str) -> None:
        _phoned(a)
        parameters = {
            "callbackurl": url, "salt": self.salt(a.number, a.waybill), "resultv2": "4", "phone": a.phone,
            "autoCom": "0", "interCom": "0",
        }  # fmt: skip
        param = {
            "company": a.company, "number": a.waybill, "from": "", "to": "", "key": self._contract.key,
            "parameters": parameters,
        }  # fmt: skip
        try:
            self._post(
                f"{self._contract.poll_url}/poll", {"schema": "json", "param": habits.compact(param)}, SUBSCRIBED
            )
        except BookedBefore:
            return

    def _post(self, url: str, fields: Mapping[str, str], codes: habits.Table = QUERIED) -> dict[str, Any]:
        answer = habits.exchange(self._http, url, habits.form(fields), habits.FORM)
        code = (
            habits.text(answer.get("returnCode"))
            or habits.text(answer.get("status"))
            or habits.text(answer.get("code"))
        )
        if code != DONE:
            raise habits.meaning(codes, code)
        return answer

    def parse(self, p: RawPush) -> Sequence[Report]:
        try:
            fields = parse_qs(p.body.decode(), keep_blank_values=True, strict_parsing=True)
            param, sign = fields["param"][0], fields["sign"][0]
        except (ValueError, KeyError):
            raise PushForged from None
        told = habits.pushed(param)
        result = told.get("lastResult")
        waybill = habits.text(result.get("nu")) if isinstance(result, dict) else ""
        if not compare_digest(signed(param, self.salt(p.token, waybill)).encode(), sign.encode()):
            raise PushForged
        if not isinstance(result, dict) or not WAYBILL.fullmatch(waybill):
            raise PushMalformed("no result")
        company = habits.text(told.get("comNew")) or habits.text(result.get("com"))
        return [Report(waybill, p.token, company[:32], tuple(_lines(result)))]

    def ack(self, ok: bool, media: str) -> PushReply:
        code, words = ("200", "成功") if ok else ("500", "失败")
        return PushReply(habits.compact({"result": ok, "returnCode": code, "message": words}))


def _phoned(a: WaybillRef) -> None:
    """SF tells of a waybill only to whom knows the receiver's last four digits."""
    if a.company == SF and len(a.phone) != 4:
        raise CarrierMisconfigured("NO_PHONE")


def _lines(result: Mapping[str, Any]) -> list[Trace]:
    """The lines of a result, named by their time and words: two equal ones at different times are two."""
    found = []
    lines = habits.rows(result.get("data"))[:MOST_LINES]
    for row in lines:
        at = habits.instant(row.get("ftime")) or habits.instant(row.get("time"))
        if at is None:
            continue
        words = habits.text(row.get("context"))
        code, status = _status(row, words)
        place = row.get("areaName") or row.get("location")
        key = f"{millis(at)}-{habits.short(words)}"
        found.append(habits.trace(at, status, code, words, place, key=key, source="kuaidi100", proven=True))
    return found


def _status(row: Mapping[str, Any], words: str) -> tuple[str, Status]:
    """A line's code and what it means; one that lies at a pick-up point may say so in words only."""
    code, told = habits.text(row.get("statusCode")), habits.text(row.get("status"))
    if code:
        status: Status = "exception" if re.fullmatch("2[0-9]{2}", code) else STATES.get(code, "unknown")
    else:
        status = WORDS.get(told, "unknown")
    if status == "in_transit" and any(word in words for word in STATIONS):
        return code or told, "at_pickup_point"
    return code or told, status
