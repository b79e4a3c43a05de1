"""聚水潭's other side: orders by their id, wishes by theirs, and rows by version that are told as often as one asks."""

from __future__ import annotations

import copy
import hashlib
import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.carriers.common import FakeCarrier, shanghai

SECRET = "jst-secret-0001"  # of a fake
PAGE = 50


class FakeJushuitan(FakeCarrier):
    name, host = "jushuitan", "https://jst.test"

    def __init__(self) -> None:
        super().__init__()
        self.config = {
            "base_url": self.host, "app_key": "key1", "app_secret": SECRET, "access_token": "token1", "shop_id": "10001",
            "answer_codes": {"777": "throttled"},
        }  # fmt: skip
        self.orders: dict[str, dict[str, Any]] = {}
        self.wishes: dict[str, dict[str, Any]] = {}
        self.parcels_sent: list[dict[str, Any]] = []
        self.shelves: dict[str, dict[str, Any]] = {}
        self.version = 0
        self.undecided = False  # somebody there must say whether it can be kept back
        self.page = PAGE

    def answer(self, url: str, body: bytes) -> dict[str, Any]:
        fields = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        told = "".join(f"{name}{fields[name]}" for name in sorted(fields) if name != "sign" and fields[name])
        if fields["sign"] != hashlib.md5((SECRET + told).encode(), usedforsecurity=False).hexdigest():
            return {"code": 10, "msg": "签名错误"}
        path = urlsplit(url).path.removeprefix("/open/")
        self.calls.append(path)
        if self.refuses.isdigit():
            return {"code": int(self.refuses), "msg": "-"}
        biz = json.loads(fields["biz"])
        return {"code": 0, "msg": "执行成功", "data": getattr(self, path.replace("/", "_"))(biz)}

    def next_version(self) -> int:
        self.version += 1
        return self.version

    # ---- orders -----------------------------------------------------------------------------------------------------
    def jushuitan_orders_upload(self, told: list[dict[str, Any]]) -> dict[str, Any]:
        (order,) = told
        assert order["shop_id"] == 10001
        if self.refuses:
            return {"datas": [{"so_id": order["so_id"], "issuccess": False, "code": self.refuses, "msg": "地址有误"}]}
        if order["so_id"] not in self.orders:
            lines = {int(item["outer_oi_id"]): [item["sku_id"], item["qty"]] for item in order["items"]}
            self.orders[order["so_id"]] = {"left": lines, "to": order["receiver_name"], "told": 0}
            for sku, pieces in lines.values():
                self.lock(sku, pieces)
        self.orders[order["so_id"]]["told"] += 1
        return {"datas": [{"so_id": order["so_id"], "issuccess": True, "o_id": 1}]}

    def aftersale_upload(self, told: list[dict[str, Any]]) -> dict[str, Any]:
        (wish,) = told
        name = wish["outer_as_id"]
        if name not in self.wishes:
            order = self.orders[wish["so_id"]]
            lines = {int(item["outer_oi_id"]): item["qty"] for item in wish["items"]}
            self.wishes[name] = {"order": wish["so_id"], "lines": lines, "status": "WaitConfirm"}
            assert order
            if not self.undecided:
                self.decide(name)
        return {"datas": [{"outer_as_id": name, "issuccess": True}]}

    def decide(self, name: str) -> str:
        """Keep back what is left of a wish, all or nothing."""
        wish = self.wishes[name]
        left = self.orders[wish["order"]]["left"]
        if wish["status"] == "WaitConfirm":
            there = all(left[line][1] >= pieces for line, pieces in wish["lines"].items())
            for line, pieces in wish["lines"].items() if there else ():
                left[line][1] -= pieces
                self.lock(left[line][0], -pieces)
            wish["status"] = "Confirmed" if there else "Rejected"
        return wish["status"]

    def refund_single_query(self, told: dict[str, Any]) -> dict[str, Any]:
        found = [name for name in told["outer_as_ids"] if name in self.wishes]
        return {"datas": [{"outer_as_id": name, "status": self.wishes[name]["status"]} for name in found]}

    # ---- what it tells ----------------------------------------------------------------------------------------------
    def send(self, order: str, lines: dict[int, int] | None = None, waybill: str = "") -> dict[str, Any]:
        """It sends pieces of an order: all that are left unless lines are told."""
        left = self.orders[order]["left"]
        pieces = {line: row[1] for line, row in left.items() if row[1]} if lines is None else lines
        assert pieces
        for line, count in pieces.items():
            assert left[line][1] >= count
            left[line][1] -= count
            self.lock(left[line][0], -count)
            if left[line][0] in self.shelves:
                self.shelves[left[line][0]]["qty"] -= count
        n = len(self.parcels_sent) + 1
        items = [{"outer_oi_id": str(line), "sku_id": left[line][0], "qty": count} for line, count in pieces.items()]
        row = {
            "so_id": order, "io_id": 9000 + n, "l_id": waybill or f"YT555550896{n:04d}", "lc_id": "yuantong",
            "status": "Confirmed", "items": items, "ts": self.next_version(), "io_date": shanghai(self.now()),
        }  # fmt: skip
        self.parcels_sent.append(row)
        return row

    def count(self, sku: str, pieces: int, at: datetime, others: int = 0) -> None:
        """So many pieces lie there; some of them are set aside for the orders of others."""
        locked = self.shelves.get(sku, {}).get("ours", 0)
        self.shelves[sku] = {"qty": pieces, "others": others, "ours": locked}
        self._modified(sku, at)

    def lock(self, sku: str, pieces: int) -> None:
        shelf = self.shelves.setdefault(sku, {"qty": 0, "others": 0, "ours": 0, "unknown": True})
        shelf["ours"] += pieces
        if not shelf.get("unknown"):
            self._modified(sku, self.now())

    def _modified(self, sku: str, at: datetime) -> None:
        self.shelves[sku] |= {"ts": self.next_version(), "modified": shanghai(at)}

    def orders_out_simple_query(self, told: dict[str, Any]) -> dict[str, Any]:
        return self._page(self.parcels_sent, told, "datas")

    def inventory_query(self, told: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {"sku_id": sku, "qty": one["qty"], "order_lock": one["others"] + one["ours"], "modified": one["modified"],
             "ts": one["ts"]}
            for sku, one in self.shelves.items() if "ts" in one
        ]  # fmt: skip
        return self._page(rows, told, "inventorys")

    def _page(self, rows: list[dict[str, Any]], told: dict[str, Any], name: str) -> dict[str, Any]:
        found = sorted((row for row in rows if row["ts"] >= told["ts"]), key=lambda row: row["ts"])
        begin = (told["page_index"] - 1) * self.page
        return {name: found[begin : begin + self.page], "has_next": len(found) > begin + self.page}

    def snapshot(self) -> Any:
        mine = (self.orders, self.wishes, self.parcels_sent, self.shelves, self.version, self.undecided)
        return super().snapshot(), copy.deepcopy(mine)

    def restore(self, saved: Any) -> None:
        super().restore(saved[0])
        self.orders, self.wishes, self.parcels_sent, self.shelves, self.version, self.undecided = copy.deepcopy(
            saved[1]
        )
