"""The trading line with a yard: paid orders are packed, carriers fetch them and tell of them, each call through the hook."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.kernel.clock import business_day, millis
from chalicelib.processes.fulfilment import consumers as fulfilment
from chalicelib.processes.fulfilment.rules import ShipWish
from chalicelib.processes.fulfilment.service.cancel_shipment import cancel_shipment
from chalicelib.processes.fulfilment.service.mend_shipment import offer_again, rebind
from chalicelib.processes.fulfilment.service.receiving import confirm_receipt, put_off_receipt
from chalicelib.processes.fulfilment.service.ship_order import ship_order
from chalicelib.processes.fulfilment.service.survey import late, rates, under_way, unsent
from chalicelib.processes.fulfilment.service.take_push import take_push
from chalicelib.processes.fulfilment.service.timeline import all_parcels, own_parcels
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.identity.accounts.service.addresses import Place
from chalicelib.records.identity.model import Address, address_part, packed
from chalicelib.records.orders.events import OrderPromiseDue, OrderReceiptDue
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import StaleOrder
from chalicelib.records.shipping.events import ShipmentPollDue
from chalicelib.records.shipping.model import Shipment
from chalicelib.records.shipping.rules import number_of
from chalicelib.records.shipping.service import calls
from chalicelib.runtime import table, vault
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.http import Request
from chalicelib.runtime.journal import Due, Journal
from chalicelib.runtime.outside import NoAnswer
from chalicelib.runtime.work import Work
from tests.fakes.carriers import FAKES
from tests.hardening.proof.hook import HOOK, Hook, Lost, Reply
from tests.hardening.proof.scenario import START, Step, refused
from tests.hardening.proof.shop import ask
from tests.hardening.proof.trade import ADDRESS, BUYERS, CLERK, Trade, audit, order_id, reached, tell, token

HOME = Place("王小明", "13800138000", "310115", "上海市", "上海市", "浦东新区", "世纪大道 1 号")
PACKER = CLERK
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class _ToCarriers:
    """HttpPort to whichever carrier the host belongs to, through the hook."""

    def __init__(self, fakes: Mapping[str, Any]) -> None:
        self.fakes = {urlsplit(fake.host).netloc: fake for fake in fakes.values()}

    def request(self, method: str, url: str, headers: Any, body: bytes) -> Any:
        fake = self.fakes[urlsplit(url).netloc]
        told: list[Any] = []

        def effect() -> Reply:
            told.append(fake.request(method, url, headers, body))
            return Reply(200, None)

        try:
            HOOK.passing(f"provider:{fake.name}", method, urlsplit(url).path, effect)
        except Lost:
            raise NoAnswer("lost") from None
        return told[0]


class Yard(Trade):
    """A shop whose buyers have an address, and contracts with all carriers."""

    def __init__(self) -> None:
        self.fakes: dict[str, Any] = {name: kind() for name, kind in FAKES.items()}
        super().__init__()
        self.rounds = 400  # a silent parcel is asked for every two hours
        self.keepers += self.fakes.values()
        self.consumers = {**self.consumers, fulfilment.worker.name: fulfilment.worker}
        for fake in self.fakes.values():
            fake.now = self.now
        self.secrets |= {f"shipping/{name}": fake.config for name, fake in self.fakes.items()}

    def register(self) -> None:
        super().register()
        for buyer in BUYERS.values():
            work, place = Work(buyer, "setup"), addresses._place_of(buyer.id, ADDRESS)
            legal = vault.seal_legal(packed(list(HOME)), place)
            row = Address(buyer.id, address_part(ADDRESS), region=HOME.region, made_at=START, legal=legal)
            work.add(table.put(row))
            work.commit()

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        with super().standing() as hook:
            calls.use_http(_ToCarriers(self.fakes))
            try:
                yield hook
            finally:
                calls.use_http(None)


def number(who: str, n: int = 1) -> str:
    return number_of(order_id(who), n)


# ---- steps ----------------------------------------------------------------------------------------------------------
def ship(who: str, *lines: tuple[int, int], key: str = "", **wish: Any) -> Step:
    """Pieces of an order are sent; all that are left unless lines are told."""
    key = key or f"ship {who}" + "".join(f" {line}:{pieces}" for line, pieces in lines)
    scope, wanted = "POST /v1/admin/orders/{order_id}/shipments", ShipWish(lines or None, **wish)

    def act(stage: Any) -> Any:
        return ask(PACKER, scope, ship_order, order_id(who), wanted, key=key, asked=key)

    return Step(key, act, moody=True)


def place_promised(who: str, hours: int) -> Step:
    """Place a basket that is promised to arrive within so many hours of the start."""

    def act(stage: Any) -> Any:
        quote = quotes.read(token(who), BUYERS[who].id)._replace(promised=millis(START + timedelta(hours=hours)))
        return ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=quotes.seal(quote)))

    return Step(f"place {who}", act, moody=True)


def call_off(who: str, n: int = 1) -> Step:
    scope = "POST /v1/admin/shipments/{number}/cancellation"

    def act(stage: Any) -> Any:
        told = ask(PACKER, scope, cancel_shipment, number(who, n), "packed wrongly", key=f"off {n}", asked=n)
        if not refused(told):
            stage.notes.setdefault("called off", []).append(number(who, n))
        return told

    return Step(f"call off {who} {n}", act, moody=True, ready=lambda stage: _parcel(stage, who, n) is not None)


def correct(who: str, waybill: str, n: int = 1) -> Step:
    scope, wish = "PUT /v1/admin/shipments/{number}/waybill", ShipWish(None, "sf", waybill)

    def act(stage: Any) -> Any:
        return ask(PACKER, scope, rebind, number(who, n), wish)

    return Step(f"correct {who} {n}", act, moody=True)


def offer(who: str, carrier: str, n: int = 1) -> Step:
    scope = "POST /v1/admin/shipments/{number}/offers"

    def act(stage: Any) -> Any:
        return ask(PACKER, scope, offer_again, number(who, n), carrier, key=f"offer {carrier}", asked=carrier)

    return Step(f"offer {who} {carrier}", act, moody=True)


def scan(who: str, code: str, n: int = 1, carrier: str = "sf") -> Step:
    """Something happens to a parcel, which nobody is told yet."""

    def act(stage: Any) -> None:
        fake, name = stage.fakes[carrier], number(who, n)
        parcel = fake.parcels.get(name)
        if parcel is not None and all(code not in route.values() for route in parcel.traces):
            fake.scan(name, code, START + timedelta(minutes=10 * (1 + len(parcel.traces))))

    return Step(
        f"scan {who} {n} {code}", act, moody=True, ready=lambda stage: number(who, n) in stage.fakes[carrier].parcels
    )


def push(who: str, which: int, n: int = 1, **lie: str) -> Step:
    """SF tells of one thing that happened to a parcel; with `lie` it is somebody else, who knows the address."""

    def act(stage: Any) -> Any:
        fake = stage.fakes["sf"]
        parcel = fake.parcels.get(number(who, n))
        if parcel is None:  # its booking was lost on the way: there is nothing to tell of
            return None
        base = parcel.traces[which] if which < len(parcel.traces) else {"acceptTime": "2026-03-02 20:00:00"}
        route = {**base, "mailno": parcel.waybill, "orderid": parcel.number, "id": str(which), **lie}
        return _pushed("sf", fake.config["push_secret"], JSON, fake.push(route))

    ready = lambda stage: (
        len(getattr(stage.fakes["sf"].parcels.get(number(who, n)), "traces", ())) > (-1 if lie else which)
    )
    return Step(f"push {who} {n} {which}" + (" a lie" if lie else ""), act, moody=True, ready=ready)


def push_list(who: str, n: int = 1) -> Step:
    """The aggregator tells all that it knows of a parcel."""

    def act(stage: Any) -> Any:
        return _pushed("kuaidi100", number(who, n), FORM, stage.fakes["kuaidi100"].push(number(who, n)))

    def ready(stage: Any) -> bool:
        fake = stage.fakes["kuaidi100"]
        return number(who, n) in fake.parcels and fake.parcels[number(who, n)].waybill in fake.follows

    return Step(f"list {who} {n}", act, moody=True, ready=ready)


def _pushed(carrier: str, token: str, media: str, body: bytes) -> Any:
    work = Work(ANYONE, "POST /v1/webhooks/carriers/{carrier}/{token}")
    told = take_push(carrier, token, Request({"content-type": media}, body, {}, ""), work)
    if told.status >= 500:
        raise RuntimeError("the carrier tells it again")
    return told.status


def hand_in(who: str, waybill: str, n: int = 1) -> Step:
    """A waybill of another carrier's, which the aggregator knows."""
    return Step(f"hand in {who} {n}", lambda stage: stage.fakes["kuaidi100"].hand_in(number(who, n), waybill))


