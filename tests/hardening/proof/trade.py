"""The trading line on a stage: two SKUs, two buyers, two tills; the steps that buyers, providers and staff can take."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.kernel.clock import millis
from chalicelib.kernel.facts import Fact
from chalicelib.processes.ordering import consumers as ordering
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.close_order import cancel_order
from chalicelib.processes.ordering.service.place_order import place_order
from chalicelib.processes.ordering.shapes import PlaceOrder
from chalicelib.processes.ordering.staff import admin_routes as ordering_doors
from chalicelib.processes.ordering.staff.shapes import AdjustPrice
from chalicelib.processes.paying import consumers as paying
from chalicelib.processes.paying.admin_routes import decide_exception
from chalicelib.processes.paying.service.start_payment import start_payment
from chalicelib.processes.paying.service.take_notice import take_notice
from chalicelib.processes.paying.shapes import Resolve, StartPayment
from chalicelib.processes.refunding.admin_routes import approve_refund, ask_for_refund
from chalicelib.processes.refunding.service.refund_order import MOST_SILENT
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund, UnitsBack
from chalicelib.records.carts.model import Cart, lines_of
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders.events import OrderPayDue
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import FULFILLING
from chalicelib.records.payments.events import PaymentQueryDue, RefundQueryDue, RefundRequested
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.providers import ADAPTERS
from chalicelib.records.payments.service import calls
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.http import Request
from chalicelib.runtime.work import Work
from local.books import findings
from tests.hardening.proof.hook import HOOK, Hook
from tests.hardening.proof.providers import Provider, Till
from tests.hardening.proof.scenario import START, Scenario, Step, expected, refused
from tests.hardening.proof.shop import Shop, ask, envelope, hand_over
from tests.support import people
from tests.support.trade import line, promised

PRODUCT = "P01KJPB7WG0000000000000000A"
SKU_A, SKU_B = f"{PRODUCT}01", f"{PRODUCT}02"
STOCK = {SKU_A: 3, SKU_B: 5}
PRICE = {SKU_A: 1999, SKU_B: 501}
BASKETS = {
    "a": ((SKU_A, 2), (SKU_B, 1)), "b": ((SKU_A, 2),), "c": ((SKU_B, 2),), "d": ((SKU_A, 1),), "e": ((SKU_B, 3),),
    "f": ((SKU_A, 1), (SKU_B, 1)), "g": ((SKU_B, 1),), "h": ((SKU_A, 1),), "j": ((SKU_A, 2),), "k": ((SKU_B, 2),),
    "p": ((SKU_A, 1),), "q": ((SKU_B, 1),),
}  # fmt: skip
BUYERS = {who: Caller(f"C01KJPB7WG0000000000000000{who.upper()}", "customer", ip="203.0.113.7") for who in BASKETS}
BUYERS["q"] = BUYERS["p"]  # one person with two orders
TILLS = ("wechat", "alipay", "unionpay")
CLERK, FINANCE = Caller("S01KJPB7WG0000000000000000C", "staff"), Caller("S01KJPB7WG0000000000000000F", "staff")
FREIGHT = 800
ADDRESS = "A01KJPB7WG0000000000000000A"


class Trade(Shop):
    """A shop with a till. Both payment providers share the till; a deaf provider answers nobody."""

    def __init__(self) -> None:
        self.till = Till()
        listening = (ordering.worker, paying.worker)
        super().__init__(self.till, consumers={one.name: one for one in listening})
        self.secrets |= {f"payments/{name}": {"merchant": name} for name in TILLS}
        with self.standing():
            self.register()
            for sku, count in STOCK.items():
                work = Work(CLERK, "setup")
                work.add(*stock_steps.receive(sku, count))
                work.commit()

    def register(self) -> None:
        """Each buyer has a data key."""
        with HOOK.aside():
            people.keyed(*{one.id: one for one in BUYERS.values()})

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        genuine = dict(ADAPTERS)
        for name in TILLS:
            ADAPTERS[name] = lambda document, _http, _clock, _nonce, fetched: Provider(
                document["merchant"], self.till, self.now, fetched
            )
        calls._kept.clear()
        calls.health.forget()
        try:
            with super().standing() as hook:
                yield hook
        finally:
            ADAPTERS.update(genuine)
            calls._kept.clear()
            calls.health.forget()

    def now(self) -> datetime:
        """Who sends once more is three seconds later than the others, so that two who send at once have two seconds."""
        return super().now() + timedelta(seconds=3 if self.voice.startswith("resend") else 0)

    def snapshot(self) -> Any:
        return super().snapshot(), copy.deepcopy(calls.health)

    def restore(self, saved: Any) -> None:
        super().restore(saved[0])
        calls._kept.clear()  # with what an adapter remembers of certificates
        health = copy.deepcopy(saved[1])
        calls.health.silences, calls.health.until = health.silences, health.until


def order_id(who: str) -> str:
    return f"O01KJPB7WG00000000000000{who.upper() * 2}0"


def token(who: str, cart: bool = False) -> str:
    """The quote of a buyer's basket, signed as ordering signs it."""
    lines = [line(sku, count, PRICE[sku]) for sku, count in BASKETS[who]]
    expires = millis(START + timedelta(hours=3))
    return quotes.seal(
        promised(order_id(who), BUYERS[who].id, lines, FREIGHT, expires=expires, address=ADDRESS, from_cart=cart)
    )


