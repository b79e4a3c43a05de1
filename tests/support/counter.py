"""A shop with a shirt in two sizes, a customer with an address, and the front door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.kernel.clock import ManualClock
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.payments.service import calls
from chalicelib.runtime import limits, settings
from tests.fakes.payments import FAKES
from tests.records.catalog import goods
from tests.support import people
from tests.support.bus import Bus
from tests.support.front import Answer, Front
from tests.support.world import secrets

ADDRESS = {
    "name": "王小明", "phone": "13800138000", "region": "310115", "province": "上海市", "city": "上海市",
    "district": "浦东新区", "line": "世纪大道 1 号", "default": True,
}  # fmt: skip


@dataclass
class Counter:
    """The counter of the shop: what a customer does there, by HTTP."""

    front: Front
    bus: Bus
    clock: ManualClock
    skus: list[str]
    token: str = ""

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        more.setdefault("token", self.token)
        return self.front.request(method, path, body, **more)

    def newcomer(self, phone: str = "13800138000") -> str:
        token = people.register(self.front, phone).token
        assert self.ask("POST", "/v1/me/addresses", ADDRESS, token=token).status == 201
        return token

    def quote(self, *items: tuple[int, int], service: str = "", **more: Any) -> dict[str, Any]:
        """A quote for (number of the SKU, quantity), or for the cart."""
        body: dict[str, Any] = (
            {"items": [{"sku": self.skus[n], "quantity": quantity} for n, quantity in items]} if items else {}
        )
        body |= {"service": service} if service else {}
        answer = self.ask("POST", "/v1/quotes", body, **more)
        assert answer.status == 200, answer.text
        return dict(answer.json)

    def place(self, quote: dict[str, Any], **more: Any) -> Answer:
        return self.ask("POST", "/v1/orders", {"quote": quote["quote"], **more})

    def shelf(self, n: int = 0) -> tuple[int, int]:
        shelf = inventory.read_levels([self.skus[n]])[self.skus[n]]
        return shelf.available, shelf.held

    def later(self, **by: float) -> list[str]:
        self.clock.advance(timedelta(**by))
        return self.bus.run()


@pytest.fixture
def counter(front, bus, engine) -> Counter:
    limits.forget()
    shirt = goods.product(goods.category("shirts", None, goods.FABRIC), goods.article(), goods.article(size="m"))
    skus = [f"{shirt.id}01", f"{shirt.id}02"]
    for n, sku in enumerate(skus):
        work = goods.work()
        work.add(*stock_steps.receive(sku, 5 + n))
        work.commit()
    made = Counter(front, bus, engine, skus)
    made.token = made.newcomer()
    return made


@pytest.fixture
def fake(counter):
    """WeChat Pay across the counter."""
    made = FAKES["wechat"]()
    made.now = counter.clock.now
    kept = settings._injected
    settings.use_secrets({**(kept or secrets()), "payments/wechat": made.config})
    calls.use_http(made)
    yield made
    calls.use_http(None)


class Fakes:
    """All providers across the counter; keeps what was sent."""

    def __init__(self, clock):
        self.all = {name: fake() for name, fake in FAKES.items()}
        self.sent = []
        for fake in self.all.values():
            fake.now = clock.now

    def __getitem__(self, name):
        return self.all[name]

    def request(self, method, url, headers, body):
        self.sent.append(body)
        fake = next(fake for fake in self.all.values() if url.startswith(fake.host))
        return fake.request(method, url, headers, body)


@pytest.fixture
def fakes(counter):
    made = Fakes(counter.clock)
    kept = settings._injected or secrets()
    settings.use_secrets({**kept, **{f"payments/{name}": fake.config for name, fake in made.all.items()}})
    calls.use_http(made)
    yield made
    calls.use_http(None)