def declines(carrier: str, code: str) -> Step:
    def act(stage: Any) -> None:
        stage.fakes[carrier].refuses = code

    return Step(f"{carrier} says {code or 'yes'}", act)


def poll(who: str, n: int = 1, hours: int = 25) -> Step:
    """A parcel was silent for so long, and its carrier is asked."""

    def act(stage: Any) -> None:
        parcel = _parcel(stage, who, n)
        tell("fulfilment", ShipmentPollDue(number(who, n), parcel.waybill), "poll", timedelta(hours=hours)).act(stage)

    waybill = lambda stage: getattr(_parcel(stage, who, n), "waybill", None)
    return Step(f"poll {who} {n}", act, ready=lambda stage: bool(waybill(stage)))


def due(who: str, hours: int) -> Step:
    """Its promised time is over."""
    return tell("fulfilment", OrderPromiseDue(order_id(who)), f"due {who}", timedelta(hours=hours))


def confirm(who: str) -> Step:
    """Its customer says that it was received."""
    scope = "PUT /v1/orders/{order_id}/receipt"

    def act(stage: Any) -> Any:
        told = ask(BUYERS[who], scope, confirm_receipt, order_id(who), raced=(StaleOrder,))
        if not refused(told):
            stage.notes.setdefault("confirmed", []).append(order_id(who))
        return None if not refused(told) else told

    return Step(f"confirm {who}", act, moody=True)


