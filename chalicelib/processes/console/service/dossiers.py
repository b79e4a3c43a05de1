"""Orders as operators see them: composed of orders, payments, catalogue and identity; what is personal is masked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from chalicelib.kernel import texts as normal
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import is_id
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Snapshot
from chalicelib.records.identity.accounts.rules import masked_email, masked_name, masked_phone
from chalicelib.records.identity.accounts.service import accounts, addresses
from chalicelib.records.identity.accounts.service.addresses import Place
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service import exceptions, refunds

from . import orders
from .orders import Dossier, Figures

COUNTED = 100  # exceptions and refunds that wait are counted so far


class MaskedCustomer(NamedTuple):
    """A customer as support may see one. `beside_staff`: they signed in where one of the shop's own did lately."""

    id: str
    name: str | None
    phone: str | None
    email: str | None
    beside_staff: bool


class OrderFile(NamedTuple):
    """An order with its money, its lines as they were described, whose it is and where it goes, masked."""

    dossier: Dossier
    known: Mapping[tuple[str, int], Snapshot]
    customer: MaskedCustomer | None
    place: Place | None


class SearchResult(NamedTuple):
    """What was found by what: order, payment, person or tail. `next`: not everything was looked at yet."""

    by: str
    customer: MaskedCustomer | None
    orders: list[Order]
    next: str | None


def read_order(order_id: str) -> OrderFile:
    """Everything about an order. Raises OrderNotFound."""
    found = orders.dossier(order_id)
    order = found.order
    known = catalog.snapshots((line.sku, line.version) for line in order.lines)
    return OrderFile(found, known, person(order.customer), address(order.customer, order.address))


def search(text: str, now: datetime, cursor: str | None = None) -> SearchResult:
    """What an order id or its end, an out_trade_no, a phone number or an e-mail leads to. `cursor` goes on looking for an
    end. Raises CursorInvalid.
    """
    spoken = text.upper()
    if cursor is None and (order := orders.by_number(spoken)) is not None:
        return _found("order" if order.id == spoken else "payment", [order])
    if cursor is None and (owner := _account(text)) is not None:
        return SearchResult("person", person(owner), orders.of_customer(owner), None)
    tailed, more = orders.by_tail(spoken, now, cursor)
    return _found("tail" if tailed else "nothing", tailed, more)


def _found(by: str, found: list[Order], more: str | None = None) -> SearchResult:
    return SearchResult(by, person(found[0].customer) if len(found) == 1 else None, found, more)


def _account(text: str) -> str | None:
    """The customer that a phone number or e-mail leads to, by its blind index."""
    try:
        known = ("email", normal.email(text)) if "@" in text else ("phone", normal.phone(text))
    except Refusal:
        return None
    account = accounts.find(accounts.identifier(*known))
    return str(account.owner) if account is not None and not is_id(account.owner, "A") else None


def person(owner: str) -> MaskedCustomer | None:
    """A customer, masked; None for a guest or one who was forgotten."""
    try:
        row = accounts.get(owner)
        told = accounts.person(row)
    except Refusal:
        return None
    return MaskedCustomer(
        id=owner,
        name=masked_name(told.name) if told.name else None,
        phone=masked_phone(told.phone) if told.phone else None,
        email=masked_email(told.email) if told.email else None,
        beside_staff=row.beside is not None,
    )


def address(owner: str, version: str | None) -> Place | None:
    """Where an order goes, masked; None when it goes nowhere or can no longer be read."""
    told = place(owner, version)
    return None if told is None else addresses.masked(told)


def place(owner: str, version: str | None) -> Place | None:
    """Where an order goes; None when it goes nowhere or can no longer be read."""
    try:
        return addresses.for_delivery(owner, version) if version else None
    except Refusal:
        return None


def figures(day: date) -> tuple[Figures, int, int]:
    """A business day's figures, and how many exceptions and refunds wait for a person."""
    waiting, _ = refunds.waiting(COUNTED, None)
    return orders.figures(day), len(exceptions.listed("open", COUNTED, None)[0]), len(waiting)
