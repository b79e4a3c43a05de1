"""SF Express: requests digested with the checkword, routes pushed to an address that only SF was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs, quote_plus
from xml.etree.ElementTree import ParseError  # only its name; documents are read by _elements below

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
from .codes import ANSWERS, ROUTES

DIGESTS = ("standard", "simple", "sm3")
MANUAL, SERVED = "1", "2"  # of filterResult: a person at SF must look, it is taken
LEAST_SECRET = 32
MOST_ROUTES = 200


@dataclass(frozen=True, slots=True, repr=False)
class SfContract:
    """The shop's account at SF; never printed."""

    base_url: str
    partner_id: str
    checkword: str
    digest: str
    monthly_card: str
    express_type: int
    push_secret: str
    sender: Party

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> SfContract:
        """Raises CarrierMisconfigured, KeyError, ValueError."""
        digest, secret = str(document.get("digest") or "standard"), str(document["push_secret"])
        if digest not in DIGESTS or len(secret) < LEAST_SECRET:
            raise CarrierMisconfigured("CONTRACT")
        return cls(
            habits.safe(document["base_url"]),
            document["partner_id"],
            document["checkword"],
            digest,
            document["monthly_card"],
            int(document.get("express_type") or 2),
            secret,
            habits.sender(document),
        )


def encoded(words: str) -> str:
    """As java.net.URLEncoder does it."""
    return quote_plus(words, safe="*").replace("~", "%7E")


def digest(mode: str, words: str) -> str:
    """The digest of a request, in the mode that the console says."""
    if mode == "sm3":
        from cryptography.hazmat.primitives.hashes import SM3, Hash

        made = Hash(SM3())
        made.update(words.encode())
        return made.finalize().hex()
    return habits.md5_base64(encoded(words) if mode == "standard" else words)


def trace_of(route: Mapping[str, Any], *, proven: bool) -> Trace | None:
    """A route as a trace; None where it has no time or code. It is named by what both a push and a query tell of it."""
    at, code = habits.instant(route.get("acceptTime")), habits.text(route.get("opCode"))
    if at is None or not code:
        return None
    key = f"{millis(at)}-{code[:16]}"
    words, place = route.get("remark"), route.get("acceptAddress")
    return habits.trace(at, ROUTES.get(code, "unknown"), code, words, place, key=key, source="sf", proven=proven)