def put_off(who: str) -> Step:
    """Its customer wants to look at it for longer."""
    scope = "PATCH /v1/orders/{order_id}/receipt"

    def act(stage: Any) -> Any:
        told = ask(BUYERS[who], scope, put_off_receipt, order_id(who), raced=(StaleOrder,))
        if not refused(told):
            stage.notes.setdefault("put off", []).append(order_id(who))
        return None if not refused(told) else told

    return Step(f"put off {who}", act, moody=True)


def receipt_due(who: str, name: str, **at: float) -> Step:
    """Two weeks have passed."""
    return tell("fulfilment", OrderReceiptDue(order_id(who)), name, timedelta(**at))


def look(who: str) -> Step:
    """What people see of it."""

    def act(stage: Any) -> Any:
        order = order_id(who)
        seen = own_parcels(order, BUYERS[who].id)
        assert len(all_parcels(order)) >= len(seen)
        listed = [under_way(todo, stage.now(), 10, None) for todo in ("waiting", "packed", "moving", "silent")]
        day = unsent(business_day(START), stage.now(), 10, None)
        late(stage.now(), 10, None)
        told = rates(order, Work(PACKER, "look"))
        return json.dumps([len(seen), len(listed), len(day[0]), len(told)])

    return Step(f"look at {who}", act, moody=True)


# ---- audit ----------------------------------------------------------------------------------------------------------
def _parcel(stage: Any, who: str, n: int) -> Any:
    rows = [row for row in stage.rows(Shipment) if row.order == order_id(who) and row.part == f"p#{n:02d}"]
    return rows[0] if rows else None


