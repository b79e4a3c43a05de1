"""The carriers, played on this machine: SF Express, JD Logistics, Kuaidi100 and a city courier with keys and a book of their own.

A parcel that is booked moves by itself, a step each business hour divided by the speed-up, or by hand (`/yard`). What SF and
Kuaidi100 push comes as it does in life: some of it twice, some of it in another order, again until it is taken. Of the knobs
`down`, `throttle`, `lost_answer` and `answer_500` a carrier has its own, by its name (POST /_sim/faults).
"""

from __future__ import annotations

import http.client
import json
import random
import secrets
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .carrier_desk import HOUR, Desk, carrier_of, city_push, kd_result, md5, sf_routes, text
from .faults import Faults
from .keys import write_private
from .notifier import post, target
from .wire import Clock, Reply, Request, shanghai

AGAIN, MOST_TRIES = 300.0, 8
Step = tuple[str, str, str, str]  # SF's code, JD's word, Kuaidi100's state, what is said
WAY: tuple[Step, ...] = (
    ("50", "揽收", "1", "已收取快件"),
    ("30", "运输", "0", "快件在【深圳集散中心】完成分拣，准备发往下一站"),
    ("31", "运输", "0", "快件到达【上海集散中心】"),
    ("44", "派送", "5", "正在派送途中，派送员 李师傅，电话 13912345678"),
    ("80", "妥投", "3", "已签收，感谢使用"),
)
BY_HAND: dict[str, Step] = {
    "exception": ("33", "异常", "2", "收件人不在，约定再派"),
    "station": ("125", "自提", "501", "快件已到驿站，请凭取货码领取"),
    "signed": ("80", "妥投", "3", "已签收"),
    "back": ("99", "逆向", "6", "应客户要求退回"),
    "strange": ("607", "新的状态", "8", "一个谁也不认识的状态"),
}
SENDER = {
    "sender_name": "集市仓库", "sender_phone": "075512345678", "sender_province": "广东省", "sender_city": "深圳市",
    "sender_district": "南山区", "sender_line": "科技园 1 号",
}  # fmt: skip
LOST, TAKEN = (OSError, ValueError, http.client.HTTPException), ("0000", "200", 0)
JD_CODES = {"3001": "done_before", "3002": "not_known", "3003": "too_late", "3004": "misconfigured"}


