"""Attempts: drafted, found, and what was told and handed over opened again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.ids import ATTEMPTS, OrderId, is_id, payment_id
from chalicelib.kernel.money import Fen
from chalicelib.runtime import table, vault
from chalicelib.runtime.table import Key

from ..model import Payment as Payment  # what reads answer
from ..model import told_place
from ..providers.port import NextAction
from ..rules import (
    ATTEMPT,
    NOBODY,
    PaymentNotFound,
    TooManyPaymentAttempts,
)
from ..rules import Told as Told


def draft(
    order_id: str,
    attempt: int,
    *,
    customer: str,
    provider: str,
    product: str,
    amount: Fen,
    now: datetime,
    expires: datetime,
) -> Payment:
    """An order's next attempt, not stored yet. Raises TooManyPaymentAttempts."""
    if attempt > ATTEMPTS:
        raise TooManyPaymentAttempts()
    return Payment(
        payment_id(OrderId(order_id), attempt),
        customer=customer,
        provider=provider,
        product=product,
        amount=amount,
        state=ATTEMPT.initial,
        created_at=now,
        expires_at=expires,
        captured=Fen(0),
        refund_reserved=Fen(0),
    )


# ---- reading --------------------------------------------------------------------------------------------------------
def find(number: str, *, consistent: bool = True) -> Payment:
    """The attempt; what is no id is asked of nobody. Raises PaymentNotFound."""
    found = table.get(Payment, number, consistent=consistent) if is_id(number[:-2], "O") else None
    if found is None:
        raise PaymentNotFound()
    return found


def own(number: str, customer: str) -> Payment:
    """The customer's own attempt; another's does not exist for them. Raises PaymentNotFound."""
    found = find(number)
    if found.customer != customer:
        raise PaymentNotFound()
    return found


def of_order(order_id: str, count: int) -> list[Payment]:
    """All attempts of an order that has had so many."""
    return of_orders([(order_id, count)])


def of_orders(counts: Iterable[tuple[str, int]]) -> list[Payment]:
    """All attempts of these orders, each with how many it has had; a hundred a round trip."""
    keys = [key for order_id, count in counts for key in keys_of(order_id, count)]
    return [payment for payment in table.batch(keys, consistent=True) if payment is not None]


def keys_of(order_id: str, count: int) -> list[Key]:
    """The keys of all attempts of an order that has had so many, for a batch read."""
    return [key(payment_id(OrderId(order_id), n)) for n in range(1, count + 1)]


def key(number: str) -> Key:
    """The key of an attempt, for a batch read."""
    return Key(Payment, number)


# ---- what was told, and what was handed over ------------------------------------------------------------------------
def told(payment: Payment, keys: Sequence[bytes]) -> Told:
    """What its provider was told of a person when it was first asked, under the customer's keys. Raises
    SealedDataUnreadable."""
    if not payment.told:
        return NOBODY
    return Told(*json.loads(vault.unseal_by(payment.customer, keys, payment.told, told_place(payment.id))))


def unpack(text: str) -> NextAction:
    kind, url, fields = json.loads(text)
    given: Any = kind
    return NextAction(given, url, fields)
