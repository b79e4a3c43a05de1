"""Orders as operators see them: composed of orders, payments, catalogue and identity; what is personal is masked."""

from __future__ import annotations

from datetime import date, datetime

from chalicelib.kernel import texts as normal
from chalicelib.kernel.clock import iso
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import is_id
from chalicelib.records.catalog import service as catalog
from chalicelib.records.identity.accounts.rules import masked_email, masked_name, masked_phone
from chalicelib.records.identity.accounts.service import accounts, addresses
from chalicelib.records.identity.accounts.service.addresses import Place
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service import exceptions, refunds
from chalicelib.runtime.http import amount

from .. import shapes
from ..shapes import FiguresView, Found, MaskedAddress, MaskedPerson, OrderDossier, OrderLineView
from . import orders

COUNTED = 100  # exceptions and refunds that wait are counted so far


def dossier(order_id: str) -> OrderDossier:
    """Everything about an order. Raises OrderNotFound."""
    order, payments, back = orders.dossier(order_id)
    known = catalog.snapshots((line.sku, line.version) for line in order.lines)
    lines = []
    for line in order.lines:
        snapshot = known.get((line.sku, line.version))
        lines.append(
            OrderLineView(
                sku=line.sku, version=line.version, quantity=line.quantity, unit=amount(line.unit),
                title_zh=snapshot.title.zh if snapshot else line.sku, title_en=snapshot.title.en if snapshot else line.sku,
                discount=amount(line.off), payable=amount(line.payable),
            )
        )  # fmt: skip
    return OrderDossier(
        order=shapes.order_row(order), freight=amount(int(order.freight)), refunded=amount(int(order.refunded or 0)),
        pay_before=iso(order.pay_before), has_remark=order.remark is not None, lines=lines,
        payments=[shapes.payment_row(payment) for payment in payments], refunds=[shapes.refund_row(row) for row in back],
        customer=person(str(order.customer)), address=address(str(order.customer), order.address),
    )  # fmt: skip


def search(text: str, now: datetime, cursor: str | None = None) -> Found:
    """What an order id or its end, an out_trade_no, a phone number or an e-mail leads to. `cursor` goes on looking for an
    end. Raises CursorInvalid.
    """
    spoken = text.upper()
    if cursor is None and (order := orders.by_number(spoken)) is not None:
        return _found("order" if order.id == spoken else "payment", [order])
    if cursor is None and (owner := _account(text)) is not None:
        rows = [shapes.order_row(order) for order in orders.of_customer(owner)]
        return Found(by="person", customer=person(owner), orders=rows, next=None)
    tailed, more = orders.by_tail(spoken, now, cursor)
    return _found("tail" if tailed else "nothing", tailed, more)


def _found(by: shapes.By, found: list[Order], more: str | None = None) -> Found:
    customer = person(str(found[0].customer)) if len(found) == 1 else None
    return Found(by=by, customer=customer, orders=[shapes.order_row(order) for order in found], next=more)


def _account(text: str) -> str | None:
    """The customer that a phone number or e-mail leads to, by its blind index."""
    try:
        known = ("email", normal.email(text)) if "@" in text else ("phone", normal.phone(text))
    except Refusal:
        return None
    account = accounts.find(accounts.identifier(*known))
    return str(account.owner) if account is not None and not is_id(account.owner, "A") else None


def person(owner: str) -> MaskedPerson | None:
    """A customer, masked; None for a guest or one who was forgotten."""
    try:
        row = accounts.get(owner)
        told = accounts.person(row)
    except Refusal:
        return None
    return MaskedPerson(
        id=owner, name=masked_name(told.name) if told.name else None,
        phone=masked_phone(told.phone) if told.phone else None,
        email=masked_email(told.email) if told.email else None, beside_staff=row.beside is not None,
    )  # fmt: skip


def address(owner: str, version: str | None) -> MaskedAddress | None:
    """Where an order goes, masked; None when it goes nowhere or can no longer be read."""
    told = place(owner, version)
    if version is None or told is None:
        return None
    told = addresses.masked(told)
    return MaskedAddress(id=version, region=told.region, place=shapes.district(told), name=told.name, phone=told.phone)


def place(owner: str, version: str | None) -> Place | None:
    """Where an order goes; None when it goes nowhere or can no longer be read."""
    try:
        return addresses.for_delivery(owner, version) if version else None
    except Refusal:
        return None


def figures(day: date) -> FiguresView:
    """A business day's figures, and how much waits for a person."""
    waiting, _ = refunds.waiting(COUNTED, None)
    return shapes.figures_view(orders.figures(day), len(exceptions.listed("open", COUNTED, None)[0]), len(waiting))
