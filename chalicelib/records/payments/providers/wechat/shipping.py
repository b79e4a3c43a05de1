"""WeChat's shipping management of mini programs: it keeps the money of a payment until it is told what was sent, and takes one
correction once it was told all.

Its calls are of the open platform (an access token, no signature), so what it answers moves no money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kernel.clock import Clock
from chalicelib.runtime.memory import Memory

from ..error_codes import provider_error
from ..port import (
    Declined,
    HttpPort,
    Malformed,
    ProtocolViolation,
    ReportedParcel,
    ShippingReport,
    ShippingStanding,
    ShippingState,
)
from ..wire import compact, exchange, meant, parsed, shanghai
from .credentials import WeChatCredentials
from .error_codes import CODES

EXPRESS, CITY = 1, 2
ERRAND = "city"  # what is brought through the town has no waybill of WeChat's kinds
UNIFIED, SPLIT = 1, 2
MOST_PARCELS, LONGEST_GOODS = 10, 120
EARLIER = 300  # seconds before its end at which a token is fetched anew
STALE = frozenset({"40001", "40014", "42001"})  # a token that is none any more
STATES: Mapping[int, ShippingState] = {1: "unsent", 2: "sent", 3: "received", 4: "received", 5: "over", 6: "received"}
COMPANIES = {  # the aggregator's name -> WeChat's
    "shunfeng": "SF", "jd": "JD", "yuantong": "YTO", "zhongtong": "ZTO", "shentong": "STO", "yunda": "YD", "ems": "EMS",
    "jtexpress": "JTSD", "debangkuaidi": "DBL", "youzhengguonei": "YZPY",
}  # fmt: skip

_tokens: Memory[str, tuple[int, str]] = Memory(4)  # appid -> until when (epoch s), and the token


def fitting(parcels: Sequence[ReportedParcel]) -> tuple[ReportedParcel, ...]:
    """WeChat hears of ten waybills, or of one errand through the town."""
    express = tuple(one for one in parcels if one.company != ERRAND)[:MOST_PARCELS]
    return express or tuple(one._replace(waybill="") for one in parcels[:1])


class MiniShipping:
    def __init__(self, contract: WeChatCredentials, http: HttpPort, clock: Clock) -> None:
        self._m, self._http, self._clock = contract, http, clock

    def standing(self, number: str) -> ShippingStanding:
        """What WeChat knows of what was sent for a payment."""
        told = self._call("get_order", {"merchant_id": self._m.mchid, "merchant_trade_no": number}).get("order")
        if not isinstance(told, dict) or told.get("order_state") not in STATES:
            raise ProtocolViolation("no_order")
        sent = told.get("shipping")
        shipping = sent if isinstance(sent, dict) else {}
        parcels = shipping.get("shipping_list")
        rows = parcels if isinstance(parcels, list) else []
        waybills = frozenset(meant(row.get("tracking_no")) for row in rows if isinstance(row, dict))
        wholes = shipping.get("finish_shipping_count")
        whole = wholes if isinstance(wholes, int) else int(bool(shipping.get("finish_shipping")))
        return ShippingStanding(STATES[told["order_state"]], waybills, whole, meant(told.get("openid")))

    def report(self, report: ShippingReport, payer: str) -> None:
        """Tell WeChat. Raises Declined with COMPANY for a carrier that it has no name for."""
        express = any(one.waybill for one in report.parcels)
        split = not report.whole or len(report.parcels) > 1
        told: dict[str, Any] = {
            "order_key": {"order_number_type": 1, "mchid": self._m.mchid, "out_trade_no": report.number},
            "logistics_type": EXPRESS if express else CITY,
            "delivery_mode": SPLIT if split else UNIFIED,
            "shipping_list": [self._parcel(one, express=express) for one in report.parcels],
            "upload_time": shanghai(report.at).isoformat(timespec="milliseconds"),
            "payer": {"openid": payer},
        }
        self._call("upload_shipping_info", told | ({"is_all_delivered": report.whole} if split else {}))

    def _parcel(self, one: ReportedParcel, *, express: bool) -> dict[str, Any]:
        told: dict[str, Any] = {"item_desc": one.goods[:LONGEST_GOODS]}
        if not express:
            return told
        company = {**COMPANIES, **self._m.companies}.get(one.company)
        if company is None:
            raise Declined("COMPANY", calls="configuration")
        contact = {"contact": {"receiver_contact": f"****{one.phone}"}} if one.phone else {}
        return {**told, "tracking_no": one.waybill, "express_company": company, **contact}

    # ---- the wire ---------------------------------------------------------------------------------------------------
    def _call(self, what: str, told: Mapping[str, Any]) -> dict[str, Any]:
        token = self._token()
        answer = self._ask(f"/wxa/sec/order/{what}?access_token={token}", told)
        if meant(answer.get("errcode")) in STALE:
            answer = self._ask(f"/wxa/sec/order/{what}?access_token={self._token(token)}", told)
        code = meant(answer.get("errcode"))
        if code != "0":
            raise provider_error(CODES, "shipping", code or "no_errcode")
        return answer

    def _token(self, refused: str = "") -> str:
        """The mini program's token; one that was refused is replaced, by whoever was first."""
        now, whose = int(self._clock.now().timestamp()), self._m.appids["mini"]
        until, kept = _tokens.get(whose) or (0, "")
        if now < until and kept != refused:
            return kept
        asked = {"grant_type": "client_credential", "appid": whose, "secret": self._m.mini_secret}
        told = self._ask("/cgi-bin/stable_token", asked)
        if refused and told.get("access_token") == refused:
            told = self._ask("/cgi-bin/stable_token", asked | {"force_refresh": True})
        found, seconds = meant(told.get("access_token")), told.get("expires_in")
        if not found or not isinstance(seconds, int):
            raise provider_error(CODES, "shipping", meant(told.get("errcode")) or "no_token")
        _tokens.put(whose, (now + seconds - EARLIER, found))
        return found

    def _ask(self, path: str, told: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "User-Agent": "jishi/1"}
        status, _, answer = exchange(self._http, "POST", self._m.mini_url + path, headers, compact(told).encode())
        if status != 200:
            raise provider_error(CODES, "shipping", status=status)
        try:
            return parsed(answer)
        except Malformed:
            raise ProtocolViolation("not_json") from None