def cart_of(stage: Any, owner: str) -> dict[str, int]:
    """The pieces of each SKU in somebody's cart."""
    rows = {row.owner: row for row in stage.rows(Cart)}
    return {sku: line.quantity for sku, line in lines_of(rows.get(owner)).items()}


def place(who: str, again: str = "", *, moody: bool = False, cart: bool = False, remark: str | None = None) -> Step:
    def act(stage: Any) -> Any:
        told = ask(BUYERS[who], "POST /v1/orders", place_order, PlaceOrder(quote=token(who, cart), remark=remark))
        if isinstance(told, dict):
            stage.notes.setdefault("receipts", {})[told["order_id"]] = told
        return told

    return Step(f"place {who}{again}", act, moody)


def start(who: str, provider: str = "wechat", key: str = "", *, place: str = "") -> Step:
    """Start to pay; `place` is the address of a telephone's browser, which WeChat wants to know."""
    product = "h5" if place else {"wechat": "native", "alipay": "qr", "unionpay": "qr"}[provider]
    buyer = BUYERS[who]._replace(ip=place)
    scope = "POST /v1/orders/{order_id}/payments"

    def act(stage: Any) -> Any:
        command = StartPayment(provider=provider, product=product)  # type: ignore[arg-type]  # one of the two
        told = ask(buyer, scope, start_payment, order_id(who), command, key=key or provider, asked=provider)
        return told["id"] if isinstance(told, dict) else told

    return Step(f"start {who} {key or provider}" + (f" from {place}" if place else ""), act, moody=True)


def pays(who: str, attempt: int = 1, *, closed: bool = False) -> Step:
    """The buyer pays at the provider, if it lets them (`closed`: even what it has closed); it is no call of ours."""

    def act(stage: Any) -> None:
        stage.till.buyer_pays(f"{order_id(who)}{attempt:02d}", closed=closed)

    return Step(f"buyer {who} pays {attempt}", act)


def pays_other(who: str, amount: int, attempt: int = 1) -> Step:
    """The provider takes another amount than we asked for."""

    def act(stage: Any) -> None:
        number = f"{order_id(who)}{attempt:02d}"
        stage.till.attempts[number] = replace(stage.till.attempts[number], amount=amount, state="PAID")

    return Step(f"buyer {who} pays another amount", act)


def notice(who: str, attempt: int = 1, provider: str = "wechat", amount: int | None = None) -> Step:
    """The provider's notice of what its till says; it repeats what is not acknowledged."""

    def act(stage: Any) -> str:
        number = f"{order_id(who)}{attempt:02d}"
        known = stage.till.attempts.get(number)
        if known is None or known.state != "PAID":
            return "nothing to tell"
        fen = known.amount if amount is None else amount
        body = {"id": f"n-{number}", "number": number, "status": "PAID", "amount": fen}
        told = _told(stage, provider, body)
        stage.notes.setdefault("acknowledged", []).append(number)
        return told

    return Step(f"notice {who} {attempt}" + ("" if amount is None else " wrong"), act, moody=True)


