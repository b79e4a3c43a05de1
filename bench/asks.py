"""The requests that are measured: each function makes what one request needs, which is not counted, and answers the request."""

import itertools
import os
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from chalicelib.records.coupons.service import templates
from chalicelib.records.holds.model import NETWORK, Holding
from chalicelib.records.identity.model import ACCOUNT, BOOK, Account, Book
from chalicelib.runtime import limits, world
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.table import put
from chalicelib.runtime.work import Work
from tests.records.coupons import wallets
from tests.support import people

from .stage import ADDRESS_OF_ALL, Stage

_quantities = itertools.cycle(range(1, 10))


def cart_line(stage: Stage) -> Any:
    """A line that has stood for a moment is set anew."""
    stage.clock.advance(timedelta(milliseconds=1))
    return stage.event("PUT", f"/v1/cart/items/{stage.skus[0]}", {"quantity": next(_quantities)})


def first_line(stage: Stage) -> Any:
    """A line comes into a cart that is empty."""
    filled(stage, 0)
    return cart_line(stage)


def cart_view(stage: Stage, lines: int = 3) -> Any:
    filled(stage, lines)
    return stage.event("GET", "/v1/cart")


def filled(stage: Stage, lines: int) -> None:
    for sku in stage.skus[:lines]:
        stage.ask("PUT", f"/v1/cart/items/{sku}", {"quantity": 1})
    for sku in stage.skus[lines:]:
        stage.ask("DELETE", f"/v1/cart/items/{sku}")


def asked(stage: Stage, lines: int) -> Any:
    items = [{"sku": sku, "quantity": 1} for sku in stage.skus[:lines]]
    return stage.event("POST", "/v1/quotes", {"items": items})


def placing(stage: Stage, quote: Any) -> Any:
    """Placed by somebody with a few unpaid orders, as customers are, however often this is measured."""
    work, network = Work(ANYONE, "bench"), f"{NETWORK}{limits.keyed(limits.network(ADDRESS_OF_ALL))}"
    for holder in (stage.customer, network):
        work.add(put(Holding(holder, open={f"{work.new_id('O')}:3" for _ in range(3)}, pieces=9)))
    work.commit()
    return stage.event("POST", "/v1/orders", {"quote": quote["quote"]})


def as_new(stage: Stage, event: Any) -> Any:
    """Sent while accounts are new for a day, and not, as else here, never."""
    with patch.dict(os.environ, {"NEW_ACCOUNT_HOURS": "24"}):
        return stage.send(event)


def bought_now(stage: Stage, lines: int) -> Any:
    return placing(stage, stage.send(asked(stage, lines)))


def from_cart(stage: Stage, lines: int) -> Any:
    filled(stage, lines)
    return placing(stage, stage.ask("POST", "/v1/quotes", {}))


def placed(stage: Stage, lines: int = 1) -> str:
    """A new order's id."""
    return str(stage.send(bought_now(stage, lines))["order_id"])


def click(stage: Stage) -> Any:
    """A click of a new customer each time: two of one customer within a minute are one."""
    customer = world.new_id("U")
    work = Work(Caller(customer, "customer"), "bench")
    work.add(put(Account(customer, ACCOUNT, state="active", version=1)))
    work.add(put(Book(customer, BOOK, default=world.new_id("D"))))
    work.commit()
    told = {"Idempotency-Key": customer, "Authorization": f"Bearer {people.token(customer, 'customer')}"}
    return stage.event("POST", "/v1/orders/one-click", {"sku": stage.skus[0]}, **told)


def notice(stage: Stage, lines: int = 1) -> Any:
    """A signed notice of a payment that was really started and paid at the fake."""
    order, way = placed(stage, lines), {"provider": "wechat", "product": "native"}
    payment = stage.ask("POST", f"/v1/orders/{order}/payments", way, **{"Idempotency-Key": order})
    stage.fake.pay(payment["id"])
    notice = stage.fake.notice(payment["id"])
    token, stage.token = stage.token, ""
    event = stage.event("POST", "/v1/webhooks/wechat/pay", **notice.headers)
    stage.token = token
    return {**event, "body": notice.body.decode()}


def coupon(stage: Stage) -> Any:
    """A claim of a template that this process knows, and nobody has claimed yet."""
    stage.template = wallets.opened(total=1_000)
    templates.several([stage.template], world.now())
    return stage.event("POST", f"/v1/coupons/{stage.template}/claims", {})
