"""A shop at its till, on the proof's engine: one order, its attempts and refunds, and a provider that says what a test wants.

Milliseconds a test, no moto. Steps that set a scene are written past the use cases, so that a broken one spoils no scene.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.kernel.facts import Fact
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Quote, QuoteLine
from chalicelib.records.catalog.model import Sku
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Stock
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.providers import ADAPTERS
from chalicelib.records.payments.providers.port import CreateResult, HttpReply, NextAction
from chalicelib.records.payments.rules import PaymentSnapshot, RefundSnapshot
from chalicelib.records.payments.service import attempts, calls, exceptions
from chalicelib.records.payments.steps import exceptions as exception_steps
from chalicelib.runtime import clients, observe
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import Table, put, update
from chalicelib.runtime.work import Work
from tests.hardening.proof.hook import Call, Effect, Hook, Reply
from tests.hardening.proof.scenario import START
from tests.hardening.proof.shop import Shop
from tests.support import people
from tests.support.trade import line, promised

PRODUCT = "P01KJPB7WG0000000000000000A"
SHIRT, SOCKS = f"{PRODUCT}01", f"{PRODUCT}02"
BUYER = Caller("C01KJPB7WG0000000000000000A", "customer", ip="203.0.113.7")
CLERK, FINANCE = Caller("S01KJPB7WG0000000000000000C", "staff"), Caller("S01KJPB7WG0000000000000000F", "staff")
WORKER = Caller("payments", "worker")
ORDER = "O01KJPB7WG0000000000000001A"
ONE, TWO = ORDER + "01", ORDER + "02"
R1, R2 = "R01KJPB7WG000000000000000R1", "R01KJPB7WG000000000000000R2"
PRICE = 1999 * 2 + 501 + 800  # two shirts, a pair of socks, freight
LINES = (line(SHIRT, 2, 1999), line(SOCKS, 1, 501))
HELD = {SHIRT: (3, 2), SOCKS: (5, 1)}  # pieces available and held while the order holds its own
FREE = {SHIRT: (5, 0), SOCKS: (6, 0)}
PROOF = {"provider_ref": "T1", "evidence": "e1"}
_kept: dict[str, Any] = {}  # a client takes longer to make than a test to run


class Provider:
    """An adapter that answers what it was told to: a value, a trouble, or several one after the other; `asked` are the
    operations and what they were about."""

    def __init__(self, name: str) -> None:
        self.name, self.dated = name, name == "unionpay"
        self.says: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []

    def ops(self) -> list[str]:
        return [op for op, _ in self.asked]

    def _say(self, op: str, about: Any) -> Any:
        self.asked.append((op, about))
        told = self.says[op]
        if isinstance(told, list):
            told = told.pop(0)
        if callable(told) and not isinstance(told, type):
            told = told()
        if isinstance(told, Exception):
            raise told
        return told

    def words(self, request: Any) -> dict[str, Any]:
        return {
            "number": request.number,
            "amount": int(request.amount),
            "to": request.payer_ref,
            "from": request.client_ip,
            "subject": request.subject,
            "goods": [list(one) for one in request.goods],
        }

    def create(self, request: Any) -> Any:
        return self._say("create", request)

    def query(self, ref: Any) -> Any:
        return self._say("query", ref)

    def close(self, ref: Any) -> Any:
        return self._say("close", ref)

    def refund(self, request: Any) -> Any:
        return self._say("refund", request)

    def query_refund(self, ref: Any) -> Any:
        return self._say("query_refund", ref)

    def parse_notify(self, notice: Any) -> Any:
        return self._say("parse_notify", notice)

    def ack(self, ok: bool) -> HttpReply:
        return HttpReply(201 if ok else 500, "good" if ok else "again", "application/x-ack")


class Till(Shop):
    """The stage. `counted` are the metrics, `calls` the operations asked of AWS."""

    def __init__(self) -> None:
        super().__init__(consumers={})
        self.providers = {name: Provider(name) for name in ("wechat", "alipay", "unionpay")}
        self.secrets |= {f"payments/{name}": {"merchant": name} for name in self.providers}
        self.counted: Counter[str] = Counter()
        self.calls: list[str] = []
        self.seen = 0
        self.between: dict[int, Callable[[], None]] = {}
        with self.standing():
            people.keyed(BUYER.id)
            for sku, pieces in ((SHIRT, 5), (SOCKS, 6)):
                self.write(*stock_steps.receive(sku, pieces))
        self.seen = len(self.cloud.engine.log)

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        genuine = dict(ADAPTERS)
        for name, one in self.providers.items():
            ADAPTERS[name] = lambda *_, one=one: one
        calls._kept.clear()
        calls.health.forget()
        try:
            with super().standing() as hook, hook.held(self._passing):
                clients._clients.update(_kept)
                observe.count = self._count
                yield hook
        finally:
            _kept.update(clients._clients)
            ADAPTERS.update(genuine)
            calls._kept.clear()
            calls.health.forget()

    def _count(self, name: str, **dimensions: str) -> None:
        self.counted[" ".join([name, *dimensions.values()])] += 1

    def _passing(self, call: Call, effect: Effect) -> Reply:
        if call.op == "TransactWriteItems" and self.between:
            left = {n - 1: act for n, act in self.between.items()}
            act, self.between = left.pop(0, None), {}
            if act is not None:
                act()
            self.between = left
        self.calls.append(call.op)
        return effect()

    def meanwhile(self, *acts: Callable[[], None]) -> None:
        """Somebody else is faster: each of these happens just before one of the next transactions."""
        self.between = {n: act for n, act in enumerate(acts, 1) if act is not None}

    # ---- setting a scene --------------------------------------------------------------------------------------------
    def write(self, *steps: Any) -> None:
        work = Work(CLERK, "setup")
        work.add(*steps)
        work.commit()

    def set(self, model: type[Table], key: str, **values: Any) -> None:
        """Write these values on a row; None takes one away."""
        actions = [
            getattr(model, name).remove() if value is None else getattr(model, name).set(value)
            for name, value in values.items()
        ]
        self.write(update(model, key, actions=actions))

    def order(
        self,
        state: str = "placed",
        *,
        order_id: str = ORDER,
        lines: tuple[QuoteLine, ...] = LINES,
        quote: Quote | None = None,
        **more: Any,
    ) -> str:
        """An order that holds its goods, if one in this state does, as a quote promised it, and further values of its row."""
        quote = quote or promised(order_id, BUYER.id, lines, 800)
        holds = [part for one in lines for part in one.stock] if state in ("placed", "paid") else []
        self.write(*stock_steps.hold(holds), order_steps.open(quote, self.at, orders.pay_deadline(self.at)))
        self.set(Order, order_id, state=state, **more)
        return order_id

    def sku(self, sku: str = SHIRT, price: int = 1999, **more: Any) -> str:
        """A SKU in the catalogue, on sale at this price."""
        values: dict[str, Any] = {
            "version": 7, "title_zh": f"{sku[-2:]} 号", "title_en": f"No. {sku[-2:]}", "price": Fen(price), "code": "C",
            "weight": 1, "volume": 1, "options": "[]", "shelf": "on",
        } | more  # fmt: skip
        self.write(put(Sku(sku[:-2], f"sku#{sku[-2:]}", **values)))
        return sku

    def attempt(self, number: str = ONE, state: str = "pending", provider: str = "wechat", **more: Any) -> str:
        """An attempt of the order's price, in this state, and further values of its row."""
        values: dict[str, Any] = {
            "customer": BUYER.id, "product": "native", "amount": Fen(PRICE), "created_at": START,
            "expires_at": START + timedelta(minutes=30), "captured": Fen(0), "refund_reserved": Fen(0),
        } | more  # fmt: skip
        self.write(put(Payment(number, provider=provider, state=state, **values)))
        row = table_row(self.rows(Order), number[:-2])
        if row is not None:
            self.set(Order, row.id, attempts=max(int(row.attempts or 0), int(number[-2:])))
        return number

    def paid(self, number: str = ONE, **more: Any) -> str:
        """The order, paid by this attempt."""
        self.order("paid", payment=number, paid_at=START)
        return self.attempt(number, "paid", captured=Fen(PRICE), **more)

    def set_part(self, sku: str, part: str, **values: Any) -> None:
        """Write these values on one of a SKU's buckets."""
        actions = [getattr(Stock, name).set(value) for name, value in values.items()]
        self.write(update(Stock, f"{sku}@MAIN", part, actions=actions))

    def case(
        self, kind: str, number: str = ONE, *, detail: str = "", refund: str = "", on: Any = None, **more: Any
    ) -> str:
        """An exception, named on the row that it is about."""
        case = exceptions.draft(kind, "wechat", number, self.at, detail=detail, refund=refund)
        self.write(exception_steps.open(case))
        name = case.id
        if more:
            self.set(PaymentException, name, **more)
        if on is not None:
            self.write(update(type(on), on.id, actions=[type(on).cases.add({name})]))
        return name

    def refund(self, refund_id: str, amount: int, state: str = "requested", *, payment: str = ONE, **more: Any) -> str:
        """A refund whose amount is set aside on its payment."""
        values: dict[str, Any] = {"cause": "asked", "created_at": START, "asked_by": CLERK.id} | more
        self.write(
            put(Refund(refund_id, payment=payment, amount=Fen(amount), state=state, **values)),
            update(
                Payment, payment, actions=[Payment.refund_reserved.add(Fen(amount)), Payment.refunds.add({refund_id})]
            ),
        )
        return refund_id

    # ---- looking ----------------------------------------------------------------------------------------------------
    def look(self) -> None:
        """From here on: what is told, counted and asked."""
        self.seen, self.calls = len(self.cloud.engine.log), []
        self.counted.clear()

    def told(self) -> list[tuple[str, dict[str, Any], int | None]]:
        """The facts committed since the last look, as `said` makes them."""
        journal = Journal.Meta.table_name
        rows = [one.new for one in self.cloud.engine.log[self.seen :] if one.table == journal and one.new]
        facts = [fact for row in rows if "f" in row for fact in json.loads(row["f"]["S"])]
        return [(wire, data, at) for wire, _version, _context, data, at in facts]

    def row(self, model: type[Table], key: str) -> dict[str, Any]:
        """A row's values by their names, without those that are not there."""
        found = table_row(self.rows(model), key)
        assert found is not None, f"no {model.__name__} {key}"
        values = {name: getattr(found, name) for name in found.get_attributes()}
        return {name: value for name, value in values.items() if value is not None}

    def payment(self, number: str = ONE) -> Payment:
        return attempts.find(number)

    def state(self, order_id: str = ORDER) -> str:
        return str(self.row(Order, order_id)["state"])

    def cases(self) -> list[dict[str, Any]]:
        """All exceptions, by kind and id."""
        rows = sorted(self.rows(PaymentException), key=lambda row: (row.kind, row.id))
        return [self.row(PaymentException, row.id) for row in rows]

    def tables(self) -> dict[str, Any]:
        """Everything that is stored."""
        return {name: self.cloud.engine.rows(name) for name in self.cloud.engine.tables}

    def buckets(self, sku: str) -> list[tuple[int, int]]:
        """Pieces available and held of each bucket."""
        rows = sorted(
            (r for r in self.rows(Stock) if r.place == f"{sku}@MAIN" and r.part[0] == "b"), key=lambda r: r.part
        )
        return [(int(row.available), int(row.held)) for row in rows]

    def shelves(self) -> dict[str, tuple[int, int]]:
        """Pieces available and held of each SKU."""
        found: dict[str, tuple[int, int]] = {}
        for row in self.rows(Stock):
            if row.part.startswith("b"):
                sku = row.place.partition("@")[0]
                free, held = found.get(sku, (0, 0))
                found[sku] = (free + int(row.available), held + int(row.held))
        return found


