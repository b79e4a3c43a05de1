"""The shop across the counter from its providers, for notices: real adapters, real front door, the proof's engine.

The providers are the fakes of tests/records/payments (keys and wire formats of their own); every notice comes in by its webhook
route as the gateway hands it over. What a notice changed is told by the engine's log: nothing else keeps state.
"""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from chalicelib.kernel.clock import millis
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering import consumers as ordering
from chalicelib.processes.paying import consumers as paying
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderPayDue
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import PaymentQueryDue
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.providers.port import CreateResult, NextAction, RawNotify
from chalicelib.records.payments.rules import next_query
from chalicelib.records.payments.service import attempts, calls
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime import clients, observe
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.fakes.payments import FAKES, NOW
from tests.fakes.payments.common import Trade
from tests.hardening.proof.hook import HOOK, Hook, Lost, Reply
from tests.hardening.proof.shop import Shop
from tests.support.trade import line, promised

SKU, STOCK = "P01KJPB7WG0000000000000000A", 20
BUYER, SHOP = Caller("C01KJPB7WG0000000000000000A", "customer"), Caller("S01KJPB7WG0000000000000000A", "staff")
UNIT, FREIGHT = 1500, 600
PRODUCT = {"wechat": "native", "alipay": "qr", "unionpay": "qr"}
ROUTES = {(name, kind): f"/v1/webhooks/{name}/{kind}" for name in PRODUCT for kind in ("pay", "refund")}
MEDIA = {"wechat": "application/json", "alipay": "application/x-www-form-urlencoded"}
_kept: dict[str, Any] = {}  # a client takes longer to make than a notice to answer
_front: list[Any] = []


class Answer(NamedTuple):
    """What the provider was answered, whether anything was written, and what was counted."""

    status: int
    body: str
    wrote: bool
    counted: Mapping[str, int]


class _Wire:
    """HttpPort to whichever fake the host belongs to, through the hook."""

    def __init__(self, fakes: Mapping[str, Any]) -> None:
        self.fakes = {urlsplit(fake.host).netloc: fake for fake in fakes.values()}

    def request(self, method: str, url: str, headers: Any, body: bytes) -> Any:
        fake = self.fakes[urlsplit(url).netloc]
        told: list[Any] = []

        def effect() -> Reply:
            told.append(fake.request(method, url, headers, body))
            return Reply(200, None)

        try:
            HOOK.passing(f"provider:{fake.name}", method, url, effect)
        except Lost:
            from chalicelib.records.payments.providers.port import NoAnswer

            raise NoAnswer("lost") from None
        return told[0]


