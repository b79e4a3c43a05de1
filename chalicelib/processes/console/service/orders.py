"""What operators see of orders: a day's list, one whole, today's figures, and finding one by what a caller can name.

Lists come from an index that may lag a moment; whoever acts on an order does so under the order's own conditions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel import ids
from chalicelib.kernel.clock import business_day
from chalicelib.kernel.money import Fen
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OPEN, OrderNotFound
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service import attempts, refunds
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.service.refunds import Refund
from chalicelib.runtime import cursors

STRIDE = 100  # ids read at a time
MOST_STRIDES = 10  # a page looks at so many at most, and answers a cursor to go on from
MOST_COUNTED, MOST_HOLDERS = 2000, 5
SHORTEST_TAIL, TAIL_DAYS, MOST_TAILED = 6, 7, 20
LOOKED, MOST_LOOKED = 1000, 28  # ids in a page of the index, and pages looked at by one search: a week of a quiet shop


class Holder(NamedTuple):
    """A customer with so many unpaid orders that hold so many pieces."""

    customer: str
    orders: int
    pieces: int


class Figures(NamedTuple):
    """Orders placed on a day and what became of them by now; amounts in fen. `paid`: of these, those that
    were paid, wherever they are by now. `holders`: who holds the most pieces unpaid.
    `more`: there are more than were counted."""

    day: date
    placed: int
    states: dict[str, int]
    refunded: int
    paid: int
    placed_amount: Fen
    paid_amount: Fen
    refunded_amount: Fen
    unpaid_pieces: int
    holders: list[Holder]
    more: bool


class Dossier(NamedTuple):
    """An order with its attempts to pay and what went back of them."""

    order: Order
    payments: list[Payment]
    refunds: list[Refund]


def of_day(day: date, state: str | None, limit: int, cursor: str | None) -> tuple[list[Order], str | None]:
    """A page of a business day's orders, newest first; with a state, those that are in it now.

    A page may hold fewer than `limit` and still have a cursor: it says how far was looked.
    """
    scope = f"orders|{day}|{state}"
    before: str | None = cursors.open_cursor(cursor, scope)["o"] if cursor else None
    found: list[Order] = []
    for _ in range(MOST_STRIDES):
        page = orders.ids_of_day(f"{day:%Y%m%d}", STRIDE if state else limit, before)
        for order in orders.several(page):
            if state is None or order.state == state:
                found.append(order)
                if len(found) == limit:
                    return found, cursors.seal_cursor({"o": order.id}, scope)
        if len(page) < (STRIDE if state else limit):
            return found, None
        before = page[-1]
    return found, cursors.seal_cursor({"o": before}, scope)


def figures(day: date) -> Figures:
    """A business day's orders counted by their present state, the newest 2,000 at most."""
    named = orders.ids_of_day(f"{day:%Y%m%d}", MOST_COUNTED + 1)
    counted = orders.several(named[:MOST_COUNTED])
    paid = [order for order in counted if order.paid_at is not None]
    return Figures(
        day,
        len(counted),
        dict(Counter(str(order.state) for order in counted)),
        sum(1 for order in counted if order.refunded),
        len(paid),
        Fen(sum(int(order.payable) for order in counted)),
        Fen(sum(int(order.payable) for order in paid)),
        Fen(sum(int(order.refunded or 0) for order in counted)),
        sum(order.quantity for order in counted if order.state in OPEN),
        _holders(counted),
        len(named) > MOST_COUNTED,
    )


def _holders(counted: Iterable[Order]) -> list[Holder]:
    """Who holds the most pieces unpaid, most first."""
    held: dict[str, Holder] = {}
    for order in counted:
        if order.state in OPEN:
            _, count, pieces = held.get(order.customer, Holder(order.customer, 0, 0))
            held[order.customer] = Holder(order.customer, count + 1, pieces + order.quantity)
    return sorted(held.values(), key=lambda one: (-one.pieces, one.customer))[:MOST_HOLDERS]


def dossier(order_id: str) -> Dossier:
    """Everything about an order's money. Raises OrderNotFound."""
    order = orders.find(order_id)
    payments = attempts.of_order(order_id, order.attempts or 0)
    return Dossier(order, payments, refunds.of_payments(payments))


def by_number(text: str) -> Order | None:
    """The order of an order id, or of a payment id (what the payment provider calls out_trade_no)."""
    for order_id in (text, text[:-2]):
        if ids.is_id(order_id, "O"):
            try:
                return orders.find(order_id)
            except OrderNotFound:
                continue
    return None


def by_tail(tail: str, now: datetime, cursor: str | None) -> tuple[list[Order], str | None]:
    """Orders of the last days whose id ends so (6 characters or more), newest days first.

    One call looks at so many pages of the index at most; a cursor says that there is more to look at. Raises CursorInvalid.
    """
    if len(tail) < SHORTEST_TAIL:
        return [], None
    scope = f"tail|{tail}"
    today = business_day(now)
    start: dict[str, Any] = {"day": f"{today:%Y%m%d}", "shard": 0, "before": None}
    at = cursors.open_cursor(cursor, scope) if cursor else start
    last = f"{today - timedelta(days=TAIL_DAYS - 1):%Y%m%d}"
    found, looked = list[str](), 0
    while at["day"] >= last:
        if looked == MOST_LOOKED or len(found) >= MOST_TAILED:
            return orders.several(found), cursors.seal_cursor(at, scope)
        page = orders.ids_of_shard(at["day"], at["shard"], LOOKED, at["before"])
        found += [order_id for order_id in page if order_id.endswith(tail)]
        at, looked = _next(at, page[-1] if len(page) == LOOKED else None), looked + 1
    return orders.several(found), None


def _next(at: Mapping[str, Any], before: str | None) -> dict[str, Any]:
    """Where to look next: further down the shard, the next shard, or the day before."""
    if before is not None:
        return {**at, "before": before}
    if at["shard"] + 1 < orders.DAY_SHARDS:
        return {"day": at["day"], "shard": at["shard"] + 1, "before": None}
    day = date.fromisoformat(at["day"]) - timedelta(days=1)
    return {"day": f"{day:%Y%m%d}", "shard": 0, "before": None}


def of_customer(customer: str) -> list[Order]:
    """The newest orders of a customer."""
    return orders.of_customer(customer, MOST_TAILED, None)[0]
