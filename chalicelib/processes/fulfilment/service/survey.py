"""What the shop's people see of fulfilment: orders to be sent, parcels of which something is to be done, what carriers cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from chalicelib.records.orders import service as orders
from chalicelib.records.orders.service import Order
from chalicelib.records.shipping.carriers.port import CarrierError, Rate
from chalicelib.records.shipping.rules import SILENCE, CarrierDown
from chalicelib.records.shipping.service import calls, shipments
from chalicelib.records.shipping.service.shipments import Shipment
from chalicelib.runtime import cursors
from chalicelib.runtime.work import Work

from . import promises
from .consign import consignment

STRIDE, MOST_STRIDES = 100, 10
MOVING, SILENT = "moving", "silent"


class Unsent(NamedTuple):
    """An order of which something is to be sent: pieces by line, until when, and whether it is late."""

    order: Order
    left: Sequence[int]
    by: datetime
    late: bool


def unsent(
    day: date, now: datetime, limit: int, cursor: str | None, location: str | None = None
) -> tuple[list[Unsent], str | None]:
    """A page of a business day's orders of which something is to be sent, from a location where one is told, newest first. A page
    may hold fewer than `limit` and still have a cursor: it says how far was looked."""
    scope = f"unsent|{day}|{location}" if location else f"unsent|{day}"
    before: str | None = cursors.open_cursor(cursor, scope)["o"] if cursor else None
    found: list[Unsent] = []
    for _ in range(MOST_STRIDES):
        page = orders.ids_of_day(f"{day:%Y%m%d}", STRIDE, before)
        for order in orders.several(page):
            if (row := _unsent(order, now, location)) is not None:
                found.append(row)
                if len(found) == limit:
                    return found, cursors.seal_cursor({"o": order.id}, scope)
        if len(page) < STRIDE:
            return found, None
        before = page[-1]
    return found, cursors.seal_cursor({"o": before}, scope)


def _unsent(order: Order, now: datetime, location: str | None = None) -> Unsent | None:
    left = [
        pieces if location in (None, line.location) else 0
        for line, pieces in zip(order.lines, promises.unsent(order), strict=True)
    ]
    if order.hold_reason or not any(left):
        return None
    by = promises.ship_by(order)
    return Unsent(order, left, by, now > by)


def late(now: datetime, limit: int, cursor: str | None) -> tuple[list[Unsent], str | None]:
    """A page of the orders of which something is unsent too late, those due first. A page may hold fewer than `limit` and still
    have a next one."""
    rows, more = shipments.under_way(shipments.LATE, limit, cursor)
    found = [_unsent(order, now) for order in orders.several([row.order for row in rows])]
    return [row for row in found if row is not None], more


def under_way(todo: str, now: datetime, limit: int, cursor: str | None) -> tuple[list[Shipment], str | None]:
    """A page of parcels of which something is to be done, oldest first. Silent ones are those under way of which nothing was
    heard for a day; a page of them may hold fewer than `limit` and still have a next one."""
    rows, more = shipments.under_way(MOVING if todo == SILENT else todo, limit, cursor)
    if todo == SILENT:
        rows = [row for row in rows if now - (row.last_at or row.created_at) >= SILENCE]
    return rows, more


class CarrierRates(NamedTuple):
    """What a carrier's services would cost; `trouble` where it does not say."""

    carrier: str
    rates: Sequence[Rate]
    trouble: bool


def rates(order_id: str, work: Work) -> list[CarrierRates]:
    """What sending the pieces of an order that are left would cost, by each carrier under contract. Raises OrderNotFound,
    AddressNotFound, SealedDataUnreadable."""
    order = orders.find(order_id)
    counts = zip(order.lines, order.ledger, strict=True)
    left = [line.quantity - count.freed - count.shipped for line, count in counts]
    first = next((at for at, pieces in enumerate(left) if pieces), 0)
    asked = consignment("", order, max(1, sum(left)), order.lines[first].location, work)
    found = []
    for name in calls.takers(order.bill.service):
        try:
            found.append(CarrierRates(name, calls.ask(name, lambda one: one.rate(asked)), trouble=False))
        except (CarrierError, CarrierDown):
            found.append(CarrierRates(name, [], trouble=True))
    return found
