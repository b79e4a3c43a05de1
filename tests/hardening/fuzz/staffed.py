"""A shop full of things to break into: one person of every role, goods, orders, payments and refunds in every state.

It stands on the proof's engine, so that it can be put back in microseconds before each attempt.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chalicelib.records.identity.accounts.service import presence
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.messages.channels import outbox
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.runtime import keys, limits, vault, workers, world
from tests.hardening.fuzz.gate import ADDRESS as HERE
from tests.hardening.fuzz.gate import Answer, ask
from tests.hardening.proof.cloud import Cloud
from tests.hardening.proof.counter import CounterShop
from tests.hardening.proof.hook import Reply
from tests.records.catalog import goods
from tests.support.counter import ADDRESS
from tests.support.people import last_code, token

STAFF = ("operator", "finance", "support", "admin")
PHONES = {"customer": "13800138000", "stranger": "13900139000"}
PASSWORD = "long enough 1"
DOORS = {name: f"/v1/webhooks/{name}/pay" for name in PROVIDERS}
QUEUES = {"QUEUES": "q-CheckoutQueue-A1"}


class CloudWithQueues(Cloud):
    """The proof's cloud, with queues that can be looked into."""

    def answer(self, service: str, op: str, body: Any) -> Reply:
        if service == "sqs" and op in LOOKING:
            return Reply(200, LOOKING[op](self.queues.get(body["QueueUrl"].rpartition("/")[2], []), body))
        return super().answer(service, op, body)


def _received(held: list[Any], body: Any) -> dict[str, Any]:
    taken = held[: body.get("MaxNumberOfMessages", 1)]
    told = [{"MessageId": m["MessageId"], "ReceiptHandle": m["MessageId"], "Body": m["Body"]} for m in taken]
    return {"Messages": told} if told else {}


def _deleted(held: list[Any], body: Any) -> dict[str, Any]:
    gone = {one["ReceiptHandle"] for one in body["Entries"]}
    held[:] = [message for message in held if message["MessageId"] not in gone]
    return {"Successful": [{"Id": one["Id"]} for one in body["Entries"]], "Failed": []}


DEAD = {"RedrivePolicy": '{"deadLetterTargetArn": "arn:q-CheckoutDeadLetters-B2"}'}
LOOKING = {
    "GetQueueAttributes": lambda held, body: {
        "Attributes": dict.fromkeys(body["AttributeNames"], str(len(held))) | DEAD
    },
    "ReceiveMessage": _received,
    "DeleteMessageBatch": _deleted,
}