class CounterShop(Shop):
    """The stage."""

    def __init__(self) -> None:
        self.fakes: dict[str, Any] = {name: fake() for name, fake in FAKES.items()}
        listening = (ordering.worker, paying.worker)
        super().__init__(_Books(self.fakes), consumers={one.name: one for one in listening})
        self.at = NOW
        for name, fake in self.fakes.items():
            fake.now = self.now
            self.secrets[f"payments/{name}"] = fake.config
        self.counted: Count[str] = Count()

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        with super().standing() as hook:
            clients._clients.update(_kept)
            observe.count = self._count
            calls.use_http(_Wire(self.fakes))
            try:
                yield hook
            finally:
                _kept.update(clients._clients)
                calls.use_http(None)

    def _count(self, name: str, **dimensions: str) -> None:
        self.counted[f"{name} {dimensions.get('provider', '')}".strip()] += 1

    # -- making ---------------------------------------------------------------------------------------------------
    def stock(self, pieces: int = STOCK) -> None:
        work = Work(SHOP, "setup")
        work.add(*stock_steps.receive(SKU, pieces))
        work.commit()

    def order(self, quantity: int = 2) -> str:
        """An order whose stock is held, as placing leaves it: ¥15.00 a piece and ¥6.00 freight."""
        work = Work(BUYER, "setup")
        quote = promised(work.new_id("O"), BUYER.id, [line(SKU, quantity, UNIT)], FREIGHT)
        work.add(
            *stock_steps.hold([(SKU, 0, quantity)]), order_steps.open(quote, work.now, orders.pay_deadline(work.now))
        )
        work.publish(OrderPayDue(quote.order_id), at=orders.pay_deadline(work.now))
        work.commit()
        return quote.order_id

    def attempt(self, order_id: str, provider: str) -> str:
        """An attempt that the provider has taken; its completer is armed."""
        order, work = orders.find(order_id), Work(BUYER, "setup")
        payment = attempts.draft(
            order_id,
            int(order.attempts or 0) + 1,
            customer=order.customer,
            provider=provider,
            product=PRODUCT[provider],
            amount=Fen(int(order.payable)),
            now=work.now,
            expires=orders.pay_deadline(work.now),
        )
        work.add(order_steps.count_attempt(order), attempt_steps.open(payment))
        work.publish(PaymentQueryDue(payment.id, 0), at=next_query(work.now, orders.pay_deadline(work.now), 0))
        work.commit()
        again = Work(BUYER, "setup")
        result = CreateResult(NextAction("qr", "https://pay.test/x"), orders.pay_deadline(work.now))
        again.add(attempt_steps.prepare(payment, result, kept=False))
        again.commit()
        self.fakes[provider].book[payment.id] = Trade(int(order.payable))
        return str(payment.id)

    def give_back(self, number: str, amount: int) -> str:
        """A refund that was decided and that the provider has been asked for."""
        payment, work = attempts.find(number), Work(SHOP, "setup")
        refund = work.new_id("R")
        work.add(*refund_steps.order_back(refund, payment, Fen(amount), work.now, by=SHOP.id, reason="broken"))
        work.commit()
        self.fakes[payment.provider].give_back(number, refund, amount)
        return refund

    # -- notices --------------------------------------------------------------------------------------------------
    def deliver(self, path: str, notice: RawNotify, media: str | None = None) -> Answer:
        """One notice through the front door."""
        provider = path.split("/")[3]
        sent = media or MEDIA.get(provider, MEDIA["alipay"])
        headers = {name: value for name, value in notice.headers.items() if name.lower() != "content-type"}
        before, self.counted = self.mark(), Count()
        answer = _client().request("POST", path, headers={**headers, "Content-Type": sent}, body=notice.body)
        return Answer(answer.status_code, answer.body.decode(), self.mark() != before, dict(self.counted))

    def mark(self) -> tuple[int, int, int]:
        """Grows with whatever is written anywhere."""
        queues = sum(len(held) for held in self.cloud.queues.values())
        return len(self.cloud.engine.log), len(self.cloud.bus), queues

    def tables(self) -> dict[str, Any]:
        """Every table as it stands."""
        return {name: self.cloud.engine.rows(name) for name in self.cloud.engine.tables}

    # -- looking --------------------------------------------------------------------------------------------------
    def books(self) -> dict[str, Any]:
        """What everything came to: states, amounts and stock, without the instants at which it came about."""
        stock = [row for row in self.rows(Stock) if row.part.startswith("b")]
        return {
            "orders": sorted((r.id, r.state, r.payment, int(r.refunded or 0)) for r in self.rows(Order)),
            "payments": sorted(
                (r.id, r.state, int(r.captured or 0), int(r.refund_reserved or 0), len(r.refunds or ()))
                for r in self.rows(Payment)
            ),
            "refunds": sorted((r.payment, int(r.amount), r.state, r.cause or "") for r in self.rows(Refund)),
            "cases": sorted((r.kind, r.payment or "", r.state) for r in self.rows(PaymentException)),
            "stock": (sum(int(r.available) for r in stock), sum(int(r.held) for r in stock)),
        }

    def state_of(self, order_id: str) -> str:
        return next(str(row.state) for row in self.rows(Order) if row.id == order_id)

    @property
    def stamp(self) -> int:
        return millis(self.now()) // 1000


class _Books:
    """The fakes' order books as a keeper."""

    def __init__(self, fakes: Mapping[str, Any]) -> None:
        self.fakes = fakes

    def snapshot(self) -> Any:
        return {
            name: {number: (trade.amount, trade.state, dict(trade.refunds)) for number, trade in fake.book.items()}
            for name, fake in self.fakes.items()
        }

    def restore(self, saved: Any) -> None:
        for name, book in saved.items():
            self.fakes[name].book.clear()
            self.fakes[name].book.update(
                {n: Trade(amount, state, dict(refunds)) for n, (amount, state, refunds) in book.items()}
            )


def _client() -> Any:
    """Chalice's own routing over the whole app, made once."""
    if not _front:
        from chalice.test import Client

        from app import app

        _front.append(Client(app).http)
    return _front[0]