def _told(stage: Any, provider: str, body: dict[str, Any], expected: tuple[int, ...] = (200,)) -> str:
    request = Request({}, json.dumps(body).encode(), {}, "")
    work = Work(ANYONE, f"POST /v1/webhooks/{provider}")
    status = take_notice(provider, request, work).status
    if status not in expected:
        raise RuntimeError(f"the notice was answered {status}; the provider repeats it")
    return "acknowledged"


def stranger(who: str) -> Step:
    """A well-signed notice of an attempt that we never made; the provider repeats it and gives up at last."""

    def act(stage: Any) -> str:
        body = {"id": "n-stranger", "number": f"{order_id(who)}77", "status": "PAID", "amount": 100}
        return _told(stage, "wechat", body, expected=(200, 404))

    return Step("stranger", act, moody=True)


def resolve(name: str) -> Step:
    """A person sends the money of the first open case back."""
    scope = "POST /v1/admin/payments/exceptions/{case_id}/resolution"

    def act(stage: Any) -> Any:
        cases = sorted(row.id for row in stage.rows(PaymentException) if row.kind == "amount")
        if not cases:
            return None
        command = Resolve(resolution="refund", note="sent back")
        told = ask(FINANCE, scope, decide_exception, cases[0], command, key=name, asked=name)
        return told["state"] if isinstance(told, dict) else told

    return Step(name, act, moody=True)


def cancel(who: str) -> Step:
    def act(stage: Any) -> Any:
        told = ask(BUYERS[who], "POST /v1/orders/{order_id}/cancellation", cancel_order, order_id(who), key="cancel")
        if not refused(told):
            stage.notes.setdefault("given up", []).append(order_id(who))
        return told

    return Step(f"cancel {who}", act, moody=True)


def tell(consumer: str, fact: Fact, name: str, at: timedelta | None = None) -> Step:
    """A fact at a worker's door, not before its time."""

    def act(stage: Any) -> None:
        if at is not None:
            stage.at = max(stage.at, START + at)
        detail = {"id": f"{name}.0", "at": millis(stage.at), "actor": "", "version": 1, "data": fact.data()}
        entry = {"id": name, "DetailType": fact.wire, "Source": "jishi", "Detail": json.dumps(detail)}
        hand_over(stage.consumers[consumer], envelope(entry))

    return Step(name, act)


def expire(who: str) -> Step:
    return tell("ordering", OrderPayDue(order_id(who)), f"expire {who}", timedelta(minutes=31))


def complete(who: str, attempt: int = 1) -> Step:
    fact = PaymentQueryDue(f"{order_id(who)}{attempt:02d}", 0)
    return tell("paying", fact, f"complete {who} {attempt}", timedelta(seconds=20))


def unheard(who: str, attempt: int = 1) -> Step:
    """A day and a half after an attempt's end, one more question about it."""
    fact = PaymentQueryDue(f"{order_id(who)}{attempt:02d}", 9)
    return tell("paying", fact, f"nobody answers for {who} {attempt}", timedelta(hours=40))


def unheard_refund(asked: str) -> Step:
    """One more question about a refund for which nobody has answered long enough."""

    def act(stage: Any) -> None:
        if asked in stage.notes:
            fact = RefundQueryDue(stage.notes[asked], MOST_SILENT, MOST_SILENT)
            tell("paying", fact, f"nobody answers for {asked}").act(stage)

    return Step(f"nobody answers for {asked}", act)


def went_back(asked: str, provider: str = "wechat") -> Step:
    """The provider has given the money back, and says so."""

    def act(stage: Any) -> str:
        number = stage.notes.get(asked, "nobody's")
        name = next((name for name in stage.till.refunds if name.split("@")[0] == number), "")
        if not name:
            return "nothing to tell"
        attempt, fen, _ = stage.till.refunds[name]
        stage.till.refunds[name] = (attempt, fen, "SUCCEEDED")
        return _told(stage, provider, {"id": f"n-{number}", "refund": number, "status": "SUCCEEDED", "amount": fen})

    return Step(f"{asked} went back", act, moody=True)