def table_row(rows: list[Any], key: str) -> Any:
    return next((row for row in rows if row.id == key), None)


def part(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """Some of a row's values."""
    return {name: row.get(name) for name in names}


def said(fact: Fact, at: datetime | None = None) -> tuple[str, dict[str, Any], int | None]:
    """A fact as `Till.told` lists it."""
    return fact.wire, fact.data(), millis(at) if at else None


def news(status: str = "PAID", amount: int | None = PRICE, *, number: str = ONE, **more: Any) -> PaymentSnapshot:
    """What a provider says of an attempt."""
    return PaymentSnapshot(number, status, None if amount is None else Fen(amount), **{**PROOF, **more})  # type: ignore[arg-type]  # one of the words


def refund_news(refund_id: str, status: str, amount: int | None = None, **more: Any) -> RefundSnapshot:
    """What a provider says of a refund."""
    return RefundSnapshot(refund_id, status, None if amount is None else Fen(amount), **more)  # type: ignore[arg-type]  # one of the words


def handed(minutes: int = 30, url: str = "https://pay.test/x") -> CreateResult:
    """What a provider hands over for so many minutes."""
    return CreateResult(NextAction("qr", url), START + timedelta(minutes=minutes))


def work(caller: Caller = WORKER, **more: Any) -> Work:
    """A work under a key, as a worker's or the front door's is."""
    return Work(caller, "test", **{"key": "k", "fingerprint": "p", **more})


def refused(act: Callable[..., Any], *args: Any, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    """The codes and parameters of what an act is refused with, whether at once or by the transaction."""
    with pytest.raises((Refusal, CommitRejected)) as told:
        act(*args, **more)
    reasons = told.value.reasons if isinstance(told.value, CommitRejected) else [told.value]
    return [(reason.code, dict(reason.params)) for reason in reasons]
