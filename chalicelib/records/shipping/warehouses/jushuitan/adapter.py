"""聚水潭: forms whose fields are signed with the application's secret; what changed is read by row version (`ts`).

The forms of the answers are those of its published clients; texts of its own are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.clock import Clock
from chalicelib.runtime.outside import HttpPort

from ...carriers import habits
from ...carriers.port import CarrierUnsure
from ...rules import WAYBILL
from ..port import KeptBackSoFar, LevelPage, LevelTold, OrderDeclined, OrderOut, ParcelPage, PiecesOut, SentParcel
from .codes import DONE, KEPT, KINDS, TABLE

PAGE = 50
WHOLE = re.compile("-?[0-9]{1,19}")
UPLOAD, WISH, WISHES = "/open/jushuitan/orders/upload", "/open/aftersale/upload", "/open/refund/single/query"
SENT, LEVELS = "/open/orders/out/simple/query", "/open/inventory/query"


@dataclass(frozen=True, slots=True, repr=False)
class JstContract:
    """The shop's account at 聚水潭; never printed."""

    base_url: str
    app_key: str
    app_secret: str
    access_token: str
    shop_id: int
    answers: habits.Table

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> JstContract:
        """Raises CarrierMisconfigured, KeyError, ValueError."""
        more = {str(code): KINDS[kind] for code, kind in dict(document.get("answer_codes") or {}).items()}
        return cls(
            habits.safe(document["base_url"]),
            document["app_key"],
            document["app_secret"],
            document["access_token"],
            int(document["shop_id"]),
            {**TABLE, **more},
        )


def signature(secret: str, fields: Mapping[str, str]) -> str:
    """Lower-case MD5 of the secret and all fields that say something, by name."""
    told = "".join(f"{name}{fields[name]}" for name in sorted(fields) if name != "sign" and fields[name])
    return habits.md5_hex(secret + told)