def deaf(yes: bool) -> Step:
    """The providers stop answering, or answer again."""

    def act(stage: Any) -> None:
        stage.till.deaf = yes

    return Step("providers fall silent" if yes else "providers answer again", act)


def busy(yes: bool) -> Step:
    """The providers refuse to say what became of a refund, or say it again."""

    def act(stage: Any) -> None:
        stage.till.busy = yes

    return Step("providers refuse questions" if yes else "providers take questions again", act)


def rotate() -> Step:
    """The providers sign with another certificate from now on."""
    return Step("providers change their certificate", lambda stage: setattr(stage.till, "signer", "5A"))


def fussy(how: str) -> Step:
    """Every sending is refused: for its second ("late"), or as one that came before ("before"); "" for taken again."""
    told = f"providers call sendings {how}" if how else "providers take sendings again"
    return Step(told, lambda stage: setattr(stage.till, "fussy", how))


def shows_after(minutes: int) -> Step:
    """What the providers take from now on they do not know of for a while."""

    def act(stage: Any) -> None:
        stage.till.lag = minutes

    return Step(f"providers show after {minutes} minutes", act)


def sends(asked: str, name: str) -> Step:
    """The request to send a refund, at a worker's door, each time at another second."""

    def act(stage: Any) -> None:
        stage.advance(seconds=2)
        if asked in stage.notes:
            fact = RefundRequested(stage.notes[asked], "", 0)
            tell("paying", fact, name).act(stage)

    return Step(name, act)


def unsure(yes: bool) -> Step:
    """What became of a refund is told by a code that nobody knows, or plainly again."""

    def act(stage: Any) -> None:
        stage.till.unsure = yes

    return Step("providers speak in unknown codes" if yes else "providers speak plainly again", act)


def adjust(who: str, off: int = 100) -> Step:
    """The shop makes an unpaid order cheaper."""
    scope = "POST /v1/admin/orders/{order_id}/adjustments"

    def act(stage: Any) -> Any:
        command = AdjustPrice(off_fen=off, reason="broken")
        told = ask(CLERK, scope, ordering_doors.adjust, order_id(who), command, key="adjust", asked="adjust")
        return told["payable"]["fen"] if isinstance(told, dict) else told

    return Step(f"adjust {who}", act, moody=True)


def ask_back(who: str, name: str, units: Sequence[tuple[int, int]] | None = None) -> Step:
    def act(stage: Any) -> Any:
        wanted = None if units is None else [UnitsBack(line=line, quantity=count) for line, count in units]
        command = AskRefund(order_id=order_id(who), units=wanted, reason="broken")
        told = ask(CLERK, "POST /v1/admin/refunds", ask_for_refund, command, key=name, asked=name)
        if isinstance(told, dict):
            stage.notes[name] = told["id"]
        return told

    return Step(name, act, moody=True)


def decide(asked: str, name: str, approved: bool = True) -> Step:
    scope = "POST /v1/admin/refunds/{refund_id}/approval"

    def act(stage: Any) -> Any:
        if asked not in stage.notes:
            return None
        return ask(
            FINANCE, scope, approve_refund, stage.notes[asked], DecideRefund(approved=approved), key=name, asked=name
        )

    return Step(name, act, moody=True)


def relay(name: str = "post") -> Step:
    """The relay runs, and every message that is waiting is handled once."""

    def act(stage: Any) -> None:
        stage.relay()
        stage.route()
        for consumer in stage.consumers:
            while stage.post.queues.get(consumer):
                stage.work(consumer)

    return Step(name, act)


def ripen(name: str = "", **later: float) -> Step:
    """Time passes, and what is due by then is delivered and handled."""
    name = name or f"{' '.join(f'{count:g} {unit}' for unit, count in later.items())} pass"

    def act(stage: Any) -> None:
        stage.advance(**later)
        relay().act(stage)
        stage._deliver_due()
        relay().act(stage)

    return Step(name, act)