class Carriers:
    """Everything that the carriers know; the state folder keeps it."""

    def __init__(
        self, state: Path, clock: Clock, faults: Faults, speedup: float, merchant: str, seed: int | None = None
    ) -> None:
        self.clock, self.faults, self.speedup, self.merchant = clock, faults, speedup, merchant.rstrip("/")
        self.url = ""
        self._file, self._lock, self._stop = state / "carriers.json", threading.RLock(), threading.Event()
        self._desk = Desk(self)
        self._dice = random.Random(seed)  # noqa: S311  # which pushes come twice is no secret
        held = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.keys: dict[str, str] = {
            name: secrets.token_hex(20) for name in ("sf", "push", "jd", "kuaidi100", "prices", "salt", "city")
        } | held.get("keys", {})
        self.parcels: dict[str, dict[str, Any]] = held.get("parcels", {})
        self.owed: list[dict[str, Any]] = held.get("owed", [])
        self.keep()
        self._thread = threading.Thread(target=self._run, name="carriers", daemon=True)

    def merchants(self, url: str) -> dict[str, dict[str, Any]]:
        """What a shop under contract with them holds."""
        self.url = url
        keys = self.keys
        return {
            "shipping/sf": {
                "base_url": f"{url}/std/service",
                "partner_id": "JISHI",
                "checkword": keys["sf"],
                "monthly_card": "7551234567",
                "push_secret": keys["push"],
                **SENDER,
            },
            "shipping/jd": {
                "base_url": url,
                "app_key": "jishi",
                "app_secret": keys["jd"],
                "access_token": "simulated",
                "customer_code": "010K000001",
                "answer_codes": JD_CODES,
                **SENDER,
            },
            "shipping/kuaidi100": {
                "poll_url": url,
                "api_url": url,
                "customer": "JISHI",
                "key": keys["kuaidi100"],
                "secret": keys["prices"],
                "salt_secret": keys["salt"],
                "sender_city": "广东深圳南山区",
            },
            "shipping/city": {"base_url": url, "app_key": "jishi", "app_secret": keys["city"], **SENDER},
        }

    # ---- calls ------------------------------------------------------------------------------------------------------
    def respond(self, request: Request) -> Reply | None:
        """Answer a carrier's call; None when the path is none of theirs."""
        if not (name := carrier_of(request.path)):
            return None
        if self.faults.take("down", name):
            return Reply(503, b"down\n", "text/plain")
        if self.faults.take("throttle", name):
            return Reply(429, b"later\n", "text/plain")
        with self._lock:
            reply = self._desk.respond(request)
        if self.faults.take("lost_answer", name):
            return Reply(0)
        return Reply(500, b"broken\n", "text/plain") if self.faults.take("answer_500", name) else reply

    # ---- the book ---------------------------------------------------------------------------------------------------
    def book(self, number: str, carrier: str, prefix: str, waybill: str = "") -> dict[str, Any]:
        parcel = {
            "number": number, "carrier": carrier, "waybill": waybill or f"{prefix}{secrets.randbelow(10**12):012d}",
            "state": "booked", "traces": [], "next_at": self.clock.now() + HOUR / self.speedup,
        }  # fmt: skip
        self.parcels[number] = parcel
        self.keep()
        return parcel

    def cancelled(self, parcel: dict[str, Any]) -> dict[str, Any]:
        parcel["state"] = "cancelled"
        self.keep()
        return {"orderId": parcel["number"]}

    def of(self, waybill: str) -> dict[str, Any] | None:
        return next((one for one in self.parcels.values() if one["waybill"] == waybill), None)

    def listed(self) -> list[dict[str, Any]]:
        """All parcels, newest first."""
        with self._lock:
            return json.loads(json.dumps(list(self.parcels.values())))[::-1]

    def move(self, number: str, what: str = "next") -> dict[str, Any]:
        """Something happens to a parcel: the next step of its way, or one of BY_HAND. Raises ValueError."""
        with self._lock:
            parcel = self.parcels.get(number)
            if parcel is None or parcel["state"] == "cancelled" or what not in ("next", *BY_HAND):
                raise ValueError("no such parcel, or no such step")
            done = sum(not one["by_hand"] for one in parcel["traces"])
            if what == "next" and done >= len(WAY):
                raise ValueError("it has come to its end")
            sf, jd, kd, words = WAY[done] if what == "next" else BY_HAND[what]
            at = max(self.clock.now(), *(one["second"] + 1 for one in parcel["traces"]), 0)
            trace = {"at": shanghai(at), "second": int(at), "sf": sf, "jd": jd, "kd": kd, "words": words}
            parcel["traces"].append(trace | {"by_hand": what != "next"})
            parcel["next_at"] = self.clock.now() + HOUR / self.speedup if what == "next" else None
            self._owe(parcel, len(parcel["traces"]) - 1)
            self.keep()
            return dict(parcel)

    def repeat(self, number: str) -> int:
        """Push everything that is known of a parcel once more, in another order. Returns how many pushes."""
        with self._lock:
            parcel = self.parcels[number]
            order = list(range(len(parcel["traces"])))
            self._dice.shuffle(order)
            for index in order:
                self._owe(parcel, index)
            self.keep()
            return len(order)

    def _owe(self, parcel: dict[str, Any], index: int) -> None:
        """A push is due: at once, some a while later than the next one, some twice."""
        if parcel["carrier"] not in ("sf", "city") and not parcel.get("followed"):
            return
        now = self.clock.now()
        late = HOUR * 1.5 / self.speedup if self._dice.random() < 0.25 else 0.0
        for wait in (late, late + 1.0)[: 1 + (self._dice.random() < 0.3)]:
            self.owed.append({"number": parcel["number"], "index": index, "at": now + wait, "tries": 0})

    def keep(self) -> None:
        kept = {"keys": self.keys, "parcels": self.parcels, "owed": self.owed}
        write_private(self._file, json.dumps(kept, ensure_ascii=False))

    # ---- pushes -----------------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            self.tick()

    def tick(self) -> None:
        """Move what is due to move, and send what is due to be sent."""
        now = self.clock.now()
        with self._lock:
            due = [n for n, one in self.parcels.items() if one["state"] == "booked" and _due(one["next_at"], now)]
        for number in due:
            try:
                self.move(number)
            except ValueError:
                with self._lock:
                    self.parcels[number]["next_at"] = None
        with self._lock:
            ready = [one for one in self.owed if one["at"] <= now]
        for one in ready:
            self._send(one)

    def _send(self, owed: dict[str, Any]) -> None:
        with self._lock:
            parcel = json.loads(json.dumps(self.parcels[owed["number"]]))
        url, media, body = self._pushed(parcel, owed["index"])
        try:
            _, answer = post(target(url, self.merchant), {"Content-Type": media}, body, 5.0)
            told = json.loads(answer)
            taken = told.get("return_code", told.get("returnCode", told.get("code"))) in TAKEN
        except LOST:
            taken = False
        with self._lock:
            self.owed.remove(owed)
            if not taken and owed["tries"] < MOST_TRIES:
                again = self.clock.now() + max(1.0, AGAIN / self.speedup)
                self.owed.append({**owed, "tries": owed["tries"] + 1, "at": again})
            self.keep()

    def _pushed(self, parcel: dict[str, Any], index: int) -> tuple[str, str, bytes]:
        """Where a push goes, of what kind it is, and what it says: one route of SF's, or the whole list of Kuaidi100's."""
        if parcel["carrier"] == "sf":
            route = sf_routes(parcel)[index]
            told = {
                **route,
                "mailno": parcel["waybill"],
                "orderid": parcel["number"],
                "id": f"{parcel['waybill']}{index}",
            }
            url = f"{self.merchant}/v1/webhooks/carriers/sf/{self.keys['push']}"
            return url, "application/json", text({"Body": {"WaybillRoute": [told]}}).encode()
        if parcel["carrier"] == "city":
            url = f"{self.merchant}/v1/webhooks/carriers/city/{parcel['number']}"
            return url, "application/json", city_push(parcel, self.keys["city"]).encode()
        followed = parcel["followed"]
        param = text({"status": "polling", "message": "", "lastResult": kd_result(parcel, followed["company"])})
        body = urlencode({"param": param, "sign": md5(param + followed["salt"]).upper()}).encode()
        return followed["url"], "application/x-www-form-urlencoded", body


def _due(at: float | None, now: float) -> bool:
    return at is not None and at <= now