class SfExpress:
    """A `CarrierPort`."""

    name = "sf"

    def __init__(self, document: Mapping[str, Any], http: HttpPort, clock: Clock, nonce: Nonce) -> None:
        self._contract = SfContract.of(document)
        self._http, self._clock, self._nonce = http, clock, nonce

    def _call(self, service: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """What SF answers to a service. Raises a CarrierError."""
        contract, said, at = self._contract, habits.compact(told), str(millis(self._clock.now()))
        answer = habits.exchange(
            self._http,
            contract.base_url,
            habits.form({
                "partnerID": contract.partner_id, "requestID": self._nonce(), "serviceCode": service, "timestamp": at,
                "msgDigest": digest(contract.digest, said + at + contract.checkword), "msgData": said,
            }),
            habits.FORM,
        )  # fmt: skip
        if (code := habits.text(answer.get("apiResultCode"))) != "A1000":
            raise habits.meaning(ANSWERS, code)
        result = habits.answered(habits.text(answer.get("apiResultData")))
        if (code := habits.text(result.get("errorCode"))) != "S0000" or result.get("success") is not True:
            raise habits.meaning(ANSWERS, code)
        found = result.get("msgData")
        return found if isinstance(found, dict) else {"list": found}

    def rate(self, c: Consignment) -> Sequence[Rate]:
        told = self._call(
            "EXP_RECE_QUERY_DELIVERTM",
            {
                "businessType": "", "weight": c.grams / 1000, "consignedTime": habits.moment(c.at), "searchPrice": "1",
                "srcAddress": _area(c.sender or self._contract.sender), "destAddress": _area(c.receiver),
            },
        )  # fmt: skip
        found = []
        for row in habits.rows(told.get("deliverTmDto")):
            fee, by = (
                habits.yuan(row.get("fee")),
                habits.instant(habits.text(row.get("deliverTime")).rpartition(",")[2]),
            )
            if fee is not None:
                found.append(
                    Rate(habits.text(row.get("businessTypeDesc")) or habits.text(row.get("businessType")), fee, by)
                )
        return found

    def book(self, c: Consignment) -> Booked:
        contract = self._contract
        told = {
            "language": "zh-CN", "orderId": c.number,
            "contactInfoList": [_contact(1, c.sender or contract.sender), _contact(2, c.receiver)],
            "cargoDetails": [{"name": "商品", "count": c.pieces}],
            "monthlyCard": contract.monthly_card, "payMethod": 1, "expressTypeId": contract.express_type, "parcelQty": 1,
            "totalWeight": c.grams / 1000, "isDocall": 1, "isReturnRoutelabel": 1,
        }  # fmt: skip
        return _booked(self._call("EXP_RECE_CREATE_ORDER", told))

    def booked(self, number: str) -> Booked:
        return _booked(self._call("EXP_RECE_SEARCH_ORDER_RESP", {"searchType": "1", "orderId": number}))

    def cancel(self, number: str, waybill: str) -> None:
        try:
            self._call("EXP_RECE_UPDATE_ORDER", {"orderId": number, "dealType": 2})
        except (BookedBefore, BookingUnknown):
            return

    def traces(self, a: WaybillRef) -> Sequence[Trace]:
        told = self._call(
            "EXP_RECE_SEARCH_ROUTES",
            {
                "language": "zh-CN", "trackingType": "1", "trackingNumber": [a.waybill], "methodType": "1",
                "checkPhoneNo": a.phone,
            },
        )  # fmt: skip
        found = []
        for answer in habits.rows(told.get("routeResps")):
            if habits.text(answer.get("mailNo")) == a.waybill:
                found += [trace_of(route, proven=True) for route in habits.rows(answer.get("routes"))]
        return [one for one in found if one is not None]

    def follow(self, a: WaybillRef, url: str) -> None:
        """Nothing: SF pushes what was booked with it."""

    def parse(self, p: RawPush) -> Sequence[Report]:
        if not compare_digest(p.token.encode(), self._contract.push_secret.encode()):
            raise PushForged()
        routes = _form_routes(p.body) if p.media.startswith(habits.FORM) else _json_routes(p.body)
        if len(routes) > MOST_ROUTES:
            raise PushMalformed("too many")
        found: dict[tuple[str, str], list[Trace]] = {}
        for route in routes:
            waybill, one = habits.text(route.get("mailno")), trace_of(route, proven=False)
            if one is not None and WAYBILL.fullmatch(waybill):
                found.setdefault((waybill, habits.text(route.get("orderid"))), []).append(one)
        return [Report(waybill, number, "", tuple(traces)) for (waybill, number), traces in found.items()]

    def ack(self, ok: bool, media: str) -> PushReply:
        if media.startswith(habits.FORM):
            said = "<Head>OK</Head>" if ok else '<Head>ERR</Head><ERROR code="4001">系统异常</ERROR>'
            return PushReply(f'<Response service="RoutePushService">{said}</Response>', "text/xml")
        code, words = ("0000", "成功") if ok else ("1000", "系统异常")
        return PushReply(habits.compact({"return_code": code, "return_msg": words}))


def _area(party: Party) -> dict[str, str]:
    return {"province": party.province, "city": party.city, "district": party.district, "address": party.line}


def _contact(kind: int, party: Party) -> dict[str, Any]:
    return {
        "contactType": kind,
        "contact": party.name,
        "mobile": party.phone,
        "province": party.province,
        "city": party.city,
        "county": party.district,
        "address": party.line,
        "country": "CN",
    }


def _booked(told: Mapping[str, Any]) -> Booked:
    """The waybill of an order at SF; one that is not served is a no, one that a person looks at is not decided yet."""
    result = habits.text(told.get("filterResult"))
    if result == "3":
        raise habits.meaning(ANSWERS, "NOT_SERVED")
    numbers = [row for row in habits.rows(told.get("waybillNoInfoList")) if str(row.get("waybillType")) == "1"]
    waybill = habits.text(numbers[0].get("waybillNo")) if numbers else ""
    if result == MANUAL or not WAYBILL.fullmatch(waybill):
        raise CarrierUnsure("undecided")
    labels = [row.get("routeLabelData") for row in habits.rows(told.get("routeLabelInfo"))]
    label = labels[0] if labels and isinstance(labels[0], dict) else {}
    return Booked(waybill, habits.text(label.get("destRouteLabel"))[:40])


def _json_routes(body: bytes) -> list[dict[str, Any]]:
    told = habits.pushed(body).get("Body")
    routes = told.get("WaybillRoute") if isinstance(told, dict) else None
    if not isinstance(routes, list):
        raise PushMalformed("no routes")
    return habits.rows(routes)


def _form_routes(body: bytes) -> list[dict[str, Any]]:
    """The routes of the older form: XML in a field, which is decoded once."""
    try:
        told = parse_qs(body.decode(), strict_parsing=True)["content"][0]
    except (ValueError, KeyError):
        raise PushMalformed("no content") from None
    if "<!" in told:  # neither entities nor documents of others: there are none in a push
        raise PushMalformed("a declaration")
    try:
        return [dict(element.attrib) for element in _elements(told)]
    except ParseError:
        raise PushMalformed("no XML") from None


def _elements(told: str) -> list[Any]:
    from xml.etree.ElementTree import fromstring  # declarations were refused before

    return list(fromstring(told).iter("WaybillRoute"))  # noqa: S314  # as above