def forget() -> Step:
    """Weeks later: the journal's rows have been told and are gone."""

    def act(stage: Any) -> None:
        stage.relay()
        held = stage.cloud.engine.tables["jishi-journal"]
        for key, item in list(held.items.items()):
            stage.cloud.engine.apply(held, key, item, None)
        stage.post.streamed = len(stage.cloud.engine.log)

    return Step("the journal forgets", act)


# ---- the audit ----------------------------------------------------------------------------------------------------


def audit(stage: Any, final: bool) -> list[str]:
    """The product's own audit, and what only the harness knows: the till's truth and what people were told."""
    found = [str(one) for one in findings(stage.rows, stage.now() if final else None)]
    orders = {row.id: row for row in stage.rows(Order)}
    payments = {row.id: row for row in stage.rows(Payment)}
    for order, told in stage.notes.get("receipts", {}).items():
        row, promised = orders.get(order), told["payable"]["fen"]
        if row is None or int(row.payable) > promised or (int(row.payable) < promised and row.adjusted is None):
            found.append(f"I11 order {order}: its buyer holds a receipt for something else")
    for order in stage.notes.get("given up", []):
        if orders[order].state not in ("cancelled", "annulled"):
            found.append(f"F13 order {order}: its buyer was told that it is given up, and it is {orders[order].state}")
    for number in stage.notes.get("acknowledged", []):
        if number not in payments or payments[number].state not in ("paid", "quarantined"):
            found.append(f"F34 {number}: its notice was acknowledged and not written down")
    for number, attempt in stage.till.attempts.items():
        if stage.till.given_back(number) > attempt.amount or attempt.refunded > attempt.amount:
            found.append(f"I4 {number}: more went back than came in")
    found += [f"F06 {number}: was asked for again in other words" for number in sorted(stage.till.reworded)]
    for order in orders.values():
        if order.state in FULFILLING and order.payable and order.payment not in stage.till.captured:
            found.append(f"I4 order {order.id}: is paid, and no till has the money")
    if final:
        found += stage.unpublished() + _settled(stage, orders, payments)
    return found


def _settled(stage: Any, orders: dict[str, Any], payments: dict[str, Any]) -> list[str]:
    """Every fen that a buyer gave is kept for an order, goes back in full, or lies before a person."""
    found = []
    back: dict[str, int] = {}
    for row in stage.rows(Refund):
        if row.state == "succeeded":
            back[row.payment] = back.get(row.payment, 0) + int(row.amount)
    for number, attempt in stage.till.captured.items():
        row, order = payments.get(number), orders.get(number[:-2])
        if row is None or order is None or row.state not in ("paid", "quarantined"):
            found.append(f"F12 {number}: the till has its money, we know nothing of it")
            continue
        given = stage.till.given_back(number)
        if given != back.get(number, 0):
            found.append(f"F18 {number}: {given} fen went back, our books say {back.get(number, 0)}")
        kept = order.payment == number and order.state in {*FULFILLING, "annulled"}
        if row.state == "paid" and not kept and given != attempt.amount:
            found.append(f"F12 {number}: neither kept nor given back ({given} of {attempt.amount} fen)")
        if order.state == "annulled" and order.payment == number and given != attempt.amount:
            found.append(f"F16 {number}: the order is annulled, {given} of {attempt.amount} fen went back")
    return found


def settle(stage: Any) -> None:
    stage.till.deaf = stage.till.busy = stage.till.unsure = False
    stage.till.fussy = ""
    stage.settle()
    stage.till.ends_all()


def reached(stage: Any, ends: dict[str, str]) -> list[str]:
    """Whether the undisturbed workflow really went where it is meant to go, so that nothing is proved of a dead end."""
    states = {row.id: row.state for model in (Order, Payment) for row in stage.rows(model)}
    return expected({name: states.get(order_id(name[0]) + name[1:]) for name in ends}, ends)


def story(name: str, *steps: Step, ends: dict[str, str], rows: Sequence[str], **more: Any) -> Scenario:
    """A workflow of the trading line; `ends` are the states of orders (a, b) and attempts (a01, …) after a clean run."""
    reaches = partial(reached, ends=ends)
    return Scenario(f"trade.{name}", Trade, steps, audit, settle, rows, reaches=reaches, **more)
