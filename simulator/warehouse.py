"""A warehouse's system, played on this machine: 聚水潭 with its signature, orders by their id, and rows that are told by version.

An order is packed and sent by itself a while after it was told, a business hour divided by the speed-up, or by hand. What it
tells comes as it does in life: some of it twice under a later version, some of it minutes late; a wish to keep pieces back may
wait for somebody (`undecided`).

GET /_sim/warehouse; POST /_sim/warehouse {order, what: "send"} or {wish, what: "decide"} or {sku, count, others} or {undecided}.
"""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from pathlib import Path
from typing import Any

from .carrier_desk import HOUR, md5
from .faults import Faults
from .keys import write_private
from .wire import Clock, Reply, Request, as_json, shanghai

NAME, SHOP = "jushuitan", 10001
LATE, MOST_PAGE = 90.0, 50  # seconds by which a row shows itself late
UPLOAD, WISH, WISHES = "/open/jushuitan/orders/upload", "/open/aftersale/upload", "/open/refund/single/query"
SENT, LEVELS = "/open/orders/out/simple/query", "/open/inventory/query"


class Warehouse:
    """Everything that it knows; the state folder keeps it."""

    def __init__(self, state: Path, clock: Clock, faults: Faults, speedup: float, seed: int | None = None) -> None:
        self.clock, self.faults, self.speedup = clock, faults, speedup
        self._file, self._lock = state / "warehouse.json", threading.RLock()
        self._dice = random.Random(seed)  # noqa: S311  # which rows come late is no secret
        held = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.key: str = held.get("key") or secrets.token_hex(20)
        self.orders: dict[str, dict[str, Any]] = held.get("orders", {})
        self.wishes: dict[str, dict[str, Any]] = held.get("wishes", {})
        self.parcels: list[dict[str, Any]] = held.get("parcels", [])
        self.shelves: dict[str, dict[str, Any]] = held.get("shelves", {})
        self.version: int = held.get("version", 0)
        self.undecided = False
        self._keep()

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        """What a shop under contract with it holds."""
        document = {"base_url": url, "app_key": "jishi", "app_secret": self.key, "access_token": "simulated"}
        return {f"shipping/{NAME}": {**document, "shop_id": str(SHOP)}}

    def respond(self, request: Request) -> Reply | None:
        """Answer a call of the shop's, or of whoever plays; None when the path is none of its."""
        if request.path == "/_sim/warehouse":
            with self._lock:
                return self._played(request)
        if not request.path.startswith("/open/"):
            return None
        where = (NAME, "", request.path.removeprefix("/open/"))
        if self.faults.take("down", *where):
            return Reply(503, b"down\n", "text/plain")
        if code := self.faults.take("code", *where):
            return as_json({"code": code, "msg": "-"})
        if self.faults.take("throttle", *where):
            return as_json({"code": 199, "msg": "调用频率超限"})
        with self._lock:
            self.tick()
            reply = self._answer(request)
            self._keep()
        if waits := self.faults.take("slow", *where):
            time.sleep(float(waits))
        if self.faults.take("lost_answer", *where):
            return Reply(0)
        return Reply(500, b"broken\n", "text/plain") if self.faults.take("answer_500", *where) else reply

    def _answer(self, request: Request) -> Reply:
        form = request.form
        told = "".join(f"{name}{form[name]}" for name in sorted(form) if name != "sign" and form[name])
        if form.get("sign") != md5(self.key + told):
            return as_json({"code": 10, "msg": "签名错误"})
        desk = {UPLOAD: self._told, WISH: self._wished, WISHES: self._asked, SENT: self._sent, LEVELS: self._levels}
        if request.path not in desk:
            return as_json({"code": 404, "msg": "no such call"})
        return as_json({"code": 0, "msg": "执行成功", "data": desk[request.path](json.loads(form["biz"]))})

    # ---- calls ------------------------------------------------------------------------------------------------------
    def _told(self, orders: list[dict[str, Any]]) -> dict[str, Any]:
        answers = []
        for one in orders:
            name = str(one["so_id"])
            if not one.get("receiver_address"):
                answers.append({"so_id": name, "issuccess": False, "msg": "收货地址为空"})
                continue
            if name not in self.orders:
                lines = {str(item["outer_oi_id"]): [item["sku_id"], item["qty"]] for item in one["items"]}
                self.orders[name] = {
                    "left": lines,
                    "at": self.clock.now(),
                    "next_at": self.clock.now() + HOUR / self.speedup,
                }
                for sku, pieces in lines.values():
                    self._lock_pieces(sku, pieces)
            answers.append({"so_id": name, "issuccess": True, "o_id": len(self.orders)})
        return {"datas": answers}

    def _wished(self, wishes: list[dict[str, Any]]) -> dict[str, Any]:
        for one in wishes:
            lines = {str(item["outer_oi_id"]): item["qty"] for item in one["items"]}
            name = str(one["outer_as_id"])
            if name not in self.wishes:
                self.wishes[name] = {"order": one["so_id"], "lines": lines, "status": "WaitConfirm"}
                if not self.undecided:
                    self.decide(name)
        return {"datas": [{"outer_as_id": one["outer_as_id"], "issuccess": True} for one in wishes]}

    def _asked(self, told: dict[str, Any]) -> dict[str, Any]:
        state = self.faults.take("state", NAME, "", "refund/single/query")
        known = [name for name in told["outer_as_ids"] if name in self.wishes]
        return {"datas": [{"outer_as_id": name, "status": state or self.wishes[name]["status"]} for name in known]}

    def _sent(self, told: dict[str, Any]) -> dict[str, Any]:
        now = self.clock.now()
        return self._page([row for row in self.parcels if row["shows_at"] <= now], told, "datas")

    def _levels(self, told: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {"sku_id": sku, "qty": one["qty"], "order_lock": one["others"] + one["ours"], "modified": one["modified"],
             "ts": one["ts"]}
            for sku, one in self.shelves.items() if "ts" in one
        ]  # fmt: skip
        return self._page(rows, told, "inventorys")

    @staticmethod
    def _page(rows: list[dict[str, Any]], told: dict[str, Any], name: str) -> dict[str, Any]:
        size = min(MOST_PAGE, int(told["page_size"]))
        found = sorted((row for row in rows if row["ts"] >= told["ts"]), key=lambda row: row["ts"])
        begin = (int(told["page_index"]) - 1) * size
        return {name: found[begin : begin + size], "has_next": len(found) > begin + size}

    # ---- what happens there -----------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Send what is due to be sent."""
        now = self.clock.now()
        for name, order in self.orders.items():
            if order["next_at"] is not None and order["next_at"] <= now:
                order["next_at"] = None
                self.send(name)

    def send(self, name: str) -> dict[str, Any] | None:
        """What is left of an order leaves as a parcel; None when nothing is."""
        left = self.orders[name]["left"]
        items = [{"outer_oi_id": line, "sku_id": sku, "qty": pieces} for line, (sku, pieces) in left.items() if pieces]
        if not items:
            return None
        for item in items:
            left[item["outer_oi_id"]][1] = 0
            shelf = self.shelves.get(item["sku_id"])
            if shelf is not None and "ts" in shelf:
                shelf["qty"] -= item["qty"]
            self._lock_pieces(item["sku_id"], -item["qty"])
        now = self.clock.now()
        row = {
            "so_id": name, "io_id": 900000 + len(self.parcels), "l_id": f"YT{secrets.randbelow(10**13):013d}",
            "lc_id": "yuantong", "status": "Confirmed", "io_date": shanghai(now), "items": items, "ts": self._next(),
            "shows_at": now + (LATE if self._dice.random() < 0.25 else 0.0),
        }  # fmt: skip
        self.parcels.append(row)
        if self._dice.random() < 0.3:
            self.parcels.append({**row, "ts": self._next(), "shows_at": now})
        return row

    def decide(self, name: str) -> str:
        """Whether a wish is kept: all of it, or nothing."""
        wish = self.wishes[name]
        left = self.orders.get(wish["order"], {"left": {}})["left"]
        if wish["status"] == "WaitConfirm":
            there = all(line in left and left[line][1] >= pieces for line, pieces in wish["lines"].items())
            for line, pieces in wish["lines"].items() if there else ():
                left[line][1] -= pieces
                self._lock_pieces(left[line][0], -pieces)
            wish["status"] = "Confirmed" if there else "Rejected"
        return str(wish["status"])

    def count(self, sku: str, pieces: int, others: int = 0) -> None:
        """So many pieces lie there, some of them set aside for the orders of others."""
        ours = self.shelves.get(sku, {}).get("ours", 0)
        self.shelves[sku] = {"qty": pieces, "others": others, "ours": ours}
        self._modified(sku)

    def _lock_pieces(self, sku: str, pieces: int) -> None:
        shelf = self.shelves.setdefault(sku, {"qty": 0, "others": 0, "ours": 0})
        shelf["ours"] += pieces
        if "ts" in shelf:
            self._modified(sku)

    def _modified(self, sku: str) -> None:
        self.shelves[sku] |= {"ts": self._next(), "modified": shanghai(self.clock.now())}

    def _next(self) -> int:
        self.version += 1
        return self.version

    def _keep(self) -> None:
        kept = {name: getattr(self, name) for name in ("key", "orders", "wishes", "parcels", "shelves", "version")}
        write_private(self._file, json.dumps(kept, ensure_ascii=False))

    # ---- by hand ----------------------------------------------------------------------------------------------------
    def _played(self, request: Request) -> Reply:
        asked = request.json() if request.method == "POST" else {}
        try:
            self._play(asked or {})
        except (KeyError, TypeError, ValueError):
            return as_json({"error": "no such order, wish or count"}, 422)
        self._keep()
        known = {name: getattr(self, name) for name in ("orders", "wishes", "parcels", "shelves", "undecided")}
        return as_json(known)

    def _play(self, asked: dict[str, Any]) -> None:
        if "undecided" in asked:
            self.undecided = bool(asked["undecided"])
        if "sku" in asked:
            self.count(str(asked["sku"]), int(asked["count"]), int(asked.get("others", 0)))
        if asked.get("what") == "send":
            self.orders[str(asked["order"])]["next_at"] = None
            self.send(str(asked["order"]))
        if asked.get("what") == "decide":
            self.decide(str(asked["wish"]))
