"""A customer's orders as they see them: what was bought as it was described then, what it cost, what became of it.

A list is one query of keys, one batch of orders and one batch of catalogue versions; a detail is the order and one batch of
its attempts to pay, its address and those versions. Only the customer's own orders exist for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.kernel.money import total
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Snapshot, pictures
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.identity.accounts.shapes import DeliveryView
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import refund_facet
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service import attempts
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.runtime import table
from chalicelib.runtime.http import Amount, MaybePersonal, View, amount
from chalicelib.runtime.vault import SealedDataUnreadable

MOVING = frozenset({"created", "pending"})  # attempts whose outcome may come any moment
LOOK_AGAIN_SECONDS = 2
MOST_PAGES = 5  # of the index, read for one page of a state
PAYING = "placed"

Pair = tuple[str, int]


class OrderLine(View):
    """A line as it was bought; title, options and picture are those of that time."""

    sku: str
    title_zh: str
    title_en: str
    options_zh: list[str]
    options_en: list[str]
    picture: str | None
    no_reason_days: int | None
    quantity: int
    unit: Amount
    discount: Amount
    payable: Amount


class OrderPayment(View):
    """An attempt to pay the order. `late`: its money came when the order could not wait for it any more, and revived it or
    goes back; `given_back` is what has gone back."""

    id: str
    provider: str
    product: str
    state: str
    amount: Amount
    created_at: str
    expires_at: str
    paid_at: str | None
    late: bool
    given_back: Amount


class OrderSummary(View):
    """An order in the customer's list."""

    order_id: str
    state: str
    refund: str
    lines: list[OrderLine]
    freight: Amount
    payable: Amount
    refunded: Amount
    placed_at: str
    pay_before: str | None
    paid_at: str | None


class OrderDetail(OrderSummary):
    """An order whole. `Retry-After` says when to look again while a payment is under way."""

    goods: Amount
    discount: Amount
    delivery: DeliveryView | None
    remark: MaybePersonal
    payments: list[OrderPayment]

    @property
    def retry_after(self) -> int | None:
        """Seconds until it is worth asking again, while the order waits for money that may be coming."""
        waiting = self.state == PAYING and any(payment.state in MOVING for payment in self.payments)
        return LOOK_AGAIN_SECONDS if waiting else None


def listed(customer: str, state: str | None, limit: int, cursor: str | None) -> tuple[list[OrderSummary], str | None]:
    """A page of the customer's orders, newest first; with a state, those that are in it now.

    A page of a state may hold fewer than `limit` and still have a next one: states are not indexed.
    """
    found: list[Order] = []
    for _ in range(1 if state is None else MOST_PAGES):
        page, cursor = orders.of_customer(customer, limit - len(found), cursor)
        found += [order for order in page if state is None or order.state == state]
        if cursor is None or len(found) >= limit:
            break
    known = _snapshots(found)
    return [OrderSummary(**_summary(order, known)) for order in found], cursor


def detail(order_id: str, customer: str) -> OrderDetail:
    """One of the customer's orders. Raises OrderNotFound."""
    order = orders.own(order_id, customer)
    lines, count = order.lines, order.attempts or 0
    versions = list(dict.fromkeys((line.sku, line.version) for line in lines))
    place, *rest = table.batch(
        [
            addresses.wanted_version(customer, order.address or ""),
            *attempts.wanted_of(order.id, count),
            *catalog.wanted_versions(versions),
        ],
        consistent=True,
    )
    payments, known = rest[:count], catalog.snapshots_of(versions, rest[count:])
    return OrderDetail(
        **_summary(order, known), goods=amount(total([line.gross for line in lines])),
        discount=amount(total([line.off for line in lines])), delivery=_delivery(order.address, place),
        remark=orders.remark(order), payments=[_payment(payment) for payment in payments if payment is not None],
    )  # fmt: skip


def _snapshots(found: Sequence[Order]) -> Mapping[Pair, Snapshot]:
    return catalog.snapshots((line.sku, line.version) for order in found for line in order.lines)


def _summary(order: Order, known: Mapping[Pair, Snapshot]) -> dict[str, Any]:
    return {
        "order_id": order.id, "state": order.state, "payable": amount(int(order.payable)),
        "refund": refund_facet(int(order.payable), int(order.refunded or 0)), "refunded": amount(int(order.refunded or 0)),
        "freight": amount(int(order.freight)), "placed_at": iso(order.placed_at), "paid_at": iso_or_none(order.paid_at),
        "pay_before": iso(order.pay_before) if order.state == PAYING else None,
        "lines": [
            OrderLine(
                sku=line.sku, quantity=line.quantity, unit=amount(line.unit), discount=amount(line.off),
                payable=amount(line.payable), **_described(line.sku, known.get((line.sku, line.version))),
            )
            for line in order.lines
        ],
    }  # fmt: skip


def _described(sku: str, snapshot: Snapshot | None) -> dict[str, Any]:
    if snapshot is None:  # a version is never deleted; should one be missing, the order still shows what was paid
        return {
            "title_zh": sku, "title_en": sku, "options_zh": [], "options_en": [], "picture": None, "no_reason_days": None
        }  # fmt: skip
    return {
        "title_zh": snapshot.title.zh, "title_en": snapshot.title.en,
        "options_zh": [words.zh for words in snapshot.options], "options_en": [words.en for words in snapshot.options],
        "picture": pictures.url(snapshot.picture) if snapshot.picture else None,
        "no_reason_days": snapshot.policy.no_reason_days,
    }  # fmt: skip


def _delivery(version: str | None, row: Any) -> DeliveryView | None:
    try:
        return DeliveryView(address_id=version or "", **addresses.delivered(row)._asdict())
    except (AddressNotFound, SealedDataUnreadable):  # the order still shows what was paid
        return None


def _payment(payment: Payment) -> OrderPayment:
    return OrderPayment(
        id=payment.id, provider=payment.provider, product=payment.product, state=payment.state,
        amount=amount(int(payment.amount)), created_at=iso(payment.created_at), expires_at=iso(payment.expires_at),
        paid_at=iso_or_none(payment.paid_at), late=bool(payment.late), given_back=amount(int(payment.returned or 0)),
    )  # fmt: skip
