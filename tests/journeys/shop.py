"""A person at the shop, by HTTP alone: the API as a client sees it, the cashier as a payer's phone sees it."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

PATIENCE = 40.0
ADDRESS = {
    "name": "王小明", "phone": "13800138000", "region": "310115", "province": "上海市", "city": "上海市",
    "district": "浦东新区", "line": "世纪大道 1 号",
}  # fmt: skip


class Answer(NamedTuple):
    status: int
    json: Any
    headers: dict[str, str]


def call(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """One request; an HTTP refusal is an answer."""
    data = None if body is None else json.dumps(body).encode()
    told = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data, told, method=method)  # noqa: S310  # loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # loopback
            return _answer(answer.status, answer.read(), answer.headers)
    except urllib.error.HTTPError as error:
        return _answer(error.code, error.read(), error.headers)


def _answer(status: int, body: bytes, headers: Any) -> Answer:
    lowered = {name.lower(): value for name, value in headers.items()}
    return Answer(status, json.loads(body) if "json" in lowered.get("content-type", "") and body else None, lowered)


class Shop:
    """The shop's two addresses."""

    def __init__(self, base: str, cashier: str) -> None:
        self.base, self.cashier = base.rstrip("/"), cashier.rstrip("/")

    def visitor(self) -> Person:
        return Person(self)

    def customer(self) -> Person:
        """Somebody new: registered by phone and code, with an address."""
        person = Person(self)
        person.register()
        person.want("POST", "/v1/me/addresses", {**ADDRESS, "default": True}, status=201)
        return person

    def texts_to(self, phone: str) -> list[str]:
        """What was sent to a phone, the latest first."""
        sent = call("GET", f"{self.base}/dev/outbox").json
        return [message["text"] for message in sent if message["to"].endswith(phone)]

    def code_sent_to(self, phone: str) -> str:
        found = re.search(r"\d{6}", self.texts_to(phone)[0])
        assert found is not None
        return found.group()

    def articles(self, pieces: int = 3) -> list[tuple[str, dict[str, Any]]]:
        """(sku, its entry on the product page) of things that can be bought, from the first pages of the shop."""
        found: list[tuple[str, dict[str, Any]]] = []
        cards = call("GET", f"{self.base}/v1/products?limit=20").json["items"]
        for card in cards:
            page = call("GET", f"{self.base}/v1/products/{card['id']}").json
            found += [(sku["sku"], sku) for sku in page["skus"] if sku["availability"] == "in_stock"][:2]
            if len(found) >= pieces:
                break
        return found

    def pay(self, payment: dict[str, Any], times: int = 1) -> Answer:
        """Pay as the payer does: from what the terminal was handed where it was handed something to a wallet."""
        told = payment["next_action"]
        asked: dict[str, Any] = {"provider": payment["provider"], "number": payment["id"], "times": times}
        if told["kind"] in ("redirect", "form"):
            self.open(told)
        elif "order_string" in told["fields"]:
            asked = {"order_string": told["fields"]["order_string"]}
        elif told["kind"] == "client" and payment["product"] in ("jsapi", "mini"):
            asked |= {"params": told["fields"]}
        return call("POST", f"{self.cashier}/_sim/pay", asked)

    def open(self, next_action: dict[str, Any]) -> None:
        """Follow a redirect, or post a form, as a browser does."""
        data = urllib.parse.urlencode(next_action["fields"]).encode() if next_action["kind"] == "form" else None
        with urllib.request.urlopen(next_action["url"], data, timeout=30) as page:  # noqa: S310  # loopback
            assert page.status == 200

    def faults(self, **knobs: Any) -> None:
        assert call("POST", f"{self.cashier}/_sim/faults", knobs).status == 200

    def no_faults(self) -> None:
        call("DELETE", f"{self.cashier}/_sim/faults")


class Person:
    """Somebody with a token, or nobody yet."""

    def __init__(self, shop: Shop, token: str = "") -> None:
        self.shop, self.token, self.phone = shop, token, ""

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Answer:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            told["Authorization"] = f"Bearer {self.token}"
        if key is not None or method == "POST":
            told["Idempotency-Key"] = key or uuid.uuid4().hex
        return call(method, self.shop.base + path, body, told)

    def want(self, method: str, path: str, body: Any = None, *, status: int = 200, key: str | None = None) -> Any:
        """The answer's JSON; any other status fails."""
        answer = self.call(method, path, body, key=key)
        assert answer.status == status, (method, path, answer.status, answer.json)
        return answer.json

    def register(self) -> None:
        self.phone = f"139{uuid.uuid4().int % 10**8:08d}"
        self.want("POST", "/v1/auth/codes", {"phone": self.phone, "purpose": "register"}, status=202)
        code = self.shop.code_sent_to(self.phone)
        told = self.want(
            "POST", "/v1/auth/register", {"phone": self.phone, "code": code, "terms": "2026-01"}, status=201
        )
        self.token = told["access_token"]

    def become_guest(self) -> None:
        self.token = self.want("POST", "/v1/auth/guests", status=201)["access_token"]

    def quote(self, *items: tuple[str, int]) -> dict[str, Any]:
        body = {"items": [{"sku": sku, "quantity": quantity} for sku, quantity in items]} if items else {}
        told: dict[str, Any] = self.want("POST", "/v1/quotes", body)
        return told

    def place(self, quote: dict[str, Any], **more: Any) -> str:
        return str(self.want("POST", "/v1/orders", {"quote": quote["quote"], **more}, status=201)["order_id"])

    def buy(self, *items: tuple[str, int]) -> str:
        return self.place(self.quote(*items))

    def start(self, order: str, provider: str = "wechat", product: str = "native", **more: Any) -> dict[str, Any]:
        body = {"provider": provider, "product": product, **more}
        told: dict[str, Any] = self.want("POST", f"/v1/orders/{order}/payments", body, status=201)
        return told

    def order(self, order: str) -> dict[str, Any]:
        told: dict[str, Any] = self.want("GET", f"/v1/orders/{order}")
        return told

    def wait_for(self, order: str, state: str) -> dict[str, Any]:
        """The order once it has come to this state."""
        return eventually(lambda: self.order(order), lambda told: told["state"] == state)


def eventually(look: Callable[[], Any], good: Callable[[Any], bool], patience: float = PATIENCE) -> Any:
    """What `look` sees once it is good; fails with what it saw last."""
    deadline = time.monotonic() + patience
    while True:
        seen = look()
        if good(seen):
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(0.2)