class StaffedShop(CounterShop):
    """The stage. `things` are the values that path variables and fields of these names may take; `tokens` by role."""

    def __init__(self) -> None:
        super().__init__()
        cloud = CloudWithQueues()
        cloud.engine = self.cloud.engine
        self.cloud = cloud
        self.consumers = workers.CONSUMERS
        self.secrets |= keys.complete({})
        self.tokens: dict[str, str] = {}
        self.refreshers: dict[str, str] = {}
        self.things: dict[str, list[str]] = {}
        self.saved: Any = None

    @contextmanager
    def running(self) -> Iterator[StaffedShop]:
        """Stand the process here, with everybody at home; `back()` returns to this moment."""
        with self.standing():
            os.environ.update(PERSONAL_KEY="key", **QUEUES)
            os.environ["LIMIT_SCALE"] = "100000"
            world.current().clock = _Clock(self)  # type: ignore[attr-defined]  # goods move their clock
            _forget()
            self._settle_in()
            self.saved = self.snapshot()
            try:
                yield self
            finally:
                _forget()

    def back(self) -> None:
        self.restore(self.saved)
        limits.forget()
        outbox.clear()

    def say(
        self, method: str, path: str, body: Any = None, *, role: str = "", key: str = "", ip: str = HERE, **headers: str
    ) -> Answer:
        told = {"Content-Type": "application/json", **headers}
        if role:
            told["Authorization"] = f"Bearer {self.tokens[role]}"
        if key:
            told["Idempotency-Key"] = key
        bare, _, query = path.partition("?")
        return ask(method, bare, b"" if body is None else json.dumps(body).encode(), told, query, ip=ip)

    def want(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self.say(method, path, body, **more)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json

    def mark(self) -> tuple[int, int, int]:
        """Grows with whatever is written anywhere, but for the limiter's counts."""
        written, bus, queues = super().mark()
        return written - sum(one.table == "jishi-limits" for one in self.cloud.engine.log), bus, queues

    def state(self) -> Any:
        """All that is stored but for the limiter's counts."""
        return {name: rows for name, rows in self.tables().items() if name != "jishi-limits"}, list(self.cloud.bus)

    # -- settling in ----------------------------------------------------------------------------------------------
    def _settle_in(self) -> None:
        shelf = goods.category("shirts", None, goods.FABRIC, goods.SEASON)
        shirt = goods.product(shelf, goods.article(), goods.article(size="m"))
        draft = goods.product(shelf, goods.article("blue"), publish=False)
        skus = [f"{shirt.id}01", f"{shirt.id}02"]
        for sku in skus:
            made = goods.work()
            made.add(*_receive(sku))
            made.commit()
        self.things = {"sku": skus, "category_id": [shelf], "product_id": [shirt.id, draft.id]}
        for role in STAFF:
            self.sign_in(role)
            self.things.setdefault("user_id", []).append(staff.demo(role).account)
        guest = self.want("POST", "/v1/auth/guests")
        self.tokens["guest"] = guest["access_token"]
        for role, phone in PHONES.items():
            self.register(role, phone)
        self._trade(skus)

    def sign_in(self, role: str) -> None:
        """A member of staff, with a second factor shown just now."""
        self.tokens[role] = token(staff.demo(role).account, role, fresh=True)

    def register(self, role: str, phone: str, **more: Any) -> None:
        self.want("POST", "/v1/auth/codes", {"purpose": "register", "phone": phone})
        told = self.want(
            "POST",
            "/v1/auth/register",
            {"phone": phone, "code": last_code(), "terms": "2026-01", "password": PASSWORD, **more},
        )
        self.tokens[role], self.refreshers[role] = told["access_token"], told["refresh_token"]
        home = self.want("POST", "/v1/me/addresses", {**ADDRESS, "phone": phone, "default": True}, role=role)
        self.things.setdefault("address_id", []).append(home["address_id"])
        self.things.setdefault("user_id", []).append(told["user_id"])

    def place(self, sku: str, role: str = "customer", **more: Any) -> str:
        told = self.want("POST", "/v1/quotes", {"items": [{"sku": sku, "quantity": 1}]}, role=role)
        return str(self.want("POST", "/v1/orders", {"quote": told["quote"], **more}, role=role)["order_id"])

    def pay(self, order: str, provider: str) -> str:
        body = {"provider": provider, "product": {"wechat": "native", "alipay": "qr", "unionpay": "qr"}[provider]}
        return str(self.want("POST", f"/v1/orders/{order}/payments", body, role="customer", key=f"pay:{order}")["id"])

    def paid(self, payment: str, provider: str) -> None:
        """The payer pays, and the provider tells us."""
        fake = self.fakes[provider]
        fake.pay(payment)
        done = self.deliver(DOORS[provider], fake.notice(payment))
        assert done.status < 300, done

    def carry(self) -> None:
        """The post, once: what was committed reaches every consumer that wants it."""
        self.relay()
        self.route()
        for name in self.consumers:
            while self.post.queues.get(name):
                self.work(name)

    def _trade(self, skus: list[str]) -> None:
        placed, paying, paid, kept = (self.place(skus[0]) for _ in range(4))
        other = self.place(skus[1], "stranger")
        payments = [self.pay(paying, "wechat"), self.pay(paid, "alipay"), self.pay(kept, "unionpay")]
        self.paid(payments[1], "alipay")
        self.paid(payments[2], "unionpay")
        refund = self.want(
            "POST", "/v1/admin/refunds", {"order_id": paid, "reason": "came late"}, role="support", key="r"
        )
        quotes = [
            self.want("POST", "/v1/quotes", {"items": [{"sku": sku, "quantity": 1}]}, role="customer") for sku in skus
        ]
        self.want("PUT", f"/v1/cart/items/{skus[0]}", {"quantity": 2}, role="customer")
        self.want("PUT", f"/v1/cart/items/{skus[1]}", {"quantity": 1}, role="guest")
        self.carry()
        self.things |= {
            "order_id": [placed, paying, paid, kept, other],
            "payment_id": payments,
            "refund_id": [refund["id"]],
            "quote": [told["quote"] for told in quotes],
            "guest_token": [self.tokens["guest"]],
            "matter": [placed],
            "refresh_token": list(self.refreshers.values()),
            "name": ["checkout", "placing"],
            "fabric": ["fabric"],
        }


class _Clock:
    """The stage's clock, which goods may move."""

    def __init__(self, shop: StaffedShop) -> None:
        self.shop = shop
        self.now = shop.now

    def advance(self, by: Any) -> None:
        self.shop.at += by


def _receive(sku: str) -> Any:

    return stock_steps.receive(sku, 1000)


def _forget() -> None:
    for forget in (limits.forget, vault.forget, presence.forget, outbox.clear):
        forget()
