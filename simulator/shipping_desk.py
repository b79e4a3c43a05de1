"""WeChat's shipping management of a mini program: money of its payments stays frozen until WeChat is told what was sent, and all
that was sent may be told twice. Held while the simulator runs."""

from __future__ import annotations

from typing import Any

from .book import PAID, Payment
from .till import Till

UNSENT, SENT, BACK = 1, 2, 5
ABSENT, TOLD_TWICE, NO_FLAG, NO_GOODS, NO_PARCEL, FOREIGN = 10060001, 10060003, 10060007, 10060008, 10060014, 10060031


class Desk:
    def __init__(self, till: Till) -> None:
        self.till = till
        self.told: dict[str, list[dict[str, Any]]] = {}

    def respond(self, call: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The errcode, and what is answered beside it."""
        if call == "get_order":
            return self._order(str(told.get("merchant_trade_no")), str(told.get("merchant_id")))
        if call == "upload_shipping_info":
            return self._upload(told), {}
        return 40066, {}

    def _paid(self, number: str, mchid: str) -> Payment | None:
        payment = self.till.book.payment("wechat", number)
        known = payment is not None and payment.state == PAID and "payer" in payment.extra
        return payment if known and mchid == self.till.keys.text["mchid"] else None

    def _order(self, number: str, mchid: str) -> tuple[int, dict[str, Any]]:
        payment = self._paid(number, mchid)
        if payment is None:
            return ABSENT, {}
        rows = self.told.get(number, [])
        wholes = sum(map(_whole, rows))
        state = BACK if self.till.book.refunded(payment) >= payment.amount else SENT if wholes else UNSENT
        shipping = {"finish_shipping": bool(wholes), "finish_shipping_count": wholes}
        if rows:
            shipping |= {"delivery_mode": rows[-1]["delivery_mode"], "shipping_list": rows[-1]["shipping_list"]}
        order = {
            "merchant_trade_no": number,
            "merchant_id": mchid,
            "openid": payment.extra["payer"],
            "order_state": state,
        }
        return 0, {"order": order | {"shipping": shipping}}

    def _upload(self, told: dict[str, Any]) -> int:
        key, parcels = told.get("order_key", {}), told.get("shipping_list", [])
        number = str(key.get("out_trade_no"))
        payment = self._paid(number, str(key.get("mchid"))) if key.get("order_number_type") == 1 else None
        if payment is None:
            return ABSENT
        if told.get("payer", {}).get("openid") != payment.extra["payer"]:
            return FOREIGN
        if told.get("delivery_mode") == 2 and not isinstance(told.get("is_all_delivered"), bool):
            return NO_FLAG
        if not parcels or (told.get("delivery_mode") == 1 and len(parcels) > 1):
            return NO_PARCEL
        if not all(one.get("item_desc") for one in parcels):
            return NO_GOODS
        if told.get("logistics_type") == 1 and not all(
            one.get("tracking_no") and one.get("express_company") for one in parcels
        ):
            return NO_PARCEL
        rows = self.told.setdefault(number, [])
        if sum(map(_whole, rows)) >= 2:
            return TOLD_TWICE
        rows.append(told)
        return 0


def _whole(told: dict[str, Any]) -> bool:
    """Whether a report says that this was all."""
    return bool(told.get("is_all_delivered", True))