def audit_yard(stage: Any, final: bool) -> list[str]:
    """The books, and what carriers know: one booking a number, none for a parcel that was given up."""
    found = audit(stage, final)
    rows = {row.number: row for row in stage.rows(Shipment) if row.part.startswith("p#")}
    for name in ("sf", "jd"):
        for parcel in stage.fakes[name].parcels.values():
            row = rows.get(parcel.number)
            if row is None:
                found.append(f"F06 {parcel.number}: {name} brings it, and nobody knows it")
            elif final and row.state == "cancelled" and parcel.state != "cancelled" and not parcel.traces:
                found.append(f"F13 {parcel.number}: it was given up, and {name} comes for it")
            elif row.carrier == name and row.waybill and not row.by_hand and row.waybill != parcel.waybill:
                found.append(f"F06 {parcel.number}: its waybill is not {name}'s")
    for each in stage.notes.get("called off", []):
        if rows[each].state != "cancelled":
            found.append(f"F13 {each}: its packer was told that it is given up, and it is {rows[each].state}")
    found += [*_promises(stage), *_receipts(stage, final)]
    for row in rows.values():
        true = {"80", "8000"} & {route.get("opCode") for route in _traces(stage, row)}
        if row.state == "delivered" and row.carrier == "sf" and not true:
            found.append(f"F09 {row.number}: is delivered, and its carrier does not say so")
        if final and row.state in ("created",):
            found.append(f"F11 {row.number}: nobody asks its carrier any more")
    return found


def _promises(stage: Any) -> list[str]:
    """It is said once of an order what became of its promise, and the order says the same."""
    told: dict[str, list[str]] = {}
    for row in stage.rows(Journal):
        for wire, *rest in json.loads(row.facts or "[]"):
            if wire in ("order.promise_kept", "order.promise_broken"):
                fact = next(one for one in rest if isinstance(one, dict))
                told.setdefault(fact["order_id"], []).append(wire.rpartition("_")[2])
    kept = {order.id: [order.promise] for order in stage.rows(Order) if order.promise}
    return [] if told == kept else [f"F13: of promises {told} is told, and {kept} is kept"]


def _receipts(stage: Any, final: bool) -> list[str]:
    """It is told once of an order that it was received, and the order says the same; time says it never too early, and never
    leaves it open."""
    told: dict[str, list[str]] = {}
    for row in stage.rows(Journal):
        for wire, *rest in json.loads(row.facts or "[]"):
            if wire == "order.received":
                fact = next(one for one in rest if isinstance(one, dict))
                told.setdefault(fact["order_id"], []).append(fact["by"])
    rows = {order.id: order for order in stage.rows(Order)}
    kept = {name: [order.received] for name, order in rows.items() if order.received}
    told_later = [(row.at, json.loads(row.entry)) for row in stage.rows(Due) if row.entry]
    due = {
        (json.loads(entry["Detail"])["data"]["order_id"], at)
        for at, entry in told_later
        if entry["DetailType"] == OrderReceiptDue.wire
    }
    found = [] if told == kept else [f"F13: of receipts {told} is told, and {kept} is kept"]
    for name, order in rows.items():
        if order.received == "time" and order.received_at < order.receive_by:
            found.append(f"F13 {name}: counts as received before its customer was told that it would")
        waits = final and order.state == "delivered" and not order.received
        if waits and (name, order.receive_by and millis(order.receive_by)) not in due:
            found.append(f"F11 {name}: has arrived, and nobody will ever say that it is received")
    found += [
        f"F13 {name}: its customer was told that it is received"
        for name in stage.notes.get("confirmed", ())
        if not rows[name].received
    ]
    return found + [
        f"F13 {name}: its customer put it off, and was told so"
        for name in stage.notes.get("put off", ())
        if not rows[name].put_off
    ]


def _traces(stage: Any, row: Any) -> list[dict[str, Any]]:
    parcel = stage.fakes["sf"].by_waybill(row.waybill)
    return list(parcel.traces) if parcel else []


def reached_yard(stage: Any, ends: dict[str, str], parcels: dict[str, str]) -> list[str]:
    """The states of orders and of parcels (a1, a2 …) after a clean run."""
    states = {f"{who}{n}": getattr(_parcel(stage, who, int(n)), "state", None) for who, n in parcels}
    return [
        *reached(stage, ends=ends),
        *(f"parcel {name} is {states[name]}, not {state}" for name, state in parcels.items() if states[name] != state),
    ]
