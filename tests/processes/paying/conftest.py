"""A shop with one shelf and all three providers across the counter, in one process."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.processes.ordering import consumers
from chalicelib.processes.ordering.service.close_order import cancel_order
from chalicelib.processes.paying import admin_routes as deciding_routes
from chalicelib.processes.paying import consumers as payment_consumers
from chalicelib.processes.paying import routes as payment_routes
from chalicelib.processes.paying import webhook_routes
from chalicelib.processes.paying.service.start_payment import start_payment
from chalicelib.processes.paying.service.take_notice import take_notice
from chalicelib.processes.paying.shapes import StartPayment
from chalicelib.processes.refunding import admin_routes as refund_routes
from chalicelib.records.holds.model import Hold, Holding
from chalicelib.records.holds.steps import _more
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderPayDue, OrderPlaced
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.providers import PROVIDERS
from chalicelib.records.payments.service import calls
from chalicelib.runtime import clients, settings
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.http import Request
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Replay, Work, perform
from tests.fakes.payments import FAKES, NOW
from tests.support import aws, people
from tests.support.bus import Bus
from tests.support.doors import settled
from tests.support.trade import line, promised
from tests.support.world import secrets

from .street import door, made_keys, modes, street

__all__ = ["door", "made_keys", "modes", "street"]

SKU = "S01JDMS0000000000000000000A-RED"
CUSTOMER = "C01JDMS0000000000000000000A"
FIRST = {name: one.methods[0].name for name, one in PROVIDERS.items()}

assert consumers.worker.name == "ordering"
assert payment_consumers.worker.name == "paying"


class Counter:
    """HttpPort to whichever fake the host belongs to."""

    def __init__(self, fakes):
        self.fakes = {urlsplit(fake.host).netloc: fake for fake in fakes.values()}

    def request(self, method, url, headers, body):
        return self.fakes[urlsplit(url).netloc].request(method, url, headers, body)


class Shop:
    def __init__(self, clock):
        self.clock = clock
        self.fakes = {name: fake() for name, fake in FAKES.items()}
        for fake in self.fakes.values():
            fake.now = clock.now
        settings.use_secrets({**secrets(), **{f"payments/{name}": d.config for name, d in self.fakes.items()}})
        calls.use_http(Counter(self.fakes))
        self.bus = Bus(clock)
        self.buyer = Caller(CUSTOMER, "customer", ip="203.0.113.7")
        people.keyed(CUSTOMER)

    # ---- doing ----
    def work(self, caller=None, key=None, scope="test"):
        return Work(caller or self.buyer, scope, key=key, fingerprint="p")

    def stock(self, pieces):
        work = self.work()
        work.add(*stock_steps.receive(SKU, pieces))
        work.commit()

    def order(self, quantity=2, unit=1500, off=0, freight=599):
        """An order whose stock is held, as placing leaves it. Two units, ¥30.00 and ¥5.99 freight by default."""
        work = self.work()
        order_id = work.new_id("O")
        quote = promised(order_id, CUSTOMER, [line(SKU, quantity, unit)], freight, [off])
        work.add(
            *stock_steps.hold([(SKU, 0, quantity)]), order_steps.open(quote, work.now, orders.pay_deadline(work.now))
        )
        work.add(update(Holding, CUSTOMER, actions=_more(order_id, Hold(quantity), work.now)))  # whatever the caps say
        work.publish(OrderPlaced(order_id, CUSTOMER, int(quote.payable)))
        work.publish(OrderPayDue(order_id), at=orders.pay_deadline(work.now))
        work.commit()
        return order_id

    def start(self, order_id, provider, product=None, key=None, payer=None):
        command = StartPayment(provider=provider, product=product or FIRST[provider], payer=payer)
        work = self.work(key=key or f"k{len(aws.rows(Journal))}", scope=f"start {order_id}")
        answer = perform(work, start_payment, order_id, command, work)
        if isinstance(answer, Replay):  # asked again: the attempt as it stands
            answer = answer.view
        if (
            self.fakes
            and answer.next_action is not None
            and answer.next_action.kind in ("redirect", "form")
            and provider != "wechat"
        ):
            self.fakes[provider].open_front(answer.next_action)
        return answer

    def notice(self, provider, notice):
        """What the provider is answered."""
        request = Request(notice.headers, notice.body, {}, "198.51.100.1")
        return take_notice(provider, request, Work(ANYONE, f"POST {provider}", fingerprint="p"))

    def pay(self, payment, *, tell=True):
        fake = self.fakes[payment.provider]
        fake.pay(payment.id)
        return self.notice(payment.provider, fake.notice(payment.id)) if tell else None

    def cancel(self, order_id):
        work = self.work()
        settled(cancel_order, order_id, work=work)

    def later(self, **by):
        self.clock.advance(timedelta(**by))
        return self.bus.run()

    # ---- looking ----
    def order_row(self, order_id) -> Order:
        return orders.find(order_id)

    def payments(self):
        return sorted(aws.rows(Payment), key=lambda row: row.id)

    def payment(self, number):
        return next(row for row in self.payments() if row.id == number)

    def refunds(self):
        return sorted(aws.rows(Refund), key=lambda row: row.id)

    def cases(self):
        return {(row.kind, row.state) for row in aws.rows(PaymentException)}

    def open_cases(self):
        return [row for row in aws.rows(PaymentException) if row.state == "open"]

    def case(self, kind):
        return next(row for row in aws.rows(PaymentException) if row.kind == kind)

    def shelf(self):
        shelf = inventory.read_levels([SKU])[SKU]
        return shelf.available, shelf.held

    def facts(self, wire):
        self.bus.run()
        return self.bus.told.count(wire)

    def balanced(self):
        """Nothing came without going to an order, back, or before a person; and no more went back than came."""
        for payment in self.payments():
            rows = [r for r in self.refunds() if r.payment == payment.id and r.state not in ("declined", "released")]
            assert int(payment.refund_reserved or 0) == sum(int(r.amount) for r in rows)
            assert int(payment.refund_reserved or 0) <= int(payment.captured or 0)
            assert int(payment.returned or 0) == sum(int(r.amount) for r in rows if r.state in ("succeeded", "manual"))
            told = self.fakes[payment.provider].book.get(payment.id)
            if told is not None:
                gone = {r.id: int(r.amount) for r in rows if r.state == "succeeded"}
                assert gone.items() <= told.refunds.items()
            if payment.state == "paid" and payment.captured != payment.refund_reserved:
                assert self.order_row(payment.order_id).payment == payment.id
        available, held = self.shelf()
        live = [o for o in aws.rows(Order) if o.state in ("placed", "paid")]
        assert held == sum(quantity for o in live for _, _, quantity in o.held)
        assert available + held == inventory.on_hand(SKU)


@pytest.fixture
def shop(engine):
    engine.at = NOW
    made = Shop(engine)
    made.stock(10)
    yield made
    calls.use_http(None)
    settings.use_secrets(None)


@pytest.fixture
def shop_of_one(engine):
    """The shelf holds just what one order takes."""
    engine.at = NOW
    made = Shop(engine)
    made.stock(2)
    yield made
    calls.use_http(None)
    settings.use_secrets(None)


@pytest.fixture
def counted():
    """The names of the DynamoDB calls made from here on."""
    made: list[str] = []
    events = clients.client("dynamodb").meta.events

    def note(model, **_kwargs):
        made.append(model.name)

    events.register("before-call.dynamodb", note)
    yield made
    events.unregister("before-call.dynamodb", note)


@pytest.fixture
def counter(shop):
    """The front door with a caller from the bearer token `id role permit permit`."""
    from chalice.test import Client

    from app import app
    from chalicelib.runtime import http as workers

    if "/v1/payments/methods" not in app.routes:
        for door in (payment_routes, deciding_routes, webhook_routes, refund_routes):
            app.register_blueprint(door.bp)
    inside = workers.endpoint.__globals__
    before, standing = inside["_identify"], inside["_standing"]
    doubts, ended = list(inside["DOUBTS"]), list(inside["ENDED"])
    workers.use_identity(lambda token, now: _caller(token))
    yield Client(app).http
    workers.use_identity(before, *doubts, standing=standing, ended=ended)


def _caller(token):
    name, role, *permits = token.split()
    return Caller(name, role, frozenset(permits), fresh=True)


@pytest.fixture
def ask(counter):
    def send(method, path, token=None, body=None, key=None):
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        answer = counter.request(method, path, headers=headers, body=json.dumps(body).encode() if body else b"")
        return answer.status_code, json.loads(answer.body) if answer.body else None

    return send