class Jushuitan:
    """A `WarehousePort`."""

    name = "jushuitan"

    def __init__(self, document: Mapping[str, Any], http: HttpPort, clock: Clock) -> None:
        self._contract = JstContract.of(document)
        self._http, self._clock = http, clock

    def _call(self, path: str, told: object) -> dict[str, Any]:
        """The data that it answers. Raises a CarrierError."""
        contract = self._contract
        fields = {
            "app_key": contract.app_key, "access_token": contract.access_token, "charset": "utf-8", "version": "2",
            "timestamp": str(int(self._clock.now().timestamp())), "biz": habits.compact(told),
        }  # fmt: skip
        body = habits.form({**fields, "sign": signature(contract.app_secret, fields)})
        answer = habits.exchange(self._http, f"{contract.base_url}{path}", body, habits.FORM)
        if (code := habits.text(answer.get("code"))) not in DONE:
            raise habits.meaning(contract.answers, code)
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    def tell(self, o: OrderOut) -> None:
        at, to = habits.moment(o.placed_at), o.receiver
        order = {
            "shop_id": self._contract.shop_id, "so_id": o.id, "order_date": at, "shop_status": "WAIT_SELLER_SEND_GOODS",
            "shop_buyer_id": o.id, "receiver_state": to.province, "receiver_city": to.city,
            "receiver_district": to.district, "receiver_address": to.line, "receiver_name": to.name,
            "receiver_mobile": to.phone, "pay_amount": o.paid.yuan, "freight": "0.00", "shop_modified": at,
            "items": [_item(one) for one in o.lines],
            "pay": {"outer_pay_id": o.id, "pay_date": at, "payment": "在线支付", "seller_account": "-",
                    "buyer_account": "-", "amount": o.paid.yuan},
        }  # fmt: skip
        row = self._row(self._call(UPLOAD, [order]), "so_id", o.id)
        if row.get("issuccess") is not True:
            raise OrderDeclined(habits.text(row.get("code")) or "declined")

    def keep_back(self, order: str, wish: str, lines: Sequence[PiecesOut]) -> KeptBackSoFar:
        told = {
            "shop_id": self._contract.shop_id, "outer_as_id": wish, "so_id": order, "type": "仅退款",
            "shop_status": "SELLER_AGREE", "good_status": "BUYER_NOT_RECEIVED", "question_type": "发货前退款",
            "total_amount": "0.00", "refund": "0.00", "payment": "0.00",
            "items": [{**_item(one), "type": "退款"} for one in lines],
        }  # fmt: skip
        if self._row(self._call(WISH, [told]), "outer_as_id", wish).get("issuccess") is not True:
            raise CarrierUnsure("wish_not_taken")
        asked = {"shop_id": self._contract.shop_id, "outer_as_ids": [wish], "page_index": 1, "page_size": PAGE}
        row = self._row(self._call(WISHES, asked), "outer_as_id", wish)
        return KEPT.get(habits.text(row.get("status")), "open")

    def sent(self, since: int, page: int) -> ParcelPage:
        more = {"shop_id": self._contract.shop_id, "status": "Confirmed"}
        rows, high, next_page = self._page(SENT, since, page, more, "datas")
        found = [_parcel(row) for row in rows]
        return ParcelPage([one for one in found if one is not None], high, next_page, found.count(None))

    def levels(self, since: int, page: int) -> LevelPage:
        rows, high, more = self._page(LEVELS, since, page, {"wms_co_id": 0, "has_lock_qty": True}, "inventorys")
        found = [_level(row) for row in rows]
        return LevelPage([one for one in found if one is not None], high, more)

    def _page(
        self, path: str, since: int, page: int, more: Mapping[str, Any], name: str
    ) -> tuple[list[dict[str, Any]], int, bool]:
        """A page of rows by version, the highest of which stands beside them, and whether there is a next one."""
        data = self._call(path, {"ts": since, "page_index": page, "page_size": PAGE, **more})
        rows = habits.rows(data.get(name))
        return rows, max([since, *(_whole(row.get("ts")) or 0 for row in rows)]), data.get("has_next") is True

    @staticmethod
    def _row(data: Mapping[str, Any], name: str, value: str) -> Mapping[str, Any]:
        """The answer about one of what was told. Raises CarrierUnsure where there is none."""
        for row in habits.rows(data.get("datas")):
            if habits.text(row.get(name)) == value:
                return row
        raise CarrierUnsure("no_row")


def _item(one: PiecesOut) -> dict[str, Any]:
    paid = one.paid.yuan
    names = {"sku_id": one.sku, "shop_sku_id": one.sku, "name": one.sku, "outer_oi_id": str(one.line)}
    return {**names, "qty": one.quantity, "amount": paid, "base_price": paid}


def _parcel(row: Mapping[str, Any]) -> SentParcel | None:
    """A parcel of the answer; None for one that is not readable, or has left without a waybill that is one."""
    at, notice, waybill = (
        habits.instant(row.get("io_date")),
        habits.text(row.get("io_id")),
        habits.text(row.get("l_id")),
    )
    lines = [(_whole(item.get("outer_oi_id")), _whole(item.get("qty"))) for item in habits.rows(row.get("items"))]
    told = tuple((line, pieces) for line, pieces in lines if line is not None and pieces)
    if at is None or not notice or not told or len(told) != len(lines) or not WAYBILL.fullmatch(waybill):
        return None
    order, company = habits.text(row.get("so_id")), habits.text(row.get("lc_id"))
    return SentParcel(order[:64], notice[:64], waybill, company[:32], told, at)


def _level(row: Mapping[str, Any]) -> LevelTold | None:
    version, at = _whole(row.get("ts")), habits.instant(row.get("modified"))
    pieces, aside = _whole(row.get("qty")), _whole(row.get("order_lock")) or 0
    if version is None or at is None or pieces is None:
        return None
    return LevelTold(habits.text(row.get("sku_id")), pieces, aside, at, version)


def _whole(told: object) -> int | None:
    """A whole number, as a number or a text; None for anything else."""
    said = habits.text(told)
    return int(said) if WHOLE.fullmatch(said) else None
