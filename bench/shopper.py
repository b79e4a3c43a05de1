"""A customer over HTTP: registers, fills the cart, asks a quote, places, pays at the simulator, waits to see it paid.

Used by the bench, by the end-to-end run and by stories on the engine; it knows the API, the cashier and nothing else.
"""

import itertools
import json
import random
import re
import time
from typing import Any

import urllib3

TERMS = "2026-01"
_numbers = itertools.count(random.SystemRandom().randrange(10**8))


class Unexpected(AssertionError):
    """An answer that a shopper did not expect; holds what was said."""


class Shopper:
    """One customer with a token, an address and a SKU to buy."""

    def __init__(self, base: str, cashier: str, *, sku: str | None = None) -> None:
        self.base, self.cashier = base, cashier
        self.http = urllib3.PoolManager(maxsize=4, retries=False, timeout=urllib3.Timeout(connect=5, read=60))
        self.token = ""
        self.phone = f"139{next(_numbers) % 10**8:08d}"
        self.register()
        self.sku = sku or self.find_sku()

    # ---- the wire -----------------------------------------------------------------------------------------------------
    def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, expect: int | None = None
    ) -> Any:
        """The JSON of an answer below 400 (or of status `expect`). Raises Unexpected."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Language": "en"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        sent = None if body is None else json.dumps(body).encode()
        answer = self.http.request(method, self.base + path, body=sent, headers=headers)
        if answer.status >= 400 if expect is None else answer.status != expect:
            raise Unexpected(f"{method} {path}: {answer.status} {answer.data[:600].decode(errors='replace')}")
        return json.loads(answer.data) if answer.data and b"json" in answer.headers["Content-Type"].encode() else None

    def simulate(self, path: str, body: Any) -> Any:
        answer = self.http.request("POST", f"{self.cashier}/_sim/{path}", body=json.dumps(body).encode())
        if answer.status >= 400:
            raise Unexpected(f"{path}: {answer.status} {answer.data[:300]!r}")
        return json.loads(answer.data)

    # ---- the journey --------------------------------------------------------------------------------------------------
    def register(self) -> None:
        """Phone and code; the code is read where a telephone would show it. With a default address."""
        self.ask("POST", "/v1/auth/codes", {"phone": self.phone, "purpose": "register"})
        told = self.ask("POST", "/v1/auth/register", {"phone": self.phone, "code": self.code(), "terms": TERMS})
        self.token = told["access_token"]
        self.ask(
            "POST",
            "/v1/me/addresses",
            {
                "name": "王小明",
                "phone": self.phone,
                "region": "310115",
                "province": "上海市",
                "city": "上海市",
                "district": "浦东新区",
                "line": "世纪大道 1 号",
                "default": True,
            },
        )

    def code(self, patience: float = 30) -> str:
        deadline = time.monotonic() + patience
        while True:
            letters = [m for m in self.ask("GET", "/dev/outbox") if str(m["to"]).endswith(self.phone)]
            if letters and (found := re.search(r"\d{6}", letters[0]["text"])):
                return found.group()
            if time.monotonic() > deadline:
                raise Unexpected(f"no code came to {self.phone}")
            time.sleep(0.1)

    def find_sku(self) -> str:
        for product in self.ask("GET", "/v1/products?limit=20")["items"]:
            for sku in self.ask("GET", f"/v1/products/{product['id']}")["skus"]:
                if sku["availability"] == "in_stock":
                    return str(sku["sku"])
        raise Unexpected("nothing is in stock")

    def put_in_cart(self, quantity: int = 1) -> None:
        self.ask("PUT", f"/v1/cart/items/{self.sku}", {"quantity": quantity})

    def quote(self, body: Any = None) -> str:
        return str(self.ask("POST", "/v1/quotes", body or {})["quote"])

    def place(self, quote: str) -> str:
        return str(self.ask("POST", "/v1/orders", {"quote": quote})["order_id"])

    def pay(self, order: str, provider: str = "wechat", product: str = "native") -> str:
        """Start a payment and pay it as the payer's wallet would. Answers the payment's id."""
        started = self.ask(
            "POST", f"/v1/orders/{order}/payments", {"provider": provider, "product": product}, key=f"pay-{order}"
        )
        self.simulate("pay", {"provider": provider, "number": started["id"]})
        return str(started["id"])

    def state(self, order: str) -> str:
        return str(self.ask("GET", f"/v1/orders/{order}")["state"])

    def wait_until_paid(self, order: str, patience: float = 60) -> None:
        deadline = time.monotonic() + patience
        while (state := self.state(order)) != "paid":
            if time.monotonic() > deadline:
                raise Unexpected(f"{order} is {state} after {patience:g} s")
            time.sleep(0.02)
